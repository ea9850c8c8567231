"""ControlsWidget and the dashboard without a browser: threads, refusals, errors, traits."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from labkit.widgets import ControlsWidget, Dashboard, TreeWidget


def process(name: str, *verbs: str, state: str = "running") -> dict[str, Any]:
    return {
        "name": name, "role": "broker", "state": state, "pid": 1, "session": "live", "verbs": list(verbs), "detail": "",
    }  # fmt: skip


def pressed(controls: ControlsWidget, name: str, verb: str) -> None:
    thread = controls.press(name, verb)
    assert thread is not None, controls.line
    thread.join(10)


def test_a_verb_runs_in_a_thread_of_its_own() -> None:
    calls = []
    controls = ControlsWidget(lambda name, verb: calls.append((name, verb, threading.current_thread().name)))
    controls.processes = [process("broker-1", "kill")]
    pressed(controls, "broker-1", "kill")
    assert calls == [("broker-1", "kill", "labkit-kill-broker-1")]
    assert controls.busy == {}


def test_one_verb_at_a_time_for_a_process_and_others_go_on() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done = []

    def act(name: str, verb: str) -> None:
        if name == "broker-1":
            begun.set()
            go_on.wait(10)
        done.append((name, verb))

    controls = ControlsWidget(act)
    controls.processes = [process("broker-1", "stop", "kill"), process("broker-2", "kill")]
    first = controls.press("broker-1", "stop")
    assert begun.wait(10)
    assert controls.busy == {"broker-1": "stop"}
    assert controls.press("broker-1", "kill") is None
    assert controls.line == "broker-1: stop is still under way; wait for it, then kill"
    pressed(controls, "broker-2", "kill")
    go_on.set()
    assert first is not None
    first.join(10)
    assert done == [("broker-2", "kill"), ("broker-1", "stop")]


@pytest.mark.parametrize(
    ("name", "verb", "said"),
    [
        ("broker-9", "kill", "there is no process 'broker-9'; there are: broker-1"),
        ("broker-1", "dance", "broker-1 is dead: 'dance' makes no sense now; restart would"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(name: str, verb: str, said: str) -> None:
    controls = ControlsWidget(lambda *_: pytest.fail("must not run"))
    controls.processes = [process("broker-1", "restart", state="dead")]
    assert controls.press(name, verb) is None
    assert (controls.line, controls.line_kind) == (said, "error")


def test_the_error_of_a_verb_is_said() -> None:
    def fail(name: str, verb: str) -> None:
        raise RuntimeError("port 9092 is taken")

    controls = ControlsWidget(fail)
    controls.processes = [process("broker-1", "restart")]
    pressed(controls, "broker-1", "restart")
    assert (controls.line, controls.line_kind) == ("restart broker-1: port 9092 is taken", "error")
    assert controls.busy == {}
    controls.say("all is well")
    assert (controls.line, controls.line_kind) == ("all is well", "info")


def test_the_message_of_a_click_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    ran = threading.Event()
    monkeypatch.setattr(ControlsWidget, "send", lambda self, content, buffers=None: sent.append(content))
    controls = ControlsWidget(lambda *_: ran.set())
    controls.processes = [process("broker-1", "kill")]
    controls._handle_custom_msg({"type": "verb", "process": "broker-1", "verb": "kill"}, [])
    assert ran.wait(10)
    assert sent == [{"type": "ack", "process": "broker-1", "verb": "kill"}]


def test_traits_may_be_set_from_many_threads_and_the_last_value_is_sent_last(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(ControlsWidget, "_send", lambda self, message, buffers=None: sent.append(message["state"]))
    controls = ControlsWidget(lambda *_: None)

    def write(thread: int) -> None:
        for number in range(200):
            controls.line = f"{thread} {number}"

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent[-1]["line"] == controls.line


def test_the_dashboard_holds_both_and_has_a_text_form() -> None:
    class Source:
        def view(self) -> dict[str, Any]:
            return {"seq": 1, "root": "/lab", "note": "", "znodes": {}, "sessions": {}, "watches": {}}

        def subscribe(self, listener: Any) -> Any:
            return lambda: None

    controls = ControlsWidget(lambda *_: None)
    controls.processes = [process("broker-1", "kill")]
    dashboard = Dashboard(TreeWidget(Source()), controls)
    text = dashboard._repr_mimebundle_()["text/plain"]
    assert "/lab\n   (no znodes yet)" in text
    assert "●  broker-1  running" in text
    dashboard.close()
