"""An embedded ZooKeeper: one JVM of its own for one lab, on a free port, its data in the lab's folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.ports import free_port
from labkit.processes import Event, Process
from labkit.waiting import wait_until
from labkit.zookeeper import admin, cds, jars
from labkit.zookeeper.java import java, jvm_flags

HOST = "127.0.0.1"
TICK = 0.25  # seconds; a session is at least two ticks, so 0.5 s, and the servers look at sessions once a tick
SHORTEST, LONGEST = 2 * TICK, 40.0  # seconds; the longest is what a stock server grants
READY_LIMIT = 20.0  # seconds; a quarter of a second is usual
PATIENCE = 0.1  # seconds: a question that comes just before it serves may never be answered, and the next one is


class Server(Process):
    """One ZooKeeper server in a JVM. It is ready when it answers `srvr` with its mode.

    kill() and pause() leave every session to time out if it stays away; restart() comes back on the same port with
    the same data, and gives each session its full timeout again.
    """

    role = "zookeeper"

    def __init__(self, number: int, folder: Path, guard: Guard, told: Callable[[Process, Event], None]) -> None:
        super().__init__(f"zookeeper-{number}", [], guard, told, READY_LIMIT)
        self.folder = folder / self.name
        self.port = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where clients reach it."""
        return HOST, self.port

    def command(self) -> list[str]:
        """The JVM, small and quick, and the server's main class."""
        log = [f"-Dlogback.configurationFile={jars.LOGBACK}"]
        path = java()
        jars_there = jars.classpath()
        flags = [*jvm_flags(path), *cds.flags(path, jars_there), *log]
        return [str(path), *flags, "-cp", jars_there, cds.MAIN, str(self._settings())]

    def await_ready(self) -> None:
        """Wait until it serves, and make sure that what answers on the port is this very server."""
        wait_until(lambda: not self.alive or self._serves(), f"{self.name} serves on port {self.port}", READY_LIMIT)
        if not self.alive:
            raise LabError(f"{self.name} {self.how_it_ended()}{self.last_words()}")
        with self._changed:
            self.state = "running"
        self._notify({"event": "ready"})

    def _serves(self) -> bool:
        try:
            return "Mode" in admin.status(*self.address, timeout=PATIENCE) and self._is_mine()
        except OSError:
            return False

    def _is_mine(self) -> bool:
        """Another lab's server may have taken the port first, while ours is still finding that out."""
        return str(self.folder) in admin.settings(*self.address, timeout=PATIENCE).get("dataDir", "")

    def _settings(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        settings = {
            "tickTime": round(TICK * 1000),
            "dataDir": self.folder,
            "clientPort": self.port,
            "clientPortAddress": HOST,
            "maxClientCnxns": 0,
            "minSessionTimeout": round(SHORTEST * 1000),
            "maxSessionTimeout": round(LONGEST * 1000),
            "admin.enableServer": "false",
            "4lw.commands.whitelist": "srvr,stat,cons,dump,conf,mntr,ruok,wchp,wchc,wchs",
        }
        path = self.folder / "zoo.cfg"
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return path


class LocalEnsemble:
    """The embedded servers of one lab. `hosts` is what a client connects to."""

    tick, shortest, longest = TICK, SHORTEST, LONGEST

    def __init__(self, folder: Path, guard: Guard, told: Callable[[Process, Event], None]) -> None:
        self.servers = [Server(1, folder, guard, told)]

    @property
    def hosts(self) -> str:
        """host:port of every server, separated by commas."""
        return ",".join(f"{host}:{port}" for host, port in (server.address for server in self.servers))

    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every server that is running."""
        return [server.address for server in self.servers if server.state == "running"]

    def data_watches(self) -> dict[str, list[int]]:
        """Sessions by watched path, as the servers list them (`wchp`); one that does not answer lists nothing."""
        found: dict[str, list[int]] = {}
        for address in self.addresses():
            with contextlib.suppress(OSError):
                for path, sessions in admin.data_watches(*address).items():
                    found.setdefault(path, []).extend(sessions)
        return found

    def start(self) -> None:
        """Start the servers; another port if somebody took the one found, between finding and listening."""
        for server in self.servers:
            for attempt in range(1, 6):
                try:
                    server.start()
                    break
                except LabError as e:
                    if "Address already in use" not in str(e) or attempt == 5:
                        raise
                    server.port = 0
