"""The screen that a follower shows the news on. It is slow, and while it shows one thing, the next one happens."""

from __future__ import annotations

import threading
from typing import Any

from labkit.client import PromptClient
from labkit.toy.process import tell

MEANWHILE = {"tea": "cake", "cake": "soon closed"}  # what is written while this is being shown
LATER = {"soon closed": "closed"}  # what is written a while after this was shown
A_WHILE = 0.3  # seconds


class Screen:
    """Called with each news, in the process of the learner's function: `shown` tells of it.

    So the race is no chance: the change comes after the reading and before whatever the function does next.
    """

    def __init__(self, hosts: str, path: str) -> None:
        self.hosts, self.path = hosts, path
        self._zk: PromptClient | None = None

    def __call__(self, news: Any) -> None:
        """Show it; returns when what happens meanwhile has happened."""
        text = news.decode() if isinstance(news, bytes) else repr(news)
        tell("shown", text=text)
        if text in MEANWHILE:
            self._write(MEANWHILE[text])
        elif text in LATER:
            later = threading.Timer(A_WHILE, self._write, [LATER[text]])
            later.daemon = True
            later.start()

    def _write(self, text: str) -> None:
        if self._zk is None:
            self._zk = PromptClient(self.hosts, 10.0)
            self._zk.start(timeout=10)
        self._zk.set(self.path, text.encode())
        tell("written", text=text)
