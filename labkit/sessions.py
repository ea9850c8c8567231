"""The sessions behind the ephemerals: whose they are, which have fallen silent, and for how long still."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

SILENT = 0.55  # of its timeout: kazoo sends a heartbeat every third of it, so later than this is silence


@dataclass(frozen=True)
class Session:
    """One ZooKeeper session as the lab knows it.

        live -> silent   no heartbeat for over half of its timeout, or its process is known to be paused or dead
        silent -> live   it was heard again in time
        silent -> gone   the servers ended it: its ephemerals go in the same transaction; without any, its time is over

    `process` is a name ("broker-3"), None for a session that no process of this lab has told of. `timeout` and `left`
    are seconds; `left` counts down to the moment when the servers will end it, None while it is live or if unknown.
    """

    id: int
    process: str | None
    pid: int | None = None
    state: str = "live"
    timeout: float = 0.0
    left: float | None = None
    why: str = ""


class Heartbeats(Protocol):
    """When the servers last heard a session, and when they will end it (labkit/zookeeper/heartbeats.py)."""

    def look(self) -> bool:
        """Ask the servers once; True if one answered."""

    def silence(self, session: int) -> float | None:
        """Seconds since it was last heard; None if never."""

    def left(self, session: int) -> float | None:
        """Seconds until the servers end it; None if it was never heard."""

    def over(self, session: int) -> bool:
        """True if its time has passed and no server has a connection of it."""

    def timeout(self, session: int) -> float | None:
        """The timeout that was granted, seconds."""

    def forget(self, session: int) -> None:
        """It is gone."""


class Sessions:
    """What is known of each session. Any thread may tell; listeners are told one at a time, in the order of telling.

    No listener is called with the lock held that readers need: a listener may hold a lock of its own and ask here.
    """

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._sessions: dict[int, Session] = {}
        self._owned: Counter[int] = Counter()  # ephemerals a session
        self._listeners: list[Callable[[Session], None]] = []
        self._lock = threading.Lock()
        self._telling = threading.RLock()
        self._closed = False
        self._counting = True  # False while no server answers: then nobody counts, and nothing can end

    def all(self) -> dict[int, Session]:
        """Those that own an ephemeral or belong to a process of this lab, by id, with `left` as of now."""
        with self._lock:
            there = [session for session in self._sessions.values() if session.state != "gone"]
        return {session.id: self._with_left(session) for session in there}

    def get(self, id_: int) -> Session:
        """One session, with `left` as of now; one never heard of is live and nobody's."""
        with self._lock:
            session = self._sessions.get(id_, Session(id_, None))
        return self._with_left(session)

    def listen(self, listener: Callable[[Session], None]) -> Callable[[], None]:
        """Call `listener(session)` when the state of one changes; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def close(self) -> None:
        """Nothing is told any more: what ends now ends because the lab does."""
        self._closed = True

    def belongs(self, id_: int, process: str, pid: int | None, timeout: float) -> None:
        """A process told which session it has, and the timeout that it asked for."""
        self._update(id_, process=process, pid=pid, state="live", timeout=timeout, why="")

    def silenced(self, id_: int, why: str) -> None:
        """Its process can send no heartbeat any more: `why` it was "killed" or "paused"."""
        self._update(id_, state="silent", why=why)

    def heard(self, id_: int) -> None:
        """Its process goes on."""
        self._update(id_, state="live", why="")

    def ended(self, id_: int) -> None:
        """The servers have ended it, or it was closed."""
        self._heartbeats.forget(id_)
        self._update(id_, state="gone")

    def owns(self, id_: int) -> None:
        """It has one ephemeral more."""
        self._owned[id_] += 1
        with self._lock:
            self._sessions.setdefault(id_, Session(id_, None))

    def lost(self, id_: int) -> None:
        """It has one ephemeral less. If it was silenced and this was the last, it has ended; a live one deletes."""
        self._owned[id_] -= 1
        if not self._owned[id_] and self.get(id_).why:
            self.ended(id_)

    def look(self) -> bool:
        """One look at the heartbeats: a session that has fallen silent, or is heard again, is told to listeners.

        True if a server answered. Without one no session is silent: nobody counts.
        """
        counting = self._heartbeats.look()
        if counting != self._counting:
            self._counting = counting
            self._retell()
        if not counting:
            return False
        for session in self.all().values():
            if session.why and not self._owned[session.id] and self._heartbeats.over(session.id):
                self.ended(session.id)  # with an ephemeral, the end of that one tells
            silence = self._heartbeats.silence(session.id)
            if silence is not None and not session.why:
                self._update(session.id, state="silent" if silence > SILENT * session.timeout else "live")
        return True

    def _with_left(self, session: Session) -> Session:
        timeout = self._heartbeats.timeout(session.id) or session.timeout
        left = self._heartbeats.left(session.id) if session.state == "silent" and self._counting else None
        return replace(session, timeout=timeout, left=left)

    def _retell(self) -> None:
        """Tell the silent ones again: their deadlines are others now."""
        with self._telling:
            for session in self.all().values():
                if session.state == "silent":
                    for listener in list(self._listeners):
                        listener(session)

    def _update(self, id_: int, **facts: str | float | None) -> None:
        with self._telling:
            with self._lock:
                before = self._sessions.get(id_, Session(id_, None))
                after = replace(before, **facts)  # type: ignore[arg-type]  # mypy cannot see the fields by name
                if self._closed or after == self._sessions.get(id_):
                    return
                self._sessions[id_] = after
            for listener in list(self._listeners):
                listener(self._with_left(after))
