"""What the soaks share: a lab with three brokers, one paused; and whether anything of it is left."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

LEFT = 3.0  # seconds that a lab has to be gone
LIMIT = 60.0
# What owns a lab runs this; the report is complete when the file is there under its own name.
OWNER = """
import json, os
from pathlib import Path
from labkit import Lab
lab = Lab(era="0.7")
brokers = lab.start_brokers([1, 2, 3])
brokers[2].pause()
report = Path({report!r})
part = report.with_suffix(".part")
part.write_text(json.dumps({{"kernel": os.getpid(), "parent": os.getppid(), "folder": lab.folder_name}}))
_ = part.rename(report)
"""
OF_A_LAB = 5  # the guard, the JVM, three brokers


def say(figure: str) -> None:
    print(figure, flush=True)


def say_load(soak: str) -> None:
    say(f"{soak}: load average {' '.join(f'{load:.2f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


def of_lab(folder: str) -> list[psutil.Process]:
    """The processes with the lab's folder on their command line: the guard, the JVM, the brokers."""
    every = psutil.process_iter(["cmdline"])
    return [process for process in every if any(folder in word for word in process.info["cmdline"] or [])]


def await_true(condition: Callable[[], Any], what: str, seconds: float = LIMIT) -> None:
    """Wait for a condition; SystemExit says what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.05)


def check_whole(folder: str) -> None:
    """Make sure that the lab is what the round is about, or its end would show nothing."""
    there = of_lab(folder)
    states = [process.status() for process in there]
    if len(there) != OF_A_LAB or psutil.STATUS_STOPPED not in states or not Path(folder).is_dir():
        raise SystemExit(f"not a lab with three brokers, one paused: {[(p.pid, p.status()) for p in there]}")


def left(folder: str, others: list[psutil.Process]) -> tuple[float | None, list[str]]:
    """Seconds until nothing of the lab was left, None if something was after all that it has; then what it was."""
    began = time.monotonic()
    while True:
        there = [*of_lab(folder), *(other for other in others if lives(other))]
        took = time.monotonic() - began
        if not there and not Path(folder).exists():
            return took, []
        if took > LEFT:
            return None, [described(process) for process in there] + [folder] * Path(folder).exists()
        time.sleep(0.02)


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and was not waited for is its parent's business."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def described(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return f"{process.pid} {process.status()} {' '.join(process.cmdline())[:100]}"
    return f"{process.pid} (gone since)"


def end(processes: list[psutil.Process]) -> None:
    """End what a failed round left: processes of this bench, by number, and no other."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=5)


class Tally:
    """Counts rounds in which nothing was left."""

    def __init__(self, name: str, rounds: int) -> None:
        self.name, self.rounds = name, rounds
        self.seconds: list[float] = []

    def add(self, number: int, folder: str, others: list[psutil.Process]) -> None:
        took, what = left(folder, others)
        if took is not None:
            self.seconds.append(took)
        else:
            say(f"{self.name}: round {number + 1}: left after {LEFT:g} s: {'; '.join(what)}")
            end([*of_lab(folder), *(other for other in others if lives(other))])

    def close(self) -> int:
        """Print the figure; returns the exit status."""
        slowest = f"nothing left after {max(self.seconds):.2f} s at most; aim {LEFT:g} s" if self.seconds else "none"
        say(f"{self.name}: {len(self.seconds)} of {self.rounds} ({slowest})")
        say_load(self.name)
        return 0 if len(self.seconds) == self.rounds else 1


def add_bench_to_path() -> None:
    """For the soaks that want the helpers of the folder above."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
