"""Lesson 01, znodes, sessions, watches: plain kazoo on the real server."""

from __future__ import annotations

from labkit.lessons.lesson01.display import STALE
from labkit.lessons.lesson01.follow import FOLLOW
from labkit.lessons.lesson01.forecasts import FROZEN, MEND, NOTICE, ROOMS, ROT, SERVER
from labkit.lessons.lesson01.questions import EXIT, WARM_UP
from labkit.lessons.lesson01.ticket import TICKET
from labkit.lessons.lesson01.update import UPDATE
from labkit.lessons.plan import LessonPlan

PLAN = LessonPlan(
    number="01",
    title="Who is there? Znodes, sessions, watches",
    warm_up=WARM_UP,
    predictions=[ROT, MEND, FROZEN, NOTICE, ROOMS, SERVER],
    exercises=[TICKET, FOLLOW, UPDATE, STALE],
    exit=EXIT,
)
