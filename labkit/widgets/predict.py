"""A prediction as two widgets: the questions as a form, and later forecast and truth side by side."""

from __future__ import annotations

from typing import Any, ClassVar

from labkit.lessons.predict import Guess, Outcome
from labkit.widgets._front import front_end
from labkit.widgets._lesson import ModelWidget


class PredictWidget(ModelWidget):
    """The questions of a `Guess`; see there for its states."""

    _esm = front_end("common.js", "lessons.js", "predict.js")
    deeds: ClassVar[Any] = {"answer": lambda guess, answers: guess.answer(**answers)}


class OutcomeWidget(ModelWidget):
    """What came of a `Guess`, and the one sentence that explains it."""

    _esm = front_end("common.js", "lessons.js", "outcome.js")
    deeds: ClassVar[Any] = {"explain": Guess.explain}

    def text(self) -> str:
        """As text."""
        return Outcome(self.shown).text()
