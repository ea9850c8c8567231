"""Progress in words: by lesson, and by misconception. `labkit progress` prints it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labkit.lessons.misconceptions import BELIEFS
from labkit.lessons.plan import LessonPlan, plans
from labkit.lessons.progress import Entry, Progress, progress_file

Entries = Mapping[str, Mapping[str, Entry]]


def lines() -> Iterator[str]:
    """What `labkit progress` prints."""
    progress = Progress(progress_file())
    entries = progress.entries()
    yield from progress.notes
    for lesson in plans():
        yield from of_lesson(lesson, entries.get(lesson.number, {}))
    yield ""
    yield "What you met on the way:"
    yield from of_beliefs(entries)
    yield ""
    yield f"(from {progress.file}; delete it to begin anew)"


def of_lesson(lesson: LessonPlan, entries: Mapping[str, Entry]) -> Iterator[str]:
    """One lesson, item by item."""
    items = lesson.items()
    done = sum(bool(standing(entries.get(id_, {}))) for id_ in items)
    yield f"{lesson.number} {lesson.title}: {done} of {len(items)} tried"
    for id_ in items:
        yield f"   {lesson.place(id_):<10}  {id_:<20}  {standing(entries.get(id_, {})) or '–'}"


def standing(entry: Entry) -> str:
    """How one item stands, in a few words; "" if it was never tried."""
    if entry.get("kind") == "prediction":
        if "truth" not in entry:
            return "forecast made, not run yet"
        return "as you said" if entry.get("right") else "came out otherwise than you said"
    if entry.get("right"):
        return "right, after the answer was shown" if entry.get("shown") else f"right{_tries(entry)}"
    return f"not yet{_tries(entry)}" if entry else ""


def of_beliefs(entries: Entries) -> Iterator[str]:
    """Each misconception that an answer pointed to, and whether it was put right where it showed."""
    met: dict[str, list[bool]] = {}
    for items in entries.values():
        for entry in items.values():
            for number in entry.get("beliefs", ()):
                settled = bool(entry.get("right")) or entry.get("kind") == "prediction"
                met.setdefault(number, []).append(settled)
    for number, sentence in BELIEFS.items():
        if number in met:
            yield f"   {number:<4} {'refuted' if all(met[number]) else 'open   '}  “{sentence}”"
    if not met:
        yield "   no misconception so far"


def _tries(entry: Entry) -> str:
    attempts = entry.get("attempts", 0)
    return f", at attempt {attempts}" if attempts > 1 else ""
