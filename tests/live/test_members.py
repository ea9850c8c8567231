"""Members of a list: real processes that run what a learner wrote, and the poller that asks for them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from labkit import Lab, LabError
from labkit.lessons.members import listed, poll, start_members

ROOT = "/members"


def join(zk: Any, name: str) -> None:
    zk.ensure_path(ROOT)
    zk.create(f"{ROOT}/{name}")


def join_for_now(zk: Any, name: str) -> None:
    zk.ensure_path(ROOT)
    zk.create(f"{ROOT}/{name}", ephemeral=True)


def beat(zk: Any, name: str) -> None:
    zk.set(f"{ROOT}/{name}", b"")


def present(zk: Any) -> list[str]:
    return list(zk.get_children(ROOT))


def test_members_are_processes_of_the_lab_with_sessions_of_their_own(lab07: Lab) -> None:
    ann, bob = start_members(lab07, ["ann", "bob"], join_for_now)
    assert lab07["ann"] is ann
    assert ann.pid != bob.pid
    owners = [lab07.tree.snapshot()[f"{ROOT}/{member.name}"].ephemeral_owner for member in (ann, bob)]
    assert owners == [ann.session_id, bob.session_id]
    ann.kill()
    lab07.wait_until(lambda: present(lab07.zk) == ["bob"], "the session of ann times out", 20)
    ann.restart()
    assert sorted(present(lab07.zk)) == ["ann", "bob"]


def test_a_member_beats_until_it_dies(lab07: Lab) -> None:
    (ann,) = start_members(lab07, ["ann"], join, beat)

    def version() -> int:
        return lab07.tree.snapshot()[f"{ROOT}/ann"].version

    lab07.wait_until(lambda: version() > 2, "ann has beaten some times", 20)
    ann.kill()
    last = version()
    poll(lab07, present, 1.0)
    assert version() == last


def test_a_member_does_not_join_again_when_its_session_is_over(lab07: Lab) -> None:
    (ann,) = start_members(lab07, ["ann"], join_for_now)
    old = ann.session_id
    ann.expire()
    lab07.wait_until(lambda: ann.session_id != old, "ann has a new session", 20)
    assert present(lab07.zk) == []
    assert ann.state == "running"


def test_the_same_names_again_end_those_that_run(lab07: Lab) -> None:
    (first,) = start_members(lab07, ["ann"], join_for_now)
    (second,) = start_members(lab07, ["ann"], join_for_now)
    assert (first.state, second.state) == ("stopped", "running")
    assert present(lab07.zk) == ["ann"]


def test_a_join_that_raises_is_told_with_its_line(lab07: Lab) -> None:
    (bob,) = start_members(lab07, ["bob"], join)
    bob.kill()
    with pytest.raises(LabError, match=r"bob did not join: join\(\) raised .*NodeExistsError.*zk\.create"):
        bob.restart()
    assert bob.state == "dead"
    assert lab07.tree.sessions.get(bob.session_id or 0).state == "gone"  # it said goodbye before it went


def test_a_beat_that_raises_is_told(lab07: Lab) -> None:
    def trips(zk: Any, name: str) -> None:
        data, _ = zk.get(f"{ROOT}/{name}")
        zk.set(f"{ROOT}/{name}", data + b"x")
        if data:
            raise ValueError("enough")

    start_members(lab07, ["ann"], join, trips)
    with pytest.raises(LabError, match="enough"):
        lab07.wait_until(lambda: False, "the second beat raises", 20)


@pytest.mark.parametrize("names", ["ann", [""], [3]])
def test_names_that_are_none_are_refused(lab07: Lab, names: Any) -> None:
    with pytest.raises(LabError, match="list of names"):
        start_members(lab07, names, join)
    assert list(lab07.processes) == ["zookeeper-1"]


def test_the_poller_prints_and_traces_what_it_was_told(lab07: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    _, bob = start_members(lab07, ["ann", "bob"], join)
    before = time.time()
    assert listed(lab07.recorder.events, before) is None
    bob.kill()
    said = poll(lab07, present, 0.5)
    assert said == [(0.0, ["ann", "bob"]), (0.5, ["ann", "bob"])]
    assert capsys.readouterr().out.splitlines()[-1].split(maxsplit=2)[2] == "ann, bob (dead)"
    assert listed(lab07.recorder.events, before) == ["ann", "bob"]
