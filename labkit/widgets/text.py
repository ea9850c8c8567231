"""The tree and the processes as plain text: the fallback of the widgets, and what `labkit tree` prints.

Pure functions of the same view that the widgets draw (see `labkit.widgets.tree`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.view import parent_of

View = Mapping[str, Any]

STATE_GLYPHS = {"running": "●", "paused": "‖", "stopped": "■", "dead": "✕", "starting": "…"}
VALUE_WIDTH = 48


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts `9` before `10`, and `broker-9` before `broker-10`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def children_of(paths: Iterable[str]) -> dict[str, list[str]]:
    """For every parent its children in natural order; parents that `paths` lacks are put in."""
    known: set[str] = set()
    for path in paths:
        while path != "/" and path not in known:
            known.add(path)
            path = parent_of(path)
    children: dict[str, list[str]] = {}
    for path in known:
        children.setdefault(parent_of(path), []).append(path)
    for siblings in children.values():
        siblings.sort(key=lambda path: natural_key(name_of(path)))
    return children


def short_value(znode: Mapping[str, Any], width: int = VALUE_WIDTH) -> str:
    """The value on one line, at most `width` characters."""
    value = ("0x" if znode.get("binary") and znode["value"] else "") + znode["value"]
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", value).strip()
    return line if len(line) <= width and not znode.get("cut") else line[: width - 1].rstrip() + "…"


def owner_name(owner: str, sessions: Mapping[str, Any]) -> str:
    """The process behind a session, or the session's id when the process is not ours."""
    return (sessions.get(owner) or {}).get("process") or owner


def remarks(path: str, view: View) -> str:
    """What there is to say about a znode besides its value: whose ephemeral it is, and who watches it."""
    znode, sessions = view["znodes"].get(path) or {}, view.get("sessions", {})
    said = []
    if owner := znode.get("owner"):
        said.append(f"ephemeral, {owner_name(owner, sessions)}")
        if (sessions.get(owner) or {}).get("state") == "silent":
            said.append("session silent")
    watchers = [f"{watch['who']} ({watch['kind']})" for watch in view.get("watches", {}).get(path, ())]
    if watchers:
        said.append("watched by " + ", ".join(watchers))
    return f"   ({'; '.join(said)})" if said else ""


def tree_text(view: View, *, limit: int = 200) -> str:
    """The tree as indented lines; from `limit` lines on it says how many znodes are left out."""
    children = children_of(view["znodes"])
    lines = [view["root"] or "/"]
    stack = _siblings(children, "/", "")
    while stack and len(lines) <= limit:
        path, lead, indent = stack.pop()
        value = short_value(view["znodes"].get(path) or {"value": ""})
        lines.append(f"{lead}{name_of(path)}" + (f" = {value}" if value else "") + remarks(path, view))
        stack += _siblings(children, path, indent)
    left_out = sum(map(len, children.values())) - (len(lines) - 1)
    if left_out:
        lines.append(f"… and {left_out:,} more znodes")
    if len(lines) == 1:
        lines.append("   (no znodes yet)")
    if view.get("note"):
        lines.append(f"note: {view['note']}")
    return "\n".join(lines)


def _siblings(children: Mapping[str, list[str]], parent: str, indent: str) -> list[tuple[str, str, str]]:
    """The children of `parent` with their branch marks, last one first (it is pushed on a stack)."""
    rows = []
    for number, path in enumerate(reversed(children.get(parent, ()))):
        last = number == 0
        rows.append((path, indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  ")))
    return rows


def processes_text(processes: Sequence[Mapping[str, Any]], line: str = "") -> str:
    """The processes as a table, and the line about what just happened."""
    rows = [_process_cells(process) for process in processes]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*(table or ["(no processes yet)"]), *([line] if line else [])])


def _process_cells(process: Mapping[str, Any]) -> list[str]:
    state = process["state"]
    session = process.get("session") or ""
    about = [f"pid {process['pid']}" if process.get("pid") else "", process.get("detail", "")]
    about.append(f"session {session}" if session else "")
    return [STATE_GLYPHS.get(state, "?"), process["name"], state, ", ".join(filter(None, about))]
