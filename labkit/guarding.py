"""The kernel's end of the guard: gives it orders, and reads all that the processes say."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from labkit import farewells
from labkit.errors import LabError

Event = dict[str, Any]
ANSWER_LIMIT = 10.0  # seconds: far more than a healthy guard needs for anything asked of it here
GUARD_LOST = "the lab's guard process is gone, and with it every process of this lab: close it and open a new Lab()"


class Charge(Protocol):
    """What the guard runs. All three are called from the reader thread, in the order in which things happened."""

    def said(self, line: str) -> None:
        """A line of its stdout."""

    def complained(self, line: str) -> None:
        """A line of its stderr."""

    def became(self, what: str, code: int) -> None:
        """It is "paused", "resumed" or "exited"; `code` as in guard.py."""


class Guard:
    """One guard process (labkit/guard.py) and the thread that reads its news and its charges' stdout and stderr.

    `report` is told of an error in that thread, and of an end of the guard that nobody asked for.
    """

    def __init__(self, folder: Path, report: Callable[[BaseException], None]) -> None:
        self.report, self._folder = report, folder
        self._sock, theirs = socket.socketpair()
        with theirs:
            script = str(Path(__file__).with_name("guard.py"))
            argv = [sys.executable, "-I", "-S", script, str(theirs.fileno()), str(os.getpid()), str(folder)]
            self._last_words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the guard has ended
            nowhere = subprocess.DEVNULL  # whoever reads the kernel's output must not wait for the guard to end too
            self._guard = subprocess.Popen(
                argv,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=nowhere,
                stdout=nowhere,
                stderr=self._last_words,
            )
        self.pid = self._guard.pid
        self._orders = threading.Lock()
        self._answers: deque[Event] = deque()
        self._answered = threading.Semaphore(0)
        self._keys = itertools.count(1)
        self._charges: dict[int, tuple[Charge, list[str], int, int]] = {}  # key: charge, argv, its stdout and stderr
        self._unread: dict[int, bytes] = {}
        self._lost = self._closing = False
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._sock, selectors.EVENT_READ, self._read_news)
        self._reader = threading.Thread(target=self._read, name="labkit-processes", daemon=True)
        self._reader.start()

    def start(self, charge: Charge, argv: list[str], env: dict[str, str]) -> tuple[int, int]:
        """Start `argv` (its first item a full path); returns its key, for `signal`, and its process id."""
        self._must_be_there()
        key = next(self._keys)
        (out, out_w), (err, err_w) = os.pipe(), os.pipe()
        self._charges[key] = charge, argv, out, err
        self._listen(out, charge.said)
        self._listen(err, charge.complained)
        try:
            answer = self._order({"do": "start", "key": key, "argv": argv, "env": env}, [out_w, err_w])
        finally:
            os.close(out_w)
            os.close(err_w)
        if "error" in answer:
            del self._charges[key]
            raise LabError(f"{answer['error']}. Is the lab's environment complete? `./lab` repairs it.")
        return key, answer["pid"]

    def signal(self, key: int, number: int) -> bool:
        """Send a signal; False if that process has ended."""
        return "ok" in self._order({"do": "signal", "key": key, "signal": int(number)})

    def close(self) -> None:
        """End all charges and the guard, and wait for them; the folder is gone afterwards. Idempotent."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        self._guard.wait(ANSWER_LIMIT)
        self._reader.join(ANSWER_LIMIT)

    def _order(self, order: Event, fds: list[int] | None = None) -> Event:
        with self._orders:
            self._must_be_there()
            line = json.dumps(order).encode() + b"\n"
            try:
                sent = socket.send_fds(self._sock, [line], fds or [])
                self._sock.sendall(line[sent:])
            except OSError as e:
                raise LabError(GUARD_LOST) from e
            if not self._answered.acquire(timeout=ANSWER_LIMIT):
                raise LabError(f"the lab's guard (pid {self.pid}) did not answer within {ANSWER_LIMIT:g} s")
            self._must_be_there()
            return self._answers.popleft()

    def _must_be_there(self) -> None:
        if self._closing:
            raise LabError("this lab is closed and its processes are gone: open a new Lab()")
        if self._lost:
            raise LabError(GUARD_LOST)

    def _read(self) -> None:
        try:
            while not self._lost:
                for key, _ in self._ready.select():
                    if key.fileobj in self._unread or key.fileobj is self._sock:
                        key.data()
        except BaseException as e:  # noqa: BLE001 - whatever it is, it belongs where the learner is
            self.report(e)
        finally:
            self._end()

    def _listen(self, fd: int, tell: Callable[[str], None]) -> None:
        os.set_blocking(fd, False)
        self._unread[fd] = b""
        # epoll and kqueue take a new file while the reader thread waits in them; select() and poll() would not.
        self._ready.register(fd, selectors.EVENT_READ, lambda: self._read_lines(fd, tell))

    def _read_lines(self, fd: int, tell: Callable[[str], None]) -> bool:
        """Hand on what is there; True while there may be more at once."""
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return False
        *lines, self._unread[fd] = (self._unread[fd] + (data or b"\n")).split(b"\n")
        for line in lines:
            if line:
                tell(line.decode(errors="replace"))
        if not data:
            self._forget(fd)
        return bool(data)

    def _forget(self, fd: int) -> None:
        self._ready.unregister(fd)
        del self._unread[fd]
        os.close(fd)

    def _read_news(self) -> None:
        try:
            data = self._sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._lost = True
            return
        *lines, self._unread[-1] = (self._unread.get(-1, b"") + data).split(b"\n")
        for line in lines:
            news = json.loads(line)
            if "became" in news:
                self._pass_on(news["key"], news["became"], news["code"])
            else:
                self._answers.append(news)
                self._answered.release()

    def _pass_on(self, key: int, became: str, code: int) -> None:
        charge, _, out, err = self._charges[key]
        if became == "exited":
            del self._charges[key]
            for fd, tell in ((out, charge.said), (err, charge.complained)):
                while fd in self._unread and self._read_lines(fd, tell):
                    pass  # its last words come before the news of its end
                if fd in self._unread:
                    self._forget(fd)
        charge.became(became, code)

    def _end(self) -> None:
        self._lost = True
        self._answered.release()
        if not self._closing:
            end_by_hand([argv for _, argv, _, _ in self._charges.values()])
            for failure in farewells.keep(self._folder):
                self.report(LabError(f"not taken away; `./lab clean` tries it again: {failure}"))
            farewells.leave(self._folder)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._last_words.seek(0)
            self.report(LabError(f"{GUARD_LOST}\n{self._last_words.read().decode(errors='replace')}".rstrip()))
        self._last_words.close()
        for key in list(self._charges):
            self._pass_on(key, "exited", -9)
        self._ready.close()
        self._sock.close()


def end_by_hand(command_lines: list[list[str]]) -> None:
    """SIGKILL the processes that run exactly these command lines: for when their guard was killed."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] in command_lines:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
