"""Fetching jars through jgo, in a process of its own.

Importing jgo costs more than half a second, and a transfer that hangs can only be ended with its process. The parent
(`jars`) waits FIRST_SIGN seconds for the first answer from the repository; the child gives every read PATIENCE seconds.
The child runs this file by itself, without the rest of labkit.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

FIRST_SIGN = 8.0
PATIENCE = 6
SIDE_BY_SIDE = 6


def filename(coordinate: str) -> str:
    """The file name of ``group:artifact:version``."""
    _, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def command(coordinates: list[str], folder: Path) -> list[str]:
    """What runs the child: it ends with 0 when all lie in the folder, else says why on its last line of stderr."""
    return [sys.executable, "-P", __file__, str(folder), *coordinates]


def jars(coordinates: list[str], folder: Path, say: Callable[[str], None]) -> None:
    """Fetch each jar into the folder, or raise LabError with none of it promised."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command(coordinates, folder), stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout and child.stderr
        try:
            why = _follow(child.stdout, len(coordinates), say)
            if why is None and child.wait() != 0:
                why = (child.stderr.read().strip().splitlines() or [f"it ended with code {child.returncode}"])[-1]
        finally:
            child.kill()
    if why is not None:
        from labkit.errors import LabError

        missing = [name for name in coordinates if not (folder / filename(name)).is_file()]
        raise LabError(_unreachable(missing or coordinates, why))


def _follow(lines: IO[str], total: int, say: Callable[[str], None]) -> str | None:
    """Pass on how it goes; return why to give up, or None when the child has closed its end."""
    with selectors.DefaultSelector() as selector:
        selector.register(lines, selectors.EVENT_READ)
        if not selector.select(FIRST_SIGN):
            return f"no answer within {FIRST_SIGN:.0f} seconds"
    done = 0
    for line in lines:
        word, _, name = line.strip().partition(" ")
        if word == "done":
            done += 1
            say(f"ZooKeeper: {done} of {total} jars ({name})")
    return None


def _unreachable(missing: list[str], why: str) -> str:
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return (
        f"ZooKeeper's jars are not on this machine yet and could not be fetched ({missing[0]}{more}: {why}). "
        f"Connect to the network (and set HTTPS_PROXY if you need a proxy), then start again; or install ZooKeeper "
        f"from a package or an archive and set ZOOKEEPER_HOME to its folder."
    )


PLAIN = {
    "ProxyError": "the proxy cannot be reached",
    "ConnectTimeout": f"no connection within {PATIENCE} seconds",
    "ReadTimeout": f"silence for {PATIENCE} seconds",
    "SSLError": "the certificate of the repository is not trusted here",
    "ConnectionError": "no connection",
    "ChunkedEncodingError": "the connection broke",
}


def _plainly(problem: Exception) -> str:
    name = type(problem).__name__
    return PLAIN.get(name) or f"{name}: {problem}"[:200].replace("\n", " ")


def _tell(line: str) -> None:
    """One write a line, whole, from any thread."""
    os.write(1, f"{line}\n".encode())


def _child(folder: Path, coordinates: list[str]) -> int:
    """In the child: one thread a jar, a line for every sign of life; the first failure ends it all."""
    from concurrent.futures import ThreadPoolExecutor

    from jgo.maven import MavenContext, PythonResolver

    @contextlib.contextmanager
    def sign(name: str, size: int) -> Iterator[Callable[[int], None]]:
        _tell(f"began {name} {size}")
        yield lambda count: None

    store = folder / "repository"
    context = MavenContext(PythonResolver(progress_callback=sign), repo_cache=store, local_repos=[], timeout=PATIENCE)

    def one(coordinate: str) -> None:
        group, artifact, version = coordinate.split(":")
        path = context.project(group, artifact).at_version(version).artifact().resolve()
        shutil.move(path, folder / path.name)
        _tell(f"done {path.name}")

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            list(pool.map(one, coordinates))
        except Exception as problem:  # noqa: BLE001 - whatever it was: the parent turns the line into a LabError
            print(_plainly(problem), file=sys.stderr, flush=True)
            os._exit(1)  # do not wait for the other threads' time-outs
    shutil.rmtree(store, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(_child(Path(sys.argv[1]), sys.argv[2:]))
