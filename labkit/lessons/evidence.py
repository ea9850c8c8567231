"""What happened in the learner's own lab, as moments that feedback can point to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.sessions import Session
from labkit.tree import Change
from labkit.view import hex_id

if TYPE_CHECKING:
    from labkit.lab import Lab

KEPT = 20_000  # moments of the tree and its sessions: hours of a lesson


@dataclass(frozen=True)
class Moment:
    """One thing that happened, and when: `t` is seconds since the epoch, `at` seconds since the lab was opened.

    `kind` is "created", "changed" or "gone" (a znode), "ended" (a session), or the name of an event of the trace
    ("verb", "watch-fired", "exited", …). `session` is 0 and `path`, `process` are "" where there is none. `text` is
    what it says to a learner.
    """

    t: float
    at: float
    kind: str
    text: str
    path: str = ""
    session: int = 0
    process: str = ""

    def __str__(self) -> str:
        return f"{self.at:.1f} s into your lab: {self.text}"


class Evidence:
    """Listens to a lab's tree and sessions from now on; with the lab's trace that is all that can be pointed to.

    Asked for moments, it gives them oldest first. Any thread may ask.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        events = lab.recorder.events
        self._began = events[0]["t"] if events else time.time()
        self._seen: deque[Moment] = deque(maxlen=KEPT)
        lab.tree.listen(self._changed)
        lab.tree.sessions.listen(self._session)

    def moments(
        self, *kinds: str, path: str = "", below: str = "", process: str = "", since: float = 0.0
    ) -> list[Moment]:
        """All moments of these kinds (of any, if none is named), at this path or below that one, of this process.

        `since` is in seconds since the epoch.
        """
        traced = [self._of_trace(event) for event in self.lab.recorder.events if event["event"] in _WORDS]
        found = [
            moment
            for moment in [*self._seen.copy(), *traced]
            if (not kinds or moment.kind in kinds)
            and (not path or moment.path == path)
            and moment.path.startswith(below)
            and (not process or moment.process == process)
            and moment.t >= since
        ]
        return sorted(found, key=lambda moment: moment.t)

    def first(self, *kinds: str, **where: Any) -> Moment | None:
        """The first such moment, or None; `where` as for `moments`."""
        return next(iter(self.moments(*kinds, **where)), None)

    def last(self, *kinds: str, **where: Any) -> Moment | None:
        """The last such moment, or None; `where` as for `moments`."""
        return next(reversed(self.moments(*kinds, **where)), None)

    def now(self, text: str, **facts: Any) -> Moment:
        """A moment that a judge sees just now; `facts` are `path`, `session`, `process`."""
        t = time.time()
        return Moment(t, t - self._began, "seen", text, **facts)

    def _changed(self, change: Change) -> None:
        znode = change.after or change.before
        assert znode  # a change has at least one side
        kind = "gone" if change.after is None else "changed" if change.before else "created"
        owner = self._owner(znode.ephemeral_owner)
        words = {
            "gone": f"`{change.path}` went" + (f"; it hung on {owner}" if owner else "; it was persistent"),
            "changed": f"the data of `{change.path}` changed: version {znode.version}",
            "created": f"`{change.path}` was created" + (f" by {owner}, as an ephemeral" if owner else ", persistent"),
        }
        process = self.lab.tree.sessions.get(znode.ephemeral_owner).process or ""
        self._keep(kind, words[kind], change.path, znode.ephemeral_owner, process)

    def _session(self, session: Session) -> None:
        if session.state == "gone":
            self._keep("ended", f"ZooKeeper had ended {self._owner(session.id)}", "", session.id, session.process or "")

    def _owner(self, session: int) -> str:
        if not session:
            return ""
        process = self.lab.tree.sessions.get(session).process
        return f"session {hex_id(session)}" + (f" of {process}" if process else "")

    def _keep(self, kind: str, text: str, path: str, session: int, process: str) -> None:
        t = time.time()
        self._seen.append(Moment(t, t - self._began, kind, text, path, session, process))

    def _of_trace(self, event: dict[str, Any]) -> Moment:
        name = event.get("process", "")
        facts = (event.get("path") or "", event.get("session") or 0, name)
        words = _WORDS[event["event"]](event, name)
        return Moment(event["t"], event["t"] - self._began, event["event"], words, *facts)


_WORDS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "verb": lambda event, name: f"{name}: {event['verb']}",
    "watch-fired": lambda event, name: f"{name} was told {event['type']} for its watch on `{event['path']}`",
    "registered": lambda event, name: f"{name} registered `{event['path']}`",
    "waiting": lambda event, name: f"{name} waited: {event['because']}",
    "expired": lambda event, name: f"{name} was told that its session {hex_id(event['session'] or 0)} had expired",
    "disconnected": lambda event, name: f"{name} lost its connection",
    "reconnected": lambda event, name: f"{name} was connected again, in the same session",
    "answered": lambda event, name: f"a client asked {name} and got: {event['answer']}",
    "exited": lambda event, name: f"the process of {name} was over",
}


class Run:
    """What happened since a fault: the truth that a forecast is laid beside.

    `since` (seconds since the epoch) is the first verb after `run()` was entered; before there is one, the entry.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.lab, self.evidence = evidence.lab, evidence
        self._entered = time.time()

    @property
    def since(self) -> float:
        """When the fault struck."""
        verb = self.evidence.first("verb", since=self._entered)
        return verb.t if verb else self._entered

    @property
    def seconds(self) -> float:
        """Since the fault, until now."""
        return time.time() - self.since

    def moment(self, *kinds: str, path: str = "", process: str = "") -> Moment | None:
        """The first such moment since the fault, or None."""
        return self.evidence.first(*kinds, path=path, process=process, since=self.since)

    def gone_after(self, path: str) -> float | None:
        """Seconds from the fault until this znode went; None as long as it stands."""
        return self._after(self.moment("gone", path=path))

    def back_after(self, path: str) -> float | None:
        """Seconds from the fault until this znode was created; None until then."""
        return self._after(self.moment("created", path=path))

    def gone(self) -> list[str]:
        """The znodes that went since the fault and have not come back, sorted."""
        there = self.lab.tree.last()
        return sorted({m.path for m in self.evidence.moments("gone", since=self.since)} - there.keys())

    def told(self) -> list[str]:
        """The processes that a watch told something since the fault, sorted."""
        fired = self.evidence.moments("watch-fired", since=self.since)
        return sorted({moment.process for moment in fired})

    def _after(self, moment: Moment | None) -> float | None:
        return moment.t - self.since if moment else None
