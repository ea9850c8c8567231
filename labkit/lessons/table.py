"""Which misconception is met where: a table made from the lessons themselves.

`./lab python -m labkit.lessons.table docs/misconceptions.md` writes it; a test keeps the two in step.
"""

from __future__ import annotations

import sys
from pathlib import Path

from labkit.lessons.misconceptions import BELIEFS
from labkit.lessons.plan import plans

HEAD = """# Misconceptions, and where the course meets them

Made from the lessons (`./lab python -m labkit.lessons.table docs/misconceptions.md`): change those, not this.

| | people believe | met in |
| --- | --- | --- |
"""


def met() -> dict[str, list[str]]:
    """For every misconception the places where an answer can show it: "02 exercise `register`"."""
    places: dict[str, list[str]] = {number: [] for number in BELIEFS}
    for lesson in plans():
        for id_, item in lesson.items().items():
            for number in item.beliefs():
                places[number].append(f"{lesson.number} {lesson.place(id_)} `{id_}`")
    return places


def table() -> str:
    """The whole document, Markdown."""
    rows = [f"| {number} | {BELIEFS[number]} | {', '.join(where) or '–'} |\n" for number, where in met().items()]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")
