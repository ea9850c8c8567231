"""The live tree as plain JSON: what the widgets draw, whole or as what changed. The forms stand in widgets/tree.py."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from labkit import znodes
from labkit.feed import Znode
from labkit.sessions import Session
from labkit.tree import Change, LiveTree
from labkit.watches import Watch

Delta = dict[str, Any]
LONGEST = 2_000  # characters of a value; more is cut


class TreeView:
    """Follows a live tree and numbers what changes. Callable from any thread."""

    def __init__(self, tree: LiveTree, era: str, root: str, report: Callable[[BaseException], None]) -> None:
        self.report = report
        self._tree, self._root = tree, root
        self._layout = znodes.era(era)
        self._lock = threading.RLock()
        self._seq = 0
        self._listeners: list[Callable[[Delta], None]] = []
        self._znodes: dict[str, Znode] = {}
        self._children: Counter[str] = Counter()
        self._ends = [
            tree.listen(self._changed),
            tree.sessions.listen(self._session),
            tree.listen_watches(self._watched),
            tree.listen_reachable(lambda: self._tell({"note": self._note()})),
        ]
        with self._lock:
            for path, znode in tree.last().items():
                if path not in self._znodes:
                    self._put(path, znode)

    def close(self) -> None:
        """Follow the tree no longer; the last view stays, with a note that says so."""
        self._tell({"note": self._note()})
        for end in self._ends:
            end()

    def view(self) -> dict[str, Any]:
        """All of it, as of now."""
        with self._lock:
            return {
                "seq": self._seq,
                "root": self._root,
                "note": self._note(),
                "znodes": {path: self._form(znode) for path, znode in sorted(self._znodes.items())},
                "sessions": {hex_id(s.id): session_form(s) for s in self._tree.sessions.all().values()},
                "watches": {path: watch_forms(watches) for path, watches in self._tree.watches.all().items()},
            }

    def subscribe(self, listener: Callable[[Delta], None]) -> Callable[[], None]:
        """Call `listener(delta)` for each change from now on; returns what ends that."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _changed(self, change: Change) -> None:
        with self._lock:
            self._put(change.path, change.after)
            shown = [change.after] if change.after else []
            if parent := self._znodes.get(parent_of(change.path)):
                shown.append(parent)  # it has one child more or less
            owner = self._tree.owner(change.path) if change.after else None
            self._tell(
                {
                    "set": {z.path: self._form(z) for z in shown},
                    "gone": [] if change.after else [change.path],
                    "sessions": {hex_id(owner.id): session_form(owner)} if owner else {},
                }
            )

    def _put(self, path: str, znode: Znode | None) -> None:
        there = path in self._znodes
        if znode is None:
            self._znodes.pop(path, None)
        else:
            self._znodes[path] = znode
        if path != "/":
            self._children[parent_of(path)] += (znode is not None) - there

    def _session(self, session: Session) -> None:
        self._tell({"sessions": {hex_id(session.id): None if session.state == "gone" else session_form(session)}})

    def _watched(self, path: str) -> None:
        with self._lock:  # of two threads that tell, the later one must also have looked later
            self._tell({"watches": {path: watch_forms(self._tree.watchers(path))}})

    def _tell(self, delta: Delta) -> None:
        with self._lock:
            self._seq += 1
            for listener in list(self._listeners):
                listener({"seq": self._seq, "set": {}, "gone": [], "sessions": {}, "watches": {}, **delta})

    def _note(self) -> str:
        if self._tree.closed:
            return "The lab is closed: this is what was last seen."
        since = self._tree.unreachable_since
        if since is None:
            return ""
        at = time.strftime("%H:%M:%S", time.localtime(since))
        why = self._tree.why_silent()
        return f"ZooKeeper does not answer since {at}: this is what was last seen.{' ' if why else ''}{why}"

    def _form(self, z: Znode) -> dict[str, Any]:
        try:
            text, binary = z.data.decode(), False
        except UnicodeDecodeError:
            text, binary = z.data.hex(), True
        known = self._layout.recognise(z.path)
        return {
            "value": text[:LONGEST],
            "binary": binary,
            "cut": len(text) > LONGEST,
            "size": len(z.data),
            "version": z.version,
            "owner": hex_id(z.ephemeral_owner) if z.ephemeral else None,
            "czxid": hex(z.czxid),
            "mzxid": hex(z.mzxid),
            "ctime": z.ctime,
            "mtime": z.mtime,
            "children": self._children[z.path],
            "meaning": known.meaning if known else "",
        }


def session_form(s: Session) -> dict[str, Any]:
    """A session as the widgets know it."""
    left = None if s.left is None else round(s.left, 3)
    return {"process": s.process, "pid": s.pid, "state": s.state, "timeout": s.timeout, "left": left, "why": s.why}


def watch_forms(watches: list[Watch]) -> list[dict[str, str]]:
    """Watches as the widgets know them."""
    return [{"who": watch.who, "kind": watch.kind} for watch in watches]


def hex_id(session: int) -> str:
    """A session id as ZooKeeper's own tools print it."""
    return f"0x{session:x}"


def parent_of(path: str) -> str:
    """/a/b -> /a; the parent of /a is "/"."""
    return path.rpartition("/")[0] or "/"
