"""The live tree: every znode of the lab at this moment, whose session each ephemeral hangs on, who watches what."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.feed import Feed, Znode
from labkit.sessions import Heartbeats, Session, Sessions
from labkit.watches import Watch, Watches

if TYPE_CHECKING:
    from labkit.widgets.picture import Picture

SNAPSHOT_LIMIT = 10.0  # seconds

Snapshot = dict[str, Znode]


@dataclass(frozen=True)
class Change:
    """One change of one znode: `before` is None if it was created, `after` is None if it is gone."""

    path: str
    before: Znode | None
    after: Znode | None


@dataclass(frozen=True)
class Diff:
    """What differs between two snapshots: paths, sorted."""

    created: list[str]
    changed: list[str]
    gone: list[str]


def diff(before: Mapping[str, Znode], after: Mapping[str, Znode]) -> Diff:
    """What became of the first snapshot on the way to the second."""
    return Diff(
        sorted(after.keys() - before.keys()),
        sorted(path for path in before.keys() & after.keys() if before[path] != after[path]),
        sorted(before.keys() - after.keys()),
    )


class LiveTree:
    """The tree of one lab. Listeners are told from the tree's own thread, in the servers' order; they must be quick.

    reading -> true      after the start, and after each lost connection: everything is read anew
    true -> unreachable  no server answers: `unreachable_since` says since when (seconds since the epoch)
    """

    def __init__(
        self,
        hosts: str,
        heartbeats: Heartbeats,
        report: Callable[[BaseException], None],
        era: str = "0.8",
        why_silent: Callable[[], str] = str,
    ) -> None:
        self._znodes: Snapshot = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._note_listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self.sessions = Sessions(heartbeats)
        self._ready = threading.Event()
        self._answered = True
        self.closed = False
        self.hosts = hosts
        self._era, self._report = era, report
        self.why_silent = why_silent  # a sentence on why no server answers, "" if nothing is known
        self.unreachable_since: float | None = None
        self.watches = Watches(self._watches_changed)
        self._watch_listeners: list[Callable[[str], None]] = []
        self._feed = Feed(hosts, self._apply, self._synced, self._lost, report)

    def start(self) -> None:
        """Connect and begin to read."""
        self._feed.start()

    def close(self) -> None:
        """See what is still on its way (if a server answers), then give the session back."""
        if self._ready.is_set():
            with contextlib.suppress(LabError):
                self._feed.barrier(1.0)
        self.closed = True
        self.sessions.close()
        self._feed.close()

    # --- znodes

    def snapshot(self) -> Snapshot:
        """All znodes by path, "/" (the chroot itself) included, "/zookeeper" not.

        It holds every write that was acknowledged to anybody before this call. LabError if no server answers.
        """
        deadline = time.monotonic() + SNAPSHOT_LIMIT
        if self.closed:
            raise LabError("this lab is closed, and its tree with it: open a new Lab()")
        if not self._ready.wait(SNAPSHOT_LIMIT):
            raise LabError(
                f"ZooKeeper at {self.hosts} does not answer. {self.why_silent()} lab.servers shows its servers: "
                "restart() brings back one that was ended, resume() one that is paused."
            )
        self._feed.barrier(max(0.1, deadline - time.monotonic()), self.why_silent)
        return self.last()

    def last(self) -> Snapshot:
        """The znodes as last seen, without asking the servers."""
        with self._lock:
            return dict(sorted(self._znodes.items()))

    def diff(self, before: Mapping[str, Znode], after: Mapping[str, Znode] | None = None) -> Diff:
        """What changed since an earlier snapshot (up to `after`, or up to now)."""
        return diff(before, self.snapshot() if after is None else after)

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener(change)` for every change from now on; returns what ends that."""
        return self._add(self._listeners, listener)

    # --- pictures, for where no widget can be shown

    def text(self) -> str:
        """The tree as indented lines, with owners and watchers."""
        from labkit.widgets.text import tree_text  # nothing else here knows of drawings

        return tree_text(self._view())

    def picture(self) -> Picture:
        """The tree as a Graphviz picture (SVG), which stays in a saved notebook or an export without a kernel."""
        from labkit.widgets.picture import Picture, dot_source

        return Picture(dot_source(self._view()))

    def _view(self) -> Mapping[str, Any]:
        from labkit.view import TreeView

        self.snapshot()
        view = TreeView(self, self._era, "/" + self.hosts.partition("/")[2], self._report)
        view.close()
        return view.view()

    # --- sessions

    def owner(self, path: str) -> Session | None:
        """The session that the ephemeral at `path` hangs on, or None."""
        with self._lock:
            znode = self._znodes.get(path)
        return self.sessions.get(znode.ephemeral_owner) if znode and znode.ephemeral else None

    # --- watches

    def watchers(self, path: str) -> list[Watch]:
        """Who watches this path, and how; the live tree's own watch is not the system's and does not show."""
        return self.watches.on(path)

    def foreign_watches(self, by_path: Mapping[str, Iterable[int]]) -> None:
        """Watches as the servers list them (`wchp`), by absolute path; kept are those whose session tells us nothing.

        The servers list no child watch, and do not say which of data and exists it is.
        """
        told = {session.id for session in self.sessions.all().values() if session.process} | {self._feed.session_id}
        root = "/" + self.hosts.partition("/")[2]
        found: dict[str, list[Watch]] = {}
        for path, sessions in by_path.items():
            names = [Watch(f"0x{session:x}", "data") for session in sessions if session not in told]
            if names and (path == root or path.startswith(root + "/")):
                found[path.removeprefix(root) or "/"] = sorted(names)
        self.watches.foreign(found)

    def listen_watches(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener(path)` when the watches on a path change; returns what ends that."""
        return self._add(self._watch_listeners, listener)

    def listen_reachable(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener()` when `unreachable_since` changes; returns what ends that."""
        return self._add(self._note_listeners, listener)

    # --- told by the feed

    def _apply(self, path: str, znode: Znode | None) -> None:
        with self._lock:
            before = self._znodes.get(path)
            if before == znode:
                return
            if znode is None:
                del self._znodes[path]
            else:
                self._znodes[path] = znode
        if znode and znode.ephemeral and not before:
            self.sessions.owns(znode.ephemeral_owner)
        for listener in list(self._listeners):  # without the lock: one may hold a lock of its own, and ask us
            listener(Change(path, before, znode))
        if before and before.ephemeral and not znode:
            self.sessions.lost(before.ephemeral_owner)

    def leave(self, servers: Collection[tuple[str, int]]) -> None:
        """Read from other servers than these, if it reads from one of them."""
        self._feed.client.leave(servers)

    def look(self) -> None:
        """One look at the sessions, and at whether any server answers: a frozen one keeps its connections."""
        answered = self.sessions.look()
        if answered != self._answered:
            self._answered = answered
            self._tell_reachable()

    def _synced(self, seen: set[str]) -> None:
        for path in [path for path in self.last() if path not in seen]:
            self._apply(path, None)
        self._ready.set()
        self._tell_reachable()

    def _lost(self) -> None:
        self._ready.clear()
        self._tell_reachable()

    def _tell_reachable(self) -> None:
        reachable = self.closed or (self._answered and self._ready.is_set())
        if reachable != (self.unreachable_since is None):
            self.unreachable_since = None if reachable else time.time()
            for listener in list(self._note_listeners):
                listener()

    # --- inside

    def _watches_changed(self, path: str) -> None:
        for listener in list(self._watch_listeners):
            listener(path)

    def _add(self, listeners: list, listener: Callable) -> Callable[[], None]:  # type: ignore[type-arg]
        with self._lock:
            listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None


def ephemerals_of(znodes: Iterable[Znode], session: int) -> list[str]:
    """The paths among `znodes` that hang on this session."""
    return [znode.path for znode in znodes if znode.ephemeral_owner == session]
