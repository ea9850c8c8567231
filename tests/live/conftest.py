"""Every test here runs on a real ZooKeeper and real processes; each lab is its own.

`lab07` is what a learner has who says nothing: one embedded server. `anywhere` runs a test six times: with one and with
three servers, embedded, in Docker, and as an ensemble that was there before. The first are started for each test; the
others are started once, and each test has a chroot in them. `own` is for tests that do something to the servers.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from labkit.leftovers import OWNER, labs_folder

COUNTS = (1, 3)
EMBEDDED = [("embedded", n) for n in COUNTS]
DOCKER = [pytest.param(("docker", n), marks=pytest.mark.docker) for n in COUNTS]
EXTERNAL = [("external", n) for n in COUNTS]
OFFLINE_IMAGES = Path(__file__).parents[3] / "shared" / "docker" / "offline-images"
Shared = Callable[[str, int], str]


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    """Addresses of ensembles that live as long as the tests do; started when first asked for."""
    there: dict[tuple[str, int], Lab] = {}
    with contextlib.ExitStack() as stack:

        def hosts(kind: str, count: int) -> str:
            if (kind, count) not in there:
                place = "docker" if kind == "docker" else "local"
                there[kind, count] = stack.enter_context(Lab(zookeeper=place, servers=count, name="landlord"))
            return f"{there[kind, count].ensemble.hosts}/tenants"

        yield hosts


def name(place: tuple[str, int]) -> str:
    return f"{place[0]}-{place[1]}"


@pytest.fixture(params=[*EMBEDDED, *DOCKER, *EXTERNAL], ids=name)
def anywhere(request: pytest.FixtureRequest, shared: Shared) -> Iterator[Lab]:
    """A lab of era 0.7 on each kind of ZooKeeper."""
    kind, count = request.param
    must_have(kind)
    options: dict[str, Any] = {"servers": count} if kind == "embedded" else {"zookeeper": shared(kind, count)}
    with Lab(era="0.7", **options) as lab:
        yield lab


@pytest.fixture(params=[*EMBEDDED, *DOCKER], ids=name)
def own(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab of era 0.7 whose servers are its own, and so have the verbs."""
    kind, count = request.param
    must_have(kind)
    with Lab(era="0.7", zookeeper="docker" if kind == "docker" else "local", servers=count) as lab:
        yield lab


def my_folders() -> set[Path]:
    """The folders of labs of this very process; others may be at work beside it."""
    return {owner.parent for owner in labs_folder().glob(f"*/{OWNER}") if f'"pid": {os.getpid()},' in text_of(owner)}


def text_of(file: Path) -> str:
    """What it says; "" if it has just gone."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def must_have(kind: str) -> None:
    """Skip where there is no Docker; but not in CI or where it can be brought up, which have to have it."""
    if kind == "docker" and not (os.environ.get("CI") or OFFLINE_IMAGES.exists()) and not docker_answers():
        pytest.skip("no Docker engine answers here")


def docker_answers() -> bool:
    if not shutil.which("docker"):
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10).returncode == 0
    return False


@pytest.fixture(params=["0.7", "0.8"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab of each era."""
    with Lab(era=request.param) as lab:
        yield lab


@pytest.fixture
def lab07() -> Iterator[Lab]:
    """A lab of era 0.7."""
    with Lab(era="0.7") as lab:
        yield lab
