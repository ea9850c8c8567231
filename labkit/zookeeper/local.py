"""An embedded ZooKeeper: JVMs of its own for one lab, on free ports, their data in the lab's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labkit.guarding import Guard
from labkit.ports import free_port
from labkit.processes import Event, Process
from labkit.zookeeper import admin, cds, jars, properties
from labkit.zookeeper.ensemble import LONGEST, SHORTEST, TICK, WORDS, Ensemble, start_all
from labkit.zookeeper.java import java, jvm_flags
from labkit.zookeeper.server import HOST, PATIENCE, Server

INIT_LIMIT = 40  # ticks, so 10 s, for a follower to catch up with its leader
SYNC_LIMIT = 8  # ticks, so 2 s, after which a frozen leader or follower counts as lost


class LocalServer(Server):
    """One server in a JVM: `pid` is that JVM."""

    def __init__(
        self, number: int, folder: Path, guard: Guard, told: Callable[[Process, Event], None], peers: LocalEnsemble
    ) -> None:
        super().__init__(number, guard, told, peers)
        self.folder = folder / self.name
        self.election = 0, 0  # the two ports by which servers of an ensemble talk to each other
        self._ensemble = peers

    def choose_ports(self) -> None:
        """Free ones, where it has none yet."""
        if not self.port:
            self.port, self.election = free_port(), (free_port(), free_port())

    def command(self) -> list[str]:
        """The JVM, small and quick, and the server's main class."""
        log = [f"-Dlogback.configurationFile={jars.LOGBACK}"]
        path = java()
        jars_there = jars.classpath()
        flags = [*jvm_flags(path), *cds.flags(path, jars_there), *log]
        return [str(path), *flags, "-cp", jars_there, cds.MAIN, str(self._settings())]

    def _is_mine(self) -> bool:
        """Another lab's server may have taken the port first, while ours is still finding that out."""
        return str(self.folder) in admin.settings(*self.address, timeout=PATIENCE).get("dataDir", "")

    def _settings(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        of_the_ensemble = self._ensemble.settings()
        settings = {
            "tickTime": round(TICK * 1000),
            "dataDir": self.folder,
            "clientPort": self.port,
            "clientPortAddress": HOST,
            "maxClientCnxns": 0,
            "minSessionTimeout": round(SHORTEST * 1000),
            "maxSessionTimeout": round(LONGEST * 1000),
            "admin.enableServer": "false",
            "4lw.commands.whitelist": WORDS,
            **of_the_ensemble,
        }
        (self.folder / "myid").write_text(f"{self.number}\n")
        path = self.folder / "zoo.cfg"
        path.write_text(properties.text(settings))
        return path


class LocalEnsemble(Ensemble):
    """One or three embedded servers."""

    def __init__(self, folder: Path, guard: Guard, told: Callable[[Process, Event], None], count: int = 1) -> None:
        self.local = [LocalServer(number, folder, guard, told, self) for number in range(1, count + 1)]
        super().__init__(self.local)

    def start(self) -> None:
        """Start the servers; they have elected a leader when this returns."""
        start_all(self.servers)

    def settings(self) -> dict[str, object]:
        """What the servers must know of each other (nothing for a single one), once all have their ports."""
        for server in self.local:
            server.choose_ports()
        if len(self.local) == 1:
            return {}
        servers = {f"server.{s.number}": f"{HOST}:{s.election[0]}:{s.election[1]}" for s in self.local}
        return {"initLimit": INIT_LIMIT, "syncLimit": SYNC_LIMIT, **servers}
