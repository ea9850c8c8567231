"""One exercise as a learner does it: attempts, the ladder of hints, what is remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from labkit import Lab, LabError, znodes
from labkit.lessons import Lesson
from labkit.lessons.check import TRY_FIRST, Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.plan import Code, State, Wrong
from labkit.lessons.progress import Progress
from labkit.lessons.scene import Scene
from labkit.lessons.shipping import Opaque
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict

BEYOND = 7  # a global that an answer uses


@pytest.fixture
def lesson(lab07: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return Lesson("02", lab07)


def exercise(judge: Callable[[Trial], Verdict], **more: Any) -> Code:
    """A `Code` that asks for `answer(zk, …)` and is judged so."""
    wrong = [Wrong(name="too big", belief="M1", says="{value} is too big.", answer="def answer(zk, *args): return 9")]
    text = "def answer(zk, *args):\n    ..."
    return Code(id="x", prompt="?", starter=text, reference=text, judge=judge, wrong=wrong, **more)


def check(lab: Lab, judge: Callable[[Trial], Verdict], **more: Any) -> Check:
    return Check(exercise(judge, **more), "02", Evidence(lab), Progress(None))


# --- the ladder


def test_each_hint_needs_another_attempt_and_the_answer_comes_last(lesson: Lesson) -> None:
    item = lesson["restart"]
    assert isinstance(item, Check)
    assert item.hint() == TRY_FIRST
    item.answer("config")
    seen = [item.hint()]
    assert item.hint() == TRY_FIRST
    item.answer("config")  # the same once more is no new attempt
    assert item.hint() == TRY_FIRST
    assert "after the hints" in item.reveal()
    for key in ("bug", "alive"):
        item.answer(key)
        seen.append(item.hint())
    assert seen == list(item.exercise.hints)
    item.answer("config")
    assert "no further hint" in item.hint()
    assert item.reveal() == item.reference
    assert item.reveal() == item.reference  # as often as wanted


def test_the_view_says_what_may_be_asked_for_and_never_how_many_hints_there_are(lesson: Lesson) -> None:
    item = lesson["restart"]
    assert isinstance(item, Check)
    assert item.view()["next"] == ""
    item.answer("config")
    assert item.view()["next"] == "hint"
    item.hint()
    assert item.view()["next"] == ""
    assert [hint["rung"] for hint in item.view()["hints"]] == ["where to look"]
    assert item.exercise.hints[1] not in json.dumps(item.view())


def test_what_was_shown_is_remembered_by_the_next_kernel(lesson: Lesson, tmp_path: Path) -> None:
    item = lesson["restart"]
    assert isinstance(item, Check)
    for key in ("config", "bug", "alive"):
        item.answer(key)
        item.hint()
    item.answer("config")
    item.reveal()
    item.answer("own")
    stored = json.loads((tmp_path / "progress.json").read_text())["lessons"]["02"]["restart"]
    assert (stored["shown"], stored["right"], stored["hints"], stored["attempts"]) == (True, True, 3, 5)
    assert stored["beliefs"] == ["M1", "M5", "M6"]
    again = Lesson("02", lesson.lab)["restart"]
    assert isinstance(again, Check)
    assert again.shown
    assert again.view()["reference"] == again.reference


def test_a_right_answer_stays_right_when_another_way_is_tried(lesson: Lesson, tmp_path: Path) -> None:
    item = lesson["restart"]
    assert isinstance(item, Check)
    item.answer("own")
    item.answer("bug")
    stored = json.loads((tmp_path / "progress.json").read_text())["lessons"]["02"]["restart"]
    assert stored["right"]
    assert stored["attempts"] == 1


def test_an_option_that_is_none_changes_nothing(lesson: Lesson) -> None:
    item = lesson["restart"]
    assert isinstance(item, Check)
    with pytest.raises(LabError, match="'own'"):
        item.answer("e")
    assert (item.state, item.verdict, item.attempts) == ("open", None, 0)


def test_a_second_answer_while_one_is_judged_is_refused(lab07: Lab) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def judge(trial: Trial) -> Verdict:
        inside.set()
        assert go_on.wait(30)
        return trial.right("so be it")

    item = check(lab07, judge)
    thread = threading.Thread(target=item.answer, args=(function_one,))
    thread.start()
    assert inside.wait(30)
    with pytest.raises(LabError, match="being judged"):
        item.answer(function_one)
    go_on.set()
    thread.join(30)
    assert item.state == "right"


def function_one(zk: Any, *args: Any) -> int:
    return 1


# --- a state of the live lab

REVIVED = State(
    id="revive",
    prompt="Bring broker 1 back.",
    reference="lab['broker-1'].restart()",
    judge=lambda scene: judge_revived(scene),
    wrong=[
        Wrong(name="paused", belief="M5", says="`{path}` stands, and its process is {state}.", answer="pass"),
    ],
)


def judge_revived(scene: Scene) -> Verdict:
    path, broker = znodes.era("0.7").broker.path(1), scene.lab["broker-1"]
    gone = scene.evidence.last("gone", path=path)
    if broker.state == "running":
        return scene.right("It runs, and is registered.", gone)
    if path in scene.lab.tree.snapshot():
        return scene.wrong("paused", scene.moment("it stood"), path=path, state=broker.state)
    return scene.refuse("It is not there.", "M1", gone)


def test_a_state_is_judged_by_looking_at_the_lab(lab07: Lab) -> None:
    item = Check(REVIVED, "02", Evidence(lab07), Progress(None))
    broker = lab07.start_broker(1)
    broker.pause()
    verdict = item.answer()
    assert (verdict.name, verdict.belief) == ("paused", "M5")
    assert "its process is paused" in verdict.why
    broker.stop()
    verdict = item.answer()
    assert (verdict.kind, verdict.belief) == ("wrong", "M1")
    assert "of broker-1" in str(verdict.moment)
    exec(REVIVED.reference, {"lab": lab07})
    assert item.answer().right


# --- what a judge can do


def test_a_value_comes_back_as_it_was(lab07: Lab) -> None:
    values: list[Any] = []

    def judge(trial: Trial) -> Verdict:
        values.append(trial.call({"a": [1, 2.5]}, b"x", {3}, None))
        return trial.right("yes")

    def answer(zk: Any, *args: Any) -> Any:
        return args, BEYOND

    assert check(lab07, judge).answer(answer).right
    assert values == [(({"a": [1, 2.5]}, b"x", {3}, None), BEYOND)]


def test_a_value_without_a_literal_form_comes_back_as_text(lab07: Lab) -> None:
    values: list[Any] = []

    def judge(trial: Trial) -> Verdict:
        values.append(trial.call())
        return trial.right("yes")

    def answer(zk: Any, *args: Any) -> Any:
        return zk

    check(lab07, judge).answer(answer)
    assert isinstance(values[0], Opaque)
    assert values[0].type == "TracedClient"


@pytest.mark.parametrize(("wanted", "kind"), [(int, "type"), (str, "right"), (None, "right")])
def test_the_type_of_the_value_is_looked_at(lab07: Lab, wanted: type | None, kind: str) -> None:
    def answer(zk: Any, *args: Any) -> str:
        return "three"

    def judge(trial: Trial) -> Verdict:
        trial.call()
        return trial.right("yes")

    verdict = check(lab07, judge, returns=wanted).answer(answer)
    assert verdict.kind == kind
    if kind == "type":
        assert "`'three'`" in verdict.why and "`int`" in verdict.why


def test_the_process_of_an_answer_can_be_killed_and_its_session_times_out(lab07: Lab) -> None:
    def answer(zk: Any, *args: Any) -> None:
        zk.create("/mine", ephemeral=True)

    def judge(trial: Trial) -> Verdict:
        trial.call()
        owner = trial.znodes()["/mine"].ephemeral_owner
        assert owner == trial.attempt.session_id
        assert lab07.tree.owner(trial.in_tree("/mine")).process == "your answer()"  # type: ignore[union-attr]
        trial.attempt.kill()
        assert "/mine" in trial.znodes()
        lab07.wait_until(lambda: "/mine" not in trial.znodes(), "its session times out", 20)
        return trial.right("it went with its session", trial.evidence.last("gone", path=trial.in_tree("/mine")))

    verdict = check(lab07, judge).answer(answer)
    assert verdict.right
    assert "of your answer()" in str(verdict.moment)


def test_an_answer_is_judged_on_any_zookeeper(anywhere: Lab) -> None:
    """With three servers the function reads from one that may lag behind the judge's writes."""

    def answer(zk: Any, *args: Any) -> Any:
        zk.create("/mine", ephemeral=True)
        return zk.get("/other")[0]

    def judge(trial: Trial) -> Verdict:
        trial.plant("/other", b"theirs")
        assert trial.call() == b"theirs"
        assert trial.znodes()["/mine"].ephemeral_owner == trial.attempt.session_id
        trial.attempt.expire()
        assert "/mine" not in trial.znodes()
        return trial.right("yes")

    before = anywhere.tree.snapshot()
    for _ in range(3):
        assert check(anywhere, judge).answer(answer).right
    assert anywhere.tree.snapshot() == before


