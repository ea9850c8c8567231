"""The live tree in a real Chromium: on the light stage, and in a real JupyterLab."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from views import CONTRAST, deliver, make_view, paths, row, session, settled, znode

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

Stage = Callable[..., Any]


@pytest.fixture
def tree(stage: Stage) -> Any:
    view = make_view()
    return settled(stage("tree", {"full": view}), view)


def test_rows_are_a_tree_in_natural_order(stage: Stage) -> None:
    page = stage("tree", {"full": make_view(11)})
    assert paths(page) == ["/", "/brokers", "/brokers/ids", *(f"/brokers/ids/{n}" for n in range(1, 12))]
    nine = row(page, "/brokers/ids/9")
    expect(nine).to_have_attribute("data-state", "live")
    expect(nine).to_have_attribute("role", "treeitem")
    expect(nine).to_have_attribute("aria-level", "4")
    expect(nine.locator(".lk-chip")).to_have_text("ephemeralbroker-9")
    expect(row(page, "/")).to_contain_text("/lab-7f3a")
    expect(page.locator(".lk-count")).to_have_text("13 znodes")


def test_a_killed_broker_is_struck_through_at_once_and_leaves_later(tree: Any) -> None:
    three = row(tree, "/brokers/ids/3")
    deliver(tree, 2, gone=["/brokers/ids/3"], sessions={"0x3": None})
    expect(three).to_have_attribute("data-state", "gone")
    assert "line-through" in three.locator(".lk-name").evaluate("el => getComputedStyle(el).textDecorationLine")
    expect(tree.locator(".lk-said")).to_have_text("/brokers/ids/3 is gone: the session of broker-3 ended")
    expect(three.locator(".lk-chip")).to_contain_text("broker-3")
    expect(three).to_have_count(0, timeout=3000)


def test_a_gone_row_that_is_created_again_lives(tree: Any) -> None:
    deliver(tree, 2, gone=["/brokers/ids/3"])
    deliver(tree, 3, set={"/brokers/ids/3": znode("new", "0x9")}, sessions={"0x9": session("broker-3")})
    three = row(tree, "/brokers/ids/3")
    expect(three).to_have_attribute("data-state", "live")
    tree.wait_for_function("performance.now() > 3000")  # longer than a gone row stays
    expect(three).to_have_attribute("data-state", "live")
    expect(three).to_contain_text("new")


def test_a_branch_that_goes_takes_its_rows_along_and_may_come_back(tree: Any) -> None:
    deliver(tree, 2, gone=["/brokers/ids/1", "/brokers/ids/2", "/brokers/ids/3", "/brokers/ids", "/brokers"])
    expect(tree.locator("[data-path]")).to_have_count(1, timeout=4000)
    expect(tree.locator(".lk-empty")).to_contain_text("No znodes yet below /lab-7f3a")
    deliver(tree, 3, set={"/brokers": znode(), "/brokers/ids": znode(), "/brokers/ids/7": znode("x", "0x7")})
    assert paths(tree) == ["/", "/brokers", "/brokers/ids", "/brokers/ids/7"]
    expect(row(tree, "/brokers/ids/7").locator(".lk-chip")).to_have_text("ephemeral0x7")


def test_old_deltas_are_ignored_and_a_gap_is_asked_about(tree: Any) -> None:
    deliver(tree, 1, gone=["/brokers/ids/3"])
    expect(row(tree, "/brokers/ids/3")).to_have_attribute("data-state", "live")
    assert len(tree.evaluate("model.sent")) == 1  # the hello at the start
    deliver(tree, 5, gone=["/brokers/ids/3"])
    assert tree.evaluate("model.sent.at(-1)") == {"type": "hello"}
    assert len(tree.evaluate("model.sent")) == 2
    view = make_view(2) | {"seq": 5}
    settled(tree, view)
    expect(row(tree, "/brokers/ids/3")).to_have_attribute("data-state", "gone")
    deliver(tree, 9, base=5, set={"/brokers/ids/8": znode("merged", "0x1")})
    expect(row(tree, "/brokers/ids/8")).to_contain_text("merged")


def test_a_silent_session_counts_down_by_itself(tree: Any) -> None:
    deliver(tree, 2, sessions={"0x2": session("broker-2", "silent", 1.2)})
    chip = row(tree, "/brokers/ids/2").locator("[data-left]")
    expect(chip).to_have_text(re.compile(r"session silent: gone in 1\.[0-2] s"))
    expect(chip).to_have_text(re.compile(r"gone in 0\.[0-9] s"))
    expect(chip).to_have_text("session silent: gone any moment now")
    expect(row(tree, "/brokers/ids/1").locator("[data-left]")).to_have_count(0)
    deliver(tree, 3, sessions={"0x2": session("broker-2")})
    expect(chip).to_have_count(0)


def test_the_eye_names_the_watchers(tree: Any) -> None:
    watchers = [{"who": "consumer-1", "kind": "child"}, {"who": "0x99", "kind": "data"}]
    deliver(tree, 2, watches={"/brokers/ids": watchers})
    eye = row(tree, "/brokers/ids").locator(".lk-eye")
    expect(eye).to_have_text("2")
    expect(eye.locator("svg")).to_be_visible()
    eye.hover()
    expect(tree.locator(".lk-tip")).to_have_text("watched byconsumer-1 (child)0x99 (data)")
    deliver(tree, 3, watches={"/brokers/ids": []})
    expect(eye).to_have_text("")


def test_folding_hides_counts_and_unfolds_in_order(tree: Any) -> None:
    row(tree, "/brokers").locator(".lk-twisty").click()
    assert paths(tree) == ["/", "/brokers"]
    expect(row(tree, "/brokers")).to_contain_text("4 znodes folded")
    expect(row(tree, "/brokers")).to_have_attribute("aria-expanded", "false")
    deliver(tree, 2, set={"/brokers/ids/10": znode("", "0x1")}, gone=["/brokers/ids/2"])
    assert row(tree, "/brokers").evaluate("el => el.getAnimations().length") > 0
    expect(row(tree, "/brokers")).to_contain_text("4 znodes folded")
    row(tree, "/brokers").locator(".lk-twisty").click()
    assert paths(tree)[3:] == [f"/brokers/ids/{n}" for n in (1, 3, 10)]


def test_the_keyboard_walks_folds_and_opens(tree: Any) -> None:
    row(tree, "/").focus()
    for key, where in [
        ("ArrowDown", "/brokers"), ("ArrowRight", "/brokers/ids"), ("End", "/brokers/ids/3"),
        ("ArrowUp", "/brokers/ids/2"), ("ArrowLeft", "/brokers/ids"), ("ArrowLeft", "/brokers/ids"),
        ("ArrowLeft", "/brokers"), ("Home", "/"), ("b", "/brokers"),
    ]:  # fmt: skip
        tree.keyboard.press(key)
        expect(row(tree, where)).to_be_focused()
    expect(row(tree, "/brokers/ids")).to_have_attribute("aria-expanded", "false")
    tree.keyboard.press("Enter")
    expect(tree.locator(".lk-detail")).to_be_visible()
    tree.keyboard.press("Escape")
    expect(tree.locator(".lk-detail")).to_be_hidden()
    expect(row(tree, "/brokers")).to_be_focused()


def test_the_focus_moves_on_when_its_row_leaves(tree: Any) -> None:
    row(tree, "/brokers/ids/2").focus()
    deliver(tree, 2, gone=["/brokers/ids/2"])
    expect(row(tree, "/brokers/ids/2")).to_have_count(0, timeout=3000)
    expect(row(tree, "/brokers/ids/3")).to_be_focused()


def test_the_detail_shows_value_stat_owner_and_follows(tree: Any) -> None:
    deliver(tree, 2, set={"/brokers/ids/1": znode('{"port":1}', "0x1", meaning="broker 1 is registered", version=4)})
    row(tree, "/brokers/ids/1").click()
    detail = tree.locator(".lk-detail")
    for text in (
        "broker 1 is registered",
        '"port": 1',
        "broker-1",
        "pid 47",
        "session 0x1",
        "live, timeout 2 s",
        "0x5",
    ):
        expect(detail).to_contain_text(text)
    deliver(tree, 3, set={"/brokers/ids/1": znode("plain <b>text</b>", "0x1")})
    expect(detail.locator("pre")).to_have_text("plain <b>text</b>")
    deliver(tree, 4, gone=["/brokers/ids/1"])
    expect(detail.locator(".lk-gone")).to_have_text("gone")
    expect(row(tree, "/brokers/ids/1")).to_have_count(0, timeout=3000)
    detail.get_by_role("button", name="close").click()
    expect(detail).to_be_hidden()


def test_news_are_said_at_most_once_a_second(tree: Any) -> None:
    tree.evaluate("""() => {
      window.said = [];
      const line = document.querySelector(".lk-said");
      new MutationObserver(() => said.push([performance.now(), line.textContent])).observe(line, {childList: true});
    }""")
    for seq in range(2, 30):
        deliver(tree, seq, set={"/brokers/ids/1": znode(str(seq), "0x1", version=seq)})
    tree.wait_for_function("said.length == 2")
    (first, _), (second, text) = tree.evaluate("said")
    assert second - first > 900
    assert "more change" in text


def test_the_note_is_a_banner(tree: Any) -> None:
    deliver(tree, 2, note="ZooKeeper does not answer since 12:03:04")
    expect(tree.locator("[data-note]")).to_have_text("ZooKeeper does not answer since 12:03:04")
    deliver(tree, 3, note="")
    expect(tree.locator(".lk-note")).to_be_hidden()


def test_a_big_branch_of_a_big_tree_starts_folded_and_500_rows_work(stage: Stage) -> None:
    view = make_view()
    view["znodes"] |= {f"/n{n}": znode() for n in range(50)} | {"/big": znode()}
    view["znodes"] |= {f"/big/{n}": znode(str(n)) for n in range(450)}
    page = settled(stage("tree", {"full": view}), view)
    expect(row(page, "/big")).to_contain_text("450 znodes folded")
    expect(page.locator("[data-path]")).to_have_count(57)
    row(page, "/big").locator(".lk-twisty").click()
    expect(page.locator("[data-path]")).to_have_count(507)
    deliver(page, 2, set={"/big/450": znode("new")}, gone=["/big/7"])
    expect(row(page, "/big/450")).to_be_attached()
    assert (
        row(page, "/big/450").evaluate("el => el.getAnimations().filter(a => a.effect.getKeyframes()[0].height).length")
        == 0
    )
    expect(row(page, "/big/7")).to_have_attribute("data-state", "gone")
    expect(row(page, "/big/7")).to_have_count(0, timeout=3000)


def test_a_delta_touches_no_other_row(tree: Any) -> None:
    tree.evaluate("""() => {
      window.touched = new Set();
      new MutationObserver((records) => records.forEach((record) => {
        const row = (record.target.closest ? record.target : record.target.parentElement).closest(".lk-row");
        if (row) touched.add(row.dataset.path);
      })).observe(document.querySelector(".lk-rows"),
        {subtree: true, childList: true, characterData: true, attributes: true});
    }""")
    deliver(tree, 2, set={"/brokers/ids/2": znode("changed", "0x2", version=1)})
    expect(row(tree, "/brokers/ids/2")).to_contain_text("changed")
    assert set(tree.evaluate("[...touched]")) <= {"/brokers/ids/2", "/brokers/ids"}


def test_reduced_motion_slides_nothing(stage: Stage) -> None:
    view = make_view()
    page = settled(stage("tree", {"full": view}, reduced_motion="reduce"), view)
    deliver(page, 2, set={"/brokers/ids/4": znode("", "0x1")})
    easings = row(page, "/brokers/ids/4").evaluate("el => el.getAnimations().map(a => a.effect.getTiming().easing)")
    assert easings == ["steps(1)"]


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_legible_in_both_themes(stage: Stage, dark: bool) -> None:
    view = make_view(note="a note", watches={"/brokers": [{"who": "c", "kind": "data"}]})
    view["sessions"]["0x2"] = session("broker-2", "silent", 60)
    page = settled(stage("tree", {"full": view}, dark=dark), view)
    row(page, "/brokers/ids/1").click()
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 8
    assert min(contrasts.values()) >= 4.5, contrasts


def test_without_an_answer_the_front_end_asks_again(stage: Stage) -> None:
    page = stage("tree", {"full": make_view()})
    assert len(page.evaluate("model.sent")) == 1
    deliver(page, 7)  # a gap, while the first question is still open
    page.wait_for_function("model.sent.length === 2")


def test_end_stops_listening(tree: Any) -> None:
    tree.evaluate("end()")
    deliver(tree, 2, gone=["/brokers/ids/3"])
    expect(row(tree, "/brokers/ids/3")).to_have_attribute("data-state", "live")


SOURCE = """
import copy, threading
from labkit.widgets.tree import TreeWidget

