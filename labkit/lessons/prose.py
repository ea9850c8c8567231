"""Texts as authors write them, indented and wrapped in the middle of their code, made into what learners read."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any, ClassVar


def prose(text: str) -> str:
    """Paragraphs between blank lines, each unwrapped to one line; a paragraph indented by four blanks stays: code."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return "\n\n".join(part if part.startswith("    ") else " ".join(part.split()) for part in parts)


def code(text: str) -> str:
    """Python text without the indentation that it has in the author's module."""
    return textwrap.dedent(text).strip("\n") + "\n"


class Written:
    """Tidies the texts of a frozen dataclass when it is made: those named in `prose_fields`, those in `code_fields`."""

    prose_fields: ClassVar[tuple[str, ...]] = ()
    code_fields: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for tidy, names in ((prose, self.prose_fields), (code, self.code_fields)):
            for name in names:
                object.__setattr__(self, name, _each(tidy, getattr(self, name)))


def _each(tidy: Any, text: Any) -> Any:
    return tidy(text) if isinstance(text, str) else [tidy(one) for one in text]
