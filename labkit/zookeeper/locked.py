"""`python locked.py FILE PROGRAM ARG…` becomes that program, once nobody else holds the lock on that file.

No setting of the user's reaches it: neither COMPOSE_… nor a compose file in the current folder or one above it, which
Compose would take for the project's. A script that imports nothing of labkit: a farewell runs it. No file, no wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys


def main(file: str, *argv: str) -> None:
    """The lock is held until the program ends."""
    with contextlib.suppress(FileNotFoundError):
        lock = os.open(file, os.O_RDWR)
        os.set_inheritable(lock, True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.chdir("/")
    os.execve(argv[0], argv, {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")})


if __name__ == "__main__":
    main(*sys.argv[1:])
