"""The live tree as a widget: the tree tells what changed, this passes it on, `tree.js` draws it.

A view is the whole state, a delta is what changed since; both are plain JSON:

    view    {"seq": 17, "root": "/lab-7f3a", "note": "", "znodes": {path: Z}, "sessions": {sid: S},
             "watches": {path: [W]}}
    delta   {"seq": 18, "set": {path: Z}, "gone": [path], "sessions": {sid: S | None}, "watches": {path: [W]}}

Deltas travel as messages, never as traits: a trait would keep a second copy and send all of it. The one trait,
`full`, holds nothing; asking for it (a page that is reloaded, a second view) reads the source anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import anywidget
import traitlets

from labkit.widgets._front import front_end
from labkit.widgets.text import tree_text

Delta = dict[str, Any]

PARTS = ("link", "znodes", "choice", "cells", "sheet", "rows", "boxes", "bar")  # of the front end, in this order
CALM_ABOVE = 150  # rows; above this the front end gets at most 4 updates a second, and draws them without transitions
RATE_SMALL, RATE_BIG = 30.0, 4.0  # updates a second
BURST = 4  # updates that may go out at once after a quiet time


class TreeSource(Protocol):
    """What the widget needs of a live tree. It may also have `report(exc)`, which is told of errors."""

    def view(self) -> dict[str, Any]:
        """The full state; callable from any thread."""
        ...

    def subscribe(self, listener: Callable[[Delta], None]) -> Callable[[], None]:
        """Call `listener(delta)` for every change, until the function that this returns is called."""
        ...


def merge(*deltas: Delta) -> Delta:
    """One delta that does what these would have done one after the other; `base` is the seq it starts from."""
    now: Delta = {"set": {}, "sessions": {}, "watches": {}}
    gone: dict[str, None] = {}
    for delta in deltas:
        for path in delta.get("set", ()):
            gone.pop(path, None)
        for part in now:
            now[part].update(delta.get(part, {}))
        for path in delta.get("gone", ()):
            now["set"].pop(path, None)
            gone[path] = None
    notes = [delta["note"] for delta in deltas if "note" in delta]
    seqs = {"base": deltas[0].get("base", deltas[0]["seq"] - 1), "seq": deltas[-1]["seq"]}
    return seqs | now | {"gone": list(gone)} | ({"note": notes[-1]} if notes else {})


class Allowance:
    """How soon the next update may go out: `BURST` at once after a quiet time, `rate` a second in the long run."""

    def __init__(self) -> None:
        self._tokens, self._at = float(BURST), time.monotonic()

    def wait(self, rate: float, now: float) -> float:
        """Seconds until an update may go out."""
        self._tokens = min(BURST, self._tokens + (now - self._at) * rate)
        self._at = now
        return max(0.0, (1 - self._tokens) / rate)

    def spend(self) -> None:
        """Count one update."""
        self._tokens -= 1


class Feed:
    """One thread that sends what was pushed: at once if it may, else merged; the last state always goes out."""

    def __init__(
        self, view: Callable[[], dict[str, Any]], send: Callable[[Delta], None], report: Callable[[Exception], None]
    ) -> None:
        self._view, self._send, self._report = view, send, report
        self._wake = threading.Condition()
        self._pending: list[Delta] = []
        self._asked = self._closed = False
        self._allowance = Allowance()
        self._paths: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="labkit-tree-feed", daemon=True)

    def start(self, paths: set[str]) -> None:
        """Begin; `paths` are the znodes that the front end knows already (only their number matters)."""
        self._paths = paths
        self._thread.start()

    def push(self, delta: Delta) -> None:
        """Take a delta; returns at once. Callable from any thread."""
        delta = delta | {"sessions": _deadlines(delta.get("sessions", {}), time.monotonic())}
        with self._wake:
            if self._closed:
                return
            self._pending.append(delta)
            self._paths.difference_update(delta.get("gone", ()))
            self._paths.update(delta.get("set", ()))
            self._wake.notify()

    def ask(self) -> None:
        """Send the full state soon: a view was opened, or missed something."""
        with self._wake:
            self._asked = True
            self._wake.notify()
            ended = self._closed
        if ended:  # no thread is left to do it; the last picture is still worth having
            self._deliver([], asked=True)

    def close(self) -> None:
        """Send what is pending and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        ended = False
        while not ended:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._pending) or self._urgent())
                self._wake.wait_for(self._urgent, timeout=self._delay())
                deltas, asked, ended = self._pending, self._asked, self._closed
                self._pending, self._asked = [], False
                self._allowance.spend()
            self._deliver(deltas, asked)

    def _urgent(self) -> bool:
        return self._asked or self._closed

    def _delay(self) -> float:
        return self._allowance.wait(RATE_BIG if len(self._paths) > CALM_ABOVE else RATE_SMALL, time.monotonic())

    def _deliver(self, deltas: list[Delta], asked: bool) -> None:
        seen = self._send_full() if asked else -1
        if deltas and deltas[-1]["seq"] > seen:
            delta = merge(*deltas)
            sessions = _seconds_left(delta["sessions"], time.monotonic())
            self._attempt(lambda: self._send({"type": "delta", **delta, "sessions": sessions}))

    def _send_full(self) -> int:
        """Send all of it; returns its seq, or -1 if that failed."""
        view: Delta = {"seq": -1}

        def send() -> None:
            view.update(self._view())
            self._send({"type": "full", **view})

        self._attempt(send)
        return int(view["seq"])

    def _attempt(self, send: Callable[[], None]) -> None:
        try:
            send()
        except Exception as error:  # noqa: BLE001 - the thread must live on; whoever owns the tree hears of it
            self._report(error)


