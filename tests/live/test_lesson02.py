"""What lesson 02 alone has: a clean-up that may be tried again, and a broker by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labkit import Lab
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.lesson02.revive import FROZEN, REVIVE
from labkit.lessons.progress import Progress

PATH = "/brokers/ids/3"


@pytest.fixture
def clean_up(lab07: Lab) -> Check:
    check = Check(REVIVE, "02", Evidence(lab07), Progress(None))
    REVIVE.scene(lab07)
    return check


def freeze(lab: Lab) -> None:
    lab[FROZEN].pause()
    lab.wait_until(lambda: PATH not in lab.tree.snapshot(), "its session is over")


def restart(lab: Lab) -> None:
    lab[FROZEN].restart()


def kill_and_restart(lab: Lab) -> None:
    lab[FROZEN].kill()
    lab[FROZEN].restart()


@pytest.mark.parametrize("wrongly", [restart, kill_and_restart])
def test_whoever_restarted_the_frozen_one_may_freeze_it_again(
    lab07: Lab, clean_up: Check, wrongly: Callable[[Lab], None]
) -> None:
    for name in ("broker-1", "broker-2"):
        lab07[name].restart()
    wrongly(lab07)
    verdict = clean_up.answer()
    assert verdict.name == "restarted"
    assert verdict.moment
    assert "was over" in verdict.moment.text
    lab07[FROZEN].resume()
    assert clean_up.answer().name == "restarted"  # nothing is mended by that
    freeze(lab07)
    assert "still frozen" in clean_up.answer().why
    lab07[FROZEN].resume()
    assert clean_up.answer().right


def test_whoever_thaws_it_need_not_wait_for_its_registration(lab07: Lab, clean_up: Check) -> None:
    for name in ("broker-1", "broker-2"):
        lab07[name].restart()
    lab07[FROZEN].resume()
    assert clean_up.answer().right


def test_each_new_attempt_at_the_state_of_the_lab_opens_the_next_hint(lab07: Lab, clean_up: Check) -> None:
    clean_up.answer()
    for hint in REVIVE.hints:
        assert clean_up.hint() == hint
        lab07["broker-1"].restart()
        clean_up.answer()
    assert clean_up.view()["next"] == "reveal"
    clean_up.reveal()
    assert clean_up.shown
