"""An ensemble that already runs, and is not ours: a chroot of the lab's own is touched in it, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from labkit import farewells
from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.processes import Event, Process
from labkit.zookeeper import admin, chroots
from labkit.zookeeper.ensemble import Ensemble
from labkit.zookeeper.greeting import greet
from labkit.zookeeper.place import Place
from labkit.zookeeper.server import Server

ANSWER_LIMIT = 5.0  # seconds a server has to answer
NO_TIME, ALL_TIME = 0.001, 1_000_000.0  # seconds: asked for these, a server grants its shortest and longest session
NEEDED = {
    "cons": "a countdown to the end of a silent session cannot be shown",
    "wchp": "watches of processes that are not this lab's are not shown",
    "srvr": "roles and zxids of its servers are not shown",
}


class RemoteServer(Server):
    """A server of somebody else's ensemble. It has no verbs: whoever started it ends it.

    dead -> running   it answered the last time that it was asked
    running -> dead   it did not
    """

    ours = False

    def __init__(
        self, number: int, where: tuple[str, int], guard: Guard, told: Callable[[Process, Event], None], peers: Ensemble
    ) -> None:
        super().__init__(number, guard, told, peers)
        self._where = where
        self.port = where[1]
        self.problem = ""

    @property
    def address(self) -> tuple[str, int]:
        """Where clients reach it."""
        return self._where

    def greet(self) -> float | None:
        """The shortest session that it grants, in seconds; None, and `problem`, if it does not answer."""
        try:
            shortest = greet(self.address, NO_TIME, limit=ANSWER_LIMIT).timeout
        except OSError as e:
            self.state, self.problem = "dead", str(e) or type(e).__name__
            return None
        self.state = "running"
        return shortest

    def look(self) -> bool:
        """Ask it for its mode and zxid; True if they, or its state, are others than before."""
        before = self.state
        try:
            admin.ask(*self.address, "srvr", timeout=1.0)
            self.state = "running"
        except (admin.NotServingError, admin.ForbiddenError):
            self.state = "running"
        except OSError:
            self.state = "dead"
        return super().look() or before != self.state

    def launch(self) -> None:
        """Not ours to start."""
        self._refuse("restart")

    def kill(self) -> None:
        """Not ours to end."""
        self._refuse("kill")

    def stop(self) -> None:
        """Not ours to end."""
        self._refuse("stop")

    def pause(self) -> None:
        """Not ours to freeze."""
        self._refuse("pause")

    def resume(self) -> None:
        """Not ours to thaw."""
        self._refuse("resume")

    def restart(self) -> None:
        """Not ours to restart."""
        self._refuse("restart")

    def _refuse(self, verb: str) -> NoReturn:
        raise LabError(
            f"{self.name} ({self.address[0]}:{self.port}) is not this lab's, so {verb}() is not ours to do: "
            'whoever runs the ensemble can. In a Lab(zookeeper="local") or "docker" every server has all verbs.'
        )


class ExternalEnsemble(Ensemble):
    """Servers of somebody else, found out about by asking them."""

    def __init__(self, place: Place, folder: Path, guard: Guard, told: Callable[[Process, Event], None]) -> None:
        self.remote = [RemoteServer(n, where, guard, told, self) for n, where in enumerate(place.addresses, 1)]
        super().__init__(self.remote)
        self.chroot, self._folder = place.chroot, folder

    @property
    def hosts(self) -> str:
        """host:port of every server, separated by commas."""
        return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self._all())

    def _all(self) -> list[tuple[str, int]]:
        return [server.address for server in self.remote]

    def start(self) -> None:
        """Find out which servers answer, what they grant and what they forbid; nothing is changed there."""
        with ThreadPoolExecutor(len(self.remote)) as pool:
            granted = [seconds for seconds in pool.map(RemoteServer.greet, self.remote) if seconds is not None]
        if not granted:
            raise LabError(self._nobody())
        self.shortest = max(granted)
        self._check_version()
        self.longest = greet(self.addresses()[0], ALL_TIME, limit=ANSWER_LIMIT).timeout
        self._find_tick()
        self._note_absent()
        self._note_forbidden()

    def claim(self, path: str) -> None:
        """Make the lab's own znode, and what is missing above it; promised to be taken away when the lab ends."""
        paths = chroots.claimable(self.hosts, path)
        farewells.promise(self._folder, [sys.executable, "-m", "labkit", "farewell", self.hosts, *paths])
        chroots.make(self.hosts, paths)

    def _nobody(self) -> str:
        why = "; ".join(f"{s.address[0]}:{s.port}: {s.problem}" for s in self.remote)
        return (
            f"no ZooKeeper answers at {self.hosts} ({why}). Is it running, and is the address right? "
            f"Start it, or leave zookeeper= and LABKIT_ZOOKEEPER out for a ZooKeeper of the lab's own."
        )

    def _check_version(self) -> None:
        for address in self.addresses():
            try:
                version = admin.status(*address, timeout=ANSWER_LIMIT).get("Zookeeper version", "")
            except OSError:
                continue  # the tree says it too, if it must
            numbers = [int(number) for number in version.split("-")[0].split(".")[:2] if number.isdigit()]
            if numbers and numbers < [3, 6]:
                raise LabError(
                    f"ZooKeeper {version.split('-')[0]} at {address[0]}:{address[1]} is too old for the live tree, "
                    "which needs 3.6 or newer: give the address of a newer one, or leave zookeeper= out."
                )

    def _find_tick(self) -> None:
        try:
            self.tick = int(admin.settings(*self.addresses()[0])["tickTime"]) / 1000
        except (OSError, KeyError, ValueError):
            self.tick = self.shortest / 2  # as a server has it that was not told otherwise

    def _note_absent(self) -> None:
        absent = [f"{s.address[0]}:{s.port} ({s.problem})" for s in self.remote if s.state == "dead"]
        if absent:
            self.notices.append(f"No answer from {', '.join(absent)}: the lab goes on with the other servers.")

    def _note_forbidden(self) -> None:
        for word, loss in NEEDED.items():
            if any(forbids(address, word) for address in self.addresses()):
                self.notices.append(f"This ensemble does not answer the four-letter word {word}, so {loss}.")


def forbids(address: tuple[str, int], word: str) -> bool:
    """True if the server's whitelist lacks the word."""
    try:
        admin.ask(*address, word, timeout=ANSWER_LIMIT)
    except admin.ForbiddenError:
        return True
    except OSError:
        return False
    return False
