"""What a judge says of an answer: never just right or wrong, but why, and where in the learner's lab it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.lessons.evidence import Moment
from labkit.lessons.misconceptions import belief

NOT_YET = "not yet"
NO_ATTEMPT = ("right", "starter", "misfit", NOT_YET)  # kinds that do not make the next hint available


@dataclass(frozen=True)
class Verdict:
    """One judgement.

    `kind` is "right" or "wrong", or why it could not be judged so: "starter" (nothing written yet), "misfit" (not a
    function, or other parameters), "not yet" (a state that has not come), "raised", "late", "ended" (it ended its
    process), "type", "wrecked". `name` is that
    of the `Wrong` it matches, "" if none; `moment` what shows it; `printed` what the answer printed.
    """

    kind: str
    why: str
    name: str = ""
    belief: str = ""
    moment: Moment | None = None
    printed: str = ""
    remark: str = ""

    @property
    def right(self) -> bool:
        """True if the answer is right."""
        return self.kind == "right"

    def view(self) -> dict[str, Any]:
        """For the widget and the text form: plain JSON."""
        return {
            "kind": self.kind,
            "why": self.why,
            "belief": self.belief,
            "believed": belief(self.belief) if self.belief else "",
            "moment": str(self.moment) if self.moment else "",
            "remark": self.remark,
            "printed": self.printed,
        }
