"""Whether there is a ZooKeeper for the lab: Java and jars for its own, or an ensemble that answers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from labkit import offline
from labkit.doctor.finding import Case, Finding
from labkit.errors import LabError
from labkit.zookeeper import admin, fetch, jars, place
from labkit.zookeeper.java import OLDEST, java, version

PATIENCE = 3.0  # seconds for a server to answer
SMALL = "org.apache.yetus:audience-annotations:"  # the smallest jar of the lock


def java_here(case: Case) -> list[Finding]:
    """Run the Java that a lab would take."""
    needs = case.place == "local"
    try:
        program = java()
    except LabError:
        if not case.whole:
            return [Finding("Java", "comes with the environment")]
        return [
            Finding("Java", f"none of version {OLDEST} or newer", "remove .venv and run ./lab, which brings one", needs)
        ]
    try:
        case.ask([str(program), "-version"])
    except LabError as problem:
        return [Finding("Java", f"{program} does not run ({problem})", "set JAVA_HOME to one that does", needs)]
    return [Finding("Java", f"{version(program)}, {program}"), *_java_home(program)]


def jars_here(case: Case) -> list[Finding]:
    """The jars that a lab would run, or whether they could be fetched."""
    needs = case.place == "local"
    try:
        if there := jars.found():
            names = there.split(os.pathsep)
            return [Finding("ZooKeeper", f"{len(names)} jars in {Path(names[0]).parent}")]
        return [_to_be_fetched(case)]
    except LabError as problem:
        home = os.environ.get("ZOOKEEPER_HOME")
        if home:
            return [Finding("ZooKeeper", f"no jars in ZOOKEEPER_HOME={home}", "correct or unset ZOOKEEPER_HOME", needs)]
        do = "connect to the network for the next lab, or set ZOOKEEPER_HOME to an unpacked ZooKeeper"
        return [Finding("ZooKeeper", f"no jars here, and none can be fetched ({problem})", do, needs)]


def ensemble(case: Case) -> list[Finding]:
    """Ask each server that $LABKIT_ZOOKEEPER names; a lab can run while most of them serve."""
    try:
        addresses = place.chosen(None).addresses
    except LabError as problem:
        what, _, do = str(problem).partition(". ")
        return [Finding("ensemble", what, do)]
    silent = [f"{host}:{port}" for host, port in addresses if not admin.serves(host, port, PATIENCE)]
    if not addresses:
        return []
    text = f"LABKIT_ZOOKEEPER={case.place}"
    if not silent:
        return [Finding("ensemble", f"{text}: each server serves")]
    needs = len(silent) * 2 >= len(addresses)
    do = "start it, or unset LABKIT_ZOOKEEPER to use the lab's own"
    return [Finding("ensemble", f"{text}: {', '.join(silent)} does not serve", do, needs)]


def _java_home(program: Path) -> list[Finding]:
    """A JAVA_HOME that is passed over."""
    home = os.environ.get("JAVA_HOME", "")
    if not home or Path(home) in program.parents:
        return []
    text = f"JAVA_HOME={home} holds no Java {OLDEST} or newer, and is passed over"
    return [Finding("Java", text, "correct or unset JAVA_HOME", needs=False)]


def _to_be_fetched(case: Case) -> Finding:
    if offline.JARS.is_dir():
        return Finding("ZooKeeper", "its jars come from the archive here")
    if not case.whole:
        return Finding("ZooKeeper", "its jars come with the environment")
    small = next(name for name in jars.locked() if name.startswith(SMALL))
    with tempfile.TemporaryDirectory() as folder:
        case.ask(fetch.command([small], Path(folder)))
    return Finding("ZooKeeper", "no jars here yet, and they can be fetched", "run ./lab, or open a lab", needs=False)
