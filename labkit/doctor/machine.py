"""What the machine gives: ports, memory, disk, a straight way to 127.0.0.1; and what earlier labs left on it."""

from __future__ import annotations

import shutil
import socket
import tempfile
import urllib.request
from pathlib import Path

from labkit.doctor.finding import Case, Finding
from labkit.errors import LabError
from labkit.ports import free_port, is_free
from labkit.zookeeper.jars import cache

MB = 1_000_000
LITTLE_MEMORY, ENOUGH_MEMORY = (
    300 * MB,
    1000 * MB,
)  # a lab with three brokers, JupyterLab and a kernel; the same at ease
PATIENCE = 3.0  # seconds for this machine to answer itself
FOR_LABS, FOR_FILES, FOR_ENVIRONMENT = 200 * MB, 20 * MB, 700 * MB
USUAL_PORTS = {8888: "JupyterLab, which takes the next free one", 2181: "ZooKeeper by `docker compose up`"}


def ports(_: Case) -> list[Finding]:
    """Whether servers can listen on 127.0.0.1, and whether the usual ports are free."""
    try:
        _answer_oneself()
    except (OSError, LabError) as problem:
        text = f"nothing can listen on 127.0.0.1 and be reached there ({problem})"
        return [Finding("ports", text, "bring up the loopback interface (`ip link set lo up`)")]
    taken = [f"{port} ({what})" for port, what in USUAL_PORTS.items() if not is_free(port)]
    if not taken:
        return [Finding("ports", f"servers can listen on 127.0.0.1; {' and '.join(map(str, USUAL_PORTS))} are free")]
    do = "nothing for a lab of its own; for these, end who listens there or choose another port"
    return [Finding("ports", f"servers can listen on 127.0.0.1, but taken: {', '.join(taken)}", do, needs=False)]


def memory(_: Case) -> list[Finding]:
    """What can be had without swapping."""
    free = _available()
    if free is None:
        return []
    text = f"{free / 1e9:.1f} GB available"
    if free >= ENOUGH_MEMORY:
        return [Finding("memory", text)]
    do = f"end other programs until {ENOUGH_MEMORY // MB} MB are available"
    return [Finding("memory", text, do, needs=free < LITTLE_MEMORY)]


def disk(case: Case) -> list[Finding]:
    """Where something is going to be written: can it be, and is there room?"""
    places = {
        "data of labs": (Path(tempfile.gettempdir()), FOR_LABS, "TMPDIR"),
        "files of JupyterLab": (Path.home(), FOR_FILES, "HOME"),
        "ZooKeeper's jars": (cache(), FOR_FILES, "XDG_CACHE_HOME"),
    }
    if not case.whole:
        places["environment"] = (Path(case.folder), FOR_ENVIRONMENT, "XDG_CACHE_HOME")
    return [_room(what, *place) for what, place in places.items()]


def proxies(_: Case) -> list[Finding]:
    """A proxy in the environment must not get what is meant for this machine. Its address may hold a password."""
    kinds = [kind for kind in urllib.request.getproxies_environment() if kind != "no"]
    if not kinds:
        return [Finding("proxies", "none set")]
    text = f"set for {', '.join(kinds)}"
    lost = [host for host in ("127.0.0.1", "localhost") if not urllib.request.proxy_bypass(host)]
    if not lost or not {"http", "all"} & set(kinds):
        return [Finding("proxies", f"{text}; what is meant for this machine stays on it")]
    do = "`export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost` (add them, if it is set)"
    return [Finding("proxies", f"{text}, and also for {' and '.join(lost)}, where JupyterLab listens", do, needs=False)]


def left_overs(_: Case) -> list[Finding]:
    """Folders and processes of labs whose owner is gone."""
    try:
        from labkit import leftovers
    except ImportError:  # psutil comes with the environment
        return [Finding("left-overs", "not looked for without the environment")]
    left = leftovers.left()
    if not left:
        return [Finding("left-overs", "no lab left anything behind")]
    processes = [title for titles in left.values() for title in titles]
    text = f"{len(left)} folder(s) of labs that are gone, {', '.join(processes) or 'no process'}"
    return [Finding("left-overs", text, "run `./lab clean`", needs=False)]


def _answer_oneself() -> None:
    """Listen on a free port, and connect there."""
    with (
        socket.create_server(("127.0.0.1", free_port())) as server,
        socket.create_connection(server.getsockname(), timeout=PATIENCE),
    ):
        pass


def _room(what: str, folder: Path, need: int, variable: str) -> Finding:
    """Write a little, then look how much is free; a folder that is not there yet is made in its parent."""
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    do = f"make room there, or set {variable} to another folder"
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(1 << 16))
        free = shutil.disk_usage(there).free
    except OSError as problem:
        return Finding("disk", f"{there} cannot be written ({problem.strerror}), and is for {what}", do)
    text = f"{free / 1e9:.1f} GB free in {there} ({what})"
    return Finding("disk", text) if free >= need else Finding("disk", text, f"{do}: {need // MB} MB are needed")


def _available() -> int | None:
    """Bytes of memory that can be had, in a container too; None if this system does not say without psutil."""
    try:
        rows = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        free = int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):
        try:
            import psutil
        except ImportError:
            return None
        free = psutil.virtual_memory().available
    return min(free, _granted() or free)


def _granted() -> int | None:
    """What the control group of a container still grants; None if there is no such limit."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = ((group / name).read_text() for name in ("memory.max", "memory.current"))
        return max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None
