"""What every lesson's plan keeps to, read off the plans themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from labkit import LabError
from labkit.lessons import table
from labkit.lessons.misconceptions import BELIEFS, belief
from labkit.lessons.plan import Code, Exercise, LessonPlan, PickOne, Prediction, State, Wrong, plan, plans
from labkit.lessons.prose import code, prose

ROOT = Path(__file__).parents[2]


def items(*kinds: type) -> list[Any]:
    found = [(f"{lesson.number}-{id_}", item) for lesson in plans() for id_, item in lesson.items().items()]
    return [pytest.param(item, id=name) for name, item in found if isinstance(item, kinds)]


def test_the_misconceptions_are_numbered_without_a_gap() -> None:
    assert list(BELIEFS) == [f"M{number}" for number in range(1, 39)]
    assert len(set(BELIEFS.values())) == 38
    with pytest.raises(LabError, match="M1 to M38"):
        belief("M39")


def test_a_lesson_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(LabError, match="'00'"):
        plan("77")


def test_two_items_with_one_id_are_refused() -> None:
    twice = [Prediction(id="kill", prompt="?", questions=[])] * 2
    with pytest.raises(LabError, match="the id 'kill'"):
        LessonPlan(number="99", title="none", predictions=twice)


@pytest.mark.parametrize("item", items(Prediction, Exercise))
def test_every_belief_is_a_misconception(item: Prediction | Exercise) -> None:
    assert item.prompt
    assert item.beliefs() <= BELIEFS.keys()


@pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.number) for lesson in plans()])
def test_exercises_have_three_hints(lesson: LessonPlan) -> None:
    for exercise in lesson.exercises:
        assert len(exercise.hints) == 3
        assert len(set(exercise.hints)) == 3


@pytest.mark.parametrize("exercise", items(Code, State))
def test_each_wrong_answer_has_a_sentence_of_its_own(exercise: Code | State) -> None:
    assert len(exercise.wrong) >= 3
    for attribute in ("name", "says", "answer"):
        assert len({getattr(wrong, attribute) for wrong in exercise.wrong}) == len(exercise.wrong)
    assert {wrong.belief for wrong in exercise.wrong} - {""} == exercise.beliefs() <= BELIEFS.keys()


@pytest.mark.parametrize("exercise", items(Code))
def test_starter_and_reference_define_the_same_function(exercise: Code) -> None:
    def first_line(text: str) -> str:
        (function,) = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        return f"{function.name}({ast.unparse(function.args)})"

    assert first_line(exercise.starter) == first_line(exercise.reference)
    assert "# your lines here" in exercise.starter


@pytest.mark.parametrize("exercise", items(PickOne))
def test_a_choice_has_one_right_option_and_three_that_people_believe(exercise: PickOne) -> None:
    right = [key for key, option in exercise.options.items() if not option.belief]
    assert right == [exercise.right]
    assert len(exercise.options) >= 4
    assert len({option.says for option in exercise.options.values()}) == len(exercise.options)
    if exercise.recall:
        number, id_ = exercise.recall
        assert isinstance(plan(number).items()[id_], Prediction)
    else:
        assert exercise.try_it


@pytest.mark.parametrize("prediction", items(Prediction))
def test_what_a_prediction_expects_can_be_answered(prediction: Prediction) -> None:
    assert prediction.questions
    for question in prediction.questions:
        assert question.right(question.read(question.expected), question.expected)
        assert question.said(question.expected)
    assert bool(prediction.why) == bool(prediction.model)


def test_the_table_of_misconceptions_is_that_of_the_lessons() -> None:
    document = (ROOT / "docs" / "misconceptions.md").read_text(encoding="utf-8")
    assert document == table.table(), "./lab python -m labkit.lessons.table docs/misconceptions.md"


def test_every_place_in_the_table_can_really_point_there() -> None:
    for number, places in table.met().items():
        for place in places:
            lesson, id_ = re.fullmatch(r"(\d\d) [\w-]+ `(.+)`", place).groups()
            assert number in plan(lesson).items()[id_].beliefs()


def test_authors_may_indent_and_wrap() -> None:
    assert prose("\n    One line\n    of prose.\n\n        code(1)\n        code(2)\n\n    More.\n") == (
        "One line of prose.\n\n    code(1)\n    code(2)\n\nMore."
    )
    assert code("\n        def f():\n            return 1\n    ") == "def f():\n    return 1\n"
    wrong = Wrong(name="n", belief="M1", says="a\n   b", answer="   x = 1")
    assert (wrong.says, wrong.answer) == ("a b", "x = 1\n")
