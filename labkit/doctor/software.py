"""What the lab is made of, but for its ZooKeeper: Python, the environment, Graphviz, Chromium."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile

from labkit import dot, offline, wheels
from labkit.doctor.finding import Case, Finding
from labkit.errors import LabError

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
PROBE = "editables"  # the smallest package of the lock


def python(case: Case) -> list[Finding]:
    """This very Python; `./lab` has found it, and knows what it lacks."""
    if case.python_lacks:
        what, _, do = case.python_lacks.partition(": ")
        return [Finding("Python", what, do)]
    return [Finding("Python", f"{platform.python_version()}, {sys.executable}")]


def environment(case: Case) -> list[Finding]:
    """Whether all packages are there, as locked; if not, whether they could be had."""
    if not case.whole:
        return [_to_be_made(case)]
    wrong = [name for name, versions in _pins().items() if not _as_locked(name, versions)]
    text = f"whole, in {case.folder}"
    if not wrong:
        return [Finding("environment", text)]
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    do = f"remove {case.folder} and run ./lab (in conda: `conda env update -f environment.yml`)"
    return [Finding("environment", f"{text}, but not with the locked version of {wrong[0]}{more}", do, needs=False)]


def graphviz(case: Case) -> list[Finding]:
    """Draw the smallest picture."""
    command = dot.dot()
    if command is None and not case.whole:
        return [Finding("Graphviz", "comes with the environment")]
    try:
        if command is None or "<svg" not in case.ask(command, "digraph { a -> b }"):
            raise LabError("there is none")
    except LabError as problem:
        do = "install Graphviz, if you want pictures by lab.tree.picture()"
        return [Finding("Graphviz", str(problem), do, needs=False)]
    return [Finding("Graphviz", f"draws ({shutil.which('dot') or 'the one of the environment'})")]


def chromium(_: Case) -> list[Finding]:
    """`./lab` looks for it, and names it in $LABKIT_CHROMIUM; only tests need it."""
    named = os.environ.get("LABKIT_CHROMIUM", "")
    if path := shutil.which(named or "chromium"):
        return [Finding("Chromium", path)]
    text = f"LABKIT_CHROMIUM names {named!r}, which is not there" if named else "none found; only ./lab test needs one"
    return [Finding("Chromium", text, "install Chromium, or name one in LABKIT_CHROMIUM", needs=False)]


def _to_be_made(case: Case) -> Finding:
    if case.state == "foreign":
        return Finding(
            "environment", f"{case.folder} is there but was not made by ./lab", "move it away, then run ./lab"
        )
    if offline.holds():
        return Finding("environment", f"{case.state}: ./lab makes it from the archive here, without a network")
    try:
        _ask_the_index(case)
    except LabError as problem:
        text = f"{case.state}, and the Python package index cannot be reached ({problem})"
        do = "connect to the network (set HTTPS_PROXY if you need a proxy), or use an archive made by ./lab pack"
        return Finding("environment", text, do)
    text = f"{case.state}; ./lab makes it in {case.folder} (a minute or two, about 100 MB from the network)"
    return Finding("environment", text, "run ./lab", needs=False)


def _ask_the_index(case: Case) -> None:
    """Have pip, with all its settings, fetch one small package. A Python without pip has to leave it unasked."""
    if not importlib.util.find_spec("pip"):
        return
    small = f"{PROBE}=={_pins()[PROBE][0]}"
    with tempfile.TemporaryDirectory() as folder:
        how = ["--no-deps", "--no-input", "--retries=0", "--timeout=6", "-q", "-d", folder]
        case.ask([sys.executable, "-m", "pip", "download", *how, small], env=wheels.environment())


def _pins() -> dict[str, list[str]]:
    """Each package of the lock with its version, or several where they depend on the Python."""
    found: dict[str, list[str]] = {}
    for name, version in PIN.findall((offline.CLONE / "requirements.lock").read_text(encoding="utf-8")):
        found.setdefault(name, []).append(version)
    return found


def _as_locked(name: str, versions: list[str]) -> bool:
    """Whether that package has one of these versions; one that is not installed is not for this machine."""
    try:
        return importlib.metadata.version(name) in versions
    except importlib.metadata.PackageNotFoundError:
        return True
