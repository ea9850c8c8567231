"""The dashboard of a lab: the widgets, fed by the lab's tree and trace."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from labkit.members import Member
from labkit.processes import Process
from labkit.sessions import Session
from labkit.story import Story
from labkit.view import TreeView
from labkit.widgets.controls import ControlsWidget
from labkit.widgets.dashboard import Dashboard
from labkit.widgets.tree import TreeWidget
from labkit.zookeeper.server import Server

if TYPE_CHECKING:
    from labkit.lab import Lab

VERBS = {
    "starting": ["kill"],
    "running": ["kill", "stop", "pause", "expire", "restart"],
    "paused": ["resume", "kill", "stop", "expire"],
    "stopped": ["restart"],
    "dead": ["restart"],
}


class LiveDashboard(Dashboard):
    """Shows a lab until `stop()`; the last picture stays. One thread brings news to the controls."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._news = threading.Condition()
        self._lines: list[tuple[str, str]] = []
        self._dirty = True
        self._ended = False
        self.story = Story(lab.tree, lab.session_timeout)
        for event in lab.recorder.events:
            self.story.tell(event)  # it has to know whose session is which
        self.view = TreeView(lab.tree, lab.era, f"{lab.ensemble.chroot}/{lab.name}", lab.report)
        super().__init__(TreeWidget(self.view), ControlsWidget(self._do))
        self._ends = [lab.recorder.listen(self._heard), lab.tree.sessions.listen(self._session)]
        self._thread = threading.Thread(target=self._follow, name="labkit-controls", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Show the last state and follow the lab no longer."""
        for end in self._ends:
            end()
        with self._news:
            self._ended = True
            self._lines.append(("The lab is closed: its processes and its ZooKeeper are gone.", "info"))
            self._news.notify()
        self._thread.join(timeout=5)
        self.view.close()
        self.tree.stop()

    def refresh(self) -> None:
        """Something of a row has changed that no event tells."""
        self._tell(None, "info")

    def _do(self, name: str, verb: str) -> None:
        getattr(self._lab[name], verb)()

    def _heard(self, event: dict[str, Any]) -> None:
        # How a closing lab ends its processes is no story, and no ZooKeeper will count the seconds that it tells of.
        sentence = None if self._lab.closed and event["event"] != "error" else self.story.tell(event)
        self._tell(sentence, "error" if event["event"] == "error" or event.get("crashed") else "info")

    def _session(self, session: Session) -> None:
        told = session.state == "gone" and not self._lab.closed
        self._tell(self.story.session_gone(session, time.time()) if told else None, "info")

    def _tell(self, sentence: str | None, kind: str) -> None:
        with self._news:
            self._dirty = True
            if sentence:
                self._lines.append((sentence, kind))
            self._news.notify()

    def _follow(self) -> None:
        ended = False
        while not ended:
            with self._news:
                self._news.wait_for(lambda: self._dirty or self._ended)
                lines, self._lines, self._dirty, ended = self._lines, [], False, self._ended
            try:
                self.controls.processes = [self._row(p, ended) for p in self._lab.processes.values()]
                for line in lines:
                    self.controls.say(*line)
            except Exception as e:  # noqa: BLE001 - it belongs where the learner is
                self._lab.report(e)

    def _row(self, process: Process, ended: bool) -> dict[str, Any]:
        session = self._session_of(process)
        verbs = [verb for verb in VERBS[process.state] if verb != "expire" or session in ("live", "silent")]
        return {
            "name": process.name,
            "role": process.role,
            "state": process.state,
            "pid": process.pid if process.alive else None,
            "session": "" if ended else session,
            "verbs": verbs if process.ours and not ended else [],
            "detail": detail(process),
        }

    def _session_of(self, process: Process) -> str:
        """Its state; nothing for a server, which has none, and for a process that closed its session itself."""
        if not isinstance(process, Member) or process.state == "stopped":
            return ""
        session = self._lab.tree.sessions.all().get(process.session_id or 0)
        return session.state if session else "gone"


def detail(process: Process) -> str:
    """Where it listens; of a server also its role in the ensemble and its last transaction."""
    port = getattr(process, "port", 0)
    host = process.address[0] if isinstance(process, Server) else "127.0.0.1"
    facts = [f"{host}:{port}" if port else ""]
    if isinstance(process, Server) and process.state == "running" and process.mode:
        facts += [process.mode, f"zxid {process.zxid}"]
    return " · ".join(fact for fact in facts if fact)
