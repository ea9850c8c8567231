"""The front-end files of a widget as one ES module and one style sheet: joined here, without a build step."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def front_end(*names: str) -> str:
    """The text of these files, one after the other; the one with the `export` comes last."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
