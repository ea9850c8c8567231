"""A learner's function on its way from the notebook to a process of its own, and its value on the way back."""

from __future__ import annotations

import ast
import inspect
import linecache
import pickle
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from labkit.errors import LabError

LONGEST = 100_000  # characters of a value that comes back


class StaysError(LabError):
    """A function uses something of the notebook that cannot travel."""


class Opaque:
    """A value that has no literal form: only its type and its text came back."""

    def __init__(self, type_: str, text: str) -> None:
        self.type, self.text = type_, text

    def __repr__(self) -> str:
        return self.text


def pack(function: Callable[..., Any], args: Sequence[Any], file: Path) -> None:
    """Write the function, with what it uses of the notebook, and its arguments. `StaysError` if that cannot travel."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename)
    try:
        text = cloudpickle.dumps(function)
    except Exception as e:
        raise StaysError(f"`{function.__name__}` cannot leave the notebook: {_what_stays(function) or e}") from e
    facts = {"function": text, "args": list(args), "file": code.co_filename, "lines": lines, "path": sys.path}
    file.write_bytes(pickle.dumps(facts))


def unpack(file: Path) -> tuple[Callable[..., Any], list[Any]]:
    """The function and its arguments; its source lines are there for a traceback."""
    packed = pickle.loads(file.read_bytes())
    sys.path.extend(set(packed["path"]) - set(sys.path))  # modules beside the notebook
    linecache.cache[packed["file"]] = (1, None, packed["lines"], packed["file"])
    function = cloudpickle.loads(packed["function"])
    function.__globals__.setdefault(function.__name__, function)  # it may call itself
    return function, packed["args"]


def value_out(value: Any) -> dict[str, Any]:
    """A value as facts of an event: its text, and whether the text alone makes it again."""
    text = repr(value)
    try:
        literal = len(text) <= LONGEST and bool(ast.literal_eval(text) == value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        literal = False
    return {"value": text[:LONGEST], "type": type(value).__name__, "literal": literal}


def value_in(facts: dict[str, Any]) -> Any:
    """The value again; an `Opaque` where its text does not make it."""
    return ast.literal_eval(facts["value"]) if facts["literal"] else Opaque(facts["type"], facts["value"])


def is_starter(function: Callable[..., Any], starter: str) -> bool:
    """True if nothing but comments, blanks and docstrings differs from the starter. False if its text is not known."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return False
    return bare(text) == bare(starter)


def bare(text: str) -> str:
    """Python text without comments, blanks and docstrings; unchanged if it is none."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.unparse(tree)


def source_of(function: Any) -> str:
    """The bare text of a function, to tell two attempts apart; its repr where there is no text."""
    try:
        return bare(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError):
        return repr(function)


def _what_stays(function: Callable[..., Any]) -> str:
    """Which of the names that it uses cannot be taken along."""
    stays = []
    for name in function.__code__.co_names:
        if name in function.__globals__:
            try:
                cloudpickle.dumps(function.__globals__[name])
            except Exception:  # noqa: BLE001 - whatever it is, it stays
                stays.append(f"`{name}`")
    if not stays:
        return ""
    return f"it uses {', '.join(stays)}, which lives only here. It must do with its parameters."
