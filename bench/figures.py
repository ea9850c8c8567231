"""What the benches share: percentiles, one line a figure, and what else the machine was doing."""

from __future__ import annotations

import os
from collections.abc import Sequence


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * part // 1).__int__() - 1)]


def verdict(good: bool) -> str:
    """How a figure compares with its aim, in one word."""
    return "ok" if good else "MISSED"


def say(figure: str) -> None:
    """Print one figure now, so that a long run shows how far it is."""
    print(figure, flush=True)


def say_load(bench: str) -> None:
    """Print the load that the machine has: a figure measured beside other work is not worth much."""
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    say(f"{bench}: load average {loads} on {os.cpu_count()} cores")
