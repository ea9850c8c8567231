"""What a learner has done so far: one readable file, which may be deleted at any time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ABOUT = "What you have done of the labkit course. Delete this file to begin anew; nothing else depends on it."
VERSION = 1

Entry = dict[str, Any]


def progress_file() -> Path:
    """$LABKIT_PROGRESS, else progress.json in labkit's folder below $XDG_DATA_HOME (~/.local/share)."""
    if given := os.environ.get("LABKIT_PROGRESS"):
        return Path(given).expanduser()
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share") / "labkit" / "progress.json"


class Progress:
    """The file, and what is to be told about it.

    absent -> there    the first `record`
    there -> absent    what stands there is no progress: it is moved aside under another name, and told in `notes`
    any -> kept back   it cannot be read or written: told in `notes`; the lesson goes on, remembering for itself

    An entry is a dict by lesson and item: `{"02": {"register": {"kind": "exercise", "attempts": 2, …}}}`. Several
    notebooks may record at the same time. `file` None keeps all in memory: where nobody is there, nothing is learnt.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.notes: list[str] = []
        self._memory: dict[str, dict[str, Entry]] = {}

    def entries(self) -> dict[str, dict[str, Entry]]:
        """Everything recorded, by lesson and item."""
        if self.file is None or not self.file.exists():
            return self._memory
        try:
            with self._locked():
                return self._read()
        except OSError as e:
            self._note(f"{self.file} cannot be read ({e.strerror}): the lesson goes on without what it says.")
            return self._memory

    def entry(self, lesson: str, item: str) -> Entry:
        """What is recorded of one item; empty if nothing is."""
        return self.entries().get(lesson, {}).get(item, {})

    def record(self, lesson: str, item: str, **facts: Any) -> None:
        """Add facts to an item, and when that was."""
        facts["when"] = time.strftime("%Y-%m-%d %H:%M:%S")
        self._memory.setdefault(lesson, {}).setdefault(item, {}).update(facts)
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                entries = self._read()
                entries.setdefault(lesson, {}).setdefault(item, {}).update(facts)
                if not self._from_the_future():
                    self._write(entries)
        except OSError as e:
            self._note(f"{self.file} cannot be written ({e.strerror}): progress is kept only while this notebook runs.")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One reader or writer at a time. The folder is what is locked: a lock beside the file would stay behind."""
        assert self.file
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _read(self) -> dict[str, dict[str, Entry]]:
        assert self.file
        try:
            text = self.file.read_text(encoding="utf-8")
            content = json.loads(text)
            entries: dict[str, dict[str, Entry]] = content["lessons"]
            if all(isinstance(entry, dict) for lesson in entries.values() for entry in lesson.values()):
                return entries
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # told below, like a file of the right form with a wrong content
        self._move_aside()
        return {}

    def _move_aside(self) -> None:
        assert self.file
        for number in range(1, 1000):
            aside = self.file.with_name(f"{self.file.stem}.broken-{number}{self.file.suffix}")
            if not aside.exists():
                self.file.rename(aside)
                self._note(f"{self.file} is no progress file of this course (any more). It is kept as {aside.name}.")
                return

    def _from_the_future(self) -> bool:
        """A newer labkit may keep what this one does not know: then it is read, not written."""
        assert self.file
        version = json.loads(self.file.read_text(encoding="utf-8")).get("version", 0) if self.file.exists() else 0
        if isinstance(version, int) and version > VERSION:
            self._note(f"{self.file} was written by a newer labkit: progress is kept only while this notebook runs.")
            return True
        return False

    def _write(self, entries: dict[str, dict[str, Entry]]) -> None:
        """Either the old file or the new one is there, whatever happens."""
        assert self.file
        text = json.dumps({"about": ABOUT, "version": VERSION, "lessons": entries}, indent=2, ensure_ascii=False)
        handle, name = tempfile.mkstemp(prefix=".progress-", dir=self.file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(text + "\n")
            Path(name).replace(self.file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
