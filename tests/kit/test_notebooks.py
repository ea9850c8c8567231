"""The notebooks keep the rules of the house (that they run is nbval's business, see ./lab)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labkit.lessons.plan import Code, State, plan
from labkit.lessons.solve import asked

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LINES = 10
FAULT = r"\.(kill|stop|pause|expire|cut)\(\)"


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

    def test_stores_a_forecast_before_every_fault(self, notebook: Path) -> None:
        asked = 0
        for cell in cells(notebook, "code"):
            asked += len(re.findall(r"guess = lesson\.predict\(", source(cell)))
            if re.search(FAULT, source(cell)) and "drill" not in cell["metadata"].get("tags", []):
                assert re.search(rf"with guess\.run\(\):\n(    .*\n?)*    .*{FAULT}", source(cell)), source(cell)
                assert asked == 1, f"each fault has a forecast of its own: {source(cell)}"
            if "with guess.run():" in source(cell):
                asked = 0  # what was forecast has been run, whether a verb did it or something else

    def test_asks_for_what_its_lesson_has_and_for_all_of_it(self, notebook: Path) -> None:
        lesson = plan(notebook.name[:2])
        code = "\n".join(source(cell) for cell in cells(notebook, "code"))
        quizzes = {"warm_up": lesson.warm_up, "exit": lesson.exit}
        expected = [id_ for id_ in lesson.items() if lesson.place(id_) in ("prediction", "exercise")]
        assert sorted(asked(code)) == sorted(expected)
        assert {name: f"lesson.{name}()" in code for name in quizzes} == {n: bool(q) for n, q in quizzes.items()}

    def test_shows_the_starters_as_the_exercises_have_them(self, notebook: Path) -> None:
        for cell in cells(notebook, "code"):
            for id_ in asked(source(cell)):
                item = plan(notebook.name[:2]).items()[id_]
                if isinstance(item, Code | State):
                    assert source(cell).startswith(item.starter), f"{id_}: {source(cell)}"
