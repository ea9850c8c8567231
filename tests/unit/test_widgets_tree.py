"""What TreeWidget passes on, without a browser: merging, throttling, order, errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labkit.widgets import tree as module
from labkit.widgets.tree import Allowance, Feed, TreeWidget, merge


def delta(seq: int, **parts: Any) -> dict[str, Any]:
    return {"seq": seq, "set": {}, "gone": [], "sessions": {}, "watches": {}} | parts


class FakeSource:
    """A tree of one lab that never was."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"seq": 1, "root": "/lab", "note": "", "znodes": {}, "sessions": {}, "watches": {}}
        self.listener: Callable[[dict[str, Any]], None] | None = None
        self.errors: list[Exception] = []

    def view(self) -> dict[str, Any]:
        return dict(self.state)

    def subscribe(self, listener: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        self.listener = listener
        return self.unsubscribe

    def unsubscribe(self) -> None:
        self.listener = None

    def report(self, error: Exception) -> None:
        self.errors.append(error)


class Sent:
    """Collects messages; `wait(n)` blocks until there are n."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._more = threading.Condition()

    def __call__(self, message: dict[str, Any], buffers: Any = None) -> None:
        with self._more:
            self.messages.append(message)
            self._more.notify_all()

    def wait(self, number: int) -> list[dict[str, Any]]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.messages) >= number, timeout=10), self.messages
        return self.messages


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def feed(source: FakeSource, sent: Sent) -> Iterator[Feed]:
    feed = Feed(source.view, sent, source.report)
    feed.start(set())
    yield feed
    feed.close()
    assert not source.errors


def test_merging_two_deltas_keeps_the_last_word() -> None:
    first = delta(5, set={"/a": 1, "/b": 1}, gone=["/c"], sessions={"0x1": None}, watches={"/a": [1]}, note="x")
    second = delta(6, set={"/c": 2}, gone=["/b", "/d"], watches={"/a": []})
    assert merge(first, second) == {
        "base": 4,
        "seq": 6,
        "set": {"/a": 1, "/c": 2},
        "gone": ["/b", "/d"],
        "sessions": {"0x1": None},
        "watches": {"/a": []},
        "note": "x",
    }
    assert merge(merge(first, second), delta(7))["base"] == 4


def test_a_first_delta_goes_out_at_once(feed: Feed, sent: Sent) -> None:
    feed.push(delta(2, set={"/a": {}}))
    message = sent.wait(1)[0]
    assert message["type"] == "delta"
    assert message["seq"] == 2
    assert message["set"] == {"/a": {}}


def test_a_flood_is_merged_and_its_last_state_arrives(feed: Feed, sent: Sent) -> None:
    for seq in range(2, 2002):
        feed.push(delta(seq, set={f"/{seq % 500}": {"version": seq}}))
    feed.close()
    last = sent.messages[-1]
    assert last["seq"] == 2001
    assert len(sent.messages) < 40
    state: dict[str, Any] = {}
    expected_base = 1
    for message in sent.messages:
        assert message.get("base", message["seq"] - 1) == expected_base
        expected_base = message["seq"]
        state |= message["set"]
    assert state == {f"/{seq % 500}": {"version": seq} for seq in range(1502, 2002)}


@pytest.mark.parametrize("rate", [module.RATE_SMALL, module.RATE_BIG])
def test_in_the_long_run_the_rate_holds(rate: float) -> None:
    allowance, now, times = Allowance(), 0.0, []
    allowance._at = now
    while now < 10:
        now += allowance.wait(rate, now)
        allowance.wait(rate, now)
        allowance.spend()
        times.append(now)
    assert len([at for at in times if at < 0.001]) == module.BURST
    assert len([at for at in times if 5 < at <= 6]) <= rate + 1


def test_a_question_is_answered_with_the_full_state_in_order(feed: Feed, source: FakeSource, sent: Sent) -> None:
    source.state |= {"seq": 9, "znodes": {"/a": {}}}
    feed.push(delta(9, set={"/a": {}}))
    sent.wait(1)
    feed.ask()
    assert sent.wait(2)[1]["type"] == "full"
    assert sent.messages[1]["seq"] == 9
    feed.push(delta(10))
    assert sent.wait(3)[2]["seq"] == 10


def test_time_left_shrinks_while_a_delta_waits(source: FakeSource, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    feed = Feed(source.view, sent, source.report)
    feed.push(delta(2, sessions={"0x1": {"state": "silent", "left": 1.5}, "0x2": {"left": None}, "0x3": None}))
    clock[0] += 0.4
    feed.start(set())
    feed.close()
    sessions = sent.messages[0]["sessions"]
    assert sessions["0x1"]["left"] == pytest.approx(1.1)
    assert "due" not in sessions["0x1"]
    assert sessions["0x2"] == {"left": None}
    assert sessions["0x3"] is None


def test_an_error_is_reported_and_the_feed_lives_on(source: FakeSource, sent: Sent) -> None:
    def fail() -> dict[str, Any]:
        raise OSError("no view")

    feed = Feed(fail, sent, source.report)
    feed.start(set())
    feed.ask()
    feed.push(delta(2))
    sent.wait(1)
    feed.close()
    assert [str(error) for error in source.errors] == ["no view"] * len(source.errors)
    assert source.errors


def test_after_close_nothing_runs_and_questions_are_still_answered(feed: Feed, sent: Sent) -> None:
    feed.close()
    feed.push(delta(2))
    feed.ask()
    assert [message["type"] for message in sent.messages] == ["full"]
    assert "labkit-tree-feed" not in [t.name for t in threading.enumerate() if t is feed._thread]
    feed.close()


def test_the_full_trait_is_read_anew_at_every_question(source: FakeSource) -> None:
    widget = TreeWidget(source)
    source.state |= {"seq": 2, "znodes": {"/a": {"value": "1", "owner": None, "cut": False}}}
    assert widget.get_state("full")["full"]["seq"] == 2
    assert widget.full is None
    assert "└─ a = 1" in widget._repr_mimebundle_()[0]["text/plain"]
    widget.close()
    assert source.listener is None


def test_the_widget_answers_hello_and_passes_deltas_on(
    source: FakeSource, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TreeWidget, "send", lambda self, content, buffers=None: sent(content))
    widget = TreeWidget(source)
    assert source.listener is not None
    source.listener(delta(2))
    sent.wait(1)
    widget._handle_custom_msg({"type": "hello"}, [])
    assert sent.wait(2)[1]["type"] == "full"
    widget.stop()
    assert source.listener is None
    widget.close()
