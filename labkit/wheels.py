"""Fetching by pip what a lock names, as wheels for this machine and this Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from labkit.errors import LabError

OPTIONS = ("--no-input", "--progress-bar=off", "--retries=2", "--timeout=15", "--only-binary=:all:", "--require-hashes")


def fetch(lock: Path, folder: Path, say: Callable[[str], None]) -> list[Path]:
    """Have pip put a wheel of each package of the lock into the folder, checked against its hash; tells how it goes.

    Raises:
        LabError: one cannot be fetched, or is not what the lock says.
    """
    total = len(re.findall(r"^[a-z].*==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"fetching {total} packages")
    with subprocess.Popen(
        [sys.executable, "-m", "pip", "download", *OPTIONS, "-r", str(lock), "-d", str(folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        try:
            said = _follow(pip.stdout or (), total, say)
        except BaseException:
            pip.kill()
            raise
    if pip.returncode:
        raise LabError(_not_fetched(said))
    return sorted(folder.glob("*.whl"))


def environment() -> dict[str, str]:
    """The environment for pip: without a folder of wheels that happens to be set here, and unbuffered."""
    return {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"} | {"PYTHONUNBUFFERED": "1"}


def _follow(lines: Iterable[str], total: int, say: Callable[[str], None]) -> list[str]:
    """Tell at every tenth package; return the last lines."""
    said, count = [""], 0
    for line in lines:
        said = [*said[-4:], line.strip()]
        if line.startswith("Collecting "):
            count += 1
            if count % 10 == 0:
                say(f"  package {count} of {total}")
    return said


def _not_fetched(said: list[str]) -> str:
    why = next((line for line in said if line.startswith("ERROR")), said[-1])
    return (
        f"The packages cannot be fetched ({why[:200]}). Connect to the network (and set HTTPS_PROXY if you need a "
        f"proxy), then do this again. Nothing was kept."
    )
