"""What predictions and checks have in common: a state that a widget follows, and a widget made when it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Model:
    """Something with a `view()` (plain JSON); listeners are told after each change, from the thread that made it."""

    widget_name: str

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._widget: Any = None

    def view(self) -> dict[str, Any]:
        """The whole state, for a widget."""
        raise NotImplementedError

    def text(self) -> str:
        """The whole state, as text."""
        raise NotImplementedError

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener()` after each change."""
        self._listeners.append(listener)

    def widget(self) -> Any:
        """The widget of this model; the same one each time."""
        if self._widget is None:
            from labkit import widgets  # plain code needs none

            self._widget = getattr(widgets, self.widget_name)(self)
        return self._widget

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget()._repr_mimebundle_(**kwargs)
