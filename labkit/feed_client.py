"""What the live tree's client adds to kazoo: two requests of ZooKeeper 3.6, one watcher for all paths, one order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kazoo.exceptions import EXCEPTIONS
from kazoo.protocol.paths import _prefix_root
from kazoo.protocol.serialization import (
    GetChildren,
    GetData,
    int_struct,
    multiheader_struct,
    read_buffer,
    stat_struct,
    write_string,
)
from kazoo.protocol.states import Callback, WatchedEvent, ZnodeStat

from labkit.client import PromptClient

RECURSIVE = 1  # AddWatchMode.PERSISTENT_RECURSIVE
SESSION = 30.0  # seconds: a cell that holds the GIL must not cost the tree its session


@dataclass(frozen=True)
class AddWatch:
    """The request of ZooKeeper 3.6 that kazoo 2.11 lacks, in the form of kazoo's own requests."""

    path: str
    mode: int
    type: ClassVar[int] = 106

    def serialize(self) -> bytearray:
        """The body of the request."""
        b = bytearray(write_string(self.path))
        b += int_struct.pack(self.mode)
        return b

    @classmethod
    def deserialize(cls, _bytes: bytes, _offset: int) -> bool:
        """The reply has no body."""
        return True


@dataclass(frozen=True)
class MultiRead:
    """Many reads in one request, which ZooKeeper has since 3.6 and kazoo 2.11 lacks; nothing is written in between.

    Its value is one item a read, in order: what that read alone would have given, or its exception.
    """

    reads: list[Any]
    type: ClassVar[int] = 22

    def serialize(self) -> bytearray:
        """The body of the request: a header and the body of each read, then the header that ends it."""
        b = bytearray()
        for read in self.reads:
            b += multiheader_struct.pack(read.type, False, -1)
            b += read.serialize()
        b += multiheader_struct.pack(-1, True, -1)
        return b

    @classmethod
    def deserialize(cls, data: bytes, offset: int) -> list[Any]:
        """The reply in the same form; what could not be read has an error code."""
        results: list[Any] = []
        while True:
            type_, done, _ = multiheader_struct.unpack_from(data, offset)
            offset += multiheader_struct.size
            if done:
                return results
            if type_ == GetData.type:
                value, offset = read_buffer(data, offset)
                results.append((value, ZnodeStat._make(stat_struct.unpack_from(data, offset))))
                offset += stat_struct.size
            elif type_ == GetChildren.type:
                names = GetChildren.deserialize(data, offset)
                results.append(names)
                offset += int_struct.size + sum(int_struct.size + len(name.encode()) for name in names)
            else:
                (code,) = int_struct.unpack_from(data, offset)
                results.append(EXCEPTIONS[code]())
                offset += int_struct.size


class InOrder:
    """Takes kazoo's reply to one request and passes it on in the queue that watch events go through.

    kazoo hands events and replies to two threads; so a reply that a delete overtook would bring a znode back.
    """

    def __init__(self, pass_on: Callable[..., None], done: Callable[[Any, Exception | None], None]) -> None:
        self._pass_on, self._done = pass_on, done

    def set(self, value: Any) -> None:
        """Called by kazoo's connection thread with the reply."""
        self._pass_on(self._done, value, None)

    def set_exception(self, error: Exception) -> None:
        """Called by kazoo's connection thread with an error in place of a reply."""
        self._pass_on(self._done, None, error)


class AnyPath(dict[str, Any]):
    """Stands where kazoo keeps its data watchers, and gives the one recursive watcher for every path."""

    def __init__(self, watcher: Callable[[WatchedEvent], None]) -> None:
        self._watcher = watcher

    def pop(self, _path: str, _default: Any = None) -> Any:
        """Kazoo takes out the watchers of a path when it is told of it; this one stays."""
        return [self._watcher]


class FeedClient(PromptClient):
    """A kazoo client whose one watcher is told of every path, and whose requests may be answered in order."""

    def __init__(self, hosts: str, told: Callable[[WatchedEvent], None]) -> None:
        self._any_path = AnyPath(told)
        super().__init__(hosts, SESSION)
        self._data_watchers = self._any_path

    def _reset_watchers(self) -> None:
        self._data_watchers = self._any_path

    def pass_on(self, function: Callable[..., None], *args: Any) -> None:
        """Call the function from the thread of the watch events, after the events that came before."""
        self.handler.dispatch_callback(Callback("labkit", function, args))

    def ask(self, request: Any, done: Callable[[Any, Exception | None], None]) -> None:
        """Send a request; `done(reply, error)` comes in order with the watch events."""
        self._call(request, InOrder(self.pass_on, done))

    def rooted(self, path: str) -> str:
        """The absolute path of one below the chroot."""
        return str(_prefix_root(self.chroot, path))
