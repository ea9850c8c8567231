"""Members: real processes that run a learner's own functions, and a poller that asks who is there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.lessons.shipping import pack
from labkit.members import PYTHON, Member
from labkit.processes import Event

if TYPE_CHECKING:
    from kazoo.client import KazooClient

    from labkit.lab import Lab

Join = Callable[["KazooClient", str], Any]
Present = Callable[["KazooClient"], Sequence[str]]
POLL = 0.5  # seconds

_numbers = itertools.count(1)
_never = threading.Event()


class LearnersMember(Member):
    """A process that calls a learner's `join(zk, name)` once, and `beat(zk, name)` twice a second.

    It is running once `join` has returned. Whatever becomes of its session, `join` is not called again: what it put
    into ZooKeeper is the learner's business.
    """

    role = "member"
    ready_event = "joined"

    def __init__(self, name: str, files: Sequence[Path], lab: Lab) -> None:
        super().__init__(name, [], lab)
        self._files = files

    def command(self) -> list[str]:
        """`python -m labkit member …`."""
        home = self._home
        argv = [*PYTHON, "member", self.name, *map(str, self._files), "--zookeeper", home.hosts]
        return [*argv, "--session-timeout", f"{home.session_timeout:g}", "--lab", home.folder_name]

    def last_words(self) -> str:
        """What the learner's function raised, if that was its end."""
        refusal = self._refusal()
        return f": {refusal}" if refusal else super().last_words()


def start_members(lab: Lab, names: Sequence[str], join: Join, beat: Join | None = None) -> list[LearnersMember]:
    """Start one process for each name; returns when each has called `join(zk, name)`.

    With `beat`, each calls that, too, twice a second. Members of these names that still run are stopped first, so that
    a cell may be run again. LabError if a function raises, or uses something that lives only in the notebook.
    """
    if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
        raise LabError(f"names={names!r}: give a list of names, such as ['ann', 'bob']")
    new = [LearnersMember(name, _packed(lab, name, join, beat), lab) for name in names]
    for name in names:
        before = lab.processes.get(name)
        if before and before.alive:
            before.stop()
    lab.start_processes(new)
    return new


def poll(lab: Lab, present: Present, seconds: float) -> list[tuple[float, list[str]]]:
    """Ask `present(lab.zk)` twice a second and print each answer; returns all of them, with their seconds.

    What is true of a process stands in brackets: the poller does not know it. Each answer is in the trace (`listed`).
    """
    said: list[tuple[float, list[str]]] = []
    for look in range(round(seconds / POLL) + 1):
        names = sorted(present(lab.zk))
        lab.recorder.append("listed", process="lab.zk", names=names)
        said.append((look * POLL, names))
        print(f"{look * POLL:4.1f} s   {', '.join(_with_state(lab, name) for name in names) or 'nobody'}")
        _never.wait(POLL)
    return said


def listed(events: Sequence[Event], since: float) -> list[str] | None:
    """The last answer of a poller since then (seconds since the epoch); None if there was none."""
    answers = [event["names"] for event in events if event["event"] == "listed" and event["t"] >= since]
    return answers[-1] if answers else None


def _with_state(lab: Lab, name: str) -> str:
    process = lab.processes.get(name)
    return name if process and process.state == "running" else f"{name} ({process.state if process else 'nobody'})"


def _packed(lab: Lab, name: str, *functions: Join | None) -> list[Path]:
    files = []
    for function in filter(None, functions):
        files.append(Path(lab.folder_name) / f"member-{next(_numbers)}.pickle")
        pack(function, [name], files[-1])
    return files
