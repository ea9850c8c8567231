"""A still picture of the tree, for places without a kernel: a saved notebook, an export, a slide, paper.

Pure: a view (see `labkit.widgets.tree`) goes in, DOT source comes out; whoever has `dot` draws it.
Nothing is told by colour alone: ephemerals are dashed and say whose they are, dead znodes are struck through.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from labkit.dot import svg
from labkit.view import parent_of
from labkit.widgets.text import View, children_of, more_words, name_of, outline, owner_name, short_value

HEAD = """digraph tree {
  graph [rankdir=LR, nodesep=0.12, ranksep=0.35, splines=ortho, bgcolor="white", fontname="Helvetica"]
  node [shape=box, style="rounded", margin="0.10,0.05", height=0.3, fontname="Helvetica", fontsize=11,
        color="#555555", fontcolor="#111111"]
  edge [arrowhead=none, color="#888888"]"""
EPHEMERAL = 'style="rounded,dashed", color="#0072B2", penwidth=1.4'
MORE = 'shape=plaintext, fontcolor="#555555"'
MOST = 150  # Graphviz draws so many in seconds, and nobody can read more
DEAD = 'color="#8a8a8a", fontcolor="#6a6a6a"'


def dot_source(view: View, *, gone: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """DOT source of the tree; `gone` holds the last known state of znodes that are to be shown as dead.

    Of more than 150 znodes each branch shows some, and a box says how many it leaves out.
    """
    dead = {path: znode for path, znode in (gone or {}).items() if path not in view["znodes"]}
    znodes = {**view["znodes"], **dead}
    lines = [HEAD, f"  {_quote('/')} [{_attributes(view['root'] or '/', {}, view, dead=False)}]"]
    children, left_out = outline(children_of(znodes), MOST)
    for siblings in sorted(children.values()):
        for path in siblings:
            znode = znodes.get(path) or {}
            lines.append(f"  {_quote(path)} [{_attributes(name_of(path), znode, view, dead=path in dead)}]")
            lines.append(f"  {_quote(parent_of(path))} -> {_quote(path)}" + (" [style=dotted]" if path in dead else ""))
    for parent, number in left_out.items():
        more = _quote(f"{parent}/…")  # no znode has an empty name above it: "//…" is free, too
        lines.append(f"  {more} [label={_quote(more_words(number))}, {MORE}]")
        lines.append(f"  {_quote(parent)} -> {more} [style=dotted]")
    return "\n".join([*lines, "}\n"])


def _attributes(name: str, znode: Mapping[str, Any], view: View, *, dead: bool) -> str:
    owner = znode.get("owner")
    parts = [f"<B>{_label(name)}</B>", _small(short_value(znode, 34) if znode.get("value") else "")]
    parts.append(_small(f"ephemeral of {owner_name(owner, view.get('sessions', {}))}") if owner else "")
    label = '<BR ALIGN="LEFT"/>'.join(part for part in parts if part)
    if dead:
        label = f"<S>{label}</S>" + '<BR ALIGN="LEFT"/>' + _small("gone")
    looks = [f'label=<{label}<BR ALIGN="LEFT"/>>', f"tooltip={_quote(name)}"]
    return ", ".join(looks + [EPHEMERAL] * bool(owner) + [DEAD] * dead)


def _small(text: str) -> str:
    return f'<FONT POINT-SIZE="9">{_label(text)}</FONT>' if text else ""


def _label(text: str) -> str:
    return escape("".join(char if char.isprintable() else "·" for char in text))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Picture:
    """A drawing that needs no kernel once it is made: `dot` is its source, `svg` the drawing; Jupyter shows it."""

    def __init__(self, dot: str) -> None:
        self.dot = dot

    @property
    def svg(self) -> str:
        """The drawing, SVG text."""
        return svg(self.dot)

    def _repr_svg_(self) -> str:
        return self.svg
