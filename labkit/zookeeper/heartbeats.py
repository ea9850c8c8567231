"""When the servers last heard each session, and when they will end a silent one."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable

from labkit.zookeeper import admin

EVERY = 0.25  # seconds between two looks
AWAY = 1.0  # seconds without any answer: longer than a busy server takes, shorter than one needs to start


class Heartbeats:
    """When each session was last heard, from `cons` of every server.

    A killed process's connection is closed at once and leaves `cons`, so what was heard last is kept. Servers count
    in their own monotonic clock; the smallest difference ever seen between their clock and ours sets the two right.
    """

    def __init__(self, addresses: Callable[[], Iterable[tuple[str, int]]], tick: float) -> None:
        self._addresses = addresses
        self._tick = tick
        self._behind: dict[tuple[str, int], float] = {}
        self._heard: dict[int, tuple[float, float, float]] = {}  # session: heard (ours), timeout, behind
        self._connected: set[int] = set()  # at the last look
        self._answered = math.inf  # when any server last did; never yet
        self._lock = threading.Lock()

    def look(self) -> bool:
        """Ask every server once; one that does not answer tells nothing. True if any serves."""
        answered = False
        connected: set[int] = set()
        for address in self._addresses():
            try:
                there = admin.connections(*address, timeout=EVERY)
            except admin.ForbiddenError:
                answered = answered or admin.serves(*address, timeout=EVERY)
                continue
            except OSError:
                continue
            answered, now = True, time.monotonic()
            connected |= {c.session for c in there}
            with self._lock:
                self._take_in(address, there, now)
        with self._lock:
            self._connected = connected
            if answered:
                self._came_back(time.monotonic())
        return answered

    def _came_back(self, now: float) -> None:
        """A server that was started anew gives every session its whole timeout again."""
        if now - self._answered > AWAY:
            self._heard = {session: (now, timeout, behind) for session, (_, timeout, behind) in self._heard.items()}
        self._answered = now

    def _take_in(self, address: tuple[str, int], there: list[admin.Connection], now: float) -> None:
        for c in there:
            behind = min(now - c.heard / 1000, self._behind.get(address, math.inf))
            self._behind[address] = behind
        for c in there:
            # A session that has moved here has had no reply yet, but it was heard: it connected.
            at = c.heard / 1000 + behind if c.heard else now - max(0.0, time.time() - c.since)
            self._heard[c.session] = (at, c.timeout, behind)

    def silence(self, session: int) -> float | None:
        """Seconds since it was last heard; None if it never was."""
        with self._lock:
            heard = self._heard.get(session)
        return None if heard is None else time.monotonic() - heard[0]

    def left(self, session: int) -> float | None:
        """Seconds until the servers end it if they do not hear from it; None if it was never heard.

        Servers look at their sessions once a tick, so the moment is the next tick after the timeout.
        """
        with self._lock:
            heard = self._heard.get(session)
        if heard is None:
            return None
        at, timeout, behind = heard
        due = (math.floor((at + timeout - behind) / self._tick) + 1) * self._tick + behind
        return max(0.0, due - time.monotonic())

    def over(self, session: int) -> bool:
        """True if its time was over a tick ago and no server has a connection of it: then they have ended it.

        A session without a connection cannot be heard; one that owns no ephemeral leaves no other sign of its end.
        """
        with self._lock:
            heard = self._heard.get(session)
            connected = session in self._connected
        return heard is not None and not connected and time.monotonic() > sum(heard[:2]) + 2 * self._tick

    def timeout(self, session: int) -> float | None:
        """The timeout that was granted, seconds."""
        with self._lock:
            heard = self._heard.get(session)
        return None if heard is None else heard[1]

    def forget(self, session: int) -> None:
        """The session is gone."""
        with self._lock:
            self._heard.pop(session, None)
