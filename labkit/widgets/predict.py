"""A prediction as a widget: the questions as a form, then forecast and truth side by side."""

from __future__ import annotations

from typing import Any, ClassVar

from labkit.lessons.predict import Guess
from labkit.widgets._front import front_end
from labkit.widgets._lesson import ModelWidget


class PredictWidget(ModelWidget):
    """Shows a `Guess`; see there for its states."""

    _esm = front_end("common.js", "lessons.js", "predict.js")
    deeds: ClassVar[Any] = {
        "answer": lambda guess, answers: guess.answer(**answers),
        "explain": Guess.explain,
    }
