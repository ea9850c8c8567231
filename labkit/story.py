"""What just happened, in one sentence, and what ZooKeeper will do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sessions import Session
from labkit.tree import LiveTree, ephemerals_of

Event = dict[str, Any]


class Story:
    """Turns events of the trace, and sessions that end, into sentences. Keeps when each session fell silent."""

    def __init__(self, tree: LiveTree, timeout: float) -> None:
        self._tree, self._timeout = tree, timeout
        self._sessions: dict[str, int] = {}  # by process
        self._silent: dict[int, tuple[float, str]] = {}  # session: when, after what

    def tell(self, event: Event) -> str | None:
        """The sentence for an event, or None if it is not worth one."""
        name = event.get("process", "")
        if event["event"] == "session":
            self._sessions[name] = event["session"]
        if name == "lab.zk":
            return None  # the learner's own client has no row here
        teller: Callable[[Event, str], str | None] | None = getattr(self, f"_{event['event'].replace('-', '_')}", None)
        return teller(event, name) if teller else None

    def session_gone(self, session: Session, now: float) -> str | None:
        """The sentence for a silent session that ZooKeeper has ended."""
        if session.id not in self._silent:
            return None
        since, what = self._silent.pop(session.id)
        return (
            f"{now - since:.1f} s after the {what} ZooKeeper ended the session of {session.process}, "
            "and with it went all its ephemerals."
        )

    def _registered(self, event: Event, name: str) -> str:
        return f"{name} registered: {event['path']} is there, and stays as long as its session does."

    def _waiting(self, event: Event, name: str) -> str:
        return f"{name} waits: {event['because']}. It registers when ZooKeeper has ended that one."

    def _paused(self, event: Event, name: str) -> str | None:
        if (session := self._sessions.get(name)) is None:
            return f"{name} is frozen (SIGSTOP): it answers nobody, and while it sleeps nobody ends a session."
        self._silent[session] = (event["t"], "pause")
        return (
            f"{name} is frozen (SIGSTOP): its sockets are open, its heartbeats have ceased. {self._countdown(session)}"
        )

    def _resumed(self, _event: Event, name: str) -> str | None:
        session = self._sessions.get(name)
        if session is None:
            return f"{name} goes on (SIGCONT)."
        if self._silent.pop(session, None):
            return f"{name} goes on (SIGCONT), in time: its session still lives, and nobody noticed."
        return f"{name} goes on (SIGCONT) and believes nothing happened; ZooKeeper will tell it: its session is over."

    def _exited(self, event: Event, name: str) -> str | None:
        session = self._sessions.get(name)
        clean = event["code"] >= 0 and not event["crashed"]
        by_itself = "ended cleanly" if clean else f"ended by itself (status {event['code']})"
        how = "was killed (SIGKILL)" if event["code"] == -9 else by_itself
        if session is None:
            return f"{name} {how}. {self._tree.why_silent()}".rstrip()
        if event["code"] > 0 and not event["crashed"]:
            return f"{name} gave up while it was starting (status {event['code']}), and closed its session."
        if event["code"] == 0 and self._tree.unreachable_since is not None:
            return f"{name} {how}, but no server heard its goodbye: its session ends when one is back and counts."
        if event["code"] == 0 or (event["code"] > 0 and self._tree.sessions.get(session).state == "gone"):
            return f"{name} {how}: it closed its session, so its ephemerals were gone at once."
        self._silent[session] = (event["t"], "kill" if event["code"] == -9 else "crash")
        return f"{name} {how} and told nobody: its session lives on. {self._countdown(session)}"

    def _mode(self, event: Event, name: str) -> str | None:
        return {"leader": f"{name} leads now.", "follower": f"{name} follows."}.get(event["mode"])

    def _notice(self, event: Event, _name: str) -> str:
        return str(event["message"])

    def _expired(self, _event: Event, name: str) -> str:
        return f"{name} was told that its session is over: what it had in ZooKeeper is gone. It asks for a new one."

    def _disconnected(self, _event: Event, name: str) -> str | None:
        return f"{name} has lost its server: whether its session still lives, only ZooKeeper knows."

    def _reconnected(self, _event: Event, name: str) -> str:
        return f"{name} has a server again, in time: its session still lives, and so do its ephemerals."

    def _verb(self, event: Event, name: str) -> str | None:
        if event["verb"] == "expire":
            return f"ZooKeeper has ended the session of {name}, as asked; {name} itself does not know yet."
        return None

    def _error(self, event: Event, _name: str) -> str:
        return str(event["message"])

    def _countdown(self, session: int) -> str:
        held = ephemerals_of(self._tree.last().values(), session)
        left = self._tree.sessions.get(session).left
        when = f"in about {left:.1f} s" if left is not None else f"within {self._timeout:g} s or so"
        if self._tree.unreachable_since is not None:
            when = "when a server is back and counts"
        then = f"and then {' and '.join(held[:3])} goes" if held else "and it held no ephemerals"
        return f"ZooKeeper ends its session {when}, {then}."
