"""A learner's forecast: stored first, then the fault, then both side by side."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from typing import Any

from labkit.errors import LabError
from labkit.lessons import text
from labkit.lessons.evidence import Evidence, Run
from labkit.lessons.misconceptions import belief
from labkit.lessons.model import Model
from labkit.lessons.plan import Prediction
from labkit.lessons.presence import lock_is_lifted, show, shows_live
from labkit.lessons.progress import Progress
from labkit.lessons.questions import Question
from labkit.waiting import wait_until


class PredictFirst(LabError):  # noqa: N818 - a request, not an error
    """A fault was to be run before there was a forecast. Jupyter shows its sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return textwrap.wrap(str(self), 90)


class Guess(Model):
    """The forecast of one prediction.

        open -> armed       `answer()`: every question has an answer; it may be changed until the fault
        armed -> running    `with guess.run():` is entered: the body is the fault
        running -> told     every truth is known, or the prediction's limit is over: `truth` and `rows` have them
        running -> armed    the body raised: nothing is told
        told -> armed       `answer()` again, for another run

    A fault in `run()` while it is open is refused: `PredictFirst`. With the lock lifted it runs without a forecast.
    """

    widget_name = "PredictWidget"

    def __init__(self, prediction: Prediction, lesson: str, evidence: Evidence, progress: Progress) -> None:
        super().__init__()
        self.prediction, self.lesson = prediction, lesson
        self.state = "open"
        self.answers: dict[str, Any] = {}
        self.truth: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        self.explanation = ""
        self._evidence, self._progress = evidence, progress
        self._recalled = False
        self._recall()

    @property
    def right(self) -> bool:
        """True if every forecast agrees with what was measured."""
        return bool(self.rows) and all(row["right"] for row in self.rows)

    def answer(self, *value: Any, **answers: Any) -> None:
        """Store the forecast: `answer(2.5)` if there is one question, else `answer(seconds=2.5, gone=["3"])`.

        LabError if an answer is none or one is missing; nothing is changed then.
        """
        questions = {question.id: question for question in self.prediction.questions}
        if value:
            if len(value) > 1 or len(questions) > 1 or answers:
                raise LabError(f"{len(value)} answers without a name: give {_call(self.prediction.questions)}")
            answers = dict(zip(questions, value, strict=True))
        if answers.keys() != questions.keys():
            raise LabError(f"answers to {sorted(answers) or 'nothing'}: give {_call(self.prediction.questions)}")
        read = {id_: questions[id_].read(given) for id_, given in answers.items()}
        with self._lock:
            if self.state == "running":
                raise LabError("the fault is under way: a forecast comes before it. Wait until it is over.")
            self.answers, self.state, self.rows, self.truth = read, "armed", [], {}
            self.explanation, self._recalled = "", False
        self._progress.record(self.lesson, self.prediction.id, kind="prediction", forecast=read)
        self._changed()

    @contextlib.contextmanager
    def run(self, *, lock: bool = True) -> Iterator[Run]:
        """`with guess.run():` around the fault. Returns when the truth is known, and shows it beside the forecast.

        Raises `PredictFirst`, and runs nothing, if there is no forecast yet; `lock=False` lets it run all the same.
        LabError if a znode is missing that the fault needs.
        """
        if not self.answers and lock and not lock_is_lifted():
            raise PredictFirst(self._first())
        there = self._evidence.lab.tree.snapshot()
        for path in self.prediction.needs:
            if path not in there:
                raise LabError(self._missing(path))
        before, self.state = self.state, "running"
        self._changed()
        run = Run(self._evidence)
        try:
            yield run
            self._await_truth(run)
        except BaseException:
            self.state = before
            self._changed()
            raise
        self._tell(run)
        show(Outcome(self))

    def explain(self, sentence: str) -> str:
        """Store one sentence of explanation; returns the model answer, to be compared."""
        if not isinstance(sentence, str) or not sentence.strip():
            raise LabError("an explanation is a sentence: say in your own words why it came out as it did")
        if self.state != "told":
            raise LabError("there is nothing to explain yet: run the fault first")
        self.explanation = sentence.strip()
        self._progress.record(self.lesson, self.prediction.id, explanation=self.explanation)
        self._changed()
        return self.prediction.model

    def view(self) -> dict[str, Any]:
        """For the widget."""
        p = self.prediction
        told: dict[str, Any] = {
            "recalled": self._recalled,
            "rows": self.rows,
            "why": p.why,
            "explanation": self.explanation,
        }
        shown = {"model": p.model if self.explanation else ""}
        forms = [question.form() for question in p.questions]
        return {"prompt": p.prompt, "state": self.state, "questions": forms, "answers": self.answers, **told, **shown}

    def text(self) -> str:
        """As text: the questions, and what is known of them."""
        return text.prediction(self.view())

    # --- inside

    def _await_truth(self, run: Run) -> None:
        def all_known() -> bool:
            for question in self.prediction.questions:
                if self.truth.get(question.id) is None:
                    self.truth[question.id] = question.truth(run)
            return None not in self.truth.values()

        self.truth = {}
        with contextlib.suppress(LabError):  # what did not show in time is told as such
            wait_until(all_known, "every truth is known", self.prediction.limit)

    def _tell(self, run: Run) -> None:
        self.rows = [self._row(question, run) for question in self.prediction.questions]
        self.state = "told"
        if self.answers:
            beliefs = sorted({row["belief"] for row in self.rows} - {""})
            facts = {"truth": self.truth, "right": self.right, "beliefs": beliefs}
            seen = " ".join(f"{row['text']} You said: {row['said']}. It was: {row['was']}." for row in self.rows)
            self._progress.record(self.lesson, self.prediction.id, **facts, seen=seen)
        self._changed()

    def _row(self, question: Question, run: Run) -> dict[str, Any]:
        """One forecast beside its truth; `right` is None where one of the two is missing."""
        guess, truth = self.answers.get(question.id), self.truth[question.id]
        compared = guess is not None and truth is not None
        number = question.belief(guess, truth) if compared else ""
        moment = question.shows(run)
        return {
            "text": question.text,
            "said": question.said(guess) if guess is not None else "no forecast",
            "was": question.said(truth) if truth is not None else f"not seen within {self.prediction.limit:g} s",
            "right": question.right(guess, truth) if compared else None,
            "moment": str(moment) if moment else "",
            "belief": number,
            "believed": belief(number) if number else "",
        }

    def _recall(self) -> None:
        """A forecast of an earlier run of the notebook still counts, so that nobody is asked twice after a restart."""
        stored: Any = self._progress.entry(self.lesson, self.prediction.id).get("forecast")
        with contextlib.suppress(LabError, TypeError, KeyError):  # none, or one of an older course
            self.answers = {question.id: question.read(stored[question.id]) for question in self.prediction.questions}
            self.state, self._recalled = "armed", True

    def _missing(self, path: str) -> str:
        """What to do where a znode is not there that the fault needs."""
        frozen = [process.name for process in self._evidence.lab.processes.values() if process.state == "paused"]
        wake = f"; {' and '.join(frozen)} is paused still, resume() wakes it" if frozen else ""
        return (
            f"{path} does not stand now, so there is nothing to see: bring it back, then run this. The cell that "
            f"started what made it may be run again{wake}."
        )

    def _first(self) -> str:
        where = "answer above" if shows_live() else "answer first"
        call = _call(self.prediction.questions)
        return f"Your forecast comes first: {where} (or in code: {call}), then run this once more. Nothing was done."


class Outcome:
    """What came of a forecast: shown where the fault was, while the questions stay where they were asked."""

    def __init__(self, guess: Guess) -> None:
        self._guess = guess

    def text(self) -> str:
        """As text."""
        return text.outcome(self._guess.view())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        from labkit.widgets import OutcomeWidget  # plain code needs none

        return OutcomeWidget(self._guess)._repr_mimebundle_(**kwargs)


def _call(questions: Any) -> str:
    """How the forecast is given in code."""
    if len(questions) == 1:
        return "guess.answer(…)"
    return f"guess.answer({', '.join(f'{question.id}=…' for question in questions)})"
