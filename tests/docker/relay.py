"""A socket between Docker's command line and its engine."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tests.docker.tools import docker


class Relay:
    """Passes everything on until `cut()`; `address` is what DOCKER_HOST has to be.

    `silent` accepts and never answers, as an engine that hangs.
    """

    def __init__(self) -> None:
        host = docker("context", "inspect", "default", "-f", "{{.Endpoints.docker.Host}}")
        self._engine = host.removeprefix("unix://")
        self._folder = Path(tempfile.mkdtemp(prefix="relay-"))
        self.address = f"unix://{self._folder}/s"
        self.silent = False
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self._folder}/s")
        self._listener.listen(64)
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(5)
        shutil.rmtree(self._folder)

    def cut(self) -> None:
        """The engine is gone, as far as anybody here can tell."""
        for sock in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        (self._folder / "s").unlink(missing_ok=True)

    def _run(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                if not self.silent:
                    far = socket.socket(socket.AF_UNIX)
                    self._sockets.append(far)
                    far.connect(self._engine)
                    self._run(pump, near, far)
                    self._run(pump, far, near)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Copy one direction until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
