"""What tests of the course in a browser share: running a notebook, and notebook 00 to its end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOUR = "00_start_here.ipynb"


def load(page: Any, url: str, ready: Callable[[], None]) -> None:
    """Open a page and wait until it is `ready()`.

    Chromium drops what it is loading when the machine's networks change, as they do whenever a container comes or
    goes; then a style sheet or a script is missing, and the page has to be opened again.
    """
    from playwright.sync_api import Error

    dropped: list[str] = []
    page.on("requestfailed", lambda request: dropped.append(request.failure or ""))
    for _ in range(5):
        dropped.clear()
        try:
            page.goto(url)
            ready()
        except Error:
            if not any("ERR_NETWORK_CHANGED" in failure for failure in dropped):
                raise
        if not any("ERR_NETWORK_CHANGED" in failure for failure in dropped):
            return
    raise AssertionError(f"the machine's networks change all the time: {url} was not loaded whole in 5 attempts")


def shot(page: Any, name: str) -> None:
    """A picture for people to look at, where LABKIT_SCREENSHOTS names a folder."""
    if folder := os.environ.get("LABKIT_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def run(page: Any, command: str) -> None:
    page.evaluate("command => { window.jupyterapp.commands.execute(command); }", command)


CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'code')
    .map(cell => [cell.execution_count, cell.toJSON().outputs])
    .map(([count, outputs]) => [count, outputs.filter(o => o.output_type === 'error').map(o => o.evalue)])"""
FAULTS = {"kill": "0", "stop": "0", "pause": None}  # the cells with a fault, and what to forecast: seconds, or a choice
REFUSED = """index => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[index].toJSON().outputs
    .some((output) => output.ename === "PredictFirst")"""
GO_TO = """async index => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    await notebook.scrollToItem(index, "start");
}"""
PROMPTS = {"kill": "Broker 3 is killed", "stop": "Now broker 2", "pause": "Broker 1 is frozen"}


def index(cell: str) -> int:
    """The place of a cell of the tour."""
    return [cell["id"] for cell in json.loads((ROOT / "notebooks" / TOUR).read_text())["cells"]].index(cell)


def forecast(page: Any, fault: str, answer: str | None) -> None:
    """Run All stops at a fault for which there is no forecast: give one, and run the cells from there on."""
    page.wait_for_function(f"({REFUSED})({index(fault)})", timeout=60_000)
    page.evaluate(GO_TO, index(f"guess-{fault}"))
    form = page.locator(".lk-predict", has_text=PROMPTS[fault])
    if answer is None:
        form.get_by_role("radio").first.check()
    else:
        form.get_by_role("textbox").fill(answer)
    form.get_by_role("button").click()
    form.get_by_text("Your forecast is stored").wait_for()
    page.evaluate(GO_TO, index(fault))
    run(page, "notebook:run-all-below")


def run_the_tour(page: Any, killed: Callable[[], None] = lambda: None) -> None:
    """Run notebook 00, which is open, from its top to its end, with a forecast for each fault; no cell has an error.

    `killed` is called when the row of the broker that was killed has gone.
    """
    run(page, "runmenu:restart-and-run-all")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    for fault, answer in FAULTS.items():
        forecast(page, fault, answer)
        if fault == "kill":
            gone = page.locator('[data-path="/brokers/ids/3"][data-state="gone"]').first
            gone.wait_for(timeout=30_000, state="attached")
            killed()
    count = len([c for c in json.loads((ROOT / "notebooks" / TOUR).read_text())["cells"] if c["cell_type"] == "code"])
    done = f"({CELLS})().filter(([count, errors]) => count !== null || errors.length).length === {count}"
    page.wait_for_function(done, timeout=90_000)
    failed = [errors for _, errors in page.evaluate(CELLS) if errors]
    assert not failed, failed
