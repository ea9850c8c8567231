"""A learner in a real JupyterLab: wrong forecast, run, comparison, wrong answer, hint, right answer, progress."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.lessons.plan import Code, plan

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

REGISTER = plan("02").items()["register"]
assert isinstance(REGISTER, Code)
WRONG = {wrong.name: wrong for wrong in REGISTER.wrong}
JUDGE = '\nlesson.check("register", register)'
START = """
import os
os.environ["LABKIT_PROGRESS"] = {progress!r}
from labkit import Lab
from labkit.lessons import Lesson
lab = Lab(era="0.7")
brokers = lab.start_brokers([1, 2, 3])
tour, lesson = Lesson("00", lab), Lesson("02", lab)
"""
CELLS = [
    START.strip(),
    "guess = tour.predict('kill')",
    "with guess.run():\n    brokers[2].kill()",
    REGISTER.starter + JUDGE,
    WRONG["persistent"].answer + JUDGE,
    REGISTER.reference + JUDGE,
    "brokers[0].kill()\nbrokers[0].restart()\nlesson.check('restart')",
    "lab.close()",
]


def shot(page: Any, name: str) -> None:
    """A picture for people to look at, where LABKIT_SCREENSHOTS names a folder."""
    if folder := os.environ.get("LABKIT_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


class Learner:
    """Runs the cells one by one, as Shift+Enter does."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def run(self, number: int) -> Any:
        """Run one cell to its end; returns its output area."""
        before = self.count(number)
        self.page.evaluate(
            """number => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = number;
                notebook.deselectAll();
                window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            number,
        )
        self.page.wait_for_function(f"({COUNT})({number}) !== {json.dumps(before)}", timeout=60_000)
        cell = self.page.locator(".jp-CodeCell").nth(number)
        cell.scroll_into_view_if_needed()
        return cell.locator(".jp-OutputArea")

    def count(self, number: int) -> int | None:
        found: int | None = self.page.evaluate(COUNT, number)
        return found


COUNT = "number => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[number].execution_count"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_learners_path(jupyterlab: Any, new_page: Callable[..., Any], tmp_path: Path, theme: str) -> None:
    jupyterlab.theme(theme)
    page = new_page(viewport={"width": 1300, "height": 1000})
    progress = tmp_path / "progress.json"
    jupyterlab.open(page, [cell.replace("{progress!r}", repr(str(progress))) for cell in CELLS])
    learner, look = Learner(page), theme[11:]
    learner.run(0)
    form = learner.run(1).locator(".lk-predict")
    expect(form).to_contain_text("How many seconds later will /brokers/ids/3 be gone?")
    refused = learner.run(2)
    expect(refused).to_contain_text("Your forecast comes first")
    expect(refused).not_to_contain_text("Traceback")
    shot(page, f"lesson-{look}-1-refused")

    form.get_by_role("textbox").fill("0")
    form.get_by_role("textbox").press("Enter")
    expect(form).to_contain_text("Your forecast is stored")
    told = learner.run(2).locator(".lk-outcome")
    expect(form).to_have_attribute("data-state", "told")
    expect(told.locator(".lk-said")).to_contain_text("0 s")
    expect(told).to_contain_text("otherwise than you said")
    expect(told).to_contain_text("Many people think (M1)")
    expect(told).to_contain_text("/brokers/ids/3 went; it hung on session 0x")
    told.get_by_label("your explanation").fill("Nobody said goodbye.")
    shot(page, f"lesson-{look}-2-compared")
    told.get_by_role("button", name="Compare").press("Enter")
    expect(told).to_contain_text("A dead process cannot say goodbye")
    expect(told).to_contain_text("Nobody said goodbye.")
    shot(page, f"lesson-{look}-3-explained")

    expect(learner.run(3).locator(".lk-verdict")).to_contain_text("This is still the empty start")
    wrong = learner.run(4).locator(".lk-check")
    expect(wrong.locator(".lk-verdict")).to_contain_text("it hangs on no session")
    expect(wrong.locator(".lk-moment")).to_contain_text("was over, and /try-register-")
    wrong.get_by_role("button", name="A hint, please").press("Space")
    expect(wrong.locator(".lk-hint")).to_have_count(1)
    expect(wrong.locator(".lk-hint")).to_be_focused()
    expect(wrong.get_by_role("button")).to_have_count(0)
    shot(page, f"lesson-{look}-4-wrong")
    right = learner.run(5).locator(".lk-check")
    expect(right.locator(".lk-verdict")).to_have_attribute("data-kind", "right")
    expect(right.locator(".lk-verdict")).to_contain_text("It is an ephemeral")

    choice = learner.run(6).locator(".lk-check")
    choice.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(choice.locator(".lk-verdict")).to_contain_text("Many people think (M6)")
    expect(choice.locator(".lk-moment")).to_contain_text("broker-1 waited")
    shot(page, f"lesson-{look}-5-choice")
    choice.get_by_role("radio").first.check()
    choice.get_by_role("button", name="Check").click()
    expect(choice.locator(".lk-verdict")).to_contain_text("The old session lives")
    learner.run(7)

    entries = json.loads(progress.read_text())["lessons"]
    assert entries["00"]["kill"]["beliefs"] == ["M1"]
    assert entries["00"]["kill"]["explanation"] == "Nobody said goodbye."
    assert entries["02"]["register"] | {"when": ""} == {
        "kind": "exercise",
        "attempts": 2,
        "right": True,
        "hints": 1,
        "shown": False,
        "beliefs": ["M1"],
        "when": "",
    }
    assert entries["02"]["restart"]["right"]


WAITING = (
    "guess = tour.predict('kill')\nlab.wait_until(lambda: guess.state == 'armed', 'a forecast', 60)\nprint('heard')"
)
BUSY = "lesson.warm_up()\nlab.wait_until(lambda: lesson['who decides'].verdict, 'an answer', 60)\nprint('judged')"


def test_forecasts_and_answers_are_taken_while_a_cell_runs(
    jupyterlab: Any, new_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = new_page(viewport={"width": 1300, "height": 1000})
    start = START.strip().replace("{progress!r}", repr(str(tmp_path / "progress.json")))
    jupyterlab.open(page, [start, WAITING, BUSY, "lab.close()"])
    jupyterlab.run(page)
    form = page.locator(".lk-predict")
    form.get_by_role("textbox").fill("0")
    form.get_by_role("textbox").press("Enter")
    page.get_by_text("heard", exact=True).wait_for(timeout=10_000)
    expect(page.get_by_role("heading", name="Before we begin: what do you remember?")).to_be_visible()
    question = page.locator('[data-exercise="who decides"]')
    question.get_by_role("radio").nth(2).check()
    question.get_by_role("button", name="Check").click()
    page.get_by_text("judged", exact=True).wait_for(timeout=10_000)
    expect(question.locator(".lk-verdict")).to_contain_text("Many people think (M2)")
    expect(question.locator(".lk-verdict")).to_contain_text("Kill a broker and watch the countdown")  # not seen here
    shot(page, "lesson-warm-up")
