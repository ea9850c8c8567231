"""`docker compose --profile lab up`: the whole lab, built from this clone, driven by a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labkit.ports import free_port
from labkit.waiting import wait_until
from tests.docker.tools import compose, docker, lost_volumes, of_labs
from tests.live.conftest import must_have
from tests.widgets.course import TOUR, load, run_the_tour, shot

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(600)]
# What `./lab --LabApp.expose_app_in_browser=True` does: the page lets us ask it for its cells.
EXPOSE = (
    """mkdir -p ~/.jupyter/labconfig && echo '{"exposeAppInBrowser": true}' >~/.jupyter/labconfig/page_config.json"""
)


class WholeLab:
    """The profile `lab` as a project of its own, on free ports; `url` is the one that stands in its log."""

    def __init__(self) -> None:
        self.port = free_port()
        self.name = f"labkit-whole-{self.port}"
        self._env = {"LABKIT_PORT": str(self.port), "LABKIT_ZK_PORT": str(free_port())}

    def compose(self, *words: str, limit: float = 60) -> str:
        return compose("-p", self.name, "--profile", "lab", *words, limit=limit, **self._env)

    def url(self) -> str:
        """The address with its token; "" as long as there is none."""
        found = re.search(rf"http://127\.0\.0\.1:{self.port}/\S*\?token=\w+", self.compose("logs", "lab"))
        return found[0] if found else ""


def image() -> str:
    """The id of the image that bears the lab's name; "" if there is none."""
    return docker("image", "ls", "-q", "--no-trunc", "labkit:latest")


@pytest.fixture(scope="module")
def whole_lab() -> Iterator[WholeLab]:
    """Built and up; afterwards nothing of it is left but its image."""
    must_have("docker")
    before, lab = of_labs() | lost_volumes(), WholeLab()
    old = image()
    try:
        lab.compose("build", limit=500)
        if old and old != image():  # its name was taken away from it
            docker("image", "rm", "--force", old)
        lab.compose("up", "--detach")
        yield lab
    finally:
        lab.compose("down", "--volumes", "--timeout", "0")
    wait_until(lambda: not (of_labs() | lost_volumes()) - before, "Docker has nothing more than before", 10.0)


def test_notebook_00_runs_in_it(
    whole_lab: WholeLab, new_page: Callable[..., Any], kernel_wait: Callable[[Any], None]
) -> None:
    url = wait_until(whole_lab.url, "the address stands in the log", 60.0)
    assert f"/lab/tree/notebooks/{TOUR}?" in url
    whole_lab.compose("exec", "-T", "lab", "sh", "-c", EXPOSE)
    page = new_page(viewport={"width": 1300, "height": 900})

    def ready() -> None:
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        kernel_wait(page)

    load(page, url, ready)
    run_the_tour(page)
    shot(page, "docker-tour")


def test_its_processes_are_no_roots_and_a_zookeeper_of_its_own_runs_in_it_too(whole_lab: WholeLab) -> None:
    code = "import os; from labkit import Lab\nlab = Lab(zookeeper='local'); lab.start_broker(1); lab.close()\n"
    code += "print(os.getuid(), os.environ['LABKIT_ZOOKEEPER'])"
    assert whole_lab.compose("exec", "-T", "lab", "python", "-c", code).split() == ["1000", "zookeeper:2181"]
    assert docker("inspect", "-f", "{{.HostConfig.Init}}", f"{whole_lab.name}-lab-1") == "true"
