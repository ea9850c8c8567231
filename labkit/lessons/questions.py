"""The questions of a forecast: how an answer is read, compared with what was measured, and put into words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.errors import LabError
from labkit.lessons.evidence import Moment, Run


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a prediction.

    `truth(run)` reads the answer off the lab, None as long as it is not known. `shows(run)` is the moment that
    decided it. `expected` is about what it will be: nobody is told it, but the tests hold it against the measured
    truth.
    """

    id: str
    text: str
    truth: Callable[[Run], Any]
    expected: Any
    shows: Callable[[Run], Moment | None] = lambda _run: None

    def read(self, given: Any) -> Any:
        """The answer as it is kept. LabError if it is none."""
        raise NotImplementedError

    def right(self, guess: Any, truth: Any) -> bool:
        """Whether the forecast agrees with what was measured."""
        return bool(guess == truth)

    def belief(self, guess: Any, truth: Any) -> str:
        """The misconception that a wrong forecast points to, or ""."""
        raise NotImplementedError

    def said(self, value: Any) -> str:
        """An answer or a truth in words."""
        raise NotImplementedError

    def form(self) -> dict[str, Any]:
        """What a widget draws: `id`, `text`, `kind`, and what its kind needs."""
        raise NotImplementedError

    def beliefs(self) -> set[str]:
        """All misconceptions that it can point to."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """A number of `unit`; right within `tolerance` of the truth.

    `points_to` has, by misconception, the forecasts that show it: `{"M1": lambda guess, truth: guess < truth / 2}`.
    """

    unit: str = "s"
    tolerance: float = 0.5
    lowest: float = 0.0
    points_to: Mapping[str, Callable[[float, float], bool]] = field(default_factory=dict)

    def read(self, given: Any) -> float:
        """A finite number, not below `lowest`; text is taken, too."""
        try:
            value = float(str(given).strip().removesuffix(self.unit).replace(",", "."))
        except ValueError:
            value = math.nan
        if value < self.lowest:
            raise LabError(f"{self.id}: {given} is below {self.lowest:g}, and it cannot be: give a larger number")
        if isinstance(given, bool) or not math.isfinite(value):
            raise LabError(f"{self.id}: {given!r} is no number of {self.unit or 'things'}: give one, such as 1.5 or 0")
        return value

    def right(self, guess: float, truth: float) -> bool:
        """Within the tolerance."""
        return abs(guess - truth) <= self.tolerance

    def belief(self, guess: float, truth: float) -> str:
        """The first of `points_to` that fits."""
        return next((number for number, fits in self.points_to.items() if fits(guess, truth)), "")

    def said(self, value: float) -> str:
        """`1.9 s`."""
        return f"{value:.2f}".rstrip("0").rstrip(".") + f" {self.unit}".rstrip()

    def form(self) -> dict[str, Any]:
        """With its unit."""
        return {"id": self.id, "text": self.text, "kind": "number", "unit": self.unit, "lowest": self.lowest}

    def beliefs(self) -> set[str]:
        """Those of `points_to`."""
        return set(self.points_to)


@dataclass(frozen=True)
class Pick:
    """One thing to choose: its text, and the misconception of who chooses it wrongly, or wrongly leaves it out."""

    text: str
    belief: str = ""
    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """One of `options`, which have short keys: `{"stays": Pick("it stays", belief="M5"), "goes": Pick("it goes")}`."""

    options: Mapping[str, Pick]

    def read(self, given: Any) -> str:
        """A key of the options."""
        return one_of(self.id, given, self.options)

    def belief(self, guess: str, truth: str) -> str:
        """That of the option chosen, if it is not the truth."""
        return self.options[guess].belief if guess != truth else ""

    def said(self, value: str) -> str:
        """The option's text."""
        return self.options[value].text if value in self.options else str(value)

    def form(self) -> dict[str, Any]:
        """With its options."""
        return {"id": self.id, "text": self.text, "kind": "choice", "options": texts(self.options)}

    def beliefs(self) -> set[str]:
        """Those of the options."""
        return {pick.belief for pick in self.options.values()} - {""}


@dataclass(frozen=True, kw_only=True)
class Several(Question):
    """Any number of `options`, none included. Kept, and measured, as a sorted list of keys."""

    options: Mapping[str, Pick]

    def read(self, given: Any) -> list[str]:
        """Keys of the options."""
        keys = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
        return sorted({one_of(self.id, key, self.options) for key in keys})

    def right(self, guess: list[str], truth: Iterable[str]) -> bool:
        """The same keys."""
        return set(guess) == set(truth)

    def belief(self, guess: list[str], truth: Iterable[str]) -> str:
        """That of the first key too many, else of the first that is missing."""
        too_many = [self.options[key].belief for key in guess if key not in truth]
        missing = [self.options[key].left_out for key in truth if key in self.options and key not in guess]
        return next(filter(None, too_many + missing), "")

    def said(self, value: Iterable[str]) -> str:
        """The options' texts."""
        return ", ".join(self.options[key].text if key in self.options else key for key in value) or "none of them"

    def form(self) -> dict[str, Any]:
        """With its options."""
        return {"id": self.id, "text": self.text, "kind": "several", "options": texts(self.options)}

    def beliefs(self) -> set[str]:
        """Those of the options, chosen or left out."""
        return {b for pick in self.options.values() for b in (pick.belief, pick.left_out)} - {""}


def one_of(name: str, given: Any, options: Mapping[str, Any]) -> str:
    """`given`, if it is a key of the options; a LabError that lists them if it is not."""
    if not isinstance(given, str) or given not in options:
        raise LabError(f"{name}: {given!r} is none of the answers: give one of {', '.join(map(repr, options))}")
    return given


def texts(options: Mapping[str, Any]) -> list[dict[str, str]]:
    """Options as widgets draw them."""
    return [{"key": key, "text": option.text} for key, option in options.items()]
