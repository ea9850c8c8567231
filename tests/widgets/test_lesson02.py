"""Lesson 02 itself, as somebody takes it who believes what many believe, and who has no mouse."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.lessons.plan import Code, State, plan
from labkit.lessons.report import lines

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_register_a_broker.ipynb"
CELLS = [cell["id"] for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]]
PLAN = plan("02")
GO_TO = """async index => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    await notebook.scrollToItem(index, "smart");
    notebook.activeCell.node.focus();
}"""
CELL = "index => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[index]"
JUDGE = '\n\nlesson.check("{0}", {0})'
TAB_LIMIT = 60  # presses: a page has no more stops than that between a cell and what it shows


def code(id_: str) -> Code:
    item = PLAN.items()[id_]
    assert isinstance(item, Code)
    return item


class Learner:
    """Goes through the real notebook, cell by cell, with keys alone."""

    def __init__(self, page: Any, look: str) -> None:
        self.page, self.look = page, look
        self.at = -1

    def take(self, id_: str) -> Any:
        """Run all code cells that come next, up to this one; returns what that one shows."""
        for place in range(self.at + 1, CELLS.index(id_) + 1):
            self.at = place
            if self.page.evaluate(f"i => ({CELL})(i).cell_type", place) == "code":
                self.run(place)
        return self.output(self.at)

    def run(self, place: int) -> None:
        """Shift+Enter in one cell, and wait for its end."""
        before = self.page.evaluate(f"i => ({CELL})(i).execution_count", place)
        self.look_at(CELLS[place])
        self.page.keyboard.press("Shift+Enter")
        changed = f"([i, before]) => ({CELL})(i).execution_count !== before"
        self.page.wait_for_function(changed, arg=[place, before], timeout=60_000)
        self.look_at(CELLS[place])

    def again(self, id_: str, text: str | None = None) -> Any:
        """Run a cell once more, with another text in it if there is one."""
        place = CELLS.index(id_)
        if text is not None:
            self.page.evaluate(f"([i, text]) => ({CELL})(i).setSource(text)", [place, text])
        self.run(place)
        return self.output(place)

    def output(self, place: int) -> Any:
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{place}"] .jp-OutputArea').first

    def tab_to(self, target: Any) -> None:
        """Reach it with the Tab key from where the focus is."""
        for _ in range(TAB_LIMIT):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    def look_at(self, id_: str) -> None:
        """Go back to a cell, with the focus on it."""
        self.page.evaluate(GO_TO, CELLS.index(id_))

    def tick(self, form: Any, *keys: str) -> None:
        """Tick these boxes with the space bar."""
        for key in keys:
            box = form.locator(f'input[value="{key}"]').first
            self.tab_to(box)
            self.page.keyboard.press("Space")
            expect(box).to_be_checked()

    def choose(self, group: Any, place: int) -> None:
        """Choose the option at this place: Tab goes to the chosen one, else to the first; arrows go on from there."""
        radios = group.get_by_role("radio")
        chosen = radios.evaluate_all("boxes => boxes.findIndex((box) => box.checked)")
        self.tab_to(radios.nth(max(0, chosen)))
        self.page.keyboard.press("Space")
        for _ in range((place - max(0, chosen)) % radios.count()):
            self.page.keyboard.press("ArrowDown")
        expect(radios.nth(place)).to_be_checked()

    def shot(self, name: str) -> None:
        """A picture for people to look at, where LABKIT_SCREENSHOTS names a folder."""
        if folder := os.environ.get("LABKIT_SCREENSHOTS"):
            self.page.screenshot(path=str(Path(folder) / f"lesson02-{self.look}-{name}.png"))


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def learner(request: Any, jupyterlab: Any, new_page: Callable[..., Any], nobodys_progress: Path) -> Learner:
    nobodys_progress.unlink(missing_ok=True)
    shutil.copy(NOTEBOOK, jupyterlab.notebooks)
    jupyterlab.theme(request.param)
    page = new_page(viewport={"width": 1300, "height": 1000})
    jupyterlab.show(page, NOTEBOOK.name)
    return Learner(page, request.param[11:])


def test_a_learners_path_through_lesson_02(learner: Learner, nobodys_progress: Path) -> None:
    page = learner.page
    warm_up = learner.take("warm-up").locator(".lk-check")
    expect(warm_up).to_have_count(3)
    learner.choose(warm_up.first, 1)
    page.keyboard.press("Enter")
    expect(warm_up.first.locator(".lk-verdict")).to_contain_text("Many people think (M1)")
    learner.shot("1-warm-up")
    learner.choose(warm_up.first, 0)
    page.keyboard.press("Enter")
    expect(warm_up.first.locator(".lk-verdict")).to_contain_text("Nobody else can know")

    write_a_registration(learner)
    end_five_brokers(learner)
    clean_up(learner)
    be_on_call(learner)
    find_the_silent(learner)
    learner.take("close")

    entries = json.loads(nobodys_progress.read_text())["lessons"]["02"]
    assert entries["ends"]["beliefs"] == ["M1", "M2", "M5"]
    assert entries["ends"]["explanation"] == "Its program does it again."
    assert entries["register"]["hints"] == 1
    assert entries["register"]["attempts"] == 2
    assert entries["restart"]["beliefs"] == ["M6"]
    assert all(entries[id_]["right"] for id_ in ("who decides", "register", "revive", "restart", "silent"))
    assert any("02" in line for line in lines())


def write_a_registration(learner: Learner) -> None:
    """The empty start, a wrong answer, a hint, the right one."""
    register = code("register")
    started = learner.take("register").locator(".lk-check")
    expect(started.locator(".lk-verdict")).to_contain_text("still the empty start")
    wrong = next(wrong for wrong in register.wrong if wrong.name == "persistent")
    check = learner.again("register", wrong.answer + JUDGE.format("register")).locator(".lk-check")
    expect(check.locator(".lk-verdict")).to_contain_text("it hangs on no session")
    expect(check.locator(".lk-moment")).to_contain_text("was over, and /try-register-")
    hint = check.get_by_role("button", name="A hint, please")
    learner.tab_to(hint)
    learner.page.keyboard.press("Space")
    expect(check.locator(".lk-hint")).to_be_focused()
    learner.shot("2-wrong-answer")
    right = learner.again("register", register.reference + JUDGE.format("register")).locator(".lk-check")
    expect(right.locator(".lk-verdict")).to_have_attribute("data-kind", "right")
    learner.shot("3-right-answer")


def end_five_brokers(learner: Learner) -> None:
    """No forecast, no fault; then a wrong one, the run, both side by side, and why."""
    page = learner.page
    form = learner.take("ends-guess").locator(".lk-predict")
    refused = learner.take("ends")
    expect(refused).to_contain_text("Your forecast comes first")
    assert page.locator('[data-path="/brokers/ids/1"][data-state="gone"]').count() == 0
    learner.look_at("ends-guess")
    learner.tick(form.locator('[data-question="soon"]'), "1", "2", "4", "7")
    learner.choose(form.locator('[data-question="line"]'), 0)
    learner.tick(form.locator('[data-question="later"]'), "1", "2", "7")
    learner.shot("4-forecast")
    page.keyboard.press("Enter")
    expect(form).to_contain_text("Your forecast is stored")
    told = learner.again("ends").locator(".lk-outcome")
    expect(told.locator(".lk-compared")).to_have_count(3)
    for belief in ("M1", "M2", "M5"):
        expect(told).to_contain_text(f"Many people think ({belief})")
    expect(told).to_contain_text("gone was that of 1 after")
    learner.shot("5-compared")
    learner.tab_to(told.get_by_label("your explanation"))
    page.keyboard.type("Its program does it again.")
    learner.tab_to(told.get_by_role("button", name="Compare"))
    page.keyboard.press("Enter")
    expect(told.locator(".lk-model")).to_be_focused()
    expect(told).to_contain_text("A znode comes only when somebody creates it")
    learner.shot("6-explained")
    expect(learner.take("ends-table")).to_contain_text(re.compile(r"broker-4: expire +znode gone after 0\.\d+ s"))
    learner.shot("7-table")


def clean_up(learner: Learner) -> None:
    """Three brokers back; the toy's source; a registration that comes back."""
    revive, stay = PLAN.items()["revive"], code("stay")
    assert isinstance(revive, State)
    frozen = learner.take("revive").locator(".lk-check")
    expect(frozen.locator(".lk-verdict")).to_contain_text("Broker 3 is still frozen")
    right = learner.again("revive", revive.reference + '\nlesson.check("revive")').locator(".lk-check")
    expect(right.locator(".lk-verdict")).to_contain_text("1 and 2 had no process")
    expect(learner.take("source")).to_contain_text("def traced")
    learner.shot("8-source")
    learner.take("stay")
    back = learner.again("stay", stay.reference + JUDGE.format("stay")).locator(".lk-check")
    expect(back.locator(".lk-verdict")).to_contain_text("Then your code created it anew")


