"""What every toy process shares: a session with ZooKeeper, a mailbox, and events told as JSON lines."""

from __future__ import annotations

import json
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from labkit.client import TracedClient
from labkit.errors import LabError

ENDINGS = (signal.SIGTERM, signal.SIGINT)
_writing = threading.Lock()


def tell(event: str, **facts: Any) -> None:
    """One event, one JSON line on stdout, in one piece: the lab reads it, and so can a person."""
    line = json.dumps({"t": round(time.time(), 6), "event": event, **facts}, default=repr)
    out = sys.__stdout__  # a learner's function may have its prints redirected
    assert out
    with _writing:
        out.write(line + "\n")
        out.flush()


class ToyProcess:
    """A process with one ZooKeeper session.

        connecting -> working   connected: `begin()` registers it
        working -> working      its session expired: `begin()` registers it anew, under the next one
        any -> ended            SIGTERM or SIGINT: `end()`, then the session is closed, so its ephemerals go at once
        any -> failed           an error: told as an `error` event, exit status 1

    Watches and session events come from kazoo's threads; they only drop a call into the mailbox, and the main thread
    makes the calls one by one, so that nothing here needs a lock.
    """

    def __init__(self, hosts: str, session_timeout: float) -> None:
        self.hosts = hosts
        self.mailbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.zk = TracedClient(hosts, session_timeout, self.traced, patience=None)

    def begin(self) -> None:
        """Register; called for each session anew, as nothing of an expired one is left."""
        raise NotImplementedError

    def end(self) -> None:
        """Give up what must be given up before the session closes."""

    def traced(self, event: str, **facts: Any) -> None:
        """An event of the client, on one of its threads."""
        if "error" in facts:
            facts["error"] = "".join(traceback.format_exception(facts["error"]))
        tell(event, **facts)
        if event == "expired":
            self.mailbox.put(self.begin)

    def run(self) -> int:
        """Live until told to end; returns the exit status."""
        # A frozen process takes a signal on any of its threads when it thaws, and a handler would wait for the main
        # one to wake up. So all threads block these, and one does nothing but wait for them.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        threading.Thread(target=self._await_ending, daemon=True).start()
        try:
            self.connect()
            self.begin()
            while (call := self.mailbox.get()) is not None:
                call()
            self.end()
        except LabError as e:
            tell("error", message=str(e))
            return 1
        finally:
            self.zk.stop()
        tell("ended")
        return 0

    def _await_ending(self) -> None:
        signal.sigwait(ENDINGS)
        self.mailbox.put(None)

    def connect(self) -> None:
        """Open the session; a LabError after ten seconds without a server."""
        try:
            self.zk.start(timeout=10)
        except self.zk.handler.timeout_exception as e:
            raise LabError(
                f"no ZooKeeper answered at {self.hosts} within 10 s: is it running, is the address right?"
            ) from e
