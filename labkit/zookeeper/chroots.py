"""Making a znode for one lab, and taking away that one and no other."""

from __future__ import annotations

import contextlib

from kazoo.exceptions import KazooException, NoAuthError, NodeExistsError, NoNodeError, NotEmptyError

from labkit.client import TracedClient
from labkit.errors import LabError

SESSION = 10.0  # seconds
MADE_BY_A_LAB = b"made by labkit, and removed when it is empty"
TRIES = 5
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


def claimable(hosts: str, path: str) -> list[str]:
    """`path` and those of its parents that labs have made, or will have to, the longest first.

    The last of several labs below such a parent takes it away. LabError if `path` is there already.
    """
    zk = client(hosts)
    try:
        there = [p for p in upward(path) if zk.exists(p) is None or (p != path and made_by_a_lab(zk, p))]
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


def made_by_a_lab(zk: TracedClient, path: str) -> bool:
    """True if it says so; one that may not be read is somebody else's, and one that has just gone is nobody's."""
    try:
        return bool(zk.get(path)[0] == MADE_BY_A_LAB)
    except NoAuthError:
        return False
    except NoNodeError:
        return True


def make(hosts: str, paths: list[str]) -> None:
    """Create those of these znodes that are not there, the last one first; LabError if that is not allowed."""
    zk = client(hosts)
    try:
        for _ in range(TRIES):
            with contextlib.suppress(NoNodeError):  # another lab has just taken a parent away, as it was empty
                return create(zk, hosts, paths)
        raise LabError(f"{paths[0]} at {hosts} cannot be made, as what is above it comes and goes: try again")
    finally:
        end(zk)


def create(zk: TracedClient, hosts: str, paths: list[str]) -> None:
    """One attempt of `make`."""
    for path in reversed(paths):
        try:
            zk.create(path, b"" if path == paths[0] else MADE_BY_A_LAB)
        except NodeExistsError:
            if path == paths[0]:
                raise LabError(f"{path} at {hosts} was made by somebody else just now: try again") from None
        except NoAuthError:
            raise LabError(
                f"{path} may not be created at {hosts}: the ACL of {path.rpartition('/')[0] or '/'} forbids it. "
                "Ask whoever runs the ensemble for a chroot with the right to create and delete, and give it as "
                "host:port/chroot."
            ) from None


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
