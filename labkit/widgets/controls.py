"""The processes and their verbs as a widget: a row and buttons for each, and one line on what just happened.

A click travels as a message to the kernel, where it is handled even while a cell runs (in ipykernel's thread for
comm messages, which all widgets share: so the handler only starts a thread). The answer travels back as traits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from labkit.widgets._front import front_end
from labkit.widgets.text import processes_text

log = logging.getLogger(__name__)

Process = dict[str, Any]
REMEMBERED = 4  # lines: two things that happen at once must both be there to be read


class ControlsWidget(anywidget.AnyWidget):
    """A row per process with its state and its verbs; `on_verb(name, verb)` does the work, in a thread per process.

    `processes` is a list of `{"name", "role", "state", "pid", "session", "verbs", "detail"}`: assign a new list, from
    any thread. `say()` sets the line below. What `on_verb` raises is said there too.
    """

    _esm = front_end("common.js", "controls.js")
    _css = front_end("theme.css", "controls.css")

    processes: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    line: Any = traitlets.Unicode().tag(sync=True)
    line_kind: Any = traitlets.Enum(["info", "error"], default_value="info").tag(sync=True)
    history: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)  # the lines before it, oldest first
    busy: Any = traitlets.Dict().tag(sync=True)  # process name → the verb that is under way

    def __init__(self, on_verb: Callable[[str, str], None]) -> None:
        self._on_verb = on_verb
        self._lock = threading.RLock()
        super().__init__()
        self.on_msg(self._on_front_end)

    def say(self, line: str, kind: str = "info") -> None:
        """Say in one line what just happened; `kind` is "info" or "error". Callable from any thread."""
        with self._lock, self.hold_sync():
            if self.line and self.line != line:
                self.history = [*self.history, self.line][-REMEMBERED:]
            self.line_kind, self.line = kind, line

    def press(self, name: str, verb: str) -> threading.Thread | None:
        """Do what a click on the button does: start the verb in a thread, or say why not."""
        if problem := self._problem(name, verb):
            self.say(problem, "error")
            return None
        thread = threading.Thread(target=self._run, args=(name, verb), name=f"labkit-{verb}-{name}", daemon=True)
        thread.start()
        return thread

    def send_state(self, key: Any = None) -> None:
        """Send traits; read and sent in one step, so that of two threads the later value always wins."""
        with self._lock:
            super().send_state(key)

    def _problem(self, name: str, verb: str) -> str:
        """Why this verb cannot begin now, or "" after marking the process as busy."""
        with self._lock:
            process = next((process for process in self.processes if process["name"] == name), None)
            if process is None:
                return f"there is no process {name!r}; there are: {', '.join(p['name'] for p in self.processes)}"
            if verb not in process["verbs"]:
                return f"{name} is {process['state']}: {verb!r} makes no sense now; {', '.join(process['verbs'])} would"
            if name in self.busy:
                return f"{name}: {self.busy[name]} is still under way; wait for it, then {verb}"
            self.busy = self.busy | {name: verb}
            return ""

    def _run(self, name: str, verb: str) -> None:
        try:
            self._on_verb(name, verb)
        except Exception as error:  # shown where the learner looks; the log has the traceback
            log.exception("%s %s", verb, name)
            self.say(f"{verb} {name}: {error or type(error).__name__}", "error")
        finally:
            with self._lock:
                self.busy = {other: under_way for other, under_way in self.busy.items() if other != name}

    def _on_front_end(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Runs in the kernel's message thread, which other widgets need too: no work here."""
        if isinstance(content, dict) and content.get("type") == "verb":
            name, verb = str(content.get("process")), str(content.get("verb"))
            self.press(name, verb)
            self.send({"type": "ack", "process": name, "verb": verb})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle:
            bundle[0]["text/plain"] = processes_text(self.processes, self.line)
        return bundle
