"""A kernel that dies leaves nothing in Docker after ten seconds, whenever it dies."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from labkit.leftovers import labs_folder
from labkit.waiting import wait_until
from tests.docker.tools import docker, of_labs

pytestmark = pytest.mark.docker
OWNER = """
import sys
from labkit import Lab
lab = Lab(era="0.7", zookeeper="docker", servers=3, name=sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


class Owner:
    """A process that opens a lab with three servers in Docker, and is killed in the middle of something."""

    def __init__(self) -> None:
        self.name = f"owner-{secrets.token_hex(3)}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, self.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def farewell(self) -> list[list[str]]:
        """What it has promised so far."""
        (text, *_) = [path.read_text() for path in labs_folder().glob(f"{self.name}-*/farewells.json")] or ["[]"]
        return list(json.loads(text))

    def containers(self, *options: str) -> list[str]:
        """Those of its project."""
        (argv, *_) = self.farewell() or [["-p", "nothing-yet"]]
        label = f"label=com.docker.compose.project={argv[argv.index('-p') + 1]}"
        return docker("ps", "-q", *options, "--filter", label).split()

    def processes(self) -> list[psutil.Process]:
        """Guard and others with its folder on their command line."""
        folder = str(labs_folder() / self.name)
        found = psutil.process_iter(["cmdline"])
        return [p for p in found if p != self.process and any(folder in word for word in p.info["cmdline"] or [])]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def is_gone(self) -> bool:
        return not self.processes() and not list(labs_folder().glob(f"{self.name}-*"))


MOMENTS: dict[str, Callable[[Owner], object]] = {
    "before anything is made": lambda owner: owner.farewell(),
    "one container made": lambda owner: owner.containers("-a"),
    "three containers made": lambda owner: len(owner.containers("-a")) == 3,
    "one server started": lambda owner: owner.containers(),
    "open": lambda owner: owner.process.stdout and owner.process.stdout.readline(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_owner_leaves_nothing_after_ten_seconds(moment: str) -> None:
    before, owner = of_labs(), Owner()
    wait_until(lambda: MOMENTS[moment](owner), moment, 60)
    owner.kill()
    wait_until(lambda: owner.is_gone() and not of_labs() - before, "nothing of it is left", 10.0)


def test_clean_takes_away_what_a_guard_could_not() -> None:
    before, owner = of_labs(), Owner()
    wait_until(lambda: MOMENTS["open"](owner), "the lab is open", 60)
    for guard in [p for p in owner.processes() if "guard.py" in " ".join(p.cmdline())]:
        guard.suspend()
    owner.kill()
    assert of_labs() - before
    said = subprocess.run([sys.executable, "-m", "labkit", "clean"], capture_output=True, text=True, check=True).stdout
    assert f"{owner.name}-" in said
    assert owner.is_gone()
    assert not of_labs() - before


def test_an_owner_that_just_ends_leaves_nothing() -> None:
    owner = Owner()
    wait_until(lambda: MOMENTS["open"](owner), "the lab is open", 60)
    owner.process.communicate("")
    assert owner.process.returncode == 0
    assert owner.is_gone()
