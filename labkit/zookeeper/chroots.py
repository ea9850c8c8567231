"""Making a znode for one lab, and taking away that one and no other."""

from __future__ import annotations

import contextlib

from kazoo.exceptions import KazooException, NoAuthError, NodeExistsError, NoNodeError, NotEmptyError

from labkit.client import TracedClient
from labkit.errors import LabError

SESSION = 10.0  # seconds
LIMIT = 10.0  # seconds to reach a server


def client(hosts: str, limit: float = LIMIT) -> TracedClient:
    """A connected client of our own; LabError if no server answers within `limit` seconds."""
    zk = TracedClient(hosts, SESSION, lambda *_, **__: None)
    try:
        zk.start(timeout=limit)
    except zk.handler.timeout_exception as e:
        zk.close()
        raise LabError(
            f"no ZooKeeper answered at {hosts} within {limit:g} s: is it running, is the address right?"
        ) from e
    return zk


def missing(hosts: str, path: str) -> list[str]:
    """`path` and those of its parents that are not there, the longest first; LabError if `path` is there already."""
    zk = client(hosts)
    try:
        there = [p for p in upward(path) if zk.exists(p) is None]
    except KazooException as e:
        raise LabError(f"{path} at {hosts} cannot be looked at: {e!r}") from e
    finally:
        end(zk)
    if path not in there:
        raise LabError(
            f"{path} is there already at {hosts}: give the lab another name, or none for a random one. "
            f"If it was left by a lab that crashed, `labkit farewell {hosts} {path}` removes it."
        )
    return there


def make(hosts: str, paths: list[str]) -> None:
    """Create these znodes, the last one first; LabError if that is not allowed."""
    zk = client(hosts)
    try:
        for path in reversed(paths):
            try:
                zk.create(path)
            except NodeExistsError:
                if path == paths[0]:
                    raise LabError(f"{path} at {hosts} was made by somebody else just now: try again") from None
            except NoAuthError:
                raise LabError(
                    f"{path} may not be created at {hosts}: the ACL of {path.rpartition('/')[0] or '/'} forbids it. "
                    "Ask whoever runs the ensemble for a chroot with the right to create and delete, and give it as "
                    "host:port/chroot."
                ) from None
    finally:
        end(zk)


def remove(hosts: str, paths: list[str]) -> None:
    """Delete the first path with all below it, then each other one if it is empty. Nothing there is no error."""
    zk = client(hosts)
    try:
        for path in filter(zk.exists, paths):
            with contextlib.suppress(NotEmptyError, NoNodeError):  # somebody else uses it by now, or has removed it
                zk.delete(path, recursive=path == paths[0])
    except KazooException as e:
        raise LabError(f"{paths[0]} at {hosts} could not be removed whole: {e!r}") from e
    finally:
        end(zk)


def end(zk: TracedClient) -> None:
    """Give its session back."""
    zk.stop()
    zk.close()


def upward(path: str) -> list[str]:
    """/a/b/c → [/a/b/c, /a/b, /a]."""
    steps = path.strip("/").split("/")
    return ["/" + "/".join(steps[:n]) for n in range(len(steps), 0, -1)]
