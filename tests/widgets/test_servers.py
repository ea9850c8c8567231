"""Three servers in the panel of a real JupyterLab: who leads, what is lost with whom, and that it comes back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

CELLS = [
    "from labkit import Lab\nlab = Lab(era='0.7', servers=3)\nlab.start_broker(1)\nlab.dashboard()",
    "lab.close()\nprint('closed')",
]


def row(page: Any, number: int) -> Any:
    return page.locator(f'[data-name="zookeeper-{number}"]')


def press(page: Any, number: int, verb: str) -> None:
    page.locator(f'button[data-process="zookeeper-{number}"][data-verb="{verb}"]').click()


def leader(page: Any, among: list[int]) -> int:
    """The number of the server whose row says that it leads."""
    rows = page.locator("[data-name^=zookeeper-]").filter(has_text="· leader ·")
    expect(rows).to_have_count(1, timeout=20_000)
    number = int(rows.get_attribute("data-name").rpartition("-")[2])
    assert number in among
    return number


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_roles_and_zxids_stand_in_the_rows_and_follow_an_election(
    jupyterlab: Any, new_page: Callable[..., Any], theme: str
) -> None:
    jupyterlab.theme(theme)
    page = new_page(viewport={"width": 1400, "height": 900})
    jupyterlab.open(page, CELLS, "servers.ipynb")
    jupyterlab.run(page, "notebook:run-cell-and-select-next")
    first = leader(page, [1, 2, 3])
    others = [number for number in (1, 2, 3) if number != first]
    for number in others:
        expect(row(page, number)).to_contain_text(re.compile(r"127\.0\.0\.1:\d+ · follower · zxid 0x1[0-9a-f]{8}"))
    press(page, first, "kill")
    expect(row(page, first).locator(".lk-state")).to_have_text("✕dead")
    second = leader(page, others)
    expect(page.locator('[data-path="/brokers/ids/1"][data-state="live"]')).to_be_visible()
    press(page, second, "kill")
    expect(page.get_by_text("1 of 3 servers is up, and a majority (2) is needed.").first).to_be_visible(timeout=20_000)
    picture(page, theme)
    press(page, first, "restart")
    leader(page, [number for number in (1, 2, 3) if number != second])
    page.locator(".jp-CodeCell .cm-content").last.click()
    jupyterlab.run(page, "notebook:run-cell")
    expect(page.locator(".jp-OutputArea-output").filter(has_text="closed").last).to_be_visible(timeout=20_000)


def picture(page: Any, theme: str) -> None:
    """For people: LABKIT_SCREENSHOTS names a folder."""
    if folder := os.environ.get("LABKIT_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"servers-{theme.split()[-1]}.png")
