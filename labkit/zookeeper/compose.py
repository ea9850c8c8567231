"""The Compose project of one lab: its containers, their network and volumes, made and taken away together."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from labkit import farewells
from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.zookeeper import engine

FILE = Path(__file__).parents[2] / "docker-compose.yml"
PORTS = ("LABKIT_ZK_PORT", "LABKIT_ZK_PORT_2", "LABKIT_ZK_PORT_3")
SERVICES = {1: ["zookeeper"], 3: ["zookeeper-1", "zookeeper-2", "zookeeper-3"]}
PROFILES = {1: "single", 3: "ensemble"}
MAKE_LIMIT = 15.0  # seconds to make the containers of an image that is here: a third of one is usual
REGISTRY_LIMIT = 10.0  # seconds for the first word of a registry; how long the image then takes is the network's
SAY_EVERY = 2.0  # seconds


class Project:
    """`name` is labkit- and eight hex digits; `containers` are the names of its servers, the first one first.

    nothing -> made      create(): a network, and a container a server that does not run yet
    made    -> nothing   remove(); else the farewell that is promised before anything is made
    """

    def __init__(self, folder: Path, guard: Guard, count: int) -> None:
        self.name = f"labkit-{secrets.token_hex(4)}"
        self.containers = [f"{self.name}-{service}-1" for service in SERVICES[count]]
        self._folder, self._guard, self._profile = folder, guard, PROFILES[count]
        self._lock, self._settings = folder / "docker.lock", folder / "docker.env"

    def promise(self) -> None:
        """Have it taken away when the lab ends, but not while it is still being made."""
        self._lock.touch()
        farewells.promise(self._folder, self._down())

    def create(self, ports: list[int]) -> None:
        """Make the containers, published on these ports of 127.0.0.1; the image is fetched if it is not here."""
        if not FILE.is_file():
            raise LabError(
                f"there is no {FILE.name} in {FILE.parent}: Docker needs the whole clone of the lab, {engine.OTHERWISE}"
            )
        self._settings.write_text("".join(f"{name}={port}\n" for name, port in zip(PORTS, ports, strict=False)))
        code, said = self._create()
        if code and "no such image" in said.lower():
            self._pull()
            code, said = self._create()
        if code:
            raise LabError(engine.plainly(("compose", "create"), said))

    def remove(self) -> None:
        """Take away containers, volumes and network."""
        if failure := farewells.run(self._down()):
            raise LabError(f"Docker could not take away what it had made: {failure}")

    def _down(self) -> list[str]:
        script = [sys.executable, "-I", "-S", str(Path(__file__).with_name("locked.py")), str(self._lock)]
        return [*script, engine.program(), *connection(), "compose", "-p", self.name, "down", "-v", "-t", "0"]

    def _create(self) -> tuple[int, str]:
        """Its exit status, and what it wrote.

        It runs to its end even if the kernel is killed, and the farewell waits for the lock that it inherits. If it
        were killed, the engine would finish what it was just asked for, and `down` would look before that is there.
        """
        log = self._folder / "docker.log"
        with self._lock.open("w") as lock, log.open("w") as output:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                self._command("create", "--pull", "never"),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
            try:
                return process.wait(MAKE_LIMIT), log.read_text(errors="replace")
            except subprocess.TimeoutExpired:
                raise LabError(engine.no_answer(f"no containers within {MAKE_LIMIT:g} s")) from None

    def _command(self, *words: str) -> list[str]:
        """Our folder stands on the command line: by that `labkit clean` finds what outlives kernel and guard."""
        where = ["-f", str(FILE), "--env-file", str(self._settings), "-p", self.name, "--profile", self._profile]
        return [engine.program(), "compose", *where, *words]

    def _pull(self) -> None:
        """Fetch the image, and show that something moves; a registry that says nothing is given up soon."""
        print("ZooKeeper's image is not on this machine yet: Docker fetches it, once.", flush=True)
        order, began = engine.Order(self._guard, self._command("pull"), environment()), time.monotonic()
        if not order.wait(REGISTRY_LIMIT, lambda: any("Pulling fs layer" in line for line in order.lines)):
            order.end()
            raise LabError(cannot_fetch(f"no answer from its registry within {REGISTRY_LIMIT:g} s"))
        while not order.wait(SAY_EVERY):
            print(f"  {order.lines[-1].strip()} … {time.monotonic() - began:.0f} s", flush=True)
        if order.code:
            raise LabError(cannot_fetch(order.lines[-1].strip() if order.lines else f"status {order.code}"))


def environment() -> dict[str, str]:
    """Ours, without what would change the project: a user may have said it for a Compose of their own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", *PORTS))}


def cannot_fetch(why: str) -> str:
    """The sentence for an image that is neither here nor to be had."""
    return (
        f"ZooKeeper's image is not on this machine and cannot be fetched ({why}): connect to the network and try "
        f"again, load it from a file with `docker load`, name another one in LABKIT_ZK_IMAGE, {engine.OTHERWISE}"
    )


def connection() -> list[str]:
    """The options by which another shell reaches the engine that we use."""
    host, context = os.environ.get("DOCKER_HOST"), os.environ.get("DOCKER_CONTEXT")
    return ["--host", host] if host else ["--context", context] if context else []
