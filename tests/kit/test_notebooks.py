"""The notebooks keep the rules of the house (that they run is nbval's business, see ./lab)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LINES = 10


def cells(notebook: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_notebooks() -> None:
    assert [notebook.name for notebook in NOTEBOOKS][:1] == ["00_start_here.ipynb"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_is_stored_without_outputs(self, notebook: Path) -> None:
        for cell in cells(notebook, "code"):
            assert not cell["outputs"]
            assert cell["execution_count"] is None
        assert "widgets" not in json.loads(notebook.read_text())["metadata"]

    def test_opens_like_the_others(self, notebook: Path) -> None:
        opening = source(cells(notebook, "markdown")[0])
        assert opening.startswith("# ")
        for part in ("**What you'll do.**", "**What you'll learn.**", "**What you'll need.**"):
            assert part in opening

    def test_has_short_cells_that_assert_what_they_teach(self, notebook: Path) -> None:
        code = [source(cell) for cell in cells(notebook, "code")]
        assert [text for text in code if len(text.splitlines()) > LINES] == []
        assert sum("assert " in text for text in code) >= len(code) / 2
        assert "sleep" not in "".join(code)

    def test_closes_what_it_opened_in_its_last_cell(self, notebook: Path) -> None:
        assert "lab.close()" in source(cells(notebook, "code")[-1])

    def test_stores_a_guess_before_every_fault(self, notebook: Path) -> None:
        guessed = False
        for cell in cells(notebook, "code"):
            fault = any(verb in source(cell) for verb in (".kill()", ".stop()", ".pause()", ".expire()"))
            assert guessed or not fault, source(cell)
            guessed = (guessed and not fault) or "guess" in source(cell)
