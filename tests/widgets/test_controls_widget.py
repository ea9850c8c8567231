"""The controls in a real Chromium: on the light stage, and in a real JupyterLab while a cell runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

Stage = Callable[..., Any]


def process(name: str, state: str, *verbs: str, session: str = "live") -> dict[str, Any]:
    about = {"name": name, "role": "broker", "state": state, "pid": 4711, "session": session}
    return about | {"verbs": list(verbs), "detail": "127.0.0.1:9092"}


RUNNING = ("pause", "kill", "expire", "stop", "restart")


def traits(*processes: dict[str, Any], line: str = "") -> dict[str, Any]:
    return {"processes": list(processes), "busy": {}, "line": line, "line_kind": "info"}


def button(page: Any, name: str, verb: str) -> Any:
    return page.locator(f'button[data-process="{name}"][data-verb="{verb}"]')


def assign(page: Any, **values: Any) -> None:
    for name, value in values.items():
        page.evaluate("([name, value]) => model.set(name, value)", [name, value])


@pytest.fixture
def controls(stage: Stage) -> Any:
    return stage("controls", traits(process("broker-1", "running", *RUNNING), process("broker-2", "running", *RUNNING)))


def test_a_row_says_state_in_glyph_and_word_and_orders_its_buttons(controls: Any) -> None:
    row = controls.locator('[data-name="broker-1"]')
    expect(row.locator(".lk-state")).to_have_text("●running")
    expect(row).to_contain_text("127.0.0.1:9092 · pid 4711")
    expect(row).to_contain_text("session live")
    expect(row.get_by_role("button")).to_have_text(["kill", "stop", "pause", "restart", "expire"])
    expect(button(controls, "broker-1", "kill")).to_have_attribute("title", re.compile("kill: SIGKILL.*times out"))


def test_a_click_is_sent_once_and_disables_until_python_says_it_is_over(controls: Any) -> None:
    button(controls, "broker-1", "kill").click()
    click = {"type": "verb", "process": "broker-1", "verb": "kill"}
    assert controls.evaluate("model.sent") == [click]
    expect(button(controls, "broker-1", "stop")).to_be_disabled()
    expect(button(controls, "broker-2", "stop")).to_be_enabled()
    button(controls, "broker-1", "stop").click(force=True)
    assert controls.evaluate("model.sent") == [click]
    assign(controls, busy={"broker-1": "kill"})
    controls.evaluate("message => model.deliver(message)", click | {"type": "ack"})
    expect(button(controls, "broker-1", "stop")).to_be_disabled()
    assign(controls, busy={})
    expect(button(controls, "broker-1", "stop")).to_be_enabled()


def test_the_focus_stays_on_its_button_while_rows_change(controls: Any) -> None:
    pause = button(controls, "broker-2", "pause")
    pause.focus()
    assign(controls, processes=[process("broker-0", "running", *RUNNING), process("broker-2", "running", *RUNNING)])
    expect(pause).to_be_focused()
    expect(controls.locator('[data-name="broker-1"]')).to_have_count(0)
    assign(controls, busy={"broker-2": "pause"})
    expect(pause).to_be_focused()
    assign(controls, processes=[process("broker-2", "paused", "kill", "resume", session="silent")], busy={})
    expect(button(controls, "broker-2", "resume")).to_be_focused()  # in the same place, and never kill
    expect(controls.locator(".lk-state")).to_have_text("‖paused")
    expect(controls.locator(".lk-session")).to_have_text("session silent")


def test_buttons_answer_to_the_keyboard(controls: Any) -> None:
    button(controls, "broker-1", "kill").focus()
    controls.keyboard.press("Tab")
    controls.keyboard.press("Enter")
    assert controls.evaluate("model.sent[0].verb") == "stop"


def test_a_verb_keeps_its_place_when_others_go(controls: Any) -> None:
    before = button(controls, "broker-1", "restart").bounding_box()
    assign(controls, processes=[process("broker-1", "dead", "restart"), process("broker-2", "running", *RUNNING)])
    expect(button(controls, "broker-1", "kill")).to_have_count(0)
    assert button(controls, "broker-1", "restart").bounding_box()["x"] == before["x"]


def test_the_line_is_spoken_and_errors_say_so(controls: Any) -> None:
    line = controls.locator(".lk-line")
    expect(line).to_have_attribute("aria-live", "polite")
    assign(controls, line_kind="info", line="broker-1 got SIGKILL")
    expect(line).to_have_text("broker-1 got SIGKILL")
    assign(controls, line_kind="error", line="port 9092 is taken")
    expect(line).to_have_text("Error: port 9092 is taken")


def test_no_processes_and_no_answer_are_said(stage: Stage) -> None:
    page = stage("controls", traits())
    expect(page.locator(".lk-none")).to_be_visible()
    assign(page, processes=[process("broker-1", "running", "kill")])
    expect(page.locator(".lk-none")).to_be_hidden()
    button(page, "broker-1", "kill").click()
    expect(page.locator(".lk-line")).to_contain_text("the kernel does not answer", timeout=6000)
    expect(button(page, "broker-1", "kill")).to_be_enabled()


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_legible_in_both_themes(stage: Stage, dark: bool) -> None:
    from test_tree_widget import CONTRAST

    states = [
        process(f"b-{state}", state, *RUNNING, session="silent") for state in ("running", "paused", "stopped", "dead")
    ]
    page = stage("controls", traits(*states, line="a line") | {"busy": {"b-running": "kill"}}, dark=dark)
    contrasts = page.evaluate(CONTRAST)
    assert min(contrasts.values()) >= 4.5, contrasts
    assign(page, line_kind="error")
    contrasts = page.evaluate(CONTRAST)
    assert min(contrasts.values()) >= 4.5, contrasts


CELLS = [
    """
import threading
from labkit.widgets.controls import ControlsWidget
pressed = threading.Event()
def on_verb(name, verb):
    if verb == "stop":
        raise RuntimeError("it will not stop")
    controls.say(f"{verb} {name}: done in {threading.current_thread().name}")
    pressed.set()
controls = ControlsWidget(on_verb)
controls.processes = [{"name": "broker-1", "role": "broker", "state": "running", "pid": 1, "session": "live",
                       "verbs": ["kill", "stop"], "detail": ""}]
controls
""",
    "assert pressed.wait(30)\nprint('the cell was', 'released by the click')",
]


def test_in_jupyterlab_a_button_works_while_a_cell_runs(jupyterlab: Any, new_page: Callable[..., Any]) -> None:
    page = new_page()
    jupyterlab.open(page, CELLS, "controls.ipynb")
    jupyterlab.run(page)
    kill = button(page, "broker-1", "kill")
    expect(kill).to_be_visible(timeout=30_000)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)).to_have_text("[*]:")
    kill.click()
    expect(page.locator(".lk-line")).to_have_text("kill broker-1: done in labkit-kill-broker-1", timeout=10_000)
    expect(page.get_by_text("the cell was released by the click")).to_be_visible(timeout=10_000)
    button(page, "broker-1", "stop").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lk-line")).to_have_text("Error: stop broker-1: it will not stop", timeout=10_000)
    expect(page.locator(".jp-Notebook")).to_have_class(re.compile("jp-mod-commandMode"))
