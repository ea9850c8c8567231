"""A kernel that dies leaves nothing in Docker after ten seconds, whenever it dies."""

from __future__ import annotations

import functools
import json
import secrets
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from labkit.leftovers import labs_folder
from labkit.waiting import wait_until
from tests.docker.tools import docker, of_project

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

    @functools.cached_property
    def project(self) -> str:
        """The name of its project, as soon as it has promised to take that away."""
        argv = wait_until(self._farewell, "there is a farewell", 30)
        return str(argv[argv.index("-p") + 1])

    def _farewell(self) -> list[str] | None:
        files = labs_folder().glob(f"{self.name}-*/farewells.json")
        return next((json.loads(file.read_text())[0] for file in files), None)

    def containers(self, *options: str) -> list[str]:
        """Those of its project."""
        return docker("ps", "-q", *options, "--filter", f"label=com.docker.compose.project={self.project}").split()

    def processes(self) -> list[psutil.Process]:
        """Guard and others with its folder or project on their command line."""
        lines = ((process, " ".join(process.info["cmdline"] or [])) for process in psutil.process_iter(["cmdline"]))
        return [process for process, line in lines if str(labs_folder() / self.name) in line or self.project in line]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def is_gone(self) -> bool:
        files = list(labs_folder().glob(f"{self.name}-*"))
        return not self.processes() and not files and not of_project(self.project)


MOMENTS: dict[str, Callable[[Owner], object]] = {
    "before anything is made": lambda owner: owner.project,
    "one container made": lambda owner: owner.containers("-a"),
    "three containers made": lambda owner: len(owner.containers("-a")) == 3,
    "one server started": lambda owner: owner.containers(),
    "open": lambda owner: owner.process.stdout and owner.process.stdout.readline(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_owner_leaves_nothing_after_ten_seconds(moment: str) -> None:
    owner = Owner()
    assert owner.project
    wait_until(lambda: MOMENTS[moment](owner), moment, 60)
    owner.kill()
    wait_until(owner.is_gone, "nothing of it is left", 10.0)


def test_clean_takes_away_what_a_guard_could_not() -> None:
    owner = Owner()
    assert owner.project
    wait_until(lambda: MOMENTS["open"](owner), "the lab is open", 60)
    for guard in [p for p in owner.processes() if "guard.py" in " ".join(p.cmdline())]:
        guard.suspend()
    owner.kill()
    assert len(of_project(owner.project)) == 4
    said = subprocess.run([sys.executable, "-m", "labkit", "clean"], capture_output=True, text=True, check=True).stdout
    assert f"{owner.name}-" in said
    wait_until(owner.is_gone, "nothing of it is left", 5.0)


def test_an_owner_that_just_ends_leaves_nothing() -> None:
    owner = Owner()
    assert owner.project
    wait_until(lambda: MOMENTS["open"](owner), "the lab is open", 60)
    owner.process.communicate("")
    assert owner.process.returncode == 0
    assert owner.is_gone()
