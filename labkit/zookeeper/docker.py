"""ZooKeeper in Docker: containers of its own for one lab, on free ports, gone with the lab, data included."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.ports import free_port
from labkit.processes import Event, Process
from labkit.zookeeper import engine
from labkit.zookeeper.compose import Project
from labkit.zookeeper.ensemble import Ensemble, start_all
from labkit.zookeeper.server import Server

VERBS = {
    signal.SIGKILL: ["kill"],
    signal.SIGTERM: ["kill", "--signal", "TERM"],  # `docker stop` would turn into a SIGKILL after a while, unsaid
    signal.SIGSTOP: ["pause"],
    signal.SIGCONT: ["unpause"],
}
START_LIMIT = 15.0  # seconds; half of one is usual, but many may start at once
KILLED = 128 + signal.SIGKILL  # how the engine writes that end
TAKEN = ("address already in use", "port is already allocated")
TOO_LATE = ("is not running", "is not paused", "is already paused")


class DockerServer(Server):
    """One server in a container. `pid` is None; `state` is the engine's truth, whoever caused it.

        starting -> running   it serves; also `docker start` from anywhere
        running -> paused     pause(), or `docker pause`
        paused -> running     resume(), or `docker unpause`
        any -> stopped        stop(), or a SIGTERM that it obeyed
        any -> dead           kill(), `docker kill`, a crash, or the engine is gone

    restart() starts the same container: same port, same data.
    """

    def __init__(
        self, number: int, guard: Guard, told: Callable[[Process, Event], None], peers: DockerEnsemble, container: str
    ) -> None:
        super().__init__(number, guard, told, peers)
        self.container = container
        self._ensemble = peers

    def _begin(self) -> None:
        self._ensemble.make()
        try:
            engine.ask("start", self.container, limit=START_LIMIT)
        except LabError as e:
            if any(sign in str(e) for sign in TAKEN):
                raise LabError(f"{self.name}: Address already in use: port {self.port}") from e
            raise

    def _send(self, number: int) -> None:
        if number == signal.SIGCONT and self.state != "paused":
            return
        try:
            engine.ask(*VERBS[signal.Signals(number)], self.container)
        except LabError as e:
            if not any(sign in str(e) for sign in TOO_LATE):
                raise

    def happened(self, action: str, code: int) -> None:
        """News of the engine: "start", "pause", "unpause", or "die" with an exit status."""
        if action == "die":
            self.became("exited", -signal.SIGKILL if code == KILLED else code)
        elif action != "start":
            self.became({"pause": "paused", "unpause": "resumed"}[action], 0)
        elif not self.alive:  # not by us
            with self._changed:
                self.state = "running"
            self._notify({"event": "started", "pid": None})

    def lost(self) -> None:
        """Nobody can say any more what it does."""
        with self._changed:
            self.state = "dead"
        self._notify({"event": "lost"})

    def last_words(self) -> str:
        """The end of its log, for an error."""
        try:
            self.stderr.extend(engine.ask("logs", "--tail", "12", self.container, limit=3.0).splitlines())
        except LabError as e:
            self.stderr.append(str(e))
        return super().last_words()


class News:
    """What the engine says of the project's containers, read under the guard for as long as the lab lives."""

    def __init__(self, guard: Guard, project: str, servers: dict[str, DockerServer]) -> None:
        self._guard, self._servers = guard, servers
        filters = [f"label=com.docker.compose.project={project}", "type=container"]
        filters += [f"event={action}" for action in ("start", "die", "pause", "unpause")]
        words = [word for one in filters for word in ("--filter", one)]
        # --since: what happens before it listens is told as well.
        guard.start(
            self, [engine.program(), "events", "--since", "1", "--format", "{{json .}}", *words], {**os.environ}
        )

    def said(self, line: str) -> None:
        """One event of the engine."""
        event = json.loads(line)
        facts = event["Actor"]["Attributes"]
        if server := self._servers.get(facts["name"]):  # a learner may have renamed it
            server.happened(event["Action"], int(facts.get("exitCode", 0)))

    def complained(self, line: str) -> None:
        """Why it ends, which `became` tells."""

    def became(self, what: str, code: int) -> None:
        """It ends when the engine does; killed, it was by us."""
        if what != "exited" or code == -signal.SIGKILL:
            return
        for server in self._servers.values():
            server.lost()
        self._guard.report(
            LabError(
                "Docker's engine went away, and this lab's ZooKeeper with it: start Docker again, close() this lab and "
                "open a new one"
            )
        )


class DockerEnsemble(Ensemble):
    """One or three servers in Docker."""

    def __init__(self, folder: Path, guard: Guard, told: Callable[[Process, Event], None], count: int) -> None:
        self.project = Project(folder, guard, count)
        names = self.project.containers
        self.docker = [DockerServer(number, guard, told, self, name) for number, name in enumerate(names, 1)]
        super().__init__(self.docker)
        self._guard = guard
        self._made = False

    def start(self) -> None:
        """Make the containers and start the servers; they have elected a leader when this returns."""
        engine.check()
        self.project.promise()
        News(self._guard, self.project.name, {server.container: server for server in self.docker})
        start_all(self.servers)

    def make(self) -> None:
        """Have the containers made, unless they are there with the ports that they have."""
        if all(server.port for server in self.docker):
            return
        if self._made:  # made anew in their place they would keep the volumes, and forget that those are theirs
            self.project.remove()
        for server in self.docker:
            server.port = free_port()
        self._made = True
        self.project.create([server.port for server in self.docker])
