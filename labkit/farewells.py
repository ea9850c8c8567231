"""What a lab must still do outside its own processes when it ends, however it ends: take containers or znodes away.

The commands stand in a file of the lab's folder before the thing that they take away is made. Whoever ends the lab
runs them: the lab itself, else its guard, else `labkit clean`. Each may be run again when its work is already done.

The guard runs this file as a script, and imports nothing of labkit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FILE = "farewells.json"
LIMIT = 20.0  # seconds a command


def promise(folder: Path, argv: list[str]) -> None:
    """Note a command that has to be run when the lab ends; its first item is a full path."""
    write(folder, [*promised(folder), argv])


def promised(folder: Path) -> list[list[str]]:
    """The commands that are still to be run."""
    try:
        return list(json.loads((folder / FILE).read_text()))
    except FileNotFoundError:
        return []


def keep(folder: Path) -> list[str]:
    """Run what was promised, the last one first; returns a sentence for each that failed, which stays promised."""
    failures = {json.dumps(argv): run(argv) for argv in reversed(promised(folder))}
    write(folder, [argv for argv in promised(folder) if failures.get(json.dumps(argv))])
    return [failure for failure in failures.values() if failure]


def run(argv: list[str]) -> str:
    """Run one command; "" if all went well, else what went wrong."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
    except (OSError, subprocess.TimeoutExpired) as e:
        return f"`{' '.join(argv)}`: {e}"
    return f"`{' '.join(argv)}` ended with status {done.returncode}: {done.stderr.strip()}" if done.returncode else ""


def leave(folder: Path) -> None:
    """What is still promised goes to a folder beside this one, which is nobody's: `labkit clean` finds it there."""
    if commands := promised(folder):
        later = folder.with_name(f"{folder.name}-farewell")
        later.mkdir(exist_ok=True)
        write(later, commands)
        write(folder, [])


def write(folder: Path, commands: list[list[str]]) -> None:
    """Replace the file in one step: a lab may be killed at any moment. No commands, no file."""
    if not commands:
        (folder / FILE).unlink(missing_ok=True)
        return
    new = folder / f"{FILE}.new"
    new.write_text(json.dumps(commands))
    new.replace(folder / FILE)


if __name__ == "__main__":
    failures = keep(Path(sys.argv[1]))
    leave(Path(sys.argv[1]))
    sys.exit("\n".join(failures) or None)
