"""The process of a member: it runs what the learner wrote, and holds a session."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kazoo.exceptions import KazooException

from labkit.errors import LabError
from labkit.lessons.shipping import unpack
from labkit.toy.process import ToyProcess, tell

EVERY = 0.5  # seconds between two beats


class LearnersProcess(ToyProcess):
    """Joins once; then it beats, if it was given a beat, until it is ended.

    connecting -> joined   `join` has returned, and the first `beat`
    connecting -> failed   one of the two raised: exit status 1
    joined -> joined       its session expired: kazoo has taken a new one, and nothing is done about it
    joined -> failed       a beat raised what is no trouble with the connection
    """

    def __init__(self, name: str, files: Sequence[str], hosts: str, session_timeout: float) -> None:
        super().__init__(hosts, session_timeout)
        self.name = name
        self.functions = [unpack(Path(file))[0] for file in files]
        self.joined = False

    def begin(self) -> None:
        """Join, under the first session only."""
        if self.joined:
            return
        self.joined = True
        for function in self.functions:
            self.call(function)
        tell("joined", name=self.name)
        if self.functions[1:]:
            threading.Thread(target=self.drum, daemon=True).start()

    def drum(self) -> None:
        """Have the beat called, on the main thread as all else is."""
        pause = threading.Event()
        while not pause.wait(EVERY):
            self.mailbox.put(self.beat)

    def beat(self) -> None:
        """One beat; one that finds no server is left out."""
        try:
            self.functions[1](self.zk, self.name)
        except KazooException as e:
            tell("beat-failed", error=repr(e))
        except Exception as e:
            raise LabError(in_words(self.functions[1], e)) from e

    def call(self, function: Callable[..., Any]) -> None:
        """Call one of the learner's functions; LabError in one line if it raises."""
        try:
            function(self.zk, self.name)
        except Exception as e:
            raise LabError(f"{self.name} did not join: {in_words(function, e)}") from e


def in_words(function: Callable[..., Any], error: Exception) -> str:
    """The error, and the learner's own line that raised it."""
    mine = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == function.__code__.co_filename]
    where = f" (in `{mine[-1].line}`)" if mine and mine[-1].line else ""
    return f"{function.__name__}() raised {''.join(traceback.format_exception_only(error)).strip()}{where}"


def run(name: str, files: Sequence[str], hosts: str, session_timeout: float) -> int:
    """Be that process; returns the exit status."""
    return LearnersProcess(name, files, hosts, session_timeout).run()
