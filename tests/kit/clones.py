"""Copies of the clone for tests of ./lab, with a stand-in for Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = (
    "cat",
    "cksum",
    "cut",
    "dirname",
    "grep",
    "id",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sh",
    "sleep",
    "tail",
    "tr",
    "cp",
    "env",
)

KIND = "cpython 3.11 linux-x86_64 gnu"

# Acts the part of Python: makes an environment of itself, and notes each thing that was asked of it.
PYTHON = """#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *"--find-links"*) echo "ERROR: it does not fit"; exit "${ARCHIVE_CODE:-0}" ;;
    *"pip install"*) echo "Collecting a"; echo "$PIP_SAYS"; sleep "${PIP_TAKES:-0}"; exit "${PIP_CODE:-0}" ;;
    *labkit.offline*) echo "$KIND" ;;
    *jupyterlab*) echo "JUPYTER $$ $*"; echo "CONFIG $JUPYTER_CONFIG_PATH" ;;
esac
"""


class Clone:
    """A copy of what ./lab reads, and a PATH with the given Pythons only."""

    def __init__(self, base: Path) -> None:
        self.root = base / "a clone of zoë"
        self.bin, self.asked = base / "bin", base / "asked"
        self.bin.mkdir()
        self.root.mkdir()
        for name in ("lab", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
            shutil.copy(ROOT / name, self.root)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or "/nowhere")
        self.env = {"PATH": str(self.bin), "HOME": str(base), "KIND": KIND, "ASKED": str(self.asked)}

    def python(self, text: str = PYTHON, name: str = "python3") -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "lab"), *words],
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **env: str) -> tuple[int, str, str]:
        with self.start(*words, **env) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def packed(self, holds: str) -> None:
        """Lay the folder `offline` beside it, as an archive does; `holds` is "base" or "test"."""
        (self.root / "offline").mkdir()
        (self.root / "offline" / "holds").write_text(f"{holds}\n3.11\n{KIND}\n")

    def installs(self) -> int:
        return self.asked.read_text().count("--require-hashes") if self.asked.exists() else 0
