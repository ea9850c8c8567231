"""A broker made by hand, as a real process: it registers once, and answers its clients one after the other.

The toys of the lab listen on their ports and answer nobody yet; this one does, so it can also cease to.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from kazoo.client import KazooClient

from labkit import znodes
from labkit.errors import LabError
from labkit.lessons.shipping import pack
from labkit.lessons.trial import Attempt, Home
from labkit.ports import free_port
from labkit.toy.process import tell

if TYPE_CHECKING:
    from labkit.lab import Lab

BROKER = znodes.era("0.7").broker
HOST = "127.0.0.1"
PATIENCE = 0.5  # seconds that `ask` waits; an answer on one machine takes a millisecond


def serve(zk: KazooClient, broker_id: int, port: int) -> None:
    """Register as a broker, then answer one client after the other, for ever."""
    listener = socket.create_server((HOST, port))
    value = f"by-hand:{HOST}:{port}"
    zk.create(BROKER.path(broker_id), value.encode(), ephemeral=True, makepath=True)
    while True:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):  # clients may leave
            question = client.recv(1000)
            client.sendall(b"I heard " + question)


def ask(port: int) -> str:
    """What a client gets from a port of this machine: an answer, "refused", or "silence"."""
    try:
        with socket.create_connection((HOST, port), timeout=PATIENCE) as server:
            server.sendall(b"hello")
            return server.recv(1000).decode()
    except ConnectionError:
        return "refused"
    except TimeoutError:
        return "silence"


def asked(lab: Lab, broker_id: int) -> str:
    """Find a broker in ZooKeeper and ask it, as a client does; the lab's trace keeps what came."""
    path = BROKER.path(broker_id)
    data, _ = lab.zk.get(path)
    answer = ask(BROKER.decode(data, path).port)
    lab.recorder.append("answered", process=f"by-hand-{broker_id}", path=path, answer=answer)
    return answer


class Asking:
    """`ask`, and who judges hears of each question and its answer."""

    def __call__(self, port: int) -> str:
        """As `ask`."""
        answer = ask(port)
        tell("asked", port=port, answer=answer)
        return answer


class ByHand(Attempt):
    """`serve` in a process and a session of its own; it has the verbs of a toy, but for a clean stop."""

    role = "broker"

    def __init__(self, lab: Lab, broker_id: int, root: str = "") -> None:
        self.port, self.path = free_port(), BROKER.path(broker_id)
        name = f"by-hand-{broker_id}"
        file = Path(lab.folder_name) / f"{name}{root.replace('/', '-')}.pickle"
        pack(serve, [broker_id, self.port], file)
        super().__init__(name, file, Home(lab, root))

    def stop(self) -> None:
        """Refused while it lives: its one thread is busy with clients for ever, and hears no SIGTERM."""
        if self.alive:
            raise LabError(f"{self.name} listens to its clients and to nobody else, so it cannot stop: kill() ends it")


def start_by_hand(lab: Lab, broker_id: int) -> ByHand:
    """Start one in the lab; returns when it is registered. One with this id that still runs is ended first."""
    made = ByHand(lab, broker_id)
    if isinstance(before := lab.processes.get(made.name), ByHand):
        before.end()
    lab.start_processes([made])
    lab.wait_until(lambda: made.path in lab.tree.snapshot(), because=f"{made.name} has registered")
    return made
