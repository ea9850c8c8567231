"""One real process of a lab: its state, what it said, and the verbs that hold for every kind of it."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.leftovers import disk_full

Event = dict[str, Any]
ALIVE = ("starting", "running", "paused")
STOP_LIMIT = 10.0  # seconds: a clean end closes one session and some files
STATE_LIMIT = 5.0  # seconds: the kernel of the machine needs milliseconds to kill, pause or resume
WANTED_ENDS = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)  # somebody ended it; that is not an error in it


class Process:
    """A process under the guard.

    `state` is the operating system's truth, whoever caused it:

        starting -> running   it said that it is ready (`ready` in what it does; a broker: registered)
        running -> paused     pause(), or SIGSTOP from anywhere: it keeps its sockets and does nothing
        paused -> running     resume(), or SIGCONT
        starting, running, paused -> stopped   a clean end, by its exit status
        starting, running, paused -> dead      killed, or crashed: any other end
        stopped, dead -> starting              restart()

    `pid` is the real process. `events` are the JSON lines that it wrote, each with `t`, `event` and its facts.
    """

    role = "process"
    ready_event = "ready"
    clean_end = 0  # the exit status of one that was asked to end, and did
    ours = True  # False: it was there before the lab, which has no verbs for it

    def __init__(
        self, name: str, argv: list[str], guard: Guard, told: Callable[[Process, Event], None], limit: float
    ) -> None:
        self.name = name
        self.state = "stopped"
        self.pid: int | None = None
        self.events: list[Event] = []
        self.stderr: deque[str] = deque(maxlen=400)
        self._argv, self._guard, self._told, self._limit = argv, guard, told, limit
        self._key = 0
        self._code = 0
        self._ended_by: str | None = None  # the verb that ended it
        self._changed = threading.Condition()

    def __repr__(self) -> str:
        return f"<{self.name} {self.state}" + (f" pid {self.pid}>" if self.alive else ">")

    @property
    def alive(self) -> bool:
        """True while the operating system has it."""
        return self.state in ALIVE

    def kill(self) -> None:
        """SIGKILL: it ends at once and tells nobody; its ephemerals stay until its session times out."""
        if self.alive:
            self._end("kill", STATE_LIMIT, signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it ends cleanly and closes its session, so its ephemerals are gone when this returns."""
        if self.alive:
            self._end("stop", STOP_LIMIT, signal.SIGTERM, signal.SIGCONT)  # a paused one hears nothing otherwise

    def pause(self) -> None:
        """SIGSTOP: it freezes; its sockets stay open, its heartbeats cease, and it knows nothing of it."""
        self._must_live("pause")
        self._tell("pause")
        self._signal("paused", signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on as if no time had passed, and must find out what it missed."""
        self._must_live("resume")
        self._tell("resume")
        self._signal("running", signal.SIGCONT)

    def restart(self) -> None:
        """A clean end if it lives, then a new process under the same name; returns when that one is ready."""
        self.stop()
        self._tell("restart")
        self.start()

    def start(self) -> None:
        """Start it and wait until it is ready; a LabError in its own words if it gives up."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start it and return at once."""
        with self._changed:
            self._ended_by = None
            self._mark = len(self.events)
            self.state = "starting"
        try:
            self._begin()
        except LabError:
            self.state = "dead"
            raise
        self._notify({"event": "started", "pid": self.pid})

    def await_ready(self) -> None:
        """Wait until a launched process is ready."""
        if not self._wait(lambda: self.state != "starting", self._limit):
            said = self.last_words()
            self.kill()
            raise LabError(f"{self.name} was not ready after {self._limit:g} s, so it was killed{said}")
        if not self.alive:
            raise LabError(self._refusal() or f"{self.name} {self.how_it_ended()}{self.last_words()}")

    def command(self) -> list[str]:
        """The whole command line, as `ps` shows it: whoever copies it can start one by hand."""
        return self._argv

    def _begin(self) -> None:
        """Have it started; a LabError if it cannot be."""
        self._key, self.pid = self._guard.start(self, self.command(), dict(os.environ))

    def _send(self, number: int) -> None:
        """Have a signal delivered; nothing happens if it has ended."""
        self._guard.signal(self._key, number)

    def how_it_ended(self) -> str:
        """In words, for an error or the dashboard."""
        if self._code < 0:
            return f"was ended by {signal.Signals(-self._code).name}"
        return f"ended with status {self._code}"

    def said(self, line: str) -> None:
        """A line of its stdout: an event, or else just words."""
        try:
            event = json.loads(line)
            event["event"]
        except (ValueError, KeyError, TypeError):
            self.complained(line)
            return
        with self._changed:
            if self.state == "starting" and event["event"] == self.ready_event:
                self.state = "running"
        self.heard(event)
        self._notify(event)

    def heard(self, event: Event) -> None:
        """For kinds of process that keep something of what they said."""

    def complained(self, line: str) -> None:
        """A line of its stderr."""
        self.stderr.append(line)
        self._told(self, {"event": "stderr", "line": line})

    def became(self, what: str, code: int) -> None:
        """News of the guard: "paused", "resumed", or "exited" with `code`."""
        with self._changed:
            started = self.state != "starting"  # else whoever starts it tells of its end
            clean = code == self.clean_end
            self.state = {"paused": "paused", "resumed": "running"}.get(what, "stopped" if clean else "dead")
            self._code = code
        crashed = what == "exited" and started and code not in (self.clean_end, *WANTED_ENDS)
        self._notify({"event": what, "code": code, "by": self._ended_by, "crashed": crashed})

    def _end(self, verb: str, limit: float, *signals: int) -> None:
        self._ended_by = verb
        self._tell(verb)
        for number in signals:
            self._send(number)
        if not self._wait(lambda: not self.alive, limit):
            raise LabError(f"{self.name} (pid {self.pid}) did not end within {limit:g} s of {verb}(): kill() ends it")

    def _signal(self, state: str, number: int) -> None:
        if self.state != state and not (state == "running" and self.state == "starting"):
            self._send(number)
        if not self._wait(lambda: self.state == state or not self.alive, STATE_LIMIT):
            raise LabError(f"{self.name} (pid {self.pid}) is still {self.state} after {STATE_LIMIT:g} s")
        self._must_live("wait")

    def _must_live(self, verb: str) -> None:
        if not self.alive:
            raise LabError(f"{self.name} is {self.state}, so {verb}() has nobody to act on: restart() starts it again")

    def _tell(self, verb: str) -> None:
        self._told(self, {"event": "verb", "verb": verb})

    def _notify(self, event: Event) -> None:
        event.setdefault("t", time.time())
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        self._told(self, event)

    def _wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def _refusal(self) -> str | None:
        """Why it gave up, in its own words."""
        errors = [event["message"] for event in self.events[self._mark :] if event["event"] == "error"]
        return errors[-1] if errors else None

    def last_words(self) -> str:
        """The end of what it wrote on stderr, for an error; in front of it what to do, where that is known."""
        if not self.stderr:
            return "; it said nothing"
        full = any(os.strerror(errno.ENOSPC) in line for line in self.stderr)
        return (f". {disk_full()}" if full else ".") + " Its last words:\n" + "\n".join(list(self.stderr)[-12:])
