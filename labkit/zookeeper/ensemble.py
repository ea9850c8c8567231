"""The ZooKeeper of a lab, wherever it runs: what all kinds of it have in common."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from labkit.errors import LabError
from labkit.zookeeper import admin, chroots
from labkit.zookeeper.server import Server

TICK = 0.25  # seconds; a session is at least two ticks, so 0.5 s, and the servers look at sessions once a tick
SHORTEST, LONGEST = 2 * TICK, 40.0  # seconds; the longest is what a stock server grants
LONG_UNANSWERED = 4  # looks, at a quarter of a second each
WORDS = "srvr,stat,cons,dump,conf,mntr,ruok,wchp,wchc,wchs"  # the four-letter words that a lab's own servers answer


class Ensemble:
    """The servers of one lab, and what they grant.

    `hosts` is what a client connects to; `chroot` ("" or "/a/b") is where in it the lab makes its own znode; `tick`,
    `shortest` and `longest` (sessions) are seconds; `notices` are sentences on what this ensemble does not allow.
    """

    tick, shortest, longest = TICK, SHORTEST, LONGEST
    chroot = ""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = list(servers)
        self.notices: list[str] = []

    @property
    def hosts(self) -> str:
        """host:port of every server, separated by commas."""
        return ",".join(f"{host}:{port}" for host, port in (server.address for server in self.servers))

    def start(self) -> None:
        """Make it ready for clients; a LabError says what is in the way."""
        raise NotImplementedError

    def claim(self, path: str) -> None:
        """Make the lab's own znode; a LabError if it is there already or may not be made."""
        chroots.make(self.hosts, [path])

    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every server that is running."""
        return [server.address for server in self.servers if server.state == "running"]

    def majority(self) -> bool:
        """True if more than half of the servers live: fewer elect no leader, and serve nobody."""
        return sum(server.alive for server in self.servers) > len(self.servers) / 2

    def silence(self) -> str:
        """Why nobody is served now, as far as the servers' states tell; "" if they do not."""
        frozen = [server.name for server in self.servers if server.state == "paused"]
        if frozen:
            return f"{', '.join(frozen)} is paused: resume() wakes it."
        up = sum(server.state == "running" for server in self.servers)
        count, needed = len(self.servers), len(self.servers) // 2 + 1
        if count == 1 or up >= needed:
            return ""
        return f"{up} of {count} servers {'is' if up == 1 else 'are'} up, and a majority ({needed}) is needed."

    def look(self) -> list[Server]:
        """Ask every server for its mode and zxid; returns those that say something new."""
        return [server for server in self.servers if server.look()]

    def deserted(self) -> list[tuple[str, int]]:
        """Servers that have not answered for a second while another one serves: clients had better leave them."""
        if not any(server.mode for server in self.servers):
            return []
        return [server.address for server in self.servers if server.unanswered >= LONG_UNANSWERED]

    def data_watches(self) -> dict[str, list[int]]:
        """Sessions by watched path, as the servers list them (`wchp`); one that does not answer lists nothing."""
        found: dict[str, list[int]] = {}
        for address in self.addresses():
            with contextlib.suppress(OSError):
                for path, sessions in admin.data_watches(*address).items():
                    found.setdefault(path, []).extend(sessions)
        return found


def start_all(servers: Sequence[Server]) -> None:
    """Start them side by side and wait for all; other ports if somebody took one between finding and listening."""
    for attempt in range(1, 6):
        try:
            for server in servers:
                server.launch()
            for server in servers:
                server.await_ready()
            return
        except LabError as e:
            for server in servers:
                server.kill()
                server.port = 0
            if "Address already in use" not in str(e) or attempt == 5:
                raise
