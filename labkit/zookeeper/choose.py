"""From a place to the ensemble there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labkit.guarding import Guard
from labkit.processes import Event, Process
from labkit.zookeeper.docker import DockerEnsemble
from labkit.zookeeper.ensemble import Ensemble
from labkit.zookeeper.external import ExternalEnsemble
from labkit.zookeeper.local import LocalEnsemble
from labkit.zookeeper.place import Place


def ensemble(place: Place, count: int, folder: Path, guard: Guard, told: Callable[[Process, Event], None]) -> Ensemble:
    """The ensemble that was asked for, not yet started."""
    if place.kind == "external":
        return ExternalEnsemble(place, folder, guard, told)
    if place.kind == "docker":
        return DockerEnsemble(folder, guard, told, count)
    return LocalEnsemble(folder, guard, told, count)
