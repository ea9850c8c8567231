"""Predictions, checks and quizzes as plain text, for places without widgets. Pure functions of their views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

View = Mapping[str, Any]


def prediction(view: View) -> str:
    """The questions with their options, the forecast, and what came of it."""
    lines = [view["prompt"]]
    for question in view["questions"]:
        lines += [
            "",
            f"{question['id']}: {question['text']}" + (f" ({question['unit']})" if question.get("unit") else ""),
        ]
        lines += [f"  {option['key']!r}: {option['text']}" for option in question.get("options", ())]
        if question["id"] in view["answers"]:
            last = " of last time" if view["recalled"] else ""
            lines.append(f"  your forecast{last}: {view['answers'][question['id']]}")
    return "\n".join(lines)


def outcome(view: View) -> str:
    """Forecast and truth of each question; the explanation, and the model beside it."""
    lines = ["\n".join(_row(row)) for row in view["rows"]]
    if view["why"]:
        lines += [f"\n{view['why']}", *([f"You: {view['explanation']}"] if view["explanation"] else [])]
        lines += [f"One answer: {view['model']}"] if view["model"] else []
    return "\n".join(lines)


def check(view: View) -> str:
    """The task, the verdict on the last answer, the hints so far."""
    lines = [view["prompt"]]
    lines += [f"  {option['key']!r}: {option['text']}" for option in view["options"]]
    if view["verdict"]:
        lines += ["", verdict(view["verdict"])]
    for hint in view["hints"]:
        lines += ["", f"Hint, {hint['rung']}: {hint['text']}"]
    if view["reference"]:
        lines += ["", "The answer:", view["reference"]]
    return "\n".join(lines + view["notes"])


def verdict(view: View) -> str:
    """Why an answer is right or not."""
    lines = [("Right. " if view["kind"] == "right" else "Not yet. ") + view["why"]]
    lines += [_believed(view)] if view["belief"] else []
    lines += [view["moment"]] if view["moment"] else []
    lines += [view["remark"]] if view["remark"] else []
    lines += [f"It printed: {view['printed']}"] if view["printed"] else []
    return "\n".join(lines)


def _row(row: View) -> list[str]:
    lines = [row["text"], f"  you said   {row['said']}", f"  it was     {row['was']}"]
    lines += [f"  seen       {row['moment']}"] if row["moment"] else []
    return [*lines, *([f"  {_believed(row)}"] if row["belief"] else [])]


def _believed(view: View) -> str:
    otherwise = " Your own lab says otherwise." if view["moment"] else ""
    return f"Many people think ({view['belief']}): “{view['believed']}”{otherwise}"
