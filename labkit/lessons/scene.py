"""What a judge sees and says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.lessons.evidence import Evidence, Moment
from labkit.lessons.verdicts import NOT_YET, Verdict

if TYPE_CHECKING:
    from labkit.lessons.plan import Code, State


class Scene:
    """A judge's place: `lab` and `evidence` to look at, and the verdicts to give."""

    def __init__(self, exercise: Code | State, evidence: Evidence) -> None:
        self.exercise, self.evidence, self.lab = exercise, evidence, evidence.lab

    def right(self, why: str, moment: Moment | None = None) -> Verdict:
        """The answer is right, and this is why."""
        return Verdict("right", why, moment=moment)

    def wrong(self, name: str, moment: Moment | None = None, **facts: Any) -> Verdict:
        """It is the exercise's wrong answer of this name; `facts` fill the fields of its sentence."""
        for wrong in self.exercise.wrong:
            if wrong.name == name:
                return Verdict("wrong", wrong.says.format(**facts), name, wrong.belief, moment)
        raise LabError(f"{self.exercise.id} has no wrong answer named {name!r}: the judge and the exercise disagree")

    def refuse(self, why: str, belief: str = "", moment: Moment | None = None) -> Verdict:
        """It is wrong in a way that no `Wrong` of the exercise foresees."""
        return Verdict("wrong", why, "", belief, moment)

    def not_yet(self, why: str) -> Verdict:
        """What is wanted is under way; a check of a state looks again for some seconds before it says so."""
        return Verdict(NOT_YET, why)

    def moment(self, text: str, **facts: Any) -> Moment:
        """What is seen just now; `facts` are `path`, `session`, `process`."""
        return self.evidence.now(text, **facts)
