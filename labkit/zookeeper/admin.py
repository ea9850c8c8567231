"""ZooKeeper's four-letter words: what a server says of itself, over one short TCP connection a question."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass


class NotServingError(OSError):
    """The server is up and serves nobody: it has found no majority, or has not read its data yet."""


class ForbiddenError(OSError):
    """The server's whitelist has not this word."""


@dataclass(frozen=True)
class Connection:
    """One client of a server, from `cons`.

    `heard` is the moment of the server's last reply to it, in ms of the server's own monotonic clock, 0 before the
    first (its greeting does not count); `timeout` is the session timeout that was granted, in seconds; `since` is when
    it connected, in seconds since the epoch.
    """

    session: int
    timeout: float
    heard: int
    since: float


def ask(host: str, port: int, word: str, timeout: float = 2.0) -> str:
    """The server's answer to `word`.

    OSError if none comes within `timeout` seconds; NotServingError and ForbiddenError are answers, and raised as well.
    """
    with socket.create_connection((host, port), timeout) as sock:
        sock.sendall(word.encode())
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
    text = answer.decode(errors="replace")
    if "not currently serving requests" in text:
        raise NotServingError(f"{host}:{port} does not serve")
    if "not in the whitelist" in text:
        raise ForbiddenError(f"{host}:{port} does not answer the word {word}")
    return text


def serves(host: str, port: int, timeout: float = 2.0) -> bool:
    """True if it serves, or forbids to be asked."""
    try:
        return "Mode" in status(host, port, timeout)
    except ForbiddenError:
        return True
    except OSError:
        return False


def connections(host: str, port: int, timeout: float = 2.0) -> list[Connection]:
    """The sessions that hold a connection to this server."""
    found = []
    for line in ask(host, port, "cons", timeout).splitlines():
        facts = dict(re.findall(r"(\w+)=([^,)]*)", line))
        if "sid" in facts:
            seconds = int(facts["to"]) / 1000
            found.append(
                Connection(int(facts["sid"], 16), seconds, int(facts["lresp"]), int(facts.get("est", 0)) / 1000)
            )
    return found


def settings(host: str, port: int, timeout: float = 2.0) -> dict[str, str]:
    """What `conf` prints: tickTime, dataDir, minSessionTimeout, … as text."""
    return dict(line.split("=", 1) for line in ask(host, port, "conf", timeout).splitlines() if "=" in line)


def status(host: str, port: int, timeout: float = 2.0) -> dict[str, str]:
    """What `srvr` prints: Mode, Zxid, Connections, Zookeeper version and more."""
    lines = ask(host, port, "srvr", timeout).splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def data_watches(host: str, port: int, timeout: float = 2.0) -> dict[str, list[int]]:
    """Sessions with a data or exists watch, by path (`wchp`; a child watch alone does not show there)."""
    watches: dict[str, list[int]] = {}
    path = ""
    for line in ask(host, port, "wchp", timeout).splitlines():
        if line.startswith("\t"):
            watches[path].append(int(line, 16))
        elif line.startswith("/"):
            path = line
            watches[path] = []
    return watches