def test_how_a_trial_ends_its_processes_is_no_part_of_the_story(lab07: Lab) -> None:
    def judge(trial: Trial) -> Verdict:
        trial.call()
        return trial.right("yes")

    assert check(lab07, judge).answer(function_one).right
    assert not [e for e in lab07.recorder.events if e["event"] in ("exited", "verb")]
    assert not [s for s in lab07.tree.sessions.all().values() if s.process not in (None, "lab.zk")]


def test_two_calls_are_two_processes_side_by_side(lab07: Lab) -> None:
    def answer(zk: Any, *args: Any) -> None:
        zk.create("/member-", ephemeral=True, sequence=True)

    def judge(trial: Trial) -> Verdict:
        trial.call()
        trial.call()
        owners = {znode.ephemeral_owner for znode in trial.znodes().values()}
        assert owners == {attempt.session_id for attempt in trial.attempts}
        assert len(owners) == 2
        return trial.right("yes")

    assert check(lab07, judge).answer(answer).right
    assert not [path for path in lab07.tree.snapshot() if "try" in path]


@pytest.mark.parametrize(("does", "says"), [("delete", "deleted `/other`"), ("set", "wrote over `/other`")])
def test_harm_to_what_was_planted_ends_the_trial(lab07: Lab, does: str, says: str) -> None:
    def answer(zk: Any, *args: Any) -> None:
        getattr(zk, args[0])("/other", *args[1:])

    def judge(trial: Trial) -> Verdict:
        trial.plant("/other", b"theirs")
        trial.call(does, *([b"mine"] if does == "set" else []))
        return trial.right("yes")

    verdict = check(lab07, judge).answer(answer)
    assert verdict.kind == "wrecked"
    assert says in verdict.why
    assert verdict.moment


