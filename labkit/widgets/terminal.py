"""The tree of any ensemble in a terminal: `labkit tree HOST:PORT[,…][/CHROOT] [--watch]`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from labkit.errors import LabError
from labkit.tree import Change, LiveTree
from labkit.view import TreeView
from labkit.widgets.text import short_value, tree_text
from labkit.zookeeper import chroots, place
from labkit.zookeeper.heartbeats import EVERY, Heartbeats

TICK = 2.0  # seconds: that of a stock server; it only rounds the countdowns
REMEMBERED = 5  # changes, below the tree
LONGEST = 100_000  # lines


def show(zookeeper: str, era: str, watch: bool) -> None:
    """Print the tree; with `watch` draw it anew whenever it changes, until Ctrl-C. LabError if nobody answers there."""
    with opened(zookeeper, era) as (tree, errors):
        view = TreeView(tree, era, "/" + tree.hosts.partition("/")[2], errors.append)
        tree.snapshot()
        console = Console(highlight=False, soft_wrap=True)
        if not watch:
            console.print(tree_text(view.view(), limit=LONGEST), markup=False)
        elif console.is_terminal:
            draw(tree, view, console, errors)
        else:
            tell(tree, view, console, errors)


@contextlib.contextmanager
def opened(zookeeper: str, era: str) -> Iterator[tuple[LiveTree, list[BaseException]]]:
    """A live tree of that place, and the errors of its threads."""
    where = place.chosen(zookeeper)
    if where.kind != "external":
        raise LabError(f"{zookeeper!r} is no address: give host:port[,host:port…][/chroot]")
    hosts = zookeeper.partition("/")[0]
    must_exist(hosts, where.chroot)
    errors: list[BaseException] = []
    tree = LiveTree(hosts + where.chroot, Heartbeats(lambda: where.addresses, TICK), errors.append, era)
    tree.start()
    try:
        yield tree, errors
    finally:
        tree.close()


def must_exist(hosts: str, chroot: str) -> None:
    """LabError if no server answers at `hosts`, or if there is no such znode."""
    zk = chroots.client(hosts)
    try:
        if chroot and not zk.exists(chroot):
            top = sorted(name for name in zk.get_children("/") if name != "zookeeper")
            raise LabError(f"there is no znode {chroot} at {hosts}; at its top there are: {', '.join(top) or 'none'}")
    finally:
        chroots.end(zk)


def draw(tree: LiveTree, view: TreeView, console: Console, errors: list[BaseException]) -> None:
    """On a terminal: the whole screen, at most four times a second."""
    changes: deque[str] = deque(maxlen=REMEMBERED)
    dirty = threading.Event()
    tree.listen(lambda change: changes.append(sentence(change)))
    view.subscribe(lambda _: dirty.set())
    dirty.set()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for _ in looks(tree, errors):
            if dirty.is_set():
                dirty.clear()
                live.update(page(view, console.height, changes), refresh=True)


def page(view: TreeView, height: int, changes: deque[str]) -> Group:
    """What fits on the screen: the tree, and the last changes below it."""
    text = tree_text(view.view(), limit=max(1, height - REMEMBERED - 4))
    below = ["", "last changes (Ctrl-C ends):", *changes]
    return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in [*text.splitlines(), *below]))


def tell(tree: LiveTree, view: TreeView, console: Console, errors: list[BaseException]) -> None:
    """Where there is no terminal: the tree once, then a line a change."""
    console.print(tree_text(view.view(), limit=LONGEST), markup=False)
    tree.listen(lambda change: console.print(sentence(change), markup=False))
    for _ in looks(tree, errors):
        console.file.flush()


def looks(tree: LiveTree, errors: list[BaseException]) -> Iterator[None]:
    """Look at the sessions four times a second, for ever; what went wrong in a thread is raised here."""
    nothing = threading.Event()
    while not nothing.wait(EVERY):
        tree.look()
        if errors:
            raise errors[0]
        yield


def sentence(change: Change) -> str:
    """One line on a change: when, + - or ~, which znode, its value."""
    mark = "-" if change.after is None else "~" if change.before else "+"
    znode = change.after or change.before
    value = short_value({"value": znode.data.decode(errors="replace")}) if znode and change.after else ""
    kind = " (ephemeral)" if znode and znode.ephemeral else ""
    return f"{time.strftime('%H:%M:%S')}  {mark} {change.path}{' = ' if value else ''}{value}{kind}"
