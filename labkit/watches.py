"""Who watches what: kept from what the clients themselves say that they set and were told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Watch:
    """One watch that is armed: who set it (a process's name), its kind (child, data, exists)."""

    who: str
    kind: str


class Watches:
    """The watches armed at this moment, by path.

    Set and fired are told by two threads of a client, so a fired one may come first: a watch that has fired is
    never armed again. All watches of a client are dropped with its connection (kazoo tells each of them NONE).
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed  # told each path whose watches are others now
        self._armed: dict[tuple[str, int], tuple[str, str]] = {}  # (who, number): (path, kind)
        self._fired: set[tuple[str, int]] = set()
        self._foreign: dict[str, list[Watch]] = {}
        self._lock = threading.Lock()

    def event(self, who: str, event: dict[str, Any]) -> None:
        """Take in a client's `watch-set` or `watch-fired` event; others change nothing here."""
        if event["event"] == "watch-set":
            self._set((who, event["watch"]), event["path"], event["kind"])
        elif event["event"] == "watch-fired":
            self._fire((who, event["watch"]))

    def forget(self, who: str) -> None:
        """The client is gone, and its watches with it."""
        with self._lock:
            gone = [key for key in self._armed if key[0] == who]
            paths = {self._armed.pop(key)[0] for key in gone}
            self._fired = {key for key in self._fired if key[0] != who}
        for path in paths:
            self._changed(path)

    def foreign(self, watches: dict[str, list[Watch]]) -> None:
        """All watches of clients that tell us nothing, by path: what the servers list of them."""
        with self._lock:
            before, self._foreign = self._foreign, watches
        for path in before.keys() | watches.keys():
            if before.get(path) != watches.get(path):
                self._changed(path)

    def on(self, path: str) -> list[Watch]:
        """The watches armed on one path, sorted."""
        return self.all().get(path, [])

    def all(self) -> dict[str, list[Watch]]:
        """The watches armed, sorted, by path."""
        with self._lock:
            paths = {path: list(watches) for path, watches in self._foreign.items()}
            for (who, _), (path, kind) in self._armed.items():
                paths.setdefault(path, []).append(Watch(who, kind))
        return {path: sorted(watches) for path, watches in sorted(paths.items())}

    def _set(self, key: tuple[str, int], path: str, kind: str) -> None:
        with self._lock:
            if key in self._fired:
                self._fired.discard(key)
                return
            self._armed[key] = (path, kind)
        self._changed(path)

    def _fire(self, key: tuple[str, int]) -> None:
        with self._lock:
            path, _ = self._armed.pop(key, (None, ""))
            if path is None:
                self._fired.add(key)
                return
        self._changed(path)