def test_what_an_answer_prints_is_shown_and_its_failing_line_named(lab07: Lab) -> None:
    def answer(zk: Any, *args: Any) -> None:
        print("so far so good")
        raise KeyError("no more")

    def judge(trial: Trial) -> Verdict:
        trial.call()
        return trial.right("yes")

    verdict = check(lab07, judge).answer(answer)
    assert verdict.kind == "raised"
    assert verdict.printed == "so far so good\n"
    assert "raise KeyError" in verdict.why


def test_a_function_that_uses_what_lives_in_the_notebook_is_told_so(lab07: Lab) -> None:
    scope: dict[str, Any] = {"__name__": "__main__", "lab": lab07}
    exec("def answer(zk, *args):\n    return lab.era\n", scope)
    item = check(lab07, lambda trial: trial.right(trial.call()))
    verdict = item.answer(scope["answer"])
    assert verdict.kind == "misfit"
    assert "`lab`" in verdict.why


def test_a_judge_that_names_no_wrong_answer_is_a_mistake_of_the_author(lab07: Lab) -> None:
    item = check(lab07, lambda trial: trial.wrong("no such"))
    with pytest.raises(LabError, match="no such"):
        item.answer(function_one)
    assert item.state == "open"


def test_after_an_interrupt_nothing_of_the_trial_is_left(lab07: Lab) -> None:
    def judge(trial: Trial) -> Verdict:
        trial.start()
        raise KeyboardInterrupt

    item = check(lab07, judge)
    with pytest.raises(KeyboardInterrupt):
        item.answer(function_one)
    assert item.state == "open"
    assert not [path for path in lab07.tree.snapshot() if "try" in path]
    answers = [
        p for p in psutil.process_iter(["cmdline"]) if {"answer", lab07.folder_name} <= set(p.info["cmdline"] or [])
    ]
    assert answers == []


def test_lesson_check_prints_its_verdict_where_no_widget_can_be(
    lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson.check("restart", "config")
    told = capsys.readouterr().out
    assert "Not yet. The text of the error fits that too" in told
    assert "Many people think (M6)" in told
    lesson.hint("restart")
    assert capsys.readouterr().out.startswith("In the panel")


@pytest.mark.parametrize("call", ["predict", "check", "hint", "reveal"])
def test_what_a_lesson_does_not_have_is_refused_with_what_it_has(lesson: Lesson, call: str) -> None:
    with pytest.raises(LabError, match=r"has no 'nonsense': there are .*'register'"):
        getattr(lesson, call)("nonsense")


def test_a_prediction_is_no_exercise_and_an_exercise_no_prediction(lab07: Lab, lesson: Lesson) -> None:
    with pytest.raises(LabError, match=r"lesson\.check"):
        lesson.predict("register")
    with pytest.raises(LabError, match=r"lesson\.predict"):
        Lesson("00", lab07).check("kill")
