"""A learner's work at one exercise: attempts, verdicts, the ladder of hints."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

from labkit.errors import LabError
from labkit.lessons import text
from labkit.lessons.evidence import Evidence
from labkit.lessons.model import Model
from labkit.lessons.plan import RUNGS, Code, Exercise, PickOne, State
from labkit.lessons.progress import Progress
from labkit.lessons.questions import one_of, texts
from labkit.lessons.scene import Scene
from labkit.lessons.shipping import is_starter, source_of
from labkit.lessons.trial import Refused, Trial
from labkit.lessons.verdicts import NO_ATTEMPT, NOT_YET, Verdict
from labkit.waiting import wait_until

PATIENCE = 5.0  # seconds for a state that is under way: a session of 2 s ends within 4
TRY_FIRST = "Try once more first: what comes next is of use only after an attempt, and a wrong one will do."


class Check(Model):
    """One exercise as this learner does it.

        open -> judging     `answer(…)`
        judging -> open     it was wrong, or could not be judged: `verdict` says why; the next rung may be asked for
        judging -> right    it was right
        right -> judging    again, for whoever wants to try another way

    The ladder: three hints, then the answer itself (`shown`). Each rung needs an attempt that is new since the last.
    """

    widget_name = "CheckWidget"

    def __init__(self, exercise: Exercise, lesson: str, evidence: Evidence, progress: Progress) -> None:
        super().__init__()
        self.exercise, self.lesson = exercise, lesson
        self.verdict: Verdict | None = None
        self.state = "open"
        self.doing = ""
        self._evidence, self._progress = evidence, progress
        stored = progress.entry(lesson, exercise.id)
        self.attempts = int(stored.get("attempts", 0))
        self.hints = min(int(stored.get("hints", 0)), len(exercise.hints))
        self.shown, self.solved = bool(stored.get("shown")), bool(stored.get("right"))
        self._may_climb = False
        self._last_try = ""
        self._beliefs: set[str] = set(stored.get("beliefs", ()))
        self._note = ""

    def answer(self, answer: Any = None) -> Verdict:
        """Judge an answer: a function for a `Code`, a key for a `PickOne`, nothing for a `State`.

        Returns when it is judged; only trouble with the lab itself raises.
        """
        with self._lock:
            if self.state == "judging":
                raise LabError(f"{self.exercise.id} is being judged: wait for the verdict")
            before, self.state, self.doing, self._note = self.state, "judging", "looking", ""
        self._changed()
        try:
            self.verdict = self._judge(answer)
        finally:
            with self._lock:
                right = self.verdict is not None and self.verdict.right
                self.state = "right" if right else before if before == "right" else "open"
            self._changed()
        self._count(self.verdict, answer)
        return self.verdict

    def hint(self) -> str:
        """The next hint, if there was a new attempt since the last one; else what to do first."""
        if self.hints == len(self.exercise.hints):
            return self._say("There is no further hint. After one more attempt you may see the answer: `reveal`.")
        if not self._climb():
            return self._say(TRY_FIRST)
        self.hints += 1
        self._progress.record(self.lesson, self.exercise.id, hints=self.hints)
        self._changed()
        return self.exercise.hints[self.hints - 1]

    def reveal(self) -> str:
        """The answer, after the last hint and one more attempt. That it was shown is remembered."""
        if not self.shown:
            if self.hints < len(self.exercise.hints):
                return self._say("The answer comes after the hints: ask for a hint first.")
            if not self._climb():
                return self._say(TRY_FIRST)
            self.shown = True
            self._progress.record(self.lesson, self.exercise.id, shown=True)
            self._changed()
        return self.reference

    @property
    def reference(self) -> str:
        """The answer as the author gives it."""
        if isinstance(self.exercise, PickOne):
            return self.exercise.options[self.exercise.right].text
        assert isinstance(self.exercise, Code | State)
        return self.exercise.reference

    def view(self) -> dict[str, Any]:
        """For the widget."""
        options = texts(self.exercise.options) if isinstance(self.exercise, PickOne) else []
        hints = list(zip(RUNGS, self.exercise.hints, strict=False))[: self.hints]
        return {
            "id": self.exercise.id,
            "kind": type(self.exercise).__name__,
            "prompt": self.exercise.prompt,
            "options": options,
            "chosen": self._last_try if options else "",
            "state": self.state,
            "doing": self.doing,
            "verdict": self.verdict.view() if self.verdict else None,
            "hints": [{"rung": rung, "text": hint} for rung, hint in hints],
            "next": self._next(),
            "reference": self.reference if self.shown else "",
            "notes": [*([self._note] if self._note else []), *self._progress.notes],
        }

    def text(self) -> str:
        """As text."""
        return text.check(self.view())

    # --- inside

    def _judge(self, answer: Any) -> Verdict:
        exercise = self.exercise
        if isinstance(exercise, PickOne):
            return self._judge_choice(exercise, answer)
        if isinstance(exercise, State):
            return self._look(exercise)
        assert isinstance(exercise, Code)
        return misfit(exercise, answer) or self._try_out(exercise, answer)

    def _look(self, exercise: State) -> Verdict:
        """Judge the lab as it is; what is under way is given some seconds to come."""
        deadline = time.monotonic() + PATIENCE

        def decided() -> Verdict | None:
            verdict = exercise.judge(Scene(exercise, self._evidence))
            return verdict if verdict.kind != NOT_YET or time.monotonic() > deadline else None

        self._do("waiting for it to come")
        verdict: Verdict = wait_until(decided, f"{exercise.id} is judged", 2 * PATIENCE)
        return verdict

    def _judge_choice(self, exercise: PickOne, key: Any) -> Verdict:
        option = exercise.options[one_of(exercise.id, key, exercise.options)]
        if not option.belief:
            return Verdict("right", option.says, key, moment=option.shows(self._evidence))
        moment = option.shows(self._evidence)
        return Verdict("wrong", option.says, key, option.belief, moment, remark="" if moment else self._other(exercise))

    def _other(self, exercise: PickOne) -> str:
        """What to point to where this lab has not shown it: an earlier lesson's run, or how to see it."""
        entry = self._progress.entry(*exercise.recall) if exercise.recall else {}
        if exercise.recall and (seen := entry.get("seen")):
            knew = "you knew it, and " if entry.get("right") else ""
            return f"In lesson {exercise.recall[0]} {knew}your own lab showed it. {seen}"
        return exercise.try_it

    def _try_out(self, exercise: Code, function: Callable[..., Any]) -> Verdict:
        trial = Trial(exercise, self._evidence, function, self._do)
        try:
            with trial:
                verdict = exercise.judge(trial)
        except Refused as refused:
            verdict = refused.verdict
        return trial.told_of(verdict)

    def _do(self, what: str) -> None:
        """Say what is under way, where it is seen."""
        self.doing = what
        self._changed()

    def _count(self, verdict: Verdict, answer: Any) -> None:
        """A new attempt opens the next rung; the same answer once more does not."""
        tried = self._tried(answer)
        if verdict.kind in NO_ATTEMPT[1:]:
            return
        if not verdict.right and tried != self._last_try:
            self._may_climb = True
        self._last_try = tried
        self.attempts += not self.solved  # up to the first right one
        self.solved = self.solved or verdict.right
        self._beliefs |= {verdict.belief} - {""}
        facts = {"attempts": self.attempts, "right": self.solved, "hints": self.hints, "shown": self.shown}
        beliefs = sorted(self._beliefs)
        self._progress.record(self.lesson, self.exercise.id, kind="exercise", beliefs=beliefs, **facts)
        self._changed()

    def _tried(self, answer: Any) -> str:
        """What tells one attempt from the next: the answer, or all that was done in the lab so far."""
        if isinstance(self.exercise, State):
            return str(len(self._evidence.moments("verb", "created", "changed", "gone")))
        return answer if isinstance(answer, str) else source_of(answer)

    def _climb(self) -> bool:
        if not self._may_climb:
            return False
        self._may_climb, self._note = False, ""
        return True

    def _next(self) -> str:
        """What may be asked for now: "hint", "reveal" or ""; never how many there are."""
        if not self.exercise.hints or self.shown or self.state != "open" or not self._may_climb:
            return ""
        return "hint" if self.hints < len(self.exercise.hints) else "reveal"

    def _say(self, note: str) -> str:
        self._note = note
        self._changed()
        return note


def misfit(exercise: Code, answer: Any) -> Verdict | None:
    """Why this cannot even be called; None if it can."""
    if not inspect.isfunction(answer):
        what = "nothing" if answer is None else f"a {type(answer).__name__}"
        return Verdict(
            "misfit", f"There is no function to judge yet: `{exercise.function}` is expected, given was {what}."
        )
    if is_starter(answer, exercise.starter):
        return Verdict(
            "starter", "This is still the empty start. Write your own lines into it, then run the cell again."
        )
    try:
        inspect.signature(answer).bind(*_parameters(exercise))
    except TypeError:
        given = ", ".join(inspect.signature(answer).parameters)
        wanted = ", ".join(_parameters(exercise))
        return Verdict(
            "misfit", f"It takes ({given}); it will be called with ({wanted}). Keep the first line as it was."
        )
    return None


def _parameters(exercise: Code) -> list[str]:
    """The names of the starter's parameters."""
    scope: dict[str, Any] = {}
    exec(exercise.starter, scope)  # the author's own text
    return list(inspect.signature(scope[exercise.function]).parameters)
