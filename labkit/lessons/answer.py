"""The process that calls a learner's function: with a session of its own, and a chroot as its root."""

from __future__ import annotations

import contextlib
import io
import logging
import resource
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.client import QUIET
from labkit.lessons.shipping import unpack, value_out
from labkit.toy.process import ToyProcess, tell

MEMORY = 2 << 30  # bytes of address space: a list that grows for ever ends here, not the machine
PRINTED = 2_000  # characters kept of what it prints


class Answer(ToyProcess):
    """Calls the function once, then keeps its session until it is ended.

    An argument that has to know the client of the call has a method `meet(zk)`; it is called before all else.

    connecting -> calling    the function is called with this process's client first
    calling -> returned      `returned`: its value as text; the session, and what hangs on it, stays
    calling -> raised        `raised`: the error, and where
    any -> the same          `raised-beside`: an error in a thread or a listener, which nobody else sees
    """

    def __init__(self, file: Path, hosts: str, session_timeout: float) -> None:
        super().__init__(hosts, session_timeout)
        self.function, self.args = unpack(file)
        self.called = False
        threading.excepthook = lambda args: self.beside(args.exc_value)
        QUIET.addHandler(Ear(self.beside))  # kazoo logs what a listener raises, and tells nobody
        for arg in self.args:
            if hasattr(arg, "meet"):
                arg.meet(self.zk)

    def begin(self) -> None:
        """Call it; not again under a second session, should the first have expired."""
        if not self.called:
            self.called = True
            self.zk.sync("/")  # its server may lag behind what the judge has just put there
            self.call()

    def call(self) -> None:
        """Tell what it returned or raised, and what it printed."""
        paper = Paper()
        with contextlib.redirect_stdout(paper), contextlib.redirect_stderr(paper):
            try:
                outcome: dict[str, Any] = {"event": "returned", **value_out(self.function(self.zk, *self.args))}
            except BaseException as e:  # noqa: BLE001 - SystemExit and KeyboardInterrupt of a learner, too
                outcome = {"event": "raised", **self.what_went_wrong(e)}
        tell(**outcome, printed=paper.getvalue())

    def beside(self, error: BaseException | None) -> None:
        """Tell of an error that the call itself did not see."""
        if error:
            tell("raised-beside", **self.what_went_wrong(error))

    def what_went_wrong(self, error: BaseException) -> dict[str, str]:
        """The error in one line, and the line of the learner's that raised it."""
        mine = self.function.__code__.co_filename
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == mine]
        where = f"`{frames[-1].line}`" if frames and frames[-1].line else ""
        return {"error": "".join(traceback.format_exception_only(error)).strip(), "where": where}


class Ear(logging.Handler):
    """Hears of the errors that are logged."""

    def __init__(self, heard: Callable[[BaseException | None], None]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Pass its error on, if it has one."""
        if record.exc_info:
            self._heard(record.exc_info[1])


class Paper(io.StringIO):
    """Keeps the beginning of what is printed, however much that is."""

    def write(self, text: str) -> int:
        """Take it, or drop it."""
        super().write(text[: max(0, PRINTED - self.tell())])
        return len(text)


def run(file: str, hosts: str, session_timeout: float) -> int:
    """Be that process; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return Answer(Path(file), hosts, session_timeout).run()
