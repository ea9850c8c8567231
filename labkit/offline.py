"""What an archive of `./lab pack` carries beside the course, so that a lab starts without any network.

The folder ``offline`` of a clone holds ``wheels`` (by a lock), ``jars`` (ZooKeeper's), and ``holds``, three lines that
`./lab` reads: "base" or "test" (whose packages these are), the Python (3.11), the kind of machine. This module needs
the standard library only: `./lab` asks it before anything is installed.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
FOLDER = CLONE / "offline"
JARS = FOLDER / "jars"
HOLDS = FOLDER / "holds"


def python() -> str:
    """The feature version of this Python, such as "3.11": wheels are made for one of them."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def kind() -> str:
    """The kind of machine, as far as wheels tell machines apart: "cpython 3.11 linux-x86_64 gnu"."""
    libc = (sysconfig.get_config_var("SOABI") or "").rpartition("-")[2] if sys.platform == "linux" else ""
    return f"{sys.implementation.name} {python()} {sysconfig.get_platform()} {libc}".strip()


def holds() -> str:
    """Whose packages lie beside this clone, for this very kind of machine: "base", "test", or "" for none."""
    try:
        packages, _, made_for = HOLDS.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    return packages if made_for == kind() else ""
