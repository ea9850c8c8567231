"""Asking other programs, each for a bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from pathlib import Path

from labkit.errors import LabError

LIMIT = 8.0  # seconds for one question; a Docker daemon that hangs never answers


class Ask:
    """Asks programs. Open until close(), which ends all that have not answered; later questions are refused.

    Each runs in a process group of its own, so that what it started itself can be ended with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: set[subprocess.Popen[str]] = set()
        self._closed = False

    def __call__(self, command: list[str], text: str = "", env: dict[str, str] | None = None) -> str:
        """What the program says on stdout, given `text` on stdin.

        Raises:
            LabError: it is not there, fails (then its last line on stderr says why), or is silent for LIMIT seconds.
        """
        program = self._start(command, env)
        try:
            out, err = program.communicate(text, LIMIT)
        except subprocess.TimeoutExpired:
            raise LabError(f"{Path(command[0]).name} does not answer within {LIMIT:.0f} s") from None
        finally:
            self._end(program)
        if program.returncode:
            said = [line for line in err.splitlines() if line.strip()]
            raise LabError((said or [f"{Path(command[0]).name} ended with code {program.returncode}"])[-1][:200])
        return out.strip()

    def close(self) -> None:
        """End whoever has not answered yet."""
        with self._lock:
            self._closed = True
            left = list(self._asked)
        for program in left:
            _kill(program)

    def _start(self, command: list[str], env: dict[str, str] | None) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        with self._lock:
            if self._closed:
                raise LabError("not asked any more")
            try:
                program = subprocess.Popen(
                    command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, errors="replace", env=env, process_group=0
                )
            except OSError as problem:
                raise LabError(f"{command[0]} cannot be run: {problem.strerror}") from problem
            self._asked.add(program)
        return program

    def _end(self, program: subprocess.Popen[str]) -> None:
        with self._lock:
            self._asked.discard(program)
        if program.returncode is None:
            _kill(program)
            program.wait()
        for stream in (program.stdin, program.stdout, program.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()


def _kill(program: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
