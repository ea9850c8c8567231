"""A forecast comes before its fault; what is laid beside it is what the learner's own lab showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit import Lab, LabError, znodes
from labkit.lessons import Lesson
from labkit.lessons.evidence import Evidence
from labkit.lessons.plan import Prediction
from labkit.lessons.predict import Guess, PredictFirst
from labkit.lessons.progress import Progress
from labkit.lessons.questions import Number, Pick, Several

THREE = znodes.era("0.7").broker.path(3)


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The progress file of this test."""
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


@pytest.fixture
def tour(lab07: Lab, progress: Path) -> Lesson:
    lesson = Lesson("00", lab07)
    lab07.start_brokers([1, 2, 3])
    return lesson


def guess_of(lesson: Lesson, id_: str) -> Guess:
    guess = lesson[id_]
    assert isinstance(guess, Guess)
    return guess


def test_a_fault_without_a_forecast_is_refused_and_not_done(tour: Lesson) -> None:
    guess, broker = guess_of(tour, "kill"), tour.lab["broker-3"]
    with pytest.raises(PredictFirst, match=r"guess\.answer"), guess.run():
        broker.kill()
    assert broker.state == "running"
    assert guess.state == "open"


def test_forecast_and_truth_stand_side_by_side(tour: Lesson, progress: Path) -> None:
    guess, lab = guess_of(tour, "kill"), tour.lab
    guess.answer(0)
    with guess.run():
        lab["broker-3"].kill()
    (row,) = guess.rows
    assert guess.truth["seconds"] > 0.5
    assert THREE not in lab.tree.snapshot()
    assert (row["said"], row["right"], row["belief"]) == ("0 s", False, "M1")
    assert f"`{THREE}` went" in row["moment"]
    assert f"0x{lab['broker-3'].session_id:x} of broker-3" in row["moment"]
    model = guess.explain("Nobody said goodbye.")
    assert model == guess.prediction.model
    stored = json.loads(progress.read_text())["lessons"]["00"]["kill"]
    assert stored["forecast"] == {"seconds": 0.0}
    assert stored["truth"] == guess.truth
    assert stored["beliefs"] == ["M1"]
    assert stored["explanation"] == "Nobody said goodbye."
    for told in (row["moment"], "Nobody said goodbye.", model):
        assert told in guess_text(guess)


def guess_text(guess: Guess) -> str:
    from labkit.lessons.predict import Outcome

    return Outcome(guess).text()


def test_the_truth_is_measured_not_known_beforehand(progress: Path) -> None:
    with Lab(era="0.7", session_timeout=5.0) as lab:
        lesson = Lesson("00", lab)
        lab.start_brokers([1, 2, 3])
        guess = guess_of(lesson, "kill")
        guess.answer(1.8)  # right for two seconds, not for five
        with guess.run():
            lab["broker-3"].kill()
    assert guess.truth["seconds"] > 2.5
    assert not guess.right


@pytest.mark.parametrize("lifted", ["call", "environment"])
def test_a_teacher_can_lift_the_lock(tour: Lesson, monkeypatch: pytest.MonkeyPatch, lifted: str) -> None:
    guess = guess_of(tour, "stop")
    if lifted == "environment":
        monkeypatch.setenv("LABKIT_LOCK", "off")
    with guess.run(lock=lifted != "call"):
        tour.lab["broker-2"].stop()
    assert guess.rows[0]["said"] == "no forecast"
    assert guess.rows[0]["right"] is None
    assert guess.truth["seconds"] >= 0


