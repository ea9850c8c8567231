"""`python locked.py FILE PROGRAM ARG…` becomes that program, once nobody else holds the lock on that file.

A script that imports nothing of labkit: a farewell runs it. No file, no wait.
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
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main(*sys.argv[1:])
