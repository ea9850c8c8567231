"""One ZooKeeper server of a lab, whatever it runs in."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Protocol

from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.processes import Event, Process
from labkit.waiting import wait_until
from labkit.zookeeper import admin

HOST = "127.0.0.1"
READY_LIMIT = 20.0  # seconds; a quarter of a second is usual
LOOK_LIMIT = 0.25  # seconds
PATIENCE = 0.1  # seconds: a question that comes just before it serves may never be answered, and the next one is


class Peers(Protocol):
    """What a server knows of the ensemble that it is one of."""

    def majority(self) -> bool:
        """True if enough servers live to elect a leader."""


class Server(Process):
    """One ZooKeeper server. It is ready when it serves, or when it is up and too few others are for it to serve.

    kill() and pause() leave every session to time out if it stays away; restart() comes back on the same port with
    the same data. `mode` is what it says of itself: "leader", "follower", "standalone", "" if it does not serve;
    `zxid` its last transaction, as hex text. Both as of the last `look()`.
    """

    role = "zookeeper"
    clean_end = 128 + signal.SIGTERM  # of a JVM; one that ends with 0 has given up by itself: its disk is full, say

    def __init__(self, number: int, guard: Guard, told: Callable[[Process, Event], None], peers: Peers) -> None:
        super().__init__(f"zookeeper-{number}", [], guard, told, READY_LIMIT)
        self.number, self.port = number, 0
        self.mode = self.zxid = ""
        self.unanswered = 0  # looks in a row
        self._peers = peers

    @property
    def address(self) -> tuple[str, int]:
        """Where clients reach it."""
        return HOST, self.port

    def await_ready(self) -> None:
        """Wait until it serves, and make sure that what answers on the port is this very server."""
        wait_until(lambda: not self.alive or self._is_up(), f"{self.name} serves on port {self.port}", READY_LIMIT)
        if not self.alive:
            raise LabError(f"{self.name} {self.how_it_ended()}{self.last_words()}")
        with self._changed:
            self.state = "running"
        self._notify({"event": "ready"})

    def look(self) -> bool:
        """Ask it for its mode and zxid; True if they are others than before."""
        before = self.mode, self.zxid
        said = {}
        try:
            said = admin.status(*self.address, timeout=LOOK_LIMIT) if self.state == "running" else {}
            self.unanswered = 0 if self.state == "running" else self.unanswered + 1
        except admin.ForbiddenError:
            self.unanswered = 0
        except OSError:
            self.unanswered += 1
        self.mode, self.zxid = said.get("Mode", ""), said.get("Zxid", "")
        return before != (self.mode, self.zxid)

    def _is_up(self) -> bool:
        try:
            return "Mode" in admin.status(*self.address, timeout=PATIENCE) and self._is_mine()
        except admin.NotServingError:
            return not self._peers.majority()
        except OSError:
            return False

    def _is_mine(self) -> bool:
        """For kinds whose port somebody else may have taken first."""
        return True
