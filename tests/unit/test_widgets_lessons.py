"""The Python side of the lesson widgets: what is done in a thread, what is told, what stands where no widget can."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from labkit import LabError
from labkit.lessons import text
from labkit.lessons.model import Model
from labkit.lessons.quiz import Quiz
from labkit.widgets import CheckWidget
from labkit.widgets._lesson import ModelWidget

VERDICT = {
    "kind": "wrong",
    "why": "It is persistent.",
    "belief": "M1",
    "believed": "At once.",
    "moment": "3 s: it stood",
}
VERDICT |= {"remark": "", "printed": "hi"}
VIEW: dict[str, Any] = {"id": "x", "kind": "PickOne", "prompt": "What is the matter?", "chosen": "", "state": "open"}
VIEW |= {"options": [{"key": "a", "text": "this"}], "doing": "", "verdict": VERDICT, "next": "", "reference": "a"}
VIEW |= {"hints": [{"rung": "where to look", "text": "There."}], "notes": ["the file is broken"]}


class Thing(Model):
    widget_name = "CheckWidget"

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Any] = []

    def view(self) -> dict[str, Any]:
        return {**VIEW, "done": list(self.done)}

    def text(self) -> str:
        return text.check(VIEW)

    def act(self, what: Any) -> None:
        if what == "lab error":
            raise LabError("give another one")
        self.done.append((what, threading.current_thread().name))
        self._changed()


class ThingWidget(ModelWidget):
    _esm = CheckWidget._esm
    deeds = {"act": Thing.act, "fail": lambda thing: 1 / 0}  # noqa: RUF012 - as the widgets have it


def test_what_a_click_asks_for_is_done_in_a_thread_and_shown() -> None:
    thing = Thing()
    widget = ThingWidget(thing)
    widget._on_front_end(widget, {"do": "act", "args": {"what": 1}}, None)
    for thread in [t for t in threading.enumerate() if t.name == "labkit-act"]:
        thread.join(10)
    assert thing.done == [(1, "labkit-act")]
    assert widget.view["done"] == [(1, "labkit-act")]


@pytest.mark.parametrize("content", [None, [], {"do": "text"}, {"do": "__init__"}, {"type": "ack"}])
def test_a_message_that_asks_for_nothing_known_does_nothing(content: Any) -> None:
    thing = Thing()
    widget = ThingWidget(thing)
    widget._on_front_end(widget, content, None)
    assert thing.done == []


def test_errors_are_shown_where_the_learner_looks_and_cleared_by_the_next_deed(caplog: Any) -> None:
    widget = ThingWidget(Thing())
    widget.do("act", {"what": "lab error"}).join(10)
    assert widget.error == "give another one"
    widget.do("fail", {}).join(10)
    assert widget.error == "ZeroDivisionError: division by zero"
    assert "fail" in caplog.text
    widget.do("act", {"what": 1}).join(10)
    assert widget.error == ""


def test_news_of_the_model_reach_the_widget_from_any_thread() -> None:
    thing = Thing()
    widget = ThingWidget(thing)
    threads = [threading.Thread(target=thing.act, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(widget.view["done"]) == 20


def test_the_same_widget_is_shown_each_time_and_has_a_text_form() -> None:
    thing = Thing()
    assert thing.widget() is thing.widget()
    bundle = thing._repr_mimebundle_()[0]
    assert bundle["text/plain"] == thing.text()


def test_the_text_form_says_it_all() -> None:
    told = text.check(VIEW)
    for part in (
        "What is the matter?",
        "'a': this",
        "Not yet. It is persistent.",
        "Many people think (M1): “At once.” Your own lab says otherwise.",
        "3 s: it stood",
        "It printed: hi",
        "Hint, where to look: There.",
        "The answer:\na",
        "the file is broken",
    ):
        assert part in told


def test_a_quiz_is_its_questions_under_a_title() -> None:
    quiz = Quiz("Before you go", [])
    assert quiz.text() == "Before you go"
    bundle = quiz._repr_mimebundle_()
    assert bundle["text/plain"] == "Before you go"
