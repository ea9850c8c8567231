"""Imports of `labkit` point one way, from what is drawn to what is true (design, section 2).

Each line of LAYERS may import what stands above it, and from its own group; groups of one line do not know each other.
A module that is named nowhere is a helper at the bottom: it may import only `errors` and other helpers. Whoever needs
more gives it its place here.

An import counts wherever it stands, under TYPE_CHECKING too, as a type is knowledge as well. One exception: `lab.py`,
`tree.py` and `lessons` may reach upward inside a function or under TYPE_CHECKING, because a lab, a tree and an exercise
can display themselves and must load no widget until they are asked to.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import labkit

PACKAGE = Path(labkit.__path__[0])
LAYERS: list[list[set[str]]] = [
    [{"errors"}],
    [{"(helpers)"}],
    [{"znodes"}, {"assignment"}],
    [{"toy"}, {"tree", "recorder", "invariants", "feed", "feed_client", "sessions", "view", "story"}],
    [{"zookeeper", "processes", "guard", "guarding", "real"}],
    [{"lab", "members", "checks"}, {"doctor"}, {"pack"}],
    [{"lessons"}],
    [{"widgets"}],
    [{"cli", "jupyter", "__init__", "__main__"}],
]
LAZY = {"lab", "tree", "lessons"}
ONLY_ERRORS = {"client"}


def place(name: str) -> tuple[int, set[str]]:
    """The layer of a module or folder of the package, and its group."""
    for level, groups in enumerate(LAYERS):
        for group in groups:
            if name in group:
                return level, group
    return place("(helpers)")


def may_import(importer: str, imported: str) -> bool:
    if importer == imported:
        return True
    if importer in ONLY_ERRORS:
        return imported == "errors"
    (above, mine), (below, theirs) = place(importer), place(imported)
    return below < above or mine is theirs


def owner(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def targets(node: ast.AST, file: Path, modules: set[str]) -> list[str]:
    """What of the package a statement imports, as top-level modules; "__init__" for names of the package itself."""
    if isinstance(node, ast.Import):
        full = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        here = ("labkit", *file.relative_to(PACKAGE).parts[:-1])
        base = ".".join(here[: len(here) - node.level + 1]) if node.level else ""
        start = ".".join(filter(None, (base, node.module or "")))
        full = [f"{start}.{alias.name}" for alias in node.names]
    else:
        return []
    steps = [name.split(".") for name in full if name.split(".")[0] == "labkit"]
    return [step[1] if len(step) > 1 and step[1] in modules else "__init__" for step in steps]


def lazy_nodes(tree: ast.AST) -> set[int]:
    """What does not run when the module is imported."""
    later = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return {id(node) for block in later for node in ast.walk(block)}


def wrong_imports(source: str, file: Path, modules: set[str]) -> list[str]:
    tree, importer = ast.parse(source), owner(file)
    lazy = lazy_nodes(tree) if importer in LAZY else set()
    return [
        f"{file.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)} imports {imported}"
        for node in ast.walk(tree)
        if id(node) not in lazy
        for imported in targets(node, file, modules)
        if not may_import(importer, imported)
    ]


def modules_of_the_package() -> set[str]:
    return {owner(file) for file in PACKAGE.rglob("*.py")} | {"__init__"}


def test_imports_point_one_way() -> None:
    modules = modules_of_the_package()
    wrong = [line for file in sorted(PACKAGE.rglob("*.py")) for line in wrong_imports(file.read_text(), file, modules)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("file", "source", "good"),
    [
        ("znodes.py", "from labkit.errors import LabError", True),
        ("znodes.py", "from labkit import assignment", False),
        ("errors.py", "import labkit.znodes", False),
        ("toy/broker.py", "from labkit import znodes", True),
        ("toy/broker.py", "from labkit.client import TracedClient", True),
        ("toy/broker.py", "from . import log", True),
        ("toy/broker.py", "from .. import tree", False),
        ("toy/broker.py", "from labkit import Lab", False),
        ("tree.py", "import labkit.recorder", True),
        ("tree.py", "from labkit.widgets import tree", False),
        ("tree.py", "def show():\n    from labkit.widgets import tree", True),
        ("lab.py", "if TYPE_CHECKING:\n    from labkit.widgets import tree", True),
        ("recorder.py", "def show():\n    from labkit.widgets import tree", False),
        ("recorder.py", "if TYPE_CHECKING:\n    from labkit.widgets import tree", False),
        ("client.py", "from labkit.znodes import era", False),
        ("processes.py", "from labkit.zookeeper.local import Server", True),
        ("processes.py", "from labkit.lab import Lab", False),
        ("lessons/broker.py", "from labkit.lab import Lab", True),
        ("lessons/broker.py", "import labkit.widgets.tree", False),
        ("newcomer.py", "from labkit import errors", True),
        ("newcomer.py", "from labkit import znodes", False),
        ("__init__.py", "from labkit.lab import Lab", True),
    ],
)
def test_the_rule_itself(file: str, source: str, good: bool) -> None:
    modules = {"newcomer", "client", *(name for line in LAYERS for group in line for name in group)}
    assert (not wrong_imports(source, PACKAGE / file, modules)) == good
