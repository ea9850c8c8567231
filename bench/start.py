"""From `Lab()` to three brokers in the tree, against the floor: the same JVM bare, then three bare Pythons.

The floor is what no lab can do without: a ZooKeeper that answers `srvr` with its mode, and after it three Pythons,
started together, that import kazoo and connect. Both are measured in pairs, one after the other, all warm.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from figures import say, say_load, verdict

from labkit import Lab
from labkit.zookeeper import admin
from labkit.zookeeper.local import Server

AIM = 2.0  # times the floor
LOOK = 0.005  # seconds between two questions to the bare server
PATIENCE = 0.05  # seconds: a server that is asked in the moment before it serves may never answer that question
LIMIT = 30.0
CLIENT = """
from kazoo.client import KazooClient
zk = KazooClient(hosts={hosts!r})
zk.start(timeout=10)
print("connected", flush=True)
input()
"""


def lab_seconds() -> tuple[float, float]:
    """Seconds until three brokers stand in the tree; and of these, until the lab was open."""
    began = time.perf_counter()
    with Lab() as lab:
        opened = time.perf_counter()
        lab.start_brokers([1, 2, 3])
        there = lab.tree.snapshot()
        ended = time.perf_counter()
        missing = {f"/brokers/ids/{i}" for i in (1, 2, 3)} - there.keys()
        if missing:
            raise SystemExit(f"start: not in the tree: {missing}")
    return ended - began, opened - began


def floor_seconds() -> tuple[float, float]:
    """Seconds until three bare clients are connected; and of these, until the bare server served."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder, contextlib.ExitStack() as stack:
        bare = Server(1, Path(folder), None, lambda *_: None)  # type: ignore[arg-type]  # only for its command line
        command = bare.command()
        began = time.perf_counter()
        server = stack.enter_context(started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        while not serves(bare.address):
            if server.poll() is not None or time.perf_counter() - began > LIMIT:
                raise SystemExit(f"start: the bare ZooKeeper does not serve: {' '.join(command)}")
            time.sleep(LOOK)
        served = time.perf_counter()
        argv = [sys.executable, "-c", CLIENT.format(hosts="{}:{}".format(*bare.address))]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        clients = [stack.enter_context(started(argv, **pipes)) for _ in range(3)]
        for client in clients:
            if client.stdout.readline() != "connected\n":
                raise SystemExit("start: a bare client did not connect")
        return time.perf_counter() - began, served - began


@contextlib.contextmanager
def started(argv: list[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that does not outlive the block."""
    with subprocess.Popen(argv, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def serves(address: tuple[str, int]) -> bool:
    """Whether the server there answers `srvr` with its mode."""
    try:
        return "Mode" in admin.status(*address, timeout=PATIENCE)
    except OSError:
        return False


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=9)
    pairs = options.parse_args().pairs
    say_load("start")
    lab_seconds(), floor_seconds()  # warm: files in memory, bytecode compiled
    labs, floors = [], []
    for number in range(pairs):
        for measure, into in ((lab_seconds, labs), (floor_seconds, floors))[:: 1 if number % 2 else -1]:
            into.append(measure())
    lab, floor = median(total for total, _ in labs), median(total for total, _ in floors)
    of_pairs = median(one / other for (one, _), (other, _) in zip(labs, floors, strict=True))
    say(
        f"start: lab/floor = {lab / floor:.2f} (median of {pairs} pairs; lab {lab:.2f} s, floor {floor:.2f} s; "
        f"aim <= {AIM:g}: {verdict(lab / floor <= AIM)})"
    )
    say(f"start: median of the pairs' own ratios = {of_pairs:.2f}")
    opened, served = median(part for _, part in labs), median(part for _, part in floors)
    say(
        f"start: of these, lab open {opened:.2f} s + brokers {lab - opened:.2f} s; "
        f"server {served:.2f} s + clients {floor - served:.2f} s"
    )
    say_load("start")
    return 0 if lab / floor <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
