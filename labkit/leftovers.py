"""The folders of labs, and what a crashed lab left behind in and around them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from labkit import farewells

OWNER = "owner.json"
BEING_MADE = 10.0  # seconds: a folder without an owner that is younger is another lab's, just being made


def labs_folder() -> Path:
    """Where all labs of this user keep their folders."""
    return Path(tempfile.gettempdir()) / f"labkit-{os.getuid()}"


def new_folder(name: str) -> Path:
    """A folder for all that one lab writes; it says which process owns the lab."""
    home = labs_folder()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=home))
    (folder / OWNER).write_text(json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time()}))
    return folder


def disk_full() -> str:
    """What to do when no more can be written."""
    place = labs_folder()
    return f"The disk that holds {place} is full: free some space there, or set TMPDIR to a folder on another disk."


def clean() -> Iterator[str]:
    """End the processes and remove the folders of labs whose owner is gone; tells of each, and of what it leaves alone.

    A process belongs to a lab if the lab's folder stands on its command line. Labs in use are not touched.
    """
    folders = _folders()
    for folder in folders:
        if in_use(folder):
            yield f"{folder.name}: in use, left alone"
            continue
        ended = end_processes(folder)
        if failures := farewells.keep(folder):
            yield f"{folder.name}: kept, as it could not take away what it made elsewhere: {'; '.join(failures)}"
            continue
        shutil.rmtree(folder, ignore_errors=True)
        yield f"{folder.name}: removed" + (f", ended {', '.join(ended)}" if ended else "")
    if not folders:
        yield "nothing is left of any lab"


def left() -> dict[Path, list[str]]:
    """The folders whose owner is gone, each with its processes (name and pid); nothing is changed."""
    return {folder: [_title(process) for process in _belonging(folder)] for folder in _folders() if not in_use(folder)}


def in_use(folder: Path) -> bool:
    """True while the process that opened the lab lives (its pid may have been given to another since)."""
    try:
        if not (folder / OWNER).exists():
            return not farewells.promised(folder) and time.time() - folder.stat().st_mtime < BEING_MADE
        owner = json.loads((folder / OWNER).read_text())
        return bool(abs(psutil.Process(owner["pid"]).create_time() - owner["started"]) < 0.5)
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return False


def end_processes(folder: Path) -> list[str]:
    """SIGKILL this user's processes with the folder on their command line, wait for them; returns names and pids."""
    ended: dict[psutil.Process, str] = {}
    for process in _belonging(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
            ended[process] = _title(process)
    psutil.wait_procs(list(ended), timeout=5)
    return list(ended.values())


def _folders() -> list[Path]:
    return sorted(labs_folder().glob("*/")) if labs_folder().is_dir() else []


def _belonging(folder: Path) -> Iterator[psutil.Process]:
    """This user's processes with the folder on their command line."""
    for process in psutil.process_iter(["cmdline", "uids", "name"]):
        mine = process.info["uids"] and process.info["uids"].real == os.getuid()
        if mine and any(str(folder) in word for word in process.info["cmdline"] or []):
            yield process


def _title(process: psutil.Process) -> str:
    return f"{process.info['name']} {process.pid}"
