"""All exercises of all lessons, on a real ZooKeeper: right answers, wrong ones, and those that misbehave."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from labkit import Lab
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.plan import Code, Exercise, LessonPlan, PickOne, State, plans
from labkit.lessons.progress import Progress
from labkit.lessons.verdicts import Verdict

MISBEHAVIOUR = {
    "raises": "def {name}(*args):\n    raise RuntimeError('I give up')\n",
    "exits": "def {name}(*args):\n    raise SystemExit('I leave')\n",
    "kills itself": "def {name}(*args):\n    import os\n    os._exit(0)\n",
    "loops": "def {name}(*args):\n    while True:\n        print('still here')\n",
    "waits for ever": "def {name}(*args):\n    import threading\n    threading.Event().wait()\n",
    "eats all memory": "def {name}(*args):\n    eaten = [0]\n    while True:\n        eaten += eaten\n",
    "returns something strange": "def {name}(*args):\n    return Ellipsis\n",
    "wrecks its place": (
        "def {name}(zk, *args):\n"
        "    for child in zk.get_children('/'):\n"
        "        zk.delete('/' + child, recursive=True)\n"
        "    zk.delete('/')\n"
    ),
    "leaves its client closed": "def {name}(zk, *args):\n    zk.stop()\n    zk.close()\n",
}
KINDS = {
    "raises": {"raised"},
    "exits": {"raised"},
    "kills itself": {"ended"},
    "loops": {"late"},
    "waits for ever": {"late"},
    "eats all memory": {"raised", "late", "ended"},  # whichever limit it meets first
    "returns something strange": {"type", "wrong"},
    "wrecks its place": {"wrecked", "wrong"},
    "leaves its client closed": {"type", "wrong"},
}


def items(*kinds: type) -> list[Any]:
    found = [(lesson, item) for lesson in plans() for item in lesson.items().values() if isinstance(item, kinds)]
    return [pytest.param(pair, id=f"{pair[0].number}-{pair[1].id}") for pair in found]


def answers(kind: type, given: Callable[[Any], list[str]]) -> list[Any]:
    """One parameter for each exercise and each of its answers."""
    pairs = [p.values[0] for p in items(kind)]
    return [
        pytest.param((lesson, item), answer, id=f"{lesson.number}-{item.id}-{answer}")
        for lesson, item in pairs
        for answer in given(item)
    ]


def function(text: str, name: str) -> Callable[..., Any]:
    """The function that a cell with this text would define."""
    file = f"<answer {hash(text)}>"
    linecache.cache[file] = (1, None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), scope)
    made: Callable[..., Any] = scope[name]
    return made


@pytest.fixture(scope="module")
def labs() -> Iterator[Callable[[str], tuple[Lab, Evidence]]]:
    """One lab for each era, with two brokers, for everything that must leave it as it was."""
    there: dict[str, tuple[Lab, Evidence]] = {}

    def lab(era: str) -> tuple[Lab, Evidence]:
        if era not in there:
            made = Lab(era=era)
            there[era] = (made, Evidence(made))
            made.start_brokers([1, 2])
        return there[era]

    yield lab
    for lab_, _ in there.values():
        lab_.close()


Labs = Callable[[str], tuple[Lab, Evidence]]
Pair = tuple[LessonPlan, Any]


def judge(labs: Labs, lesson: LessonPlan, exercise: Exercise, answer: Any) -> Verdict:
    """The verdict; and whatever the answer did, the lab is as it was."""
    lab, evidence = labs(lesson.era)
    before = lab.tree.snapshot()
    verdict = Check(exercise, lesson.number, evidence, Progress(None)).answer(answer)
    assert lab.tree.snapshot() == before
    assert all(process.state == "running" for process in lab.processes.values())
    assert lab.wait_until(lambda: True, "no thread has reported an error")
    assert verdict.why
    return verdict


def pattern(says: str) -> str:
    """A sentence with its fields left open."""
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(says))


# --- functions


@pytest.mark.parametrize("pair", items(Code))
def test_the_reference_passes(labs: Labs, pair: Pair) -> None:
    lesson, exercise = pair
    verdict = judge(labs, lesson, exercise, function(exercise.reference, exercise.function))
    assert verdict.right, verdict


@pytest.mark.parametrize(("pair", "name"), answers(Code, lambda item: [wrong.name for wrong in item.wrong]))
def test_a_wrong_answer_provokes_its_own_sentence(labs: Labs, pair: Pair, name: str) -> None:
    lesson, exercise = pair
    wrong = next(wrong for wrong in exercise.wrong if wrong.name == name)
    verdict = judge(labs, lesson, exercise, function(wrong.answer, exercise.function))
    assert (verdict.kind, verdict.name, verdict.belief) == ("wrong", name, wrong.belief), verdict
    assert re.fullmatch(pattern(wrong.says), verdict.why)
    assert verdict.moment, "the moment in the learner's own lab that contradicts it"


@pytest.mark.parametrize("pair", items(Code))
def test_the_untouched_starter_is_refused_kindly(labs: Labs, pair: Pair) -> None:
    lesson, exercise = pair
    assert judge(labs, lesson, exercise, function(exercise.starter, exercise.function)).kind == "starter"
    commented = exercise.starter.replace("...", "# hm\n    ...")
    assert judge(labs, lesson, exercise, function(commented, exercise.function)).kind == "starter"


@pytest.mark.parametrize("answer", [None, 3, "def f(): pass", print, Lab])
@pytest.mark.parametrize("pair", items(Code))
def test_what_is_no_function_is_refused_kindly(labs: Labs, pair: Pair, answer: Any) -> None:
    lesson, exercise = pair
    assert judge(labs, lesson, exercise, answer).kind == "misfit"


@pytest.mark.parametrize("pair", items(Code))
def test_a_function_with_other_parameters_is_refused_kindly(labs: Labs, pair: Pair) -> None:
    lesson, exercise = pair
    verdict = judge(labs, lesson, exercise, function("def f(only_one): pass", "f"))
    assert verdict.kind == "misfit"
    assert "only_one" in verdict.why


@pytest.mark.parametrize("how", MISBEHAVIOUR)
@pytest.mark.parametrize("pair", items(Code))
def test_an_answer_that_misbehaves_is_reported_and_harms_nothing(labs: Labs, pair: Pair, how: str) -> None:
    lesson, exercise = pair
    text = MISBEHAVIOUR[how].format(name=exercise.function)
    verdict = judge(labs, lesson, replace(exercise, limit=2.0), function(text, exercise.function))
    assert verdict.kind in KINDS[how], verdict
    assert len(verdict.printed) <= 2_000


# --- states of the lab


@pytest.fixture
def fresh() -> Iterator[Callable[[LessonPlan, Exercise], tuple[Lab, Check]]]:
    """A lab where the learner is when the exercise comes, and the check."""
    made: list[Lab] = []

    def at(lesson: LessonPlan, exercise: Exercise) -> tuple[Lab, Check]:
        lab = Lab(era=lesson.era)
        made.append(lab)
        check = Check(exercise, lesson.number, Evidence(lab), Progress(None))
        exercise.scene(lab)
        return lab, check

    yield at
    for lab in made:
        lab.close()


@pytest.mark.parametrize(
    ("pair", "name"), answers(State, lambda item: ["starter", "reference", *(wrong.name for wrong in item.wrong)])
)
def test_a_state_of_the_lab_is_judged(fresh: Any, pair: Pair, name: str) -> None:
    lesson, exercise = pair
    texts = {"starter": exercise.starter, "reference": exercise.reference}
    texts |= {wrong.name: wrong.answer for wrong in exercise.wrong}
    lab, check = fresh(lesson, exercise)
    exec(texts[name], {"lab": lab, "__name__": "__main__"})
    verdict = check.answer()
    if name in ("starter", "reference"):
        assert verdict.right == (name == "reference"), verdict
        return
    wrong = next(wrong for wrong in exercise.wrong if wrong.name == name)
    assert (verdict.name, verdict.belief) == (name, wrong.belief), verdict
    assert re.fullmatch(pattern(wrong.says), verdict.why)
    assert verdict.moment


# --- choices


@pytest.mark.parametrize("pair", items(PickOne))
def test_each_option_of_a_choice_gets_its_own_answer(fresh: Any, pair: Pair) -> None:
    lesson, exercise = pair
    _, check = fresh(lesson, exercise)
    for key, option in exercise.options.items():
        verdict = check.answer(key)
        assert verdict.right == (key == exercise.right)
        assert (verdict.why, verdict.belief) == (option.says, option.belief)
        assert verdict.moment or exercise.recall, f"{key}: after its scene the lab has shown it"


@pytest.mark.parametrize("pair", items(PickOne))
def test_a_choice_says_how_to_see_what_the_lab_has_not_shown(labs: Labs, pair: Pair) -> None:
    lesson, exercise = pair
    verdicts = [judge(labs, lesson, exercise, key) for key in exercise.options if key != exercise.right]
    assert all(verdict.moment or verdict.remark or exercise.recall for verdict in verdicts)
