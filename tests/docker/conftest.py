"""Docker's own: what the lab makes in it, and what is said where it cannot. A real engine, Compose and ZooKeeper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab
from labkit.waiting import wait_until
from tests.docker.registry import Registry
from tests.docker.relay import Relay
from tests.docker.tools import lost_volumes, of_labs
from tests.live.conftest import must_have


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No container or network of a lab that was not there before, and no volume without a container."""
    must_have("docker")
    before = of_labs() | lost_volumes()
    yield
    wait_until(
        lambda: not (of_labs() | lost_volumes()) - before,
        "Docker has nothing more than before",
        30.0,
        lambda: f"it has {(of_labs() | lost_volumes()) - before}",
    )


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab with one server in Docker."""
    with Lab(era="0.7", zookeeper="docker") as lab:
        yield lab


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A way to the engine that can be cut, as the engine itself is everybody's."""
    with Relay() as relay:
        monkeypatch.setenv("DOCKER_HOST", relay.address)
        yield relay


@pytest.fixture
def registry() -> Iterator[Registry]:
    """An image registry on this machine with one image in it."""
    with Registry() as registry:
        yield registry


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder
