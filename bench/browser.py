"""A real JupyterLab and a real Chromium for the benches: the ones of the widgets' tests."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).parents[1] / "tests" / "widgets" / "conftest.py"


def _helpers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labkit_widget_tests", TESTS)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    helpers = _helpers()
    program = helpers.find_chromium()
    if program is None:
        raise SystemExit("no Chromium: install one, or name it in LABKIT_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=helpers.FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[Any]:
    """A JupyterLab of its own in this folder: `.open(page, cells, name)`, `.run(page)`."""
    server = _helpers().JupyterLab(folder)
    try:
        yield server
    finally:
        server.close()
