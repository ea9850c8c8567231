"""Graphviz draws without the system's one."""

from __future__ import annotations

import pytest

from labkit.dot import dot, svg
from labkit.errors import LabError


def test_names_are_labels_and_any_letter_may_be_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    picture = svg('digraph { broker -> "Zürich <1>" [label="owns"]; }')
    assert picture.count("<text") == 3
    assert "Zürich &lt;1&gt;" in picture


def test_what_is_not_dot_is_named() -> None:
    assert dot() is not None
    with pytest.raises(LabError, match=r"syntax error in line 1.*digraph"):
        svg("digraph { a -> ")
