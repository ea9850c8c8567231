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


def outline(children: Mapping[str, list[str]], limit: int) -> tuple[dict[str, list[str]], dict[str, int]]:
    """What of a tree fits on `limit` lines: the children shown of each parent, and how many below it are left out.

    Every branch shows as many of its children as all others may; a parent that leaves out some costs a line more.
    """
    tries = (_at_most(children, most, limit) for most in range(limit, 1, -1))
    shown = next(filter(None, tries), None) or _at_most(children, 1, limit, end=True)
    left_out = {}
    for parent, kids in shown.items():
        if rest := children.get(parent, [])[len(kids) :]:
            left_out[parent] = sum(_size(children, path) for path in rest)
    return shown, left_out


def _at_most(children: Mapping[str, list[str]], most: int, limit: int, *, end: bool = False) -> dict[str, list[str]]:
    """At most so many children of each parent; {} if that takes more than `limit` lines (with `end` it ends there)."""
    shown: dict[str, list[str]] = {}
    queue, lines = ["/"], 0
    for parent in queue:
        kids = children.get(parent, [])
        lines += len(kids[:most]) + (len(kids) > most)
        if lines > limit + 1 and not end:
            return {}
        shown[parent] = kids[:most] if lines <= limit + 1 else []
        queue += shown[parent]
    return shown


def _size(children: Mapping[str, list[str]], path: str) -> int:
    """This znode and all below it."""
    below = [path]
    for one in below:
        below += children.get(one, ())
    return len(below)


def tree_text(view: View, *, limit: int = 200) -> str:
    """The tree as indented lines; of a tree of more than `limit`, each branch says how many it leaves out."""
    children, left_out = outline(children_of(view["znodes"]), limit)
    lines = [view["root"] or "/"]
    stack = _siblings(children, left_out, "/", "")
    while stack:
        path, lead, indent = stack.pop()
        if path.startswith("/"):
            value = short_value(view["znodes"].get(path) or {"value": ""})
            lines.append(f"{lead}{name_of(path)}" + (f" = {value}" if value else "") + remarks(path, view))
            stack += _siblings(children, left_out, path, indent)
        else:
            lines.append(lead + path)
    if len(lines) == 1:
        lines.append("   (no znodes yet)")
    if view.get("note"):
        lines.append(f"note: {view['note']}")
    return "\n".join(lines)


def more_words(left_out: int) -> str:
    """What stands for the znodes that are left out."""
    return f"… and {left_out:,} more znode{'' if left_out == 1 else 's'}"


def _siblings(
    children: Mapping[str, list[str]], left_out: Mapping[str, int], parent: str, indent: str
) -> list[tuple[str, str, str]]:
    """The children of `parent` with their branch marks, last one first (it is pushed on a stack)."""
    more = [more_words(left_out[parent])] if parent in left_out else []
    rows = []
    for number, path in enumerate(reversed([*children.get(parent, ()), *more])):
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
