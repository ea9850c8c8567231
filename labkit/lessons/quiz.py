"""A few choices together, at the start or the end of a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labkit.lessons.check import Check


class Quiz:
    """Questions under one title; each is a `Check` of its own, with its own feedback."""

    def __init__(self, title: str, checks: Sequence[Check]) -> None:
        self.title, self.checks = title, list(checks)
        self._widget: Any = None

    def text(self) -> str:
        """As text."""
        return "\n\n".join([self.title, *(f"{check.exercise.id}: {check.text()}" for check in self.checks)])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._widget is None:
            from labkit.widgets import QuizWidget  # plain code needs none

            self._widget = QuizWidget(self)
        return self._widget._repr_mimebundle_(**kwargs)
