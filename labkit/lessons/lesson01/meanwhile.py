"""What exercises hand to a learner's function, to be called by it. While that happens, somebody else writes.

So a race is no chance: the other's write comes after the function's read and before whatever it does next.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from kazoo.protocol.states import Callback

from labkit.client import PromptClient
from labkit.toy.process import tell

if TYPE_CHECKING:
    from kazoo.client import KazooClient

MEANWHILE = {"tea": "cake", "cake": "soon closed"}  # what is written while this is being shown
LATER = {"soon closed": "closed"}  # what is written a while after this was shown
A_WHILE = 0.3  # seconds
AT_MOST = 2.0  # seconds; milliseconds are usual
OTHERS = 2  # visitors that somebody else counts, one for each of the first calls


class Somebody:
    """Somebody else at the same znode, in the process of the learner's function but with a session of its own."""

    def __init__(self, hosts: str, path: str) -> None:
        self.hosts, self.path = hosts, path
        self._zk: PromptClient | None = None
        self._learners: KazooClient | None = None

    def meet(self, zk: KazooClient) -> None:
        """Know the client of the function."""
        self._learners = zk

    def zk(self) -> PromptClient:
        """Its client, connected."""
        if self._zk is None:
            self._zk = PromptClient(self.hosts, 10.0)
            self._zk.start(timeout=10)
        return self._zk

    def write(self, text: str) -> None:
        """Write, and tell it (`written`); returns when the function's own watch, if it left one, has been told."""
        self.zk().set(self.path, text.encode())
        tell("written", text=text)
        self.let_watches_fire()

    def let_watches_fire(self) -> None:
        """An event comes before the answer to a later request, and callbacks are called one by one."""
        zk = self._learners
        if zk is None or not zk.connected or threading.current_thread() is not threading.main_thread():
            return  # called from a callback, it would wait for itself
        zk.sync(self.path)
        told = threading.Event()
        zk.handler.dispatch_callback(Callback("watch", told.set, ()))
        told.wait(AT_MOST)


class Screen(Somebody):
    """Shows a news when it is called with it; it is slow, so that meanwhile the next thing happens. Tells `shown`."""

    def __call__(self, news: Any) -> None:
        """Show it; returns when what happens meanwhile has happened."""
        text = news.decode() if isinstance(news, bytes) else repr(news)
        tell("shown", text=text)
        if text in MEANWHILE:
            self.write(MEANWHILE[text])
        elif text in LATER:
            later = threading.Timer(A_WHILE, self.write, [LATER[text]])
            later.daemon = True
            later.start()


class OneMore(Somebody):
    """Gives one more than it is called with; the first times somebody else counts one, too, before it returns."""

    left = OTHERS

    def __call__(self, data: bytes) -> bytes:
        """b"10" -> b"11". Tells `asked`."""
        tell("asked", data=data.decode())
        if self.left:
            self.left -= 1
            self.write(str(int(self.zk().get(self.path)[0]) + 1))
        return str(int(data) + 1).encode()
