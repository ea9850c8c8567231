"""The ZooKeeper client that toys and learners use: kazoo, plus a trace of its sessions and of every watch.

ZooKeeper's own `wchp` lists data watches only, so who watches what is drawn from what the clients set and were told.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
from collections.abc import Callable, Collection
from typing import Any

from kazoo.client import KazooClient
from kazoo.handlers.threading import AsyncResult, KazooTimeoutError
from kazoo.protocol.states import KazooState, WatchedEvent
from kazoo.retry import KazooRetry

from labkit.errors import LabError

Trace = Callable[..., None]  # trace(event_name, **facts)
GREETING = 1.0  # seconds: a server that serves needs milliseconds
Watch = Callable[[WatchedEvent], Any]
QUIET = logging.getLogger("labkit.kazoo")  # kazoo's warnings say again what the session events below say
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


class Result(AsyncResult):  # type: ignore[misc]
    """What a request will give; get() without a timeout waits for `patience` seconds, then raises a LabError."""

    def __init__(self, handler: Any, hosts: str, patience: float) -> None:
        super().__init__(handler)
        self._hosts, self._patience = hosts, patience

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The value, or the exception that came instead."""
        if not block or timeout is not None:
            return super().get(block, timeout)
        try:
            return super().get(True, self._patience)
        except KazooTimeoutError:
            raise LabError(
                f"ZooKeeper at {self._hosts} has not answered for {self._patience:g} s, and whether it will still do "
                "what it was asked nobody knows. Is a server down? lab.servers shows them: restart() brings back one "
                "that was ended, resume() one that is paused."
            ) from None


class PromptClient(KazooClient):  # type: ignore[misc]
    """A kazoo client that comes back soon after a server was away.

    `patience` bounds a request, and what is called through `retry`: seconds, None for ever. Kazoo alone waits for ever
    while no server is there, seconds between two tries, and up to a whole session timeout for the greeting of a
    server: one that was asked just before it serves never gives it.
    """

    def __init__(self, hosts: str, timeout: float, patience: float | None = 10.0, **more: Any) -> None:
        tries = {"max_tries": -1, "delay": 0.02, "backoff": 2, "max_delay": 0.25, "max_jitter": 0.1}
        more |= {"connection_retry": KazooRetry(**tries), "command_retry": KazooRetry(**tries, deadline=patience)}
        super().__init__(hosts=hosts, timeout=timeout, logger=QUIET, **more)
        if patience:
            self.handler.async_result = lambda: Result(self.handler, hosts, patience)
        connection = self._connection
        greet, connect = connection._invoke, self.handler.create_connection  # noqa: SLF001 - kazoo has no setting

        def greet_soon(timeout: float, request: Any, xid: int | None = None) -> Any:
            return greet(min(timeout, GREETING), request, xid)

        def connect_soon(*where: Any, timeout: float = GREETING, **more: Any) -> Any:
            return connect(*where, timeout=min(timeout, GREETING), **more)

        connection._invoke, self.handler.create_connection = greet_soon, connect_soon  # noqa: SLF001

    @property
    def session_id(self) -> int | None:
        """The session's id, an int of 64 bits; None while there is none."""
        return self._session_id or None

    def leave(self, addresses: Collection[tuple[str, int]]) -> None:
        """If it is connected to one of these servers, go to another; the session goes on there.

        A frozen server keeps its connections, and a client with a long session would stay with it for half a minute.
        """
        sock = self._connection._socket  # noqa: SLF001 - kazoo does not tell
        with contextlib.suppress(OSError, AttributeError):  # it is between two connections anyway
            here = sock.getpeername()[:2]
            if any(here == info[4][:2] for a in addresses for info in socket.getaddrinfo(*a, type=socket.SOCK_STREAM)):
                sock.shutdown(socket.SHUT_RDWR)


class TracedClient(PromptClient):
    """A kazoo client that tells `trace` what happens to its session and watches.

    Its session, as the trace names it:
        (none)    -> session       a new session: `session` (int), `password` (hex), `timeout` (seconds asked for)
        session   -> disconnected  no server answers; the session may still live, and only the servers know
        disconnected -> reconnected   the same session goes on; kazoo has dropped every raw watch (each told NONE)
        disconnected -> expired    the servers had ended it: its ephemerals are gone; kazoo asks for a new session

    Its watches: `watch-set` (`watch` number, `kind` child|data|exists, `path`), then at most one `watch-fired`
    (`watch`, `type`, `path`): watches are one-shot. `watch-failed` is an exception in the code that was told.
    """

    def __init__(self, hosts: str, timeout: float, trace: Trace, **more: Any) -> None:
        super().__init__(hosts, timeout, **more)
        self._trace = trace
        self._asked = timeout
        self._told: int | None = None
        self._numbers = itertools.count(1)
        self._wrapped: dict[tuple[str, str, Watch], Watch] = {}
        self.add_listener(self._session_changed)

    def get_async(self, path: str, watch: Watch | None = None) -> Any:
        """As kazoo's, with the watch traced (`get` comes by here too)."""
        return self._watched("data", path, watch, super().get_async)

    def exists_async(self, path: str, watch: Watch | None = None) -> Any:
        """As kazoo's, with the watch traced; it is set also where there is no znode."""
        return self._watched("exists", path, watch, super().exists_async)

    def get_children_async(self, path: str, watch: Watch | None = None, include_data: bool = False) -> Any:
        """As kazoo's, with the watch traced."""

        def read(path: str, watch: Watch | None) -> Any:
            return super(TracedClient, self).get_children_async(path, watch, include_data)

        return self._watched("child", path, watch, read)

    def _watched(self, kind: str, path: str, watch: Watch | None, read: Callable[..., Any]) -> Any:
        if watch is None:
            return read(path, None)
        number = next(self._numbers)
        slot = ("child" if kind == "child" else "data", path, watch)
        known = self._wrapped.get(slot)  # kazoo calls a function once, however often it was left on a path

        def told(event: WatchedEvent) -> None:
            self._wrapped.pop(slot, None)
            self._trace("watch-fired", watch=number, type=event.type, path=path)
            try:
                watch(event)
            except Exception as e:  # noqa: BLE001 - kazoo would only log it; the trace takes it to the learner
                self._trace("watch-failed", watch=number, path=path, error=e)

        wrapped = known or self._wrapped.setdefault(slot, told)
        result = read(path, wrapped)
        if not known:
            result.rawlink(lambda done: self._was_set(done, number, kind, path, slot))
        return result

    def _was_set(self, done: Any, number: int, kind: str, path: str, slot: tuple[str, str, Watch]) -> None:
        if done.successful():
            self._trace("watch-set", watch=number, kind=kind, path=path)
        else:
            self._wrapped.pop(slot, None)

    def _session_changed(self, state: str) -> None:
        if state == KazooState.SUSPENDED:
            self._trace("disconnected", session=self._told)
        elif state == KazooState.LOST:
            self._trace("expired" if not self._stopped.is_set() else "closed", session=self._told)
            self._told = None
        elif self._session_id == self._told:
            self._trace("reconnected", session=self._told)
        else:
            self._told = self._session_id
            password = bytes(self._session_passwd).hex()
            self._trace("session", session=self._told, password=password, timeout=self._asked)
