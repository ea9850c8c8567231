"""Free ports for servers that must come back on the same one after a kill."""

from __future__ import annotations

import random
import socket

from labkit.errors import LabError

# Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 on macOS): a client
# that knocks at a dead server's port from inside that range can be given this very port, and connect to itself.
LOW, HIGH = 15_000, 32_000


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on now."""
    for port in random.sample(range(LOW, HIGH), 200):
        if is_free(port):
            return port
    raise LabError(f"no free port among 200 tried between {LOW} and {HIGH} on 127.0.0.1: end some servers first")


def is_free(port: int) -> bool:
    """True if a server could listen there now (a port in TIME_WAIT counts as free, as it does for servers)."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
