"""What a lab is asked for, checked before anything is started."""

from __future__ import annotations

import re
import secrets

from labkit.errors import LabError
from labkit.zookeeper.ensemble import Ensemble
from labkit.zookeeper.place import Place

NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
USUAL_TIMEOUT = 2.0  # seconds: long enough to be watched, short enough to be waited for


def checked_name(name: str | None) -> str:
    """The name of a lab: given, or `lab-` and four random hex digits."""
    if name is None:
        return f"lab-{secrets.token_hex(2)}"
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in (".", "..", "zookeeper"):
        raise LabError(
            f"name {name!r} cannot be the name of a lab: give 1 to 40 of the characters A-Z a-z 0-9 . _ - "
            "(and not '.', '..' or 'zookeeper', which ZooKeeper keeps for itself), or none for a random one"
        )
    return name


def checked_timeout(seconds: float | None, ensemble: type[Ensemble] | Ensemble) -> float:
    """A session timeout that these servers grant, in seconds: given, or the usual one, or the nearest to that."""
    low, high = ensemble.shortest, ensemble.longest
    if seconds is None:
        return min(max(USUAL_TIMEOUT, low), high)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not low <= seconds <= high:
        usual = checked_timeout(None, ensemble)
        raise LabError(
            f"session_timeout={seconds!r}: these servers grant {low:g} to {high:g} seconds (a number); {usual} is usual"
        )
    return float(seconds)


def checked_servers(count: int, place: Place) -> int:
    """How many servers: 1 or 3 of our own, or as many as an ensemble's address names."""
    named = len(place.addresses)
    whole = type(count) is int
    if place.kind == "external" and not (whole and count in (1, named)):
        raise LabError(f"servers={count!r}: the address names {named}, so leave servers= out")
    if place.kind != "external" and not (whole and count in (1, 3)):
        raise LabError(f"servers={count!r}: a lab has 1 or 3 (two can lose none, as both are needed for a majority)")
    return named or count
