"""The trace: one ordered list of all that happened in a lab."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]


class Recorder:
    """Events in the order in which the lab learned of them. Any thread may append.

    An event is a dict with `t` (seconds since the epoch, by the clock of the lab), `event` (its name), mostly
    `process` (a name, or "lab.zk"), and the facts of its kind.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._lock = threading.RLock()

    def append(self, event: str, **facts: Any) -> Event:
        """Add one event and tell the listeners, in order."""
        with self._lock:
            entry = {"t": time.time(), "event": event, **facts}
            self._events.append(entry)
            for listener in list(self._listeners):
                listener(entry)
            return entry

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener(event)` for each event from now on; returns what ends that."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def events(self) -> list[Event]:
        """All events so far, oldest first."""
        with self._lock:
            return list(self._events)