class Source:
    def __init__(self, state):
        self.state, self.listeners, self.errors, self.lock = state, [], [], threading.RLock()
    def view(self):
        with self.lock:
            return copy.deepcopy(self.state)
    def subscribe(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)
    def report(self, error):
        self.errors.append(error)
    def change(self, set={}, gone=(), sessions={}):
        with self.lock:
            self.state["seq"] += 1
            self.state["znodes"].update(set)
            self.state["sessions"].update(sessions)
            for path in gone:
                del self.state["znodes"][path]
        for listener in self.listeners:
            listener({"seq": self.state["seq"], "set": set, "gone": list(gone), "sessions": sessions, "watches": {}})
"""


def test_in_jupyterlab_changes_arrive_from_a_thread_busy_or_idle_and_after_a_reload(
    jupyterlab: Any, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    state = copy.deepcopy(make_view())
    busy = f"""
import pathlib, time
def later():
    source.change(set={{"/from-a-thread": {znode("while the cell runs")!r}}})
    idle.wait(30)
    source.change(gone=["/brokers/ids/3"])
idle, end = threading.Event(), time.monotonic() + 30
threading.Thread(target=later).start()
while not pathlib.Path("go-on").exists() and time.monotonic() < end:
    sum(range(1000))
"""
    cells = [
        SOURCE + f"source = Source({state!r})\nwidget = TreeWidget(source)\nwidget",
        busy,
        "idle.set(); source.state['znodes']['/late'] = source.state['znodes']['/brokers']; assert not source.errors",
    ]
    jupyterlab.open(page, cells, "tree.ipynb")
    jupyterlab.run(page, "notebook:run-cell-and-select-next")
    expect(row(page, "/brokers/ids/3")).to_be_visible(timeout=30_000)
    jupyterlab.run(page, "notebook:run-cell-and-select-next")
    expect(row(page, "/from-a-thread")).to_be_visible(timeout=10_000)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)).to_have_text("[*]:")
    (jupyterlab.notebooks / "go-on").touch()
    jupyterlab.run(page, "notebook:run-cell-and-select-next")
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(2)).to_have_text("[3]:", timeout=20_000)
    expect(row(page, "/brokers/ids/3")).to_have_attribute("data-state", "gone", timeout=10_000)
    expect(row(page, "/brokers/ids/3")).to_have_count(0, timeout=5000)
    jupyterlab.run(page, "docmanager:save")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    expect(row(page, "/late")).to_be_visible(timeout=30_000)
    expect(row(page, "/brokers/ids/3")).to_have_count(0)
    jupyterlab.run(page, "kernelmenu:restart")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(page.locator("[data-note]")).to_contain_text("kernel has gone", timeout=20_000)
