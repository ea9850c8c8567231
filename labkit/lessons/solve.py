"""A notebook with the reference answers put in: for teachers, and for the test that they are right.

`./lab python -m labkit.lessons.solve notebooks/02_register_a_broker.ipynb solved.ipynb` writes one. It goes by how the
cells of a lesson are written (CONTRIBUTING, "A lesson").
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit.lessons.plan import Code, LessonPlan, PickOne, Prediction, State, plan

ASKED = re.compile(r"lesson\.(predict|check)\(\"([^\"]+)\"")
ALL_DONE = "assert lesson.unsolved() == []"


def solved(notebook: dict[str, Any], lesson: LessonPlan) -> dict[str, Any]:
    """A copy of the notebook (as JSON) with every answer, and with an assert before its last code cell."""
    cells = [made for cell in notebook["cells"] for made in _answered(cell, lesson)]
    last = max(place for place, cell in enumerate(cells) if cell["cell_type"] == "code")
    cells.insert(last, _code(ALL_DONE, "all-done"))
    return {**notebook, "cells": cells}


def asked(text: str) -> list[str]:
    """The ids of what a cell asks for, in order."""
    return [id_ for _, id_ in ASKED.findall(text)]


def _answered(cell: dict[str, Any], lesson: LessonPlan) -> Iterator[dict[str, Any]]:
    text = "".join(cell["source"])
    if cell["cell_type"] != "code":
        yield cell
        return
    more: list[str] = []
    for id_ in asked(text):
        item = lesson.items()[id_]
        match item:
            case Prediction():
                more.append(f'lesson["{id_}"].answer(**{ {q.id: q.expected for q in item.questions} })')
            case Code() | State():
                text = text.replace(item.starter, item.reference)
            case PickOne():
                text = text.replace(f'lesson.check("{id_}")', f'lesson.check("{id_}", {item.right!r})')
    for name, questions in (("warm_up", lesson.warm_up), ("exit", lesson.exit)):
        if f"lesson.{name}()" in text:
            more += [f'lesson["{question.id}"].answer({question.right!r})' for question in questions]
    yield {**cell, "source": text}
    if more:
        yield _code("\n".join(more), f"{cell['id']}-answers")


def _code(text: str, id_: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": id_, "metadata": {}, "execution_count": None, "outputs": [], "source": text}


def main(source: str, target: str) -> None:
    """Read one notebook, write the other."""
    notebook = json.loads(Path(source).read_text(encoding="utf-8"))
    answers = solved(notebook, plan(Path(source).name[:2]))
    Path(target).write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
