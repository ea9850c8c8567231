"""What the learner looks at: widgets that draw, and the text and picture forms for places without a kernel.

Nothing here talks to ZooKeeper. The widgets are loaded when they are first asked for, so that
`labkit.widgets.text` and `labkit.widgets.picture` cost a command line nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.widgets.check import CheckWidget, QuizWidget
    from labkit.widgets.controls import ControlsWidget
    from labkit.widgets.dashboard import Dashboard
    from labkit.widgets.predict import OutcomeWidget, PredictWidget
    from labkit.widgets.tree import TreeSource, TreeWidget

_HOMES = {
    "CheckWidget": "check",
    "ControlsWidget": "controls",
    "Dashboard": "dashboard",
    "OutcomeWidget": "predict",
    "PredictWidget": "predict",
    "QuizWidget": "check",
    "TreeSource": "tree",
    "TreeWidget": "tree",
}

__all__ = [
    "CheckWidget",
    "ControlsWidget",
    "Dashboard",
    "OutcomeWidget",
    "PredictWidget",
    "QuizWidget",
    "TreeSource",
    "TreeWidget",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
