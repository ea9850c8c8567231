"""Answers to lesson 01 that are right in another way than the author's, and some that are wrong in another way."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from labkit import Lab
from labkit.lessons.check import Check
from labkit.lessons.evidence import Evidence
from labkit.lessons.plan import Code, plan
from labkit.lessons.progress import Progress
from labkit.lessons.verdicts import Verdict

CALLS_BACK = """
    def follow(zk, path, show):
        import threading
        closed = threading.Event()
        def look(event=None):
            data, _ = zk.get(path, watch=look)
            show(data)
            if data == b"closed":
                closed.set()
        look()
        closed.wait()
"""
CLEARS_FIRST = """
    def follow(zk, path, show):
        import threading
        changed, data = threading.Event(), b""
        while data != b"closed":
            changed.clear()
            data = zk.get(path, watch=lambda event: changed.set())[0]
            show(data)
            if data != b"closed":
                changed.wait()
"""
ASKS_AGAIN_AND_AGAIN = """
    def follow(zk, path, show):
        last = None
        while last != b"closed":
            data, _ = zk.get(path)
            if data != last:
                show(data)
            last = data
"""
NEVER_RETURNS = """
    def follow(zk, path, show):
        import threading
        while True:
            changed = threading.Event()
            data, _ = zk.get(path, watch=lambda event, changed=changed: changed.set())
            show(data)
            changed.wait()
"""
CALLS_ITSELF = """
    def update(zk, path, change):
        from kazoo.exceptions import BadVersionError
        data, stat = zk.get(path)
        try:
            zk.set(path, change(data), version=stat.version)
        except BadVersionError:
            update(zk, path, change)
"""
KEEPS_THE_OLD_VALUE = """
    def update(zk, path, change):
        from kazoo.exceptions import BadVersionError
        data, stat = zk.get(path)
        new = change(data)
        while True:
            try:
                return zk.set(path, new, version=stat.version)
            except BadVersionError:
                stat = zk.exists(path)
"""
MAKES_THE_PATH = """
    def take_ticket(zk, name):
        return zk.create("/members/" + name + "-", b"", ephemeral=True, sequence=True, makepath=True)
"""
TAKES_ONE_MORE_THAN_THE_HIGHEST = """
    def take_ticket(zk, name):
        zk.ensure_path("/members")
        taken = [int(child[-10:]) for child in zk.get_children("/members")]
        return zk.create(f"/members/{name}-{max(taken, default=-1) + 1:010d}", ephemeral=True)
"""
READS_THE_CLOCK = """
    def take_ticket(zk, name):
        import time
        zk.ensure_path("/members")
        return zk.create(f"/members/{name}-{int(time.time() * 1000) % 10**10:010d}", ephemeral=True)
"""
RETURNS_WHAT_IT_ASKED_FOR = """
    def take_ticket(zk, name):
        zk.ensure_path("/members")
        zk.create(f"/members/{name}-", ephemeral=True, sequence=True)
        return f"/members/{name}-"
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[tuple[Lab, Evidence]]:
    with Lab(era="0.7") as lab:
        yield lab, Evidence(lab)


def judged(lab: tuple[Lab, Evidence], id_: str, text: str) -> Verdict:
    exercise = plan("01").items()[id_]
    assert isinstance(exercise, Code)
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(text), scope)
    return Check(exercise, "01", lab[1], Progress(None)).answer(scope[exercise.function])


@pytest.mark.parametrize(
    ("id_", "text"),
    [("follow", CALLS_BACK), ("follow", CLEARS_FIRST), ("update", CALLS_ITSELF), ("ticket", MAKES_THE_PATH)],
    ids=["calls back", "clears first", "calls itself", "makes the path"],
)
def test_other_ways_are_right(lab: tuple[Lab, Evidence], id_: str, text: str) -> None:
    verdict = judged(lab, id_, text)
    assert verdict.right, verdict


@pytest.mark.parametrize(
    ("id_", "text", "says"),
    [
        ("follow", ASKS_AGAIN_AND_AGAIN, "without any watch"),
        ("follow", NEVER_RETURNS, "does not return"),
        ("update", KEEPS_THE_OLD_VALUE, "wrote over"),
        ("ticket", TAKES_ONE_MORE_THAN_THE_HIGHEST, "worked the number out yourself"),
        ("ticket", READS_THE_CLOCK, "worked the number out yourself"),
        ("ticket", RETURNS_WHAT_IT_ASKED_FOR, "no such znode"),
    ],
    ids=[
        "asks again and again",
        "never returns",
        "keeps the old value",
        "takes one more than the highest",
        "reads the clock",
        "returns what it asked for",
    ],
)
def test_what_is_not_right_is_told(lab: tuple[Lab, Evidence], id_: str, text: str, says: str) -> None:
    verdict = judged(lab, id_, text)
    assert verdict.kind == "wrong"
    assert says in verdict.why