class TreeWidget(anywidget.AnyWidget):
    """The live tree of a `TreeSource`. `stop()` freezes the picture, `close()` also takes it off the page."""

    _esm = front_end("common.js", "detail.js", *(f"tree_{part}.js" for part in PARTS), "tree.js")
    _css = front_end("theme.css", "tree.css", "tree_bar.css", "tree_boxes.css")

    full: Any = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.source.view())

    def __init__(self, source: TreeSource) -> None:
        self.source = source  # before super(): opening the comm reads `full`
        self._feed = Feed(source.view, self.send, self._report)
        super().__init__()
        self.on_msg(self._on_front_end)
        self._unsubscribe = source.subscribe(self._feed.push)
        self._feed.start(set(source.view()["znodes"]))

    def stop(self) -> None:
        """Send the last state and follow the tree no longer; the picture stays."""
        self._unsubscribe()
        self._feed.close()

    def close(self) -> None:
        """Stop, and remove the widget from the page."""
        self.stop()
        super().close()

    def _on_front_end(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Runs in the kernel's message thread: only asks the feed."""
        if isinstance(content, dict) and content.get("type") == "hello":
            self._feed.ask()

    def _report(self, error: Exception) -> None:
        report = getattr(self.source, "report", None)
        if report is not None:
            report(error)
        else:
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
            )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle:
            bundle[0]["text/plain"] = tree_text(self.source.view())
        return bundle


def _deadlines(sessions: dict[str, Any], now: float) -> dict[str, Any]:
    """`left` counts from the moment of sending, and sending may have to wait: note when the time is up."""
    return {
        sid: session | {"due": now + session["left"]} if session and session.get("left") is not None else session
        for sid, session in sessions.items()
    }


def _seconds_left(sessions: dict[str, Any], now: float) -> dict[str, Any]:
    """Undo `_deadlines`, as of now."""
    return {
        sid: {k: v for k, v in session.items() if k != "due"} | {"left": max(0.0, session["due"] - now)}
        if session and "due" in session
        else session
        for sid, session in sessions.items()
    }
