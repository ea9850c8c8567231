"""A newcomer's first ten minutes in a real browser: `./lab`, notebook 00, a button pressed while a cell runs."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labkit.ports import free_port
from labkit.waiting import wait_until
from tests.widgets.course import GO_TO, ROOT, TOUR, index, load, run, run_the_tour, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
BUSY = [
    "from labkit import Lab\nlab = Lab(era='0.7')\nlab.dashboard()",
    "lab.start_brokers([1, 2, 3]); None",
    "lab.wait_until(lambda: '/brokers/ids/2' not in lab.tree.snapshot(), 'a button kills it', 60)\nprint('gone')",
    "lab.close()",
]

OWNER = [
    "import os\nfrom labkit import Lab\nlab = Lab(era='0.7')",
    "lab.start_brokers([1, 2, 3])[2].pause()\nprint(lab.folder_name, os.getpid())",
]


class Course:
    """`./lab --no-browser` on a copy of the notebooks, so that a run leaves the clone as it is."""

    def __init__(self, folder: Path, await_kernel: Callable[[Any], None]) -> None:
        self.await_kernel = await_kernel
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        for name, cells in {"busy": BUSY, "owner": OWNER}.items():
            path = folder / "notebooks" / f"{name}.ipynb"
            kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
            nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=kernel), path)
        home = folder / "home"
        self.progress = folder / "progress.json"
        own = {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
        caches = {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")}
        options = ["--no-browser", "--port", str(free_port()), f"--ServerApp.root_dir={folder}"]
        self.settings = home / "settings" / "@jupyterlab" / "apputils-extension"
        self.settings.mkdir(parents=True)
        self.process = subprocess.Popen(
            [ROOT / "lab", *options, "--LabApp.expose_app_in_browser=True"],
            env={**os.environ, **caches, **own, "LABKIT_PROGRESS": str(self.progress)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url, self.printed = "", [""]
        self.told = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.told.wait(60), f"./lab printed no address: {self.printed[-20:]}"

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/\S*token=\w+", line):
                self.url = found[0]
                self.told.set()

    def theme(self, name: str) -> None:
        (self.settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": name}))

    def open(self, page: Any, name: str = TOUR) -> None:
        """The printed address opens the tour; another notebook in a workspace of its own."""
        here = "/lab/tree/notebooks/" + TOUR
        there = f"/lab/workspaces/{secrets.token_hex(4)}/tree/notebooks/{name}"
        assert here in self.url

        def ready() -> None:
            page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
            self.await_kernel(page)

        load(page, self.url if name == TOUR else self.url.replace(here, there), ready)

    def forget_progress(self) -> None:
        """A learner's first day."""
        self.progress.unlink(missing_ok=True)

    def kill(self) -> None:
        """JupyterLab itself: ./lab has become it."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, kernel_wait: Callable[[Any], None]) -> Iterator[Course]:
    course = Course(tmp_path_factory.mktemp("course"), kernel_wait)
    yield course
    course.close()


THEMES = pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])


@THEMES
def test_the_tour_runs_from_top_to_bottom_and_stops_for_forecasts(
    course: Course, new_page: Callable[..., Any], theme: str
) -> None:
    course.forget_progress()
    course.theme(theme)
    page = new_page(viewport={"width": 1300, "height": 900})
    course.open(page)
    shot(page, f"tour-{theme[11:]}-1-opened")
    run_the_tour(page, killed=lambda: shot(page, f"tour-{theme[11:]}-2-killed"))
    page.evaluate(GO_TO, index("guess-stop"))
    page.locator("[role=tree]:visible").first.wait_for()
    shot(page, f"tour-{theme[11:]}-3-done")
    recorded = json.loads(course.progress.read_text())["lessons"]["00"]
    assert recorded["kill"]["beliefs"] == ["M1"]
    assert {name: item["right"] for name, item in recorded.items()} == {"kill": False, "stop": True, "freeze": False}


@THEMES
def test_a_button_kills_a_broker_while_a_cell_is_running(course: Course, new_page: Any, theme: str) -> None:
    course.theme(theme)
    page = new_page(viewport={"width": 1300, "height": 900})
    course.open(page, "busy.ipynb")
    run(page, "notebook:run-all-cells")
    button = page.locator('button[data-process="broker-2"][data-verb="kill"]')
    button.wait_for(timeout=30_000)
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'", timeout=30_000
    )
    row = page.locator('[data-path="/brokers/ids/2"]')
    row.wait_for()
    button.click()
    page.locator('button[data-process="broker-2"][data-verb="restart"]').wait_for(timeout=3_000)
    assert row.get_attribute("data-state") == "live"  # dead, and still registered
    row.scroll_into_view_if_needed()
    shot(page, f"button-{theme[11:]}-1-killed")
    page.locator('[data-path="/brokers/ids/2"][data-state="gone"]').wait_for(timeout=5_000, state="attached")
    shot(page, f"button-{theme[11:]}-2-gone")
    row.wait_for(timeout=5_000, state="detached")
    page.get_by_text("gone", exact=True).last.wait_for(timeout=10_000)


def test_a_killed_jupyterlab_leaves_neither_its_kernel_nor_the_lab(
    new_page: Any, tmp_path: Path, kernel_wait: Callable[[Any], None]
) -> None:
    course = Course(tmp_path, kernel_wait)
    try:
        page = new_page()
        course.open(page, "owner.ipynb")
        run(page, "notebook:run-all-cells")
        told = page.locator(".jp-OutputArea-output pre").first
        told.wait_for(timeout=30_000)
        folder, kernel = told.inner_text().split()
        assert len(processes_with(folder)) == 5
        course.kill()
        wait_until(
            lambda: not processes_with(folder) and not Path(folder).exists() and not psutil.pid_exists(int(kernel)),
            "nothing is left of the lab and its kernel",
            3.0,
            lambda: f"{processes_with(folder)}, kernel {psutil.pid_exists(int(kernel))}",
        )
    finally:
        course.close()


def processes_with(folder: str) -> list[str]:
    """The processes with the lab's folder on their command line."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if folder in line]
