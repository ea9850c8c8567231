"""The guard: starts the processes of one lab, and ends them when the kernel that owns the lab is gone.

A plain child of the kernel dies when the user presses Stop; a child in a session of its own leaks when the kernel is
killed. So the kernel starts one guard in a session of its own and keeps one socket to it. The guard starts everything
else, is the parent of it, and so never signals a process id that has been given to somebody else.

    waiting -> ending   the socket is at its end, or the kernel is no longer our parent, or SIGTERM
    ending  -> gone     every charge got SIGKILL (which reaches paused ones too) and was waited for; what the lab
                        promised to take away is taken away (farewells.py); folder removed

This file runs as a script and imports nothing of labkit: it must be up in a few milliseconds.

Orders, one JSON object a line:   {"do": "start", "key": 7, "argv": [...], "env": {...}} + two file descriptors, its
                                  stdout and its stderr;   {"do": "signal", "key": 7, "signal": 9}
Answers, in the order of orders:  {"pid": 4711} | {"ok": true} | {"gone": true} | {"error": "..."}
News, at any time:                {"key": 7, "became": "paused" | "resumed" | "exited", "code": int}
The kernel chooses the key, so news of a process that ends at once finds it known. `code` is the exit status, or minus
the number of the signal that ended it.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

PARENT_CHECK = 1.0  # seconds; a fork of the kernel that outlives it would hold the socket open for ever


class Guard:
    """See the module's docstring for the states."""

    def __init__(self, sock: socket.socket, parent: int, folder: Path) -> None:
        self.sock, self.parent, self.folder = sock, parent, folder
        self.charges: dict[int, int] = {}  # key -> pid
        self.ending = False
        self.unread = b""
        self.fds: list[int] = []  # they come with the first byte of an order, which may come in pieces

    def run(self) -> None:
        """Look after the charges until the end, and end them whatever happens."""
        try:
            self.watch()
        finally:
            self.end()

    def watch(self) -> None:
        """Wait for orders, and for charges that change."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "ending", True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with selectors.DefaultSelector() as ready:
            ready.register(self.sock, selectors.EVENT_READ)
            ready.register(wake_read, selectors.EVENT_READ)
            while not self.ending and os.getppid() == self.parent:
                for key, _ in ready.select(PARENT_CHECK):
                    self.read_orders() if key.fileobj is self.sock else drain(wake_read)
                self.look_after()

    def read_orders(self) -> None:
        """Read what is there, and answer each whole line."""
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 2)
        except OSError:
            data, fds = b"", []
        if not data:
            self.ending = True
            return
        self.fds += fds
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            self.tell(self.obey(json.loads(line)))

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order; returns the answer."""
        if order["do"] == "start":
            return self.start(order["key"], order["argv"], order["env"])
        return self.signal(order["key"], order["signal"])

    def start(self, key: int, argv: list[str], env: dict[str, str]) -> dict[str, Any]:
        """Start one charge; returns its pid, or the error."""
        out, err, *self.fds = self.fds
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, err, 2),
        ]
        back_to_default = [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE]
        try:
            pid = os.posix_spawn(argv[0], argv, env, file_actions=actions, setsid=True, setsigdef=back_to_default)
        except OSError as e:
            return {"error": f"{argv[0]} could not be started: {e.strerror}"}
        finally:
            os.close(out)
            os.close(err)
        self.charges[key] = pid
        return {"pid": pid}

    def signal(self, key: int, number: int) -> dict[str, Any]:
        """Send a signal to a charge that has not ended."""
        if key not in self.charges:
            return {"gone": True}
        os.kill(self.charges[key], number)  # not yet waited for, so the pid is still its own
        return {"ok": True}

    def look_after(self) -> None:
        """Tell the kernel what became of each charge since the last look."""
        for key, pid in list(self.charges.items()):
            while key in self.charges:
                seen, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
                if not seen:
                    break
                self.tell({"key": key, **self.became(key, status)})

    def became(self, key: int, status: int) -> dict[str, Any]:
        """What a status of waitpid means."""
        if os.WIFSTOPPED(status):
            return {"became": "paused", "code": 0}
        if os.WIFCONTINUED(status):
            return {"became": "resumed", "code": 0}
        del self.charges[key]
        return {"became": "exited", "code": os.waitstatus_to_exitcode(status)}

    def tell(self, news: dict[str, Any]) -> None:
        """One line to the kernel."""
        try:
            self.sock.sendall(json.dumps(news).encode() + b"\n")
        except OSError:
            self.ending = True

    def end(self) -> None:
        """Kill every charge, wait for it, keep the farewells, remove the folder."""
        for pid in self.charges.values():
            os.kill(pid, signal.SIGKILL)
        for pid in self.charges.values():
            os.waitpid(pid, 0)
        if (self.folder / "farewells.json").exists():
            self.say_farewell()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say_farewell(self) -> None:
        """Have the commands run that stand in the folder; what fails is said on stderr, and nobody is left to ask."""
        import subprocess  # most labs end without it

        subprocess.run([sys.executable, "-I", "-S", str(Path(__file__).with_name("farewells.py")), str(self.folder)])


def drain(fd: int) -> None:
    """Empty the pipe that signals write into: it only had to wake us."""
    with contextlib.suppress(BlockingIOError):
        while os.read(fd, 4096):
            pass


if __name__ == "__main__":
    fd, parent, folder = sys.argv[1:4]
    os.set_inheritable(int(fd), False)  # a charge that held it too would hide our own end from the kernel
    Guard(socket.socket(fileno=int(fd)), int(parent), Path(folder)).run()
