"""What tests of the course in a browser share: running a notebook, and notebook 00 to its end."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOUR = "00_start_here.ipynb"


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


def run_the_tour(page: Any) -> None:
    """Run notebook 00, which is open, from its top to its end; a broker comes and goes, and no cell has an error."""
    run(page, "runmenu:restart-and-run-all")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    row = page.locator('[data-path="/brokers/ids/3"]').first
    row.wait_for(timeout=30_000, state="attached")
    page.locator('[data-path="/brokers/ids/3"][data-state="gone"]').first.wait_for(timeout=30_000, state="attached")
    count = len([c for c in json.loads((ROOT / "notebooks" / TOUR).read_text())["cells"] if c["cell_type"] == "code"])
    done = f"({CELLS})().filter(([count, errors]) => count !== null || errors.length).length === {count}"
    page.wait_for_function(done, timeout=90_000)
    failed = [errors for _, errors in page.evaluate(CELLS) if errors]
    assert not failed, failed
