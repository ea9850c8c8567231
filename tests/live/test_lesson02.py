"""What lesson 02 alone has: a clean-up that may be tried again, and a broker by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labkit import Lab, LabError
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.lesson02.by_hand import ask, start_by_hand
from labkit.lessons.lesson02.revive import FROZEN, REVIVE
from labkit.lessons.lesson02.silent import SILENT
from labkit.lessons.lesson02.stay import STAY
from labkit.lessons.progress import Progress
from tests.live.test_exercises import function

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


# --- a registration that stays

HEAD = """
def stay(zk, broker_id, host, port):
    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
    zk.create(path, value, ephemeral=True, makepath=True)

    def again():
        zk.delete(path)
        zk.create(path, value, ephemeral=True)

    def told(state):
        print("told", state)
"""
ON_LOST = "        if state == 'LOST':\n            zk.create(path, value, ephemeral=True)\n"
DELETES = "        if state == 'CONNECTED':\n            zk.handler.spawn(again)\n"


@pytest.mark.parametrize(
    ("body", "error", "line"), [(ON_LOST, "SessionExpiredError", "zk.create("), (DELETES, "NoNodeError", "zk.delete(")]
)
def test_an_error_in_a_listener_or_its_thread_is_shown_and_no_belief_is_blamed(
    lab07: Lab, body: str, error: str, line: str
) -> None:
    check = Check(STAY, "02", Evidence(lab07), Progress(None))
    verdict = check.answer(function(HEAD + body + "\n    zk.add_listener(told)\n", "stay"))
    assert (verdict.kind, verdict.name, verdict.belief) == ("wrong", "", "")
    assert "did something, but that failed" in verdict.why
    assert error in verdict.remark
    assert line in verdict.remark
    assert "told LOST\ntold CONNECTED\n" in verdict.printed


def test_what_a_function_printed_is_shown_with_every_verdict(lab07: Lab) -> None:
    check = Check(STAY, "02", Evidence(lab07), Progress(None))
    text = STAY.reference.replace("states = []", "states = []\n    print('here I am')")
    verdict = check.answer(function(text, "stay"))
    assert verdict.right
    assert "here I am" in verdict.printed
    assert not verdict.remark


# --- who does not answer


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        ("if not ask(port):", "'silence'"),
        ("if ask(port) is None:", "'refused'"),
        ("if ask(int(broker_id)) == 'refused':", "You asked at 2, 3, 9"),
    ],
)
def test_who_asked_and_misread_the_answer_is_not_told_that_he_trusts_the_list(lab07: Lab, asks: str, says: str) -> None:
    check = Check(SILENT, "02", Evidence(lab07), Progress(None))
    text = SILENT.reference.replace('if ask(port) in ("refused", "silence"):', asks)
    assert asks in text
    verdict = check.answer(function(text, "silent"))
    assert (verdict.kind, verdict.belief) == ("wrong", "")
    assert says in verdict.why


def test_a_broker_by_hand_that_is_started_again_takes_the_place_of_the_first(lab07: Lab) -> None:
    first = start_by_hand(lab07, 8)
    second = start_by_hand(lab07, 8)
    assert ask(second.port) == "I heard hello"
    assert ask(first.port) == "refused"
    assert lab07.tree.snapshot()["/brokers/ids/8"].ephemeral_owner == second.session_id
    with pytest.raises(LabError, match="by-hand-8 is dead"):
        first.pause()
