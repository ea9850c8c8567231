"""The progress file: readable, deletable, never lost in silence, and never in a learner's way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit import cli
from labkit.lessons.progress import Progress, progress_file

WRITER = """
import sys
from pathlib import Path
from labkit.lessons.progress import Progress
progress = Progress(Path(sys.argv[1]))
for number in range(25):
    progress.record(sys.argv[2], f"item-{number}", right=True)
assert not progress.notes, progress.notes
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "progress.json"


def test_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "mine.json"))
    assert progress_file() == tmp_path / "mine.json"
    monkeypatch.delenv("LABKIT_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert progress_file() == tmp_path / "data" / "labkit" / "progress.json"
    monkeypatch.setenv("XDG_DATA_HOME", "relative, so to be ignored")
    assert progress_file() == Path.home() / ".local" / "share" / "labkit" / "progress.json"


def test_what_is_recorded_is_there_for_the_next_notebook_and_readable(file: Path) -> None:
    Progress(file).record("02", "register", attempts=1, right=False)
    Progress(file).record("02", "register", attempts=2, right=True)
    entry = Progress(file).entry("02", "register")
    assert (entry["attempts"], entry["right"]) == (2, True)
    text = file.read_text()
    assert "Delete this file to begin anew" in text
    assert len(text.splitlines()) > 8
    assert list(file.parent.iterdir()) == [file]


def test_deleting_it_begins_anew(file: Path) -> None:
    progress = Progress(file)
    progress.record("02", "register", right=True)
    file.unlink()
    assert Progress(file).entries() == {}
    progress.record("02", "other", right=True)
    assert list(Progress(file).entries()["02"]) == ["other"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"lessons": 3}', '{"lessons": {"02": 3}}', '{"lessons": {"02": {"a": 1}}}', "\x00"],
)
def test_a_broken_file_is_kept_aside_and_told(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    progress = Progress(file)
    progress.record("02", "register", right=True)
    assert "broken-1" in progress.notes[0]
    assert file.with_name("progress.broken-1.json").read_text() == content
    assert progress.entry("02", "register")["right"]


def test_a_second_broken_file_does_not_replace_the_first(file: Path) -> None:
    file.parent.mkdir()
    for content in ("first", "second"):
        file.write_text(content)
        Progress(file).record("02", "register", right=True)
    assert file.with_name("progress.broken-1.json").read_text() == "first"
    assert file.with_name("progress.broken-2.json").read_text() == "second"


def test_bytes_that_are_no_text_are_kept_aside_too(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\x00")
    assert Progress(file).entries() == {}
    assert file.with_name("progress.broken-1.json").read_bytes() == b"\xff\xfe\x00"


def test_a_file_of_a_newer_labkit_is_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    newer = json.dumps({"version": 99, "lessons": {"02": {"register": {"right": True, "stars": 5}}}})
    file.write_text(newer)
    progress = Progress(file)
    progress.record("02", "register", right=False)
    assert file.read_text() == newer
    assert "newer labkit" in progress.notes[0]


def test_a_place_that_cannot_be_written_is_told_and_no_more(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    progress = Progress(blocked / "progress.json")
    progress.record("02", "register", right=True)
    progress.record("02", "register", right=True)
    assert len(progress.notes) == 1
    assert "cannot be written" in progress.notes[0]
    assert progress.entry("02", "register")["right"]  # as long as the notebook runs


def test_two_notebooks_at_once_lose_nothing(file: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), lesson], env=dict(os.environ))
        for lesson in ("01", "02", "03")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    entries = Progress(file).entries()
    assert {lesson: len(items) for lesson, items in entries.items()} == {"01": 25, "02": 25, "03": 25}


def test_a_write_that_fails_leaves_the_old_file(file: Path) -> None:
    progress = Progress(file)
    progress.record("02", "register", right=True)
    before = file.read_text()
    with pytest.raises(TypeError):
        progress.record("02", "register", value=object())
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


def test_labkit_progress_prints_lessons_and_misconceptions(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABKIT_PROGRESS", str(file))
    progress = Progress(file)
    progress.record("00", "kill", kind="prediction", forecast={"seconds": 0}, truth={"seconds": 2}, beliefs=["M1"])
    progress.record("00", "stop", kind="prediction", forecast={"seconds": 0})
    progress.record("02", "register", kind="exercise", attempts=3, right=True, beliefs=["M5"])
    progress.record("02", "restart", kind="exercise", attempts=2, right=False, beliefs=["M5", "M6"])
    assert cli.main(["progress"]) == 0
    told = capsys.readouterr().out
    for line in (
        r"kill +came out otherwise than you said",
        r"stop +forecast made, not run yet",
        r"register +right, at attempt 3",
        r"restart +not yet, at attempt 2",
        r"M1 +refuted +“When a process is killed",
        r"M5 +open",
        r"M6 +open",
    ):
        assert re.search(line, told), told
    progress.record("02", "restart", right=True, shown=True)
    cli.main(["progress"])
    assert "right, after the answer was shown" in capsys.readouterr().out


def test_labkit_progress_before_anything_was_done(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABKIT_PROGRESS", str(file))
    assert cli.main(["progress"]) == 0
    assert "no misconception so far" in capsys.readouterr().out
    assert not file.exists()
