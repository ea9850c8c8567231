"""What the widgets of predictions and checks have in common: they show a model's view, and pass on what is done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import anywidget
import traitlets

from labkit.errors import LabError
from labkit.widgets._front import front_end

log = logging.getLogger(__name__)


class ModelWidget(anywidget.AnyWidget):
    """Shows `view` (what `model.view()` says), and `error`, one sentence.

    A message `{"do": name, "args": {…}}` calls one of `deeds`, in a thread: the thread that brings messages is shared
    by all widgets, and a judge takes seconds. It works while a cell runs.
    """

    _css = front_end("theme.css", "lessons.css")

    view: Any = traitlets.Dict().tag(sync=True)
    error: Any = traitlets.Unicode().tag(sync=True)

    deeds: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, model: Any) -> None:
        self.shown = model
        self._lock = threading.Lock()
        super().__init__(view=model.view())
        model.listen(self._update)
        self.on_msg(self._on_front_end)

    def do(self, what: str, args: Mapping[str, Any]) -> threading.Thread:
        """Do what a click asks for, in a thread; an error is shown."""
        thread = threading.Thread(target=self._do, args=(what, args), name=f"labkit-{what}", daemon=True)
        thread.start()
        return thread

    def text(self) -> str:
        """What stands where no widget can be shown."""
        return str(self.shown.text())

    def _do(self, what: str, args: Mapping[str, Any]) -> None:
        self.error = ""
        try:
            self.deeds[what](self.shown, **args)
        except LabError as e:
            self.error = str(e)
        except Exception as e:  # shown where the learner looks; the log has the traceback
            log.exception("%s %s", what, args)
            self.error = f"{type(e).__name__}: {e}"
        self._update()

    def _update(self) -> None:
        with self._lock:  # read and sent in one step, so that of two threads the later state wins
            self.view = self.shown.view()

    def _on_front_end(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("do") in self.deeds:
            self.send({"type": "ack"})
            self.do(content["do"], content.get("args") or {})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle:
            bundle[0]["text/plain"] = self.text()
        return bundle
