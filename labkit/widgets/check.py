"""An exercise as a widget: the task, the verdict, the hints one by one; and several under one title."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets  # type: ignore[import-untyped]

from labkit.lessons.check import Check
from labkit.lessons.quiz import Quiz
from labkit.widgets._front import front_end
from labkit.widgets._lesson import ModelWidget


class CheckWidget(ModelWidget):
    """Shows a `Check`; see there for its states."""

    _esm = front_end("common.js", "lessons.js", "check.js")
    deeds: ClassVar[Any] = {"answer": Check.answer, "hint": Check.hint, "reveal": Check.reveal}


class QuizWidget(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The checks of a quiz, one below the other."""

    def __init__(self, quiz: Quiz) -> None:
        self._quiz = quiz
        title = ipywidgets.HTML()
        title.value = f'<div class="lk-quiz-title" role="heading" aria-level="3">{quiz.title}</div>'
        layout = ipywidgets.Layout(grid_gap="8px", overflow="visible")
        super().__init__(children=[title, *(check.widget() for check in quiz.checks)], layout=layout)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle:
            bundle["text/plain"] = self._quiz.text()
        return bundle
