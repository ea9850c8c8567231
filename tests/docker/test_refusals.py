"""Where Docker cannot serve, one plain sentence says why and what to do, soon, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.leftovers import labs_folder
from labkit.zookeeper import compose, engine
from tests.docker.registry import Registry
from tests.docker.relay import Relay
from tests.docker.tools import docker

pytestmark = pytest.mark.docker
LIMIT = 15.0  # seconds


@contextlib.contextmanager
def refused(match: str) -> Iterator[None]:
    """What is in here raises a LabError that matches, in time, and leaves no folder."""
    before, began = set(labs_folder().glob("refused-*")), time.monotonic()
    with pytest.raises(LabError, match=match):
        yield
    assert time.monotonic() - began < LIMIT
    assert set(labs_folder().glob("refused-*")) == before


def open_lab() -> None:
    Lab(zookeeper="docker", name="refused").close()


def program(folder: Path, text: str) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "docker").chmod(0o755)


def test_no_docker_on_path(programs: Path) -> None:
    with refused("no program `docker` on PATH: install Docker"):
        open_lab()


def test_no_engine_at_the_socket(relay: Relay) -> None:
    relay.cut()
    with refused(r"engine does not answer \(.*DOCKER_HOST is unix://.*start it"):
        open_lab()


def test_an_engine_that_hangs(relay: Relay) -> None:
    relay.silent = True
    with refused("engine does not answer .*no answer within 8 s"):
        open_lab()


def test_a_socket_that_may_not_be_used() -> None:
    """What the real client says to a user who may not, in words of ours."""
    if os.getuid():
        pytest.skip("only root can become a user without rights")
    said = subprocess.run(["docker", "version"], capture_output=True, text=True, user=65534, env={"PATH": "/usr/bin"})
    assert said.returncode
    assert "usermod -aG docker" in engine.plainly(("version",), said.stderr)


def test_no_compose(programs: Path) -> None:
    program(programs, '[ "$1" = version ] && echo 20.10.24 || { echo "docker: unknown command: compose" >&2; exit 1; }')
    with refused("Compose plugin is missing: install it, 2.23.1 or newer"):
        open_lab()


def test_a_compose_that_is_too_old(programs: Path) -> None:
    """A stand-in for the old program, which cannot be had here: it says its version, as the real one does."""
    program(programs, 'case "$1" in compose) echo v2.17.2-desktop.1 ;; *) echo 20.10.24 ;; esac')
    with refused(r"Docker Compose v2\.17\.2-desktop\.1 is too old: 2\.23\.1 or newer is needed, as"):
        open_lab()


@pytest.mark.parametrize("version", ["2.26.1-4", "v2.23.1", "2.40.3-desktop.1", "5.0.0", "2.24.0+ds1-0ubuntu1", "v3.0"])
def test_versions_that_are_new_enough(version: str) -> None:
    engine.check_compose(f"{version}\n")


@pytest.mark.parametrize("version", ["1.29.2", "2.23.0", "v2.5.0", "2.9.9-1"])
def test_versions_that_are_not(version: str) -> None:
    with pytest.raises(LabError, match="too old"):
        engine.check_compose(version)


def test_no_image_and_no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("LABKIT_ZK_IMAGE", f"127.0.0.1:{nobody.getsockname()[1]}/zookeeper:1")
        with refused("image is not on this machine and cannot be fetched .*connection refused.*docker load"):
            open_lab()


def test_no_image_and_a_registry_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        monkeypatch.setenv("LABKIT_ZK_IMAGE", f"127.0.0.1:{silent.getsockname()[1]}/zookeeper:1")
        with refused("cannot be fetched .no answer from its registry within 10 s"):
            open_lab()


def test_a_slow_fetch_is_shown_and_waited_for(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Longer than a registry has to say its first word; the image is no ZooKeeper, and Docker says so at the end."""
    monkeypatch.setattr(compose, "REGISTRY_LIMIT", 2.0)
    monkeypatch.setattr(compose, "SAY_EVERY", 0.5)
    registry.pause = 0.2
    name = f"{registry.address}/noise:1"
    monkeypatch.setenv("LABKIT_ZK_IMAGE", name)
    try:
        with refused("(?i)no command specified"):
            open_lab()
        said = capsys.readouterr().out.splitlines()
        assert "Docker fetches it, once" in said[0]
        assert len({line for line in said if "Downloading" in line}) > 3
        assert docker("image", "ls", "-q", name)
    finally:
        docker("image", "rm", "--force", name)


def test_a_clone_without_the_compose_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compose, "FILE", tmp_path / "docker-compose.yml")
    with refused("there is no docker-compose.yml in .*whole clone"):
        open_lab()


def test_an_engine_that_goes_away_is_told_once_and_closing_says_what_is_left(relay: Relay) -> None:
    lab = Lab(zookeeper="docker", name="refused")
    project = lab.ensemble.project.name
    relay.cut()
    with pytest.raises(LabError, match=r"Docker's engine went away.*close\(\) this lab"):
        lab.wait_until(lambda: False, "the loss is told", 5.0)
    assert lab.servers[0].state == "dead"
    with pytest.raises(LabError, match=rf"could not be taken away; .*-p {project} down"):
        lab.close()
    later = Path(f"{lab.folder_name}-farewell")
    assert project in (later / "farewells.json").read_text()  # for `./lab clean`
    shutil.rmtree(later)
    subprocess.run(["docker", "--host", "", "compose", "-p", project, "down", "-v", "-t", "0"], env=without_host())


def without_host() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
