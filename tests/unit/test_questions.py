"""The questions of a forecast: what is taken for an answer, when it is right, what a wrong one points to."""

from __future__ import annotations

from typing import Any

import pytest

from labkit import LabError
from labkit.lessons.questions import Choice, Number, Pick, Several

COMMON: dict[str, Any] = {"id": "q", "text": "?", "truth": lambda run: None}
SECONDS = Number(**COMMON, expected=2.0, tolerance=0.5, points_to={"M1": lambda guess, truth: guess < truth / 3})
ONE = Choice(**COMMON, expected="goes", options={"stays": Pick("it stays", belief="M5"), "goes": Pick("it goes")})
SOME = Several(
    **COMMON,
    expected=["a"],
    options={"a": Pick("the child", left_out="M1"), "b": Pick("the parent", belief="M8"), "c": Pick("nothing")},
)


@pytest.mark.parametrize(("given", "kept"), [(2, 2.0), ("1.5", 1.5), (" 0,5 s ", 0.5), (0, 0.0)])
def test_a_number_is_read_as_people_write_it(given: Any, kept: float) -> None:
    assert SECONDS.read(given) == kept


@pytest.mark.parametrize("given", ["", "soon", None, True, float("nan"), float("inf"), [1], "1e999"])
def test_what_is_no_number_of_seconds_is_refused(given: Any) -> None:
    with pytest.raises(LabError, match="no number of s"):
        SECONDS.read(given)


@pytest.mark.parametrize(("guess", "right", "belief"), [(0.0, False, "M1"), (1.8, True, ""), (5.0, False, "")])
def test_a_number_is_right_within_its_tolerance(guess: float, right: bool, belief: str) -> None:
    assert SECONDS.right(guess, 2.0) is right
    assert SECONDS.belief(guess, 2.0) == belief


@pytest.mark.parametrize("question", [ONE, SOME])
@pytest.mark.parametrize("given", ["it stays", None, 3, ["d"]])
def test_what_is_no_option_is_refused_with_those_there_are(question: Any, given: Any) -> None:
    with pytest.raises(LabError, match="give one of '"):
        question.read(given)


def test_a_choice_points_to_the_belief_of_the_wrong_option() -> None:
    assert ONE.belief("stays", "goes") == "M5"
    assert ONE.belief("goes", "goes") == ""
    assert ONE.said("goes") == "it goes"


def test_several_are_kept_sorted_and_none_is_an_answer() -> None:
    assert SOME.read(["b", "a", "b"]) == ["a", "b"]
    assert SOME.read("c") == ["c"]
    assert SOME.read([]) == []
    assert SOME.said([]) == "none of them"


@pytest.mark.parametrize(
    ("guess", "right", "belief"),
    [(["a"], True, ""), (["a", "b"], False, "M8"), ([], False, "M1"), (["a", "c"], False, "")],
)
def test_several_are_right_only_all_together(guess: list[str], right: bool, belief: str) -> None:
    assert SOME.right(guess, ["a"]) is right
    assert SOME.belief(guess, ["a"]) == belief


def test_a_truth_that_is_no_option_is_still_said() -> None:
    assert SOME.said(["a", "/somewhere/else"]) == "the child, /somewhere/else"
    assert ONE.said("neither") == "neither"


def test_a_number_that_is_too_low_is_told_so() -> None:
    with pytest.raises(LabError, match=r"-3 is below 0"):
        Number(id="x", text="?", truth=lambda run: 0, expected=0).read("-3")
