"""The live tree's own client: every change below one path, in the servers' order, by one watch.

It uses a persistent recursive watch, which ZooKeeper has since 3.6 and Kafka's clients of these eras never had: the
live tree is a tool, not a toy. It is one watch, however big the tree is; `wchp` lists it on the chroot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kazoo.exceptions import (
    ConnectionClosedError,
    ConnectionLoss,
    NoNodeError,
    SessionExpiredError,
    UnimplementedError,
)
from kazoo.protocol.serialization import CheckVersion, GetChildren, GetData, Sync, Transaction
from kazoo.protocol.states import EventType, KazooState, WatchedEvent, ZnodeStat

from labkit.errors import LabError
from labkit.feed_client import RECURSIVE, AddWatch, FeedClient, MultiRead

LOST = (ConnectionLoss, ConnectionClosedError, SessionExpiredError)
ANY = -1  # version
BATCH = 100  # reads in one request: the servers do as many, and nothing waits long behind it


@dataclass(frozen=True)
class Znode:
    """One znode as read: `path` relative to the chroot, `data` bytes, and the stat of the moment it was read.

    `ephemeral_owner` is the session id (int), 0 for a persistent one; `ctime`, `mtime` are ms since the epoch.
    """

    path: str
    data: bytes
    version: int
    ephemeral_owner: int
    czxid: int
    mzxid: int
    ctime: int
    mtime: int

    @property
    def ephemeral(self) -> bool:
        """True if it goes with its session."""
        return self.ephemeral_owner != 0

    @staticmethod
    def read(path: str, data: bytes | None, stat: ZnodeStat) -> Znode:
        """From a reply to getData; a znode that was made without data reads as empty."""
        owner = stat.ephemeralOwner
        return Znode(path, data or b"", stat.version, owner, stat.czxid, stat.mzxid, stat.ctime, stat.mtime)


class Feed:
    """Keeps telling `apply(path, Znode or None)`; all calls come from one thread, in the servers' order.

    down -> reading   connected: the watch is set first, then all is read, so nothing falls between
    reading -> true   all that was there is read: `synced(paths seen)` is told, so that what went meanwhile can go
    reading, true -> down   disconnected: `lost()` is told; nothing is known until it is true again
    """

    def __init__(
        self,
        hosts: str,
        apply: Callable[[str, Znode | None], None],
        synced: Callable[[set[str]], None],
        lost: Callable[[], None],
        report: Callable[[BaseException], None],
    ) -> None:
        self._apply, self._synced, self._lost, self._report = apply, synced, lost, report
        self._asked = self._answered = 0
        self._round = 0  # of reading: replies of an earlier connection count for nothing
        self._seen: set[str] | None = None
        self._barriers: list[tuple[int, threading.Event]] = []
        self._hosts = hosts
        self.client = FeedClient(hosts, self._told)
        self.client.add_listener(self._connection)

    def start(self) -> None:
        """Connect; the first reading goes on in the background."""
        self.client.start(timeout=10)

    def close(self) -> None:
        """Close the session."""
        self.client.stop()
        self.client.close()

    @property
    def session_id(self) -> int | None:
        """The session of this client: its watch is not the system's."""
        return self.client.session_id

    def barrier(self, timeout: float, why: Callable[[], str] = str) -> None:
        """Return when every write acknowledged to anyone before this call has been told to `apply`."""
        done = threading.Event()
        self.client.ask(self._flush(), lambda _, error: None if error else self._fence(done))
        if not done.wait(timeout):
            raise LabError(
                f"ZooKeeper at {self._hosts} does not answer (waited {timeout:.1f} s). {why() or 'Is a server down?'} "
                "lab.servers shows them: restart() brings back one that was ended, resume() one that is paused."
            )

    def _flush(self) -> Any:
        """A request that is answered when this client's server has all that was acknowledged before.

        A leader answers `sync` at once, even while a follower has already acknowledged a write that the leader itself
        has yet to apply. So among several servers it is a transaction, which changes nothing and has its place in line.
        """
        top = self.client.rooted("/")
        return Transaction([CheckVersion(top, ANY)]) if "," in self._hosts else Sync(top)

    def _connection(self, state: str) -> None:
        if state == KazooState.CONNECTED:
            self.client.pass_on(self._guarded, self._read_all)
        else:
            self.client.pass_on(self._guarded, self._down)

    def _guarded(self, function: Callable[..., None], *args: Any) -> None:
        try:
            function(*args)
        except Exception as e:  # noqa: BLE001 - kazoo's worker would only log it
            self._report(e)

    def _down(self) -> None:
        self._round += 1
        self._asked = self._answered = 0
        self._seen = None
        self._barriers.clear()
        self._lost()

    def _read_all(self) -> None:
        self._round += 1
        self._asked = self._answered = 0
        self._seen = set()
        self._ask(AddWatch(self.client.rooted("/"), RECURSIVE), lambda _: None)
        self._read_deep(["/"])

    def _ask(self, request: Any, then: Callable[[Any], None]) -> None:
        self._asked += 1
        round_ = self._round
        self.client.ask(request, lambda value, error: self._guarded(self._reply, round_, then, value, error))

    def _reply(self, round_: int, then: Callable[[Any], None], value: Any, error: Exception | None) -> None:
        if round_ != self._round:
            return
        if isinstance(error, LOST):
            return  # the listener is told, and all is read again
        if error is None:
            then(value)
        else:
            self._failed(error)
        self._answered += 1
        if self._answered == self._asked and self._seen is not None:
            seen, self._seen = self._seen, None
            self._synced(seen)
        self._open_barriers()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UnimplementedError):
            self._report(LabError("the live tree needs ZooKeeper 3.6 or newer, and this one knows no recursive watch"))
        elif not isinstance(error, NoNodeError):  # gone between the event and the read: its own event tells of that
            self._report(error)

    def _read(self, path: str) -> None:
        self._ask(GetData(self.client.rooted(path), None), lambda reply: self._got(path, reply))

    def _got(self, path: str, reply: tuple[bytes | None, ZnodeStat]) -> None:
        if self._seen is not None:
            self._seen.add(path)
        self._apply(path, Znode.read(path, *reply))

    def _read_deep(self, paths: Sequence[str]) -> None:
        """Read these znodes, then all below them."""

        def got(replies: list[tuple[str, tuple[bytes | None, ZnodeStat]]]) -> None:
            for path, reply in replies:
                self._got(path, reply)
            branches = [path for path, (_, stat) in replies if stat.numChildren]
            self._ask_all(GetChildren, branches, self._read_children)

        self._ask_all(GetData, paths, got)

    def _read_children(self, replies: list[tuple[str, list[str]]]) -> None:
        below = [f"{path.rstrip('/')}/{name}" for path, names in replies for name in names]
        self._read_deep([path for path in below if path != "/zookeeper"])

    def _ask_all(self, kind: Any, paths: Sequence[str], then: Callable[[list[tuple[str, Any]]], None]) -> None:
        for start in range(0, len(paths), BATCH):
            some = paths[start : start + BATCH]
            reads = MultiRead([kind(self.client.rooted(path), None) for path in some])
            self._ask(reads, partial(self._answer, then, some))

    def _answer(self, then: Callable[[list[tuple[str, Any]]], None], paths: Sequence[str], values: list[Any]) -> None:
        for error in [value for value in values if isinstance(value, Exception)]:
            self._failed(error)
        then([(path, value) for path, value in zip(paths, values, strict=True) if not isinstance(value, Exception)])

    def _told(self, event: WatchedEvent) -> None:
        self._guarded(self._take_in, event)

    def _take_in(self, event: WatchedEvent) -> None:
        if event.path.startswith("/zookeeper"):
            return
        if event.type == EventType.DELETED:
            if self._seen is not None:
                self._seen.discard(event.path)
            self._apply(event.path, None)
        else:
            self._read(event.path)

    def _fence(self, done: threading.Event) -> None:
        self._barriers.append((self._asked, done))
        self._open_barriers()

    def _open_barriers(self) -> None:
        if self._seen is None:
            for fence in [fence for fence in self._barriers if fence[0] <= self._answered]:
                self._barriers.remove(fence)
                fence[1].set()
