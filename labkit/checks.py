"""What a lab is asked for, checked before anything is started."""

from __future__ import annotations

import os
import re
import secrets

from labkit.errors import LabError
from labkit.zookeeper.local import LocalEnsemble

NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


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


def checked_timeout(seconds: float) -> float:
    """A session timeout that the embedded servers grant, in seconds."""
    low, high = LocalEnsemble.shortest, LocalEnsemble.longest
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not low <= seconds <= high:
        raise LabError(
            f"session_timeout={seconds!r}: these servers grant {low:g} to {high:g} seconds (a number), and 2.0 is usual"
        )
    return float(seconds)


def checked_place(zookeeper: str | None, servers: int) -> None:
    """Which ZooKeeper to use; other places than the embedded one are not there yet."""
    place = zookeeper if zookeeper is not None else os.environ.get("LABKIT_ZOOKEEPER") or "local"
    if place != "local":
        raise LabError(f'zookeeper={place!r}: only "local" is there yet (unset LABKIT_ZOOKEEPER, or leave it out)')
    if servers != 1 or isinstance(servers, bool):
        raise LabError(f"servers={servers!r}: only 1 is there yet")
