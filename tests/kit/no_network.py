"""Run a program where no network is, but for 127.0.0.1: `python no_network.py PROGRAM [ARG …]`.

It gets a network namespace of its own with nothing but a loopback interface. Where the system does not allow that,
the proxies and the package index are set to a port where nobody listens.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000  # of unshare(2)
SET_FLAGS, UP = 0x8914, 0x1  # of netdevice(7)
NOBODY = "http://127.0.0.1:9"
DEAD = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "PIP_INDEX_URL")


def take_away() -> bool:
    """Leave the network; False if this system does not let us."""
    unshare = ctypes.CDLL(None).unshare
    if unshare(NEW_NETWORK) and unshare(NEW_NETWORK | NEW_USER):
        return False
    with socket.socket() as sock:
        fcntl.ioctl(sock, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
    return True


if __name__ == "__main__":
    if not take_away():
        os.environ.update(dict.fromkeys(DEAD, NOBODY) | {"NO_PROXY": "127.0.0.1"})
    os.execvp(sys.argv[1], sys.argv[1:])