def test_a_lock_that_is_neither_on_nor_off_is_an_error(tour: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_LOCK", "maybe")
    with pytest.raises(LabError, match="'maybe'"), guess_of(tour, "stop").run():
        raise AssertionError("the fault must not run")


@pytest.mark.parametrize(
    ("answers", "named"), [((), {}), ((1, 2), {}), ((), {"minutes": 1}), (("soon",), {}), ((1,), {"seconds": 1})]
)
def test_what_is_no_forecast_changes_nothing(tour: Lesson, answers: Any, named: Any) -> None:
    guess = guess_of(tour, "kill")
    with pytest.raises(LabError):
        guess.answer(*answers, **named)
    assert (guess.state, guess.answers) == ("open", {})


def test_a_fault_that_needs_what_is_not_there_is_refused(tour: Lesson) -> None:
    guess = guess_of(tour, "kill")
    guess.answer(1)
    tour.lab["broker-3"].stop()
    with pytest.raises(LabError, match=f"{THREE} does not stand"), guess.run():
        raise AssertionError("the fault must not run")
    assert guess.state == "armed"


def test_a_fault_that_raises_leaves_the_forecast_armed(tour: Lesson) -> None:
    guess = guess_of(tour, "kill")
    guess.answer(1)
    with pytest.raises(ZeroDivisionError), guess.run():
        raise ZeroDivisionError
    assert (guess.state, guess.rows) == ("armed", [])


def test_a_forecast_is_not_asked_for_twice_after_a_restart_of_the_kernel(tour: Lesson) -> None:
    guess_of(tour, "kill").answer(0.5)
    again = guess_of(Lesson("00", tour.lab), "kill")
    assert (again.state, again.answers) == ("armed", {"seconds": 0.5})
    assert "your forecast of last time: 0.5" in again.text()


def test_what_does_not_show_is_told_as_such(lab07: Lab) -> None:
    def number(run: Any) -> float | None:
        return run.gone_after(THREE)

    asked = Number(id="seconds", text="When?", truth=number, expected=1)
    prediction = Prediction(id="never", prompt="Nothing is done.", questions=[asked], limit=0.2)
    guess = Guess(prediction, "00", Evidence(lab07), Progress(None))
    guess.answer(1)
    with guess.run():
        pass
    assert guess.rows[0]["was"] == "not seen within 0.2 s"
    assert guess.rows[0]["right"] is None
    assert not guess.right


def test_who_is_told_is_read_off_the_watches(lab07: Lab) -> None:
    """Of two that know of broker 3 only the one that left a watch is told."""
    lab07.start_brokers([2, 3])
    parent = znodes.era("0.7").broker_ids.path()
    told = Several(
        id="told",
        text="Who is told?",
        options={"lab.zk": Pick("who watches the list"), "broker-2": Pick("the other broker", belief="M38")},
        truth=lambda run: run.told() if run.gone_after(THREE) is not None and run.told() else None,
        expected=["lab.zk"],
    )
    gone = Several(
        id="gone",
        text="Which znodes go?",
        options={THREE: Pick("the broker's own"), parent: Pick("the list, too", belief="M8")},
        truth=lambda run: run.gone() if run.gone_after(THREE) is not None else None,
        expected=[THREE],
    )
    prediction = Prediction(id="told", prompt="Broker 3 stops.", questions=[told, gone], needs=[THREE])
    guess = Guess(prediction, "00", Evidence(lab07), Progress(None))
    with pytest.raises(LabError, match=r"guess\.answer\(told=…, gone=…\)"):
        guess.answer(["lab.zk"])
    guess.answer(told=["lab.zk", "broker-2"], gone=[THREE])
    lab07.zk.get_children(parent, watch=lambda event: None)
    with guess.run():
        lab07["broker-3"].stop()
    assert guess.truth == {"told": ["lab.zk"], "gone": [THREE]}
    assert [row["right"] for row in guess.rows] == [False, True]
    assert guess.rows[0]["belief"] == "M38"


def test_an_explanation_comes_after_the_run_and_has_words(tour: Lesson) -> None:
    guess = guess_of(tour, "kill")
    for sentence in ("", "  ", None):
        with pytest.raises(LabError):
            guess.explain(sentence)  # type: ignore[arg-type]
    with pytest.raises(LabError, match="run the fault first"):
        guess.explain("Because.")
