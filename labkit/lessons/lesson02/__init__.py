"""Lesson 02, register a broker. `by_hand` is the process that its notebook starts beside the toys."""

from __future__ import annotations

from labkit.lessons.lesson02.choices import EXIT, RESTART, WARM_UP
from labkit.lessons.lesson02.forecasts import AGAIN, ENDS, STUCK, TWICE
from labkit.lessons.lesson02.register import REGISTER
from labkit.lessons.lesson02.revive import REVIVE
from labkit.lessons.lesson02.silent import SILENT
from labkit.lessons.lesson02.stay import STAY
from labkit.lessons.plan import LessonPlan

PLAN = LessonPlan(
    number="02",
    title="Register a broker",
    warm_up=WARM_UP,
    predictions=[ENDS, TWICE, AGAIN, STUCK],
    exercises=[REGISTER, REVIVE, STAY, RESTART, SILENT],
    exit=EXIT,
)
