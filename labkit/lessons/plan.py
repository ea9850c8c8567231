"""What the author of a lesson writes: predictions, exercises, questions at the start and the end. Only data.

A module `labkit/lessons/lessonNN.py` holds `PLAN = LessonPlan(…)`; `plans()` finds them all.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import labkit.lessons
from labkit.errors import LabError
from labkit.lessons.evidence import Evidence, Moment
from labkit.lessons.prose import Written
from labkit.lessons.questions import Question

if TYPE_CHECKING:
    from labkit.lab import Lab
    from labkit.lessons.scene import Scene
    from labkit.lessons.trial import Trial
    from labkit.lessons.verdicts import Verdict

RUNGS = ("where to look", "the principle", "an example that is close")


@dataclass(frozen=True, kw_only=True)
class Prediction(Written):
    """A forecast before a fault.

    `needs` are znodes that must stand before the fault is armed. `limit` (seconds) is how long the run waits for the
    truth of every question. `why` asks for one sentence of explanation; `model` is the answer shown beside it.
    """

    prose_fields: ClassVar[tuple[str, ...]] = ("prompt", "why", "model")

    id: str
    prompt: str
    questions: Sequence[Question]
    needs: Sequence[str] = ()
    why: str = ""
    model: str = ""
    limit: float = 15.0

    def beliefs(self) -> set[str]:
        """All misconceptions that its questions can point to."""
        return {number for question in self.questions for number in question.beliefs()}


@dataclass(frozen=True, kw_only=True)
class Wrong(Written):
    """A wrong answer that people give: the misconception behind it, "" if it is none, and the sentence it provokes.

    `says` may have fields, `{path}`, which the judge fills from what it saw. `answer` is Python text: a whole function
    for a `Code`, statements for a `State`. The tests give it and expect this very sentence. With `error`, a call that
    raises an error with this text in it is this wrong answer, and no judge needs to say so.
    """

    prose_fields: ClassVar[tuple[str, ...]] = ("says",)
    code_fields: ClassVar[tuple[str, ...]] = ("answer",)

    name: str
    belief: str = ""
    says: str
    answer: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Exercise(Written):
    """What all exercises have. `hints` are three: where to look, the principle, a worked near-twin.

    `scene(lab)` brings a fresh lab to where the learner is when the exercise comes; the tests need it.
    """

    prose_fields: ClassVar[tuple[str, ...]] = ("prompt", "hints")

    id: str
    prompt: str
    hints: Sequence[str] = ()
    scene: Callable[[Lab], Any] = lambda _lab: None

    def beliefs(self) -> set[str]:
        """All misconceptions that its wrong answers point to."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Code(Exercise):
    """A function to write. `judge(trial)` calls it in processes of its own and looks at what it did.

    `starter` is the function as the notebook has it; `returns` the type that its value must have (None: any); `limit`
    (seconds) how long one call may take.
    """

    code_fields: ClassVar[tuple[str, ...]] = ("starter", "reference")

    starter: str
    reference: str
    judge: Callable[[Trial], Verdict]
    wrong: Sequence[Wrong]
    returns: type | None = None
    limit: float = 5.0

    def beliefs(self) -> set[str]:
        """Those of the wrong answers."""
        return {wrong.belief for wrong in self.wrong} - {""}

    @property
    def function(self) -> str:
        """The name of the function."""
        found = re.search(r"^def (\w+)", self.starter, re.MULTILINE)
        assert found, f"the starter of {self.id} defines no function"
        return found[1]


@dataclass(frozen=True, kw_only=True)
class State(Exercise):
    """Something to bring about in the live lab, by whatever means. `judge(scene)` looks whether it is so.

    `reference` and the wrong answers are statements that see `lab`; they come in the place of `starter`.
    """

    code_fields: ClassVar[tuple[str, ...]] = ("starter", "reference")

    starter: str = "...  # your lines here"
    reference: str
    judge: Callable[[Scene], Verdict]
    wrong: Sequence[Wrong]

    def beliefs(self) -> set[str]:
        """Those of the wrong answers."""
        return {wrong.belief for wrong in self.wrong} - {""}


@dataclass(frozen=True)
class Option(Written):
    """One option of a `PickOne`: its text and what is said to who chooses it: why it is right, or what is not so.

    Exactly one option has no `belief`: the right one. `shows` finds, in the learner's own lab, the moment that
    decides; without such a moment the exercise's `try_it` says how to see it.
    """

    prose_fields: ClassVar[tuple[str, ...]] = ("text", "says")

    text: str
    says: str
    belief: str = ""
    shows: Callable[[Evidence], Moment | None] = lambda _evidence: None


@dataclass(frozen=True, kw_only=True)
class PickOne(Exercise):
    """A choice. In a warm-up it may `recall` a prediction of an earlier lesson: ("00", "kill")."""

    prose_fields: ClassVar[tuple[str, ...]] = ("prompt", "hints", "try_it")

    options: Mapping[str, Option]
    try_it: str = ""
    recall: tuple[str, str] | None = None

    @property
    def right(self) -> str:
        """The key of the right option."""
        return next(key for key, option in self.options.items() if not option.belief)

    def beliefs(self) -> set[str]:
        """Those of the wrong options."""
        return {option.belief for option in self.options.values()} - {""}


@dataclass(frozen=True, kw_only=True)
class LessonPlan:
    """One lesson: its number is that of its notebook, "02"; `era` is that of its lab."""

    number: str
    title: str
    era: str = "0.7"
    predictions: Sequence[Prediction] = ()
    exercises: Sequence[Exercise] = ()
    warm_up: Sequence[PickOne] = ()
    exit: Sequence[PickOne] = ()
    _items: dict[str, Prediction | Exercise] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        items: list[Prediction | Exercise] = [*self.warm_up, *self.predictions, *self.exercises, *self.exit]
        for item in items:
            if item.id in self._items:
                raise LabError(f"lesson {self.number}: two things have the id {item.id!r}; each needs its own")
            self._items[item.id] = item

    def items(self) -> Mapping[str, Prediction | Exercise]:
        """Everything that can be answered, by id, in order."""
        return self._items

    def place(self, id_: str) -> str:
        """What an item is: "warm-up", "prediction", "exercise" or "exit"."""
        item = self._items[id_]
        if isinstance(item, Prediction):
            return "prediction"
        return "warm-up" if item in self.warm_up else "exit" if item in self.exit else "exercise"


def plan(number: str) -> LessonPlan:
    """The plan of one lesson ("00" to "11"). LabError if there is none."""
    known = numbers()
    if number not in known:
        raise LabError(f"lesson {number!r}: there are {', '.join(map(repr, known))}; give one of these")
    found: LessonPlan = importlib.import_module(f"{labkit.lessons.__name__}.lesson{number}").PLAN
    return found


def plans() -> Iterator[LessonPlan]:
    """All plans, in order."""
    yield from map(plan, numbers())


def numbers() -> list[str]:
    """The lessons that are there: each is a module or a folder `lessonNN`."""
    names = (found.name for found in pkgutil.iter_modules(labkit.lessons.__path__))
    return sorted(name.removeprefix("lesson") for name in names if re.fullmatch(r"lesson\d\d", name))
