"""Java's properties files, which ZooKeeper reads its settings from."""

from __future__ import annotations

from collections.abc import Mapping


def text(settings: Mapping[str, object]) -> str:
    """One `key=value` a line. Java reads such a file as Latin-1, so everything beyond ASCII is written as an escape."""
    return "".join(f"{key}={escaped(str(value))}\n" for key, value in settings.items())


def escaped(value: str) -> str:
    r"""ü → \u00fc; what lies beyond 16 bits as two escapes, as Java counts characters."""
    return "".join(c if c.isascii() and c != "\\" else units(c) for c in value)


def units(character: str) -> str:
    """Its UTF-16 code units, escaped."""
    data = character.encode("utf-16-be")
    return "".join(f"\\u{data[at]:02x}{data[at + 1]:02x}" for at in range(0, len(data), 2))
