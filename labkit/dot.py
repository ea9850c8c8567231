"""Pictures by Graphviz: DOT text in, SVG text out, for what must be seen without a kernel.

The system's program ``dot`` draws if there is one; else the Graphviz that the wheel of pygraphviz carries, in a process
of its own, because a fault in it would take the kernel along.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

from labkit.errors import LabError

TIME_LIMIT = 20.0

# gvContext comes before the graph is read: it is what gives every node its own name as its label.
_BY_WHEEL = """
import sys
import pygraphviz
from pygraphviz import graphviz
context = graphviz.gvContext()
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format="svg", prog="dot"))
"""


def dot() -> list[str] | None:
    """The command that reads DOT on stdin and writes SVG on stdout, or None if this machine has none."""
    if program := shutil.which("dot"):
        return [program, "-Tsvg"]
    if importlib.util.find_spec("pygraphviz"):
        return [sys.executable, "-I", "-c", _BY_WHEEL]
    return None


def svg(source: str) -> str:
    """Draw DOT source as SVG text.

    Raises:
        LabError: there is no Graphviz here, the source is not DOT, or the drawing takes too long.
    """
    command = dot()
    if command is None:
        raise LabError(
            "No Graphviz to draw with: neither a program `dot` on PATH nor the package pygraphviz. Start the lab with "
            "./lab, which brings one, or install Graphviz."
        )
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired as slow:
        raise LabError(
            f"Graphviz had not drawn {len(source)} characters of DOT after {TIME_LIMIT:.0f} s. Draw fewer nodes."
        ) from slow
    if done.returncode != 0 or b"<svg" not in done.stdout:
        raise LabError(f"Graphviz cannot draw this: {_complaint(done.stderr)}. DOT was expected, got: {source[:200]!r}")
    return done.stdout.decode()


def _complaint(stderr: bytes) -> str:
    """What Graphviz said first, else the last line: a traceback ends with its reason."""
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("Error:")] or lines[-1:] or ["it said nothing"]
    return said[0].removeprefix("Error: ").strip()
