"""A lesson as a notebook uses it: what it is asked for, it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.plan import Exercise, Prediction, State, plan
from labkit.lessons.predict import Guess
from labkit.lessons.presence import kernel, show, somebody_is_there
from labkit.lessons.progress import Progress, progress_file
from labkit.lessons.quiz import Quiz

if TYPE_CHECKING:
    from labkit.lab import Lab

UNASKED: Any = object()


class Lesson:
    """Lesson `number` ("00" to "11") on a lab: make it right after the lab, as it can point only to what it has seen.

    `lesson["kill"]` is the `Guess` or `Check` of that id, without showing it. Errors are `LabError`.
    """

    def __init__(self, number: str, lab: Lab) -> None:
        self.plan = plan(number)
        self.lab = lab
        self.evidence = Evidence(lab)
        self._progress = Progress(progress_file() if somebody_is_there() else None)
        self._items: dict[str, Guess | Check] = {}

    def __getitem__(self, id_: str) -> Guess | Check:
        items = self.plan.items()
        if id_ not in items:
            raise LabError(f"lesson {self.plan.number} has no {id_!r}: there are {', '.join(map(repr, items))}")
        if id_ not in self._items:
            self._items[id_] = self._made(items[id_])
        return self._items[id_]

    def predict(self, id_: str) -> Guess:
        """Show the questions of a prediction; the fault then stands inside `with guess.run():`."""
        guess = self[id_]
        if not isinstance(guess, Guess):
            raise LabError(f"{id_!r} is an exercise: lesson.check({id_!r}) shows it")
        show(guess)
        return guess

    def check(self, id_: str, answer: Any = UNASKED) -> None:
        """Show an exercise; with an answer, judge it and say why it is right or what is not so.

        The answer is a function, or the key of an option; an exercise on the state of the lab needs none.
        """
        check = self[id_]
        if not isinstance(check, Check):
            raise LabError(f"{id_!r} is a prediction: lesson.predict({id_!r}) shows it")
        live = kernel() is not None
        if live:
            show(check)  # first: it tells what is going on
        if isinstance(check.exercise, State):
            check.answer()
        elif answer is not UNASKED:
            check.answer(answer)
        if not live:
            show(check)

    def hint(self, id_: str) -> None:
        """Print the next hint of an exercise, if there was a new attempt since the last."""
        print(self._check(id_).hint())

    def reveal(self, id_: str) -> None:
        """Print the answer of an exercise, after its last hint and one more attempt."""
        print(self._check(id_).reveal())

    def warm_up(self) -> None:
        """Show the questions on earlier lessons; in code: `lesson.check(id, key)` for each."""
        self._quiz("Before we begin: what do you remember?", self.plan.warm_up)

    def exit(self) -> None:
        """Show the questions at the end of the lesson; in code: `lesson.check(id, key)` for each."""
        self._quiz("Before you go", self.plan.exit)

    def unsolved(self) -> list[str]:
        """What has not been done in this run: exercises without a right answer, predictions that were not run."""
        return [id_ for id_ in self.plan.items() if not self._done(self[id_])]

    def _done(self, item: Guess | Check) -> bool:
        if isinstance(item, Guess):
            return bool(item.rows) and None not in item.truth.values()
        return item.verdict is not None and item.verdict.right

    def _quiz(self, title: str, questions: Any) -> None:
        show(Quiz(title, [self._check(question.id) for question in questions]))

    def _check(self, id_: str) -> Check:
        check = self[id_]
        if not isinstance(check, Check):
            raise LabError(f"{id_!r} is a prediction: it has no hints, only the run")
        return check

    def _made(self, item: Prediction | Exercise) -> Guess | Check:
        where = (self.plan.number, self.evidence, self._progress)
        if isinstance(item, Prediction):
            return Guess(item, *where)
        return Check(item, *where)
