"""The first two messages of ZooKeeper's protocol, by hand: what kazoo cannot be asked to do with a session."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass

from kazoo.protocol.serialization import CloseInstance, Connect, int_int_struct, int_struct

SMALLEST, LARGEST = 36, 64  # bytes of a greeting, by the versions of the protocol
NOBODY = b"\0" * 16  # the password of a session that is not there yet


@dataclass(frozen=True)
class Greeting:
    """What a server grants: the session's id (0: there is no such session any more) and its timeout in seconds."""

    session: int
    timeout: float


def greet(
    address: tuple[str, int],
    timeout: float,
    session: int = 0,
    password: bytes = NOBODY,
    limit: float = 2.0,
    *,
    close: bool = True,
) -> Greeting:
    """Open a session, or take one over, and close it in the same breath; `timeout` is asked for, in seconds.

    Both requests go out in one piece. A takeover cuts off the owner, which comes back within milliseconds and would
    take its session back before a client of ours, in a busy kernel, came to say that it is to be closed.
    Without `close` the session lives on, and this returns when its owner has come back for it.
    OSError if the server does not answer within `limit` seconds.
    """
    connect = bytes(Connect(0, 0, round(timeout * 1000), session, password, False).serialize())
    parts = [connect, int_int_struct.pack(1, CloseInstance.type)] if close else [connect]
    with socket.create_connection(address, limit) as sock:
        sock.sendall(b"".join(int_struct.pack(len(part)) + part for part in parts))
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(4096):  # until the server ends the connection, as there is no session any more
                answer += piece
    if len(answer) < int_struct.size:
        raise ConnectionError(f"{address[0]}:{address[1]} ended the connection without a greeting")
    (length,) = int_struct.unpack_from(answer)
    if not SMALLEST <= length <= LARGEST or len(answer) < length:
        raise ConnectionError(f"what listens at {address[0]}:{address[1]} is no ZooKeeper: it said {answer[:40]!r}")
    reply, _ = Connect.deserialize(answer, int_struct.size)
    return Greeting(reply.session_id, reply.time_out / 1000)
