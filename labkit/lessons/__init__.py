"""What makes a notebook a lesson: forecasts before faults, answers that are judged, hints, progress.

    from labkit.lessons import Lesson

    lesson = Lesson("02", lab)
    guess = lesson.predict("kill")              # the questions; a fault inside `with guess.run():` waits for answers
    lesson.check("register", register)          # judges a function in a process and a chroot of its own
    lesson.check("stale", "b")                  # a choice; without "b" it shows the options

All of it is plain Python and needs no widget; in Jupyter it shows itself as one. CONTRIBUTING says how to write one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.lessons.lesson import Lesson

__all__ = ["Lesson"]


def __getattr__(name: str) -> Any:
    # The process that runs a learner's function imports from here too, and needs nothing of the lab.
    if name == "Lesson":
        from labkit.lessons.lesson import Lesson

        return Lesson
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
