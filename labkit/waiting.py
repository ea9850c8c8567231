"""Waiting for a condition, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from labkit.errors import LabError

LOOK = 0.02  # seconds between two looks at the condition
_never = threading.Event()


def wait_until(
    condition: Callable[[], Any], because: str, timeout: float = 10.0, seen: Callable[[], str] | None = None
) -> Any:
    """Return the first true value of `condition()`; a LabError with `because` and `seen()` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            last = f"its last value was {value!r}" + (f"; {seen()}" if seen else "")
            raise LabError(f"waited {timeout:g} s until {because}, in vain: {last}")
        _never.wait(LOOK)
    return value
