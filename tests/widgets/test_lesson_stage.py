"""The front ends of predictions and exercises on the light stage: keyboard, focus, what is spoken, contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

Stage = Callable[..., Any]
QUESTIONS = [
    {"id": "seconds", "text": "How many seconds until `/a` goes?", "kind": "number", "unit": "s", "lowest": 0.0},
    {
        "id": "stays",
        "text": "Does it stay?",
        "kind": "choice",
        "options": [{"key": "yes", "text": "yes"}, {"key": "no", "text": "no"}],
    },
    {
        "id": "told",
        "text": "Who is told?",
        "kind": "several",
        "options": [{"key": "a", "text": "`a`"}, {"key": "b", "text": "b"}],
    },
]
GUESS: dict[str, Any] = {
    "prompt": "It is **killed**.\n\n    kill -9 <pid>\n\nNow what?",
    "state": "open",
    "questions": QUESTIONS,
}
GUESS |= {"answers": {}, "recalled": False, "rows": [], "why": "Why?", "explanation": "", "model": ""}
ROWS = [
    {
        "text": "Seconds?",
        "said": "0 s",
        "was": "1.9 s",
        "right": False,
        "moment": "3 s into your lab: `/a` went",
        "belief": "M1",
        "believed": "It goes at once.",
    },
    {"text": "Stays?", "said": "no", "was": "no", "right": True, "moment": "", "belief": "", "believed": ""},
    {"text": "Told?", "said": "no forecast", "was": "b", "right": None, "moment": "", "belief": "", "believed": ""},
]
WRONG = {
    "kind": "wrong",
    "why": "It is `persistent`.",
    "belief": "M1",
    "believed": "It goes at once.",
    "moment": "3 s into your lab: it stood",
    "remark": "",
    "printed": "<b>hi</b>",
}
CHECK: dict[str, Any] = {
    "id": "x",
    "kind": "PickOne",
    "prompt": "What is the matter?",
    "options": QUESTIONS[1]["options"],
    "chosen": "",
    "state": "open",
}
CHECK |= {"doing": "", "verdict": None, "hints": [], "next": "", "reference": "", "notes": []}
HINT = {"rung": "where to look", "text": "Look there:\n\n    code here"}


def traits(view: dict[str, Any], error: str = "") -> dict[str, Any]:
    return {"view": view, "error": error}


def assign(page: Any, **view: Any) -> None:
    page.evaluate("change => model.set('view', { ...model.get('view'), ...change })", view)


def sent(page: Any) -> Any:
    return page.evaluate("model.sent")


# --- the questions


def test_a_forecast_is_given_with_the_keyboard_alone(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    for key in ("Tab", "2", ",", "5", "Tab", "Space", "ArrowDown", "Tab", "Space", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    assert sent(page) == [{"do": "answer", "args": {"answers": {"seconds": "2,5", "stays": "no", "told": ["a"]}}}]


def test_a_missing_answer_is_asked_for_and_nothing_is_sent(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    page.get_by_role("button", name="This is my forecast").click()
    expect(page.get_by_role("alert")).to_contain_text("Answer every question first")
    assert sent(page) == []


def test_none_of_several_is_an_answer(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    page.get_by_role("textbox").fill("1")
    page.get_by_role("radio").first.check()
    page.get_by_role("button").click()
    assert sent(page)[0]["args"]["answers"]["told"] == []


def test_what_is_being_written_survives_news(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    page.get_by_role("textbox").fill("1.25")
    assign(page, recalled=False)
    expect(page.get_by_role("textbox")).to_have_value("1.25")
    expect(page.get_by_role("textbox")).to_be_focused()


def test_a_stored_forecast_is_shown_and_said(stage: Stage) -> None:
    stored = {"answers": {"seconds": 2.5, "stays": "no", "told": ["b"]}, "state": "armed"}
    page = stage("predict", traits(GUESS | stored | {"recalled": True}))
    expect(page.get_by_role("textbox")).to_have_value("2.5")
    expect(page.get_by_role("radio").last).to_be_checked()
    expect(page.get_by_role("checkbox").first).not_to_be_checked()
    expect(page.get_by_role("checkbox").last).to_be_checked()
    expect(page.get_by_role("status")).to_contain_text("of last time")
    assign(page, state="running")
    expect(page.get_by_role("textbox")).to_be_disabled()
    expect(page.get_by_role("status")).to_contain_text("Watching your lab")
    assign(page, state="told")
    expect(page.get_by_role("button")).to_have_text("Forecast again")


def test_two_views_of_one_prediction_do_not_share_their_radio_buttons(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    page.evaluate(
        """async () => {
            const widget = (await import("/predict.js")).default;
            const host = document.body.appendChild(document.createElement("div"));
            widget.render({ model: window.model, el: host });
        }"""
    )
    page.get_by_role("radio").nth(0).check()
    page.get_by_role("radio").nth(3).check()
    expect(page.get_by_role("radio").nth(0)).to_be_checked()


def test_texts_are_text(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    expect(page.locator("pre")).to_have_text("kill -9 <pid>")
    expect(page.locator("label code").first).to_have_text("/a")


# --- what came of them


def test_forecast_and_truth_are_compared_in_words(stage: Stage) -> None:
    page = stage("outcome", traits(GUESS | {"state": "told", "rows": ROWS}))
    words = page.locator(".lk-verdict-word")
    expect(words).to_have_text(["≠ otherwise than you said", "= as you said", ""])
    first = page.locator(".lk-compared").first
    expect(first).to_contain_text("you said")
    expect(first).to_contain_text("Many people think (M1)")
    expect(first.locator(".lk-moment code")).to_have_text("/a")


def test_the_model_answer_comes_after_ones_own(stage: Stage) -> None:
    page = stage("outcome", traits(GUESS | {"state": "told", "rows": ROWS}))
    expect(page.locator(".lk-model")).to_be_hidden()
    page.get_by_label("your explanation").fill("Because.")
    page.get_by_role("button", name="Compare").press("Enter")
    assert sent(page) == [{"do": "explain", "args": {"sentence": "Because."}}]
    assign(page, explanation="Because.", model="It could not say goodbye.")
    expect(page.locator(".lk-model")).to_contain_text("It could not say goodbye.")
    expect(page.locator(".lk-model")).to_be_focused()
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_second_run_replaces_the_rows_and_a_new_forecast_keeps_them(stage: Stage) -> None:
    page = stage("outcome", traits(GUESS | {"state": "told", "rows": ROWS}))
    assign(page, rows=[], state="armed", explanation="")
    expect(page.locator(".lk-compared")).to_have_count(3)
    assign(page, rows=ROWS[:1], state="told")
    expect(page.locator(".lk-compared")).to_have_count(1)


def test_where_no_explanation_is_asked_for_there_is_no_field(stage: Stage) -> None:
    page = stage("outcome", traits(GUESS | {"state": "told", "rows": ROWS, "why": ""}))
    expect(page.get_by_role("textbox")).to_have_count(0)


# --- exercises


def test_an_option_is_chosen_and_checked_with_the_keyboard(stage: Stage) -> None:
    page = stage("check", traits(CHECK))
    page.get_by_role("button", name="Check").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Choose one first.")
    page.get_by_role("radio").first.focus()
    for key in ("ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert sent(page) == [{"do": "answer", "args": {"answer": "no"}}]


def test_a_verdict_is_spoken_and_quotes_nothing_as_markup(stage: Stage) -> None:
    page = stage("check", traits(CHECK))
    verdict = page.locator(".lk-verdict")
    expect(verdict).to_have_attribute("aria-live", "polite")
    expect(verdict).to_be_hidden()
    assign(page, verdict=WRONG)
    expect(verdict).to_contain_text("Not yet. It is persistent.")
    expect(verdict).to_contain_text("Your own lab says otherwise.")
    expect(verdict.locator("pre")).to_have_text("<b>hi</b>")
    assign(page, state="judging", doing="calling `f`")
    expect(verdict).to_be_hidden()
    expect(page.get_by_role("status").first).to_have_text("Judging: calling f …")
    assign(page, state="right", verdict=WRONG | {"kind": "right", "why": "Yes.", "belief": "", "printed": ""})
    expect(verdict).to_contain_text("Right. Yes.")


def test_hints_come_one_by_one_and_the_focus_goes_with_them(stage: Stage) -> None:
    page = stage("check", traits(CHECK | {"kind": "Code", "options": [], "verdict": WRONG, "next": "hint"}))
    hint = page.get_by_role("button", name="A hint, please")
    hint.press("Enter")
    assert sent(page) == [{"do": "hint", "args": {}}]
    assign(page, hints=[HINT], next="")
    expect(page.locator(".lk-hint")).to_be_focused()
    expect(page.locator(".lk-hint pre")).to_have_text("code here")
    expect(page.get_by_role("button")).to_have_count(0)
    assign(page, next="reveal")
    page.get_by_role("button", name="Show me the answer").click()
    assert sent(page)[1] == {"do": "reveal", "args": {}}
    assign(page, reference="def f():\n    return 1\n", next="")
    expect(page.locator(".lk-hint pre").last).to_have_text("def f():\n    return 1\n")


def test_a_kernel_that_does_not_answer_is_said(stage: Stage) -> None:
    page = stage("check", traits(CHECK | {"kind": "State", "options": []}))
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("alert")).to_contain_text("The kernel does not answer", timeout=6_000)
    page.get_by_role("button", name="Look again").click()
    page.evaluate("model.deliver({ type: 'ack' })")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_keys_do_not_reach_the_notebook(stage: Stage) -> None:
    page = stage("predict", traits(GUESS))
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.get_by_role("textbox").press("d")
    assert page.evaluate("heard") == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("name", "view", "error"),
    [
        ("predict", GUESS, "an error"),
        ("predict", GUESS | {"state": "running"}, ""),
        ("outcome", GUESS | {"state": "told", "rows": ROWS}, ""),
        ("outcome", GUESS | {"state": "told", "rows": ROWS, "explanation": "so", "model": "so"}, ""),
        (
            "check",
            CHECK | {"verdict": WRONG, "hints": [HINT], "next": "hint", "notes": ["a note"], "reference": "x"},
            "",
        ),
        ("check", CHECK | {"state": "right", "verdict": WRONG | {"kind": "right"}}, "an error"),
        ("check", CHECK | {"state": "judging", "doing": "x"}, ""),
    ],
)
def test_text_is_legible_in_both_themes(stage: Stage, name: str, view: dict[str, Any], error: str, dark: bool) -> None:
    from test_tree_widget import CONTRAST

    page = stage(name, traits(view, error), dark=dark)
    page.evaluate("error => model.set('error', error)", error)
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 2
    assert min(contrasts.values()) >= 4.5, contrasts
