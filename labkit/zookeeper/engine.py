"""Docker's command line: asked at once, or run under the guard; its refusals in plain words."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from labkit.errors import LabError
from labkit.guarding import Guard

ANSWER_LIMIT = 8.0  # seconds; an engine that lives answers in a twentieth of one, and starts a container in half of one
OLDEST = "2.23.1"  # of Compose: the first that reads `content:` below `configs:`, which docker-compose.yml has
OTHERWISE = 'or leave zookeeper="docker" (LABKIT_ZOOKEEPER=docker) out for a ZooKeeper without Docker'


def program() -> str:
    """The full path of `docker`; a LabError if it is not there."""
    if found := shutil.which("docker"):
        return found
    raise LabError(
        "there is no program `docker` on PATH: install Docker with its Compose plugin "
        f"(https://docs.docker.com/get-docker/), {OTHERWISE}"
    )


def check() -> None:
    """A LabError if the engine does not answer, or Compose is missing or too old."""
    program()
    with ThreadPoolExecutor(2) as pool:  # side by side: each may need its whole limit
        compose = pool.submit(ask, "compose", "version", "--short")
        engine = pool.submit(ask, "version", "--format", "{{.Server.Version}}")
    check_compose("" if compose.exception() else compose.result())
    engine.result()


def check_compose(version: str) -> None:
    """A LabError unless this (2.26.1-4, v2.40.3-desktop.1, …) is new enough; "" is that of a missing one."""
    if not numbers(version):
        raise LabError(
            f"`docker compose version` gives no answer, so the Compose plugin is missing: install it, {OLDEST} or "
            f"newer (package docker-compose-v2 or docker-compose-plugin; Docker Desktop has it), {OTHERWISE}"
        )
    if numbers(version) < numbers(OLDEST):
        raise LabError(
            f"Docker Compose {version.strip()} is too old: {OLDEST} or newer is needed, as older ones cannot read all "
            f"of docker-compose.yml. Update Docker Desktop or the package of the Compose plugin, {OTHERWISE}"
        )


def numbers(version: str) -> tuple[int, ...]:
    """(2, 26, 1) of v2.26.1-4; () if there is none."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version.strip())
    return tuple(map(int, found.groups("0"))) if found else ()


def ask(*words: str, limit: float = ANSWER_LIMIT) -> str:
    """What `docker words…` writes; a LabError in plain words if it fails or takes longer than `limit` seconds."""
    argv = [program(), *words]
    try:  # in a session of its own: the Stop button is for the cell
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, start_new_session=True
        )
    except subprocess.TimeoutExpired:
        raise LabError(no_answer(f"`docker {words[0]}` got no answer within {limit:g} s")) from None
    if done.returncode:
        raise LabError(plainly(words, done.stderr or done.stdout))
    return done.stdout


def plainly(words: tuple[str, ...], said: str) -> str:
    """Why a command failed, and what to do, from what it wrote."""
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    lower = said.lower()
    if "permission denied" in lower and ("socket" in lower or "daemon" in lower):
        return (
            "you may not talk to Docker's engine (permission denied at its socket): add yourself to its group with "
            f"`sudo usermod -aG docker $USER` and log in again, {OTHERWISE}"
        )
    if any(sign in lower for sign in ("is the docker daemon running", "error during connect", "docker api at", "eof")):
        return no_answer(last)
    if "address pools" in lower or "non-overlapping" in lower:
        return f"Docker has no network left for a lab ({last}): `docker network prune` removes those that nobody uses"
    return f"`docker {' '.join(words)}` failed: {said.strip()[-600:] or last}"


def no_answer(why: str) -> str:
    """The sentence for an engine that is not there."""
    where = "".join(f"; {n} is {os.environ[n]}" for n in ("DOCKER_HOST", "DOCKER_CONTEXT") if os.environ.get(n))
    return (
        f"Docker's engine does not answer ({why}{where}): start it (Docker Desktop, or `sudo systemctl start docker`), "
        f"{OTHERWISE}"
    )


class Order:
    """A long command under the guard, which ends with the kernel however that ends.

    running -> ended   by itself, or by `end()`; `code` is its exit status, `lines` is what it wrote
    """

    def __init__(self, guard: Guard, argv: list[str], env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.code: int | None = None
        self.changed = threading.Condition()
        self._guard = guard
        self._key, _ = guard.start(self, argv, env)

    def said(self, line: str) -> None:
        """A line of its stdout."""
        with self.changed:
            self.lines.append(line)
            self.changed.notify_all()

    complained = said

    def became(self, what: str, code: int) -> None:
        """News of the guard."""
        with self.changed:
            self.code = code if what == "exited" else self.code
            self.changed.notify_all()

    def wait(self, limit: float | None, until: Callable[[], bool] = lambda: False) -> bool:
        """True when it has ended, or `until()` holds; False after `limit` seconds. It is ended if we are stopped."""
        try:
            with self.changed:
                return self.changed.wait_for(lambda: self.code is not None or until(), limit)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """SIGKILL, and wait for its end."""
        self._guard.signal(self._key, signal.SIGKILL)
        with self.changed:
            self.changed.wait_for(lambda: self.code is not None, ANSWER_LIMIT)
