"""The exercise that CONTRIBUTING shows is a real one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from labkit import Lab
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.progress import Progress

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
IMPORTS = """
from labkit.lessons.plan import Code, Prediction, Wrong
from labkit.lessons.questions import Number
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict
from labkit.view import hex_id
from labkit import znodes
THREE = znodes.era("0.7").broker.path(3)
"""


def shown() -> dict[str, Any]:
    """What the blocks with an exercise and with a prediction define."""
    blocks = [
        block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if re.search("^[A-Z_]+ = ", block, re.M)
    ]
    assert len(blocks) == 2
    scope: dict[str, Any] = {"__name__": "shown"}
    exec(IMPORTS + "\n".join(blocks), scope)
    return scope


def function(text: str) -> Any:
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(text, scope)
    return scope["sign_in"]


def test_the_exercise_in_contributing_does_what_it_says(lab07: Lab) -> None:
    exercise = shown()["SIGN_IN"]
    check = Check(exercise, "02", Evidence(lab07), Progress(None))
    for wrong in exercise.wrong:
        verdict = check.answer(function(wrong.answer))
        assert (verdict.name, verdict.belief) == (wrong.name, wrong.belief), verdict
        assert verdict.moment
    assert check.answer(function(exercise.reference)).right
    assert exercise.starter.split("\n", 1)[1] in TEXT  # as the cell of the notebook shows it


def test_the_prediction_in_contributing_is_one() -> None:
    assert shown()["KILL"].beliefs() == {"M1"}
