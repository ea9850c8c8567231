"""The processes of a lab that have a ZooKeeper session: what the verbs mean for that session."""

from __future__ import annotations

import contextlib
import sys
from typing import Protocol

from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.processes import Event, Process
from labkit.tree import LiveTree, ephemerals_of
from labkit.waiting import wait_until
from labkit.zookeeper.greeting import greet
from labkit.zookeeper.place import external

CLOSE_LIMIT = 5.0  # seconds a server
PYTHON = [sys.executable, "-m", "labkit"]


class Home(Protocol):
    """What a member needs of its lab."""

    era: str
    hosts: str
    session_timeout: float
    tree: LiveTree
    guard: Guard
    folder_name: str

    def told(self, process: Process, event: Event) -> None:
        """Take in an event of a process."""


class Member(Process):
    """A toy process with a session of its own.

    `session_id` (int) is that of its present session, None before the first. The session has a state of its own: a
    process may be `running` and its session expired, or be `dead` and its session live until it times out.
    """

    ready_event = "registered"

    def __init__(self, name: str, argv: list[str], home: Home) -> None:
        super().__init__(name, argv, home.guard, home.told, max(10.0, 2 * home.session_timeout))
        self.session_id: int | None = None
        self._password = b""
        self._home = home

    def stop(self) -> None:
        """SIGTERM: it ends cleanly and closes its session; returns when its ephemerals are gone."""
        if self.alive:
            super().stop()
            self._await_gone(self.session_id)

    def expire(self) -> None:
        """End its session at the servers, as if it had timed out; the process lives and must notice by itself.

        Returns when the old session is gone at the servers. What registers again has a new `session_id` soon after.
        """
        self._must_live("expire")
        if self.session_id is None:
            raise LabError(f"{self.name} has no session yet, so expire() has nothing to end: wait until it is running")
        old = self.session_id
        close_session(self._home.hosts, old, self._password, self._home.session_timeout)
        self._tell("expire")
        self._await_gone(old)
        self._home.tree.sessions.ended(old)

    def heard(self, event: Event) -> None:
        """Keep its session, and the password that `expire` needs out of the trace."""
        if event["event"] == "session":
            self._password = bytes.fromhex(event.pop("password"))
            self.session_id = event["session"]

    def _await_gone(self, session: int | None) -> None:
        if session is None:
            return
        tree, limit = self._home.tree, self._home.session_timeout + 5
        wait_until(
            lambda: not ephemerals_of(tree.snapshot().values(), session),
            f"the ephemerals of {self.name} are gone",
            limit,
        )


class Broker(Member):
    """A toy broker. It is running once its registration stands in ZooKeeper.

    Restarted right after a kill it waits for its own previous session to go, and says so (`waiting` in its events).
    """

    role = "broker"

    def __init__(self, name: str, broker_id: int, port: int, home: Home) -> None:
        super().__init__(name, [], home)
        self.id, self.port = broker_id, port

    def command(self) -> list[str]:
        """`python -m labkit broker …` with all that it needs."""
        home = self._home
        argv = [*PYTHON, "broker", str(self.id), "--era", home.era, "--zookeeper", home.hosts, "--port", str(self.port)]
        argv += ["--session-timeout", f"{home.session_timeout:g}", "--lab", home.folder_name]
        return argv + (["--previous-session", f"0x{self.session_id:x}"] if self.session_id else [])


def close_session(hosts: str, session: int, password: bytes, timeout: float) -> None:
    """Take a session over and close it: the servers end it, and its owner is told when it next asks."""
    _take_over(hosts, session, password, timeout, close=True)


def cut_off(hosts: str, session: int, password: bytes, timeout: float) -> None:
    """Take a session over and leave it: its owner loses its connection, comes back, and has the same session."""
    _take_over(hosts, session, password, timeout, close=False)


def _take_over(hosts: str, session: int, password: bytes, timeout: float, *, close: bool) -> None:
    for address in external(hosts).addresses:
        with contextlib.suppress(OSError):
            greet(address, timeout, session, password, CLOSE_LIMIT, close=close)
            return
    raise LabError(f"no server at {hosts} answered within {CLOSE_LIMIT:g} s, so session 0x{session:x} was not ended")