def be_on_call(learner: Learner) -> None:
    """One id twice, a restart too soon, and the incident that came of it."""
    page = learner.page
    form = learner.take("twice-guess").locator(".lk-predict")
    learner.choose(form, 2)
    page.keyboard.press("Enter")
    expect(learner.take("twice")).to_contain_text("A broker is already registered on the path /brokers/ids/5")
    form = learner.take("again-guess").locator(".lk-predict")
    learner.tab_to(form.get_by_role("textbox"))
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    told = learner.take("again")
    expect(told).to_contain_text("broker-5 waited: /brokers/ids/5 still hangs on its own old session")
    expect(told).to_contain_text("Many people think (M6)")
    check = learner.take("restart").locator(".lk-check")
    learner.choose(check, 1)
    page.keyboard.press("Enter")
    expect(check.locator(".lk-verdict")).to_contain_text("Many people think (M6)")
    expect(check.locator(".lk-moment")).to_contain_text("broker-5 waited")
    learner.shot("9-incident")
    learner.choose(check, 0)
    page.keyboard.press("Enter")
    expect(check.locator(".lk-verdict")).to_contain_text("The old session lives")


def find_the_silent(learner: Learner) -> None:
    """A stuck broker, and the check that finds such."""
    page, silent = learner.page, code("silent")
    form = learner.take("stuck-guess").locator(".lk-predict")
    learner.choose(form.locator('[data-question="client"]'), 0)
    learner.choose(form.locator('[data-question="znode"]'), 0)
    page.keyboard.press("Enter")
    told = learner.take("stuck").locator(".lk-outcome")
    expect(told.locator('[data-right="false"]')).to_have_count(2)
    learner.shot("10-stuck")
    learner.take("silent")
    found = learner.again("silent", silent.reference + JUDGE.format("silent")).locator(".lk-check")
    expect(found.locator(".lk-verdict")).to_have_attribute("data-kind", "right")
    learner.shot("11-silent")
    expect(learner.take("exit").locator(".lk-check")).to_have_count(2)
    learner.shot("12-exit")
