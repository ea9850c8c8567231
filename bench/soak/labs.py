"""Twenty labs opened and closed in a row, and five at once: nothing is left, and the kernel's memory stays flat.

    ./lab python bench/soak/labs.py [--zookeeper local|docker|HOST:PORT…] [--servers 1|3] [--labs N] [--at-once N]

Ends with status 0 if nothing was left: no process, thread, open file, port, folder, container, volume, network, znode.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from labkit import Lab
from labkit.leftovers import OWNER, labs_folder
from labkit.waiting import wait_until
from labkit.zookeeper import chroots, place

FLAT = 8.0  # MB that the kernel's memory may differ between the middle and the end: pools and caches breathe
KINDS = ("container ls -a", "volume ls", "network ls")


def main() -> int:
    """Run both, print a line a figure; returns the exit status."""
    options = arguments()
    one_lab(options)  # imports, caches, the first of everything
    before = there_is(options.zookeeper)
    sizes, times = in_a_row(options)
    started = time.monotonic()
    ports = at_once(options)
    print(f"labs: {options.at_once} at once opened and closed in {time.monotonic() - started:.1f} s")
    left = left_over(before, options.zookeeper) + [f"port {port}" for port in ports if listens(port)]
    growth = sizes[-1] - sizes[len(sizes) // 2]
    print(f"labs: {len(times)} in a row, each {sorted(times)[len(times) // 2]:.2f} s (median)")
    print(f"labs: memory of the kernel {sizes[0]:.0f} MB, {sizes[len(sizes) // 2]:.0f} half way, {sizes[-1]:.0f} MB")
    print(f"labs: left over: {', '.join(left) or 'nothing'}")
    return 1 if left or growth > FLAT else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zookeeper", default="local")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--labs", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=5)
    return parser.parse_args()


def one_lab(options: argparse.Namespace) -> None:
    """Open a lab, look at it, show it, close it."""
    with Lab(era="0.7", zookeeper=options.zookeeper, servers=options.servers) as lab:
        lab.start_broker(1)
        lab.dashboard()
        lab.tree.snapshot()


def in_a_row(options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """The kernel's memory in MB after each lab, and the seconds of each."""
    sizes, times = [], []
    for _ in range(options.labs):
        started = time.monotonic()
        one_lab(options)
        times.append(time.monotonic() - started)
        gc.collect()
        sizes.append(psutil.Process().memory_info().rss / 1e6)
    return sizes, times


def at_once(options: argparse.Namespace) -> list[int]:
    """Several labs open at the same time; returns the ports that they had."""
    with ExitStack() as stack, ThreadPoolExecutor(options.at_once) as pool:
        opened = [
            pool.submit(Lab, "0.7", zookeeper=options.zookeeper, servers=options.servers)
            for _ in range(options.at_once)
        ]
        labs = [stack.enter_context(future.result()) for future in opened]
        list(pool.map(lambda lab: lab.start_brokers([1, 2]), labs))
        brokers = [process.port for lab in labs for process in lab.processes.values() if process.role == "broker"]
        return brokers + [server.port for lab in labs for server in lab.servers if server.ours]


def there_is(zookeeper: str) -> dict[str, set[object]]:
    """Whatever a lab might leave, by kind."""
    me = psutil.Process()
    there: dict[str, set[object]] = {
        "process": {p.pid for p in me.children(recursive=True)},
        "thread": {t.name for t in threading.enumerate()},
        "folder": {path for path in labs_folder().glob("*") if is_mine(path)},
        "open file": {f"{n} of them" for n in [me.num_fds()]},
    }
    if zookeeper == "docker":
        there |= {kind.split()[0]: of_docker(kind) for kind in KINDS}
    elif zookeeper != "local":
        there["znode"] = set(znodes(zookeeper))
    return there


def is_mine(folder: Path) -> bool:
    """True for the folder of a lab of this very process; others may be at work beside it."""
    with suppress(OSError, ValueError):
        return bool(json.loads((folder / OWNER).read_text())["pid"] == os.getpid())
    return False


def left_over(before: dict[str, set[object]], zookeeper: str) -> list[str]:
    """What is there now and was not before; a moment is given to threads that are just ending."""

    def left() -> list[str]:
        now = there_is(zookeeper)
        return [f"{kind} {thing}" for kind, things in now.items() for thing in things - before[kind]]

    try:
        wait_until(lambda: not left(), "nothing is left", 3.0)
    except Exception:  # noqa: BLE001 - what is left is the answer
        return left()
    return []


def of_docker(kind: str) -> set[object]:
    """Ids of all containers, volumes or networks of labs."""
    docker = shutil.which("docker") or "docker"
    argv = [docker, *kind.split(), "-q", "--filter", "label=com.docker.compose.project"]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


def znodes(hosts: str) -> list[str]:
    """What stands at the top of the ensemble, and in the chroot."""
    where = place.external(hosts)
    zk = chroots.client(hosts.partition("/")[0])
    try:
        return [
            f"{top}/{name}" for top in ("/", where.chroot or "/") if zk.exists(top) for name in zk.get_children(top)
        ]
    finally:
        chroots.end(zk)


def listens(port: int) -> bool:
    """True if somebody does."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
