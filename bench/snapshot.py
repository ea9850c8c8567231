"""The first complete snapshot of 10,000 znodes, against kazoo's TreeCache and against bare pipelined reads.

All three read the same data from the same embedded ZooKeeper, in turn. The lab's time begins before its client is
made; the two others are given a client that is connected already.
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from collections.abc import Callable
from statistics import median

from figures import say, say_load, verdict
from kazoo.client import KazooClient
from kazoo.recipe.cache import TreeCache, TreeEvent

from labkit import Lab
from labkit.feed_client import SESSION
from labkit.tree import LiveTree
from labkit.zookeeper.heartbeats import EVERY, Heartbeats

TREES = {"10,000 below one": (1, 10_000), "100 x 100": (100, 100)}
CACHE_AIM, BARE_AIM = 2.0, 1.3
LIMIT = 120.0
BATCH = 500
VALUE = b'{"jmx_port":-1,"timestamp":"1428512949385","host":"127.0.0.1","version":1,"port":9092}'


def fill(lab: Lab, root: str, parents: int, children: int) -> list[str]:
    """Make `root`/p with the znodes below it; returns the parents of znodes, relative to `root`."""
    lab.zk.ensure_path(f"{root}/p")
    inner = ["/p"] if parents == 1 else [f"/p/{n:03}" for n in range(parents)]
    paths = [] if parents == 1 else [root + parent for parent in inner]
    paths += [f"{root}{parent}/{n:05}" for parent in inner for n in range(children)]
    for start in range(0, len(paths), BATCH):
        many = lab.zk.transaction()
        for path in paths[start : start + BATCH]:
            many.create(path, VALUE)
        failed = [result for result in many.commit() if isinstance(result, Exception)]
        if failed:
            raise SystemExit(f"snapshot: could not make the znodes: {failed[0]!r}")
    return inner


def live_tree(lab: Lab, hosts: str) -> tuple[float, int]:
    """Seconds from making a live tree to its first snapshot, and the number of znodes in it."""
    errors: list[BaseException] = []
    began = time.perf_counter()
    tree = LiveTree(hosts, Heartbeats(lab.ensemble.addresses, EVERY), errors.append)
    try:
        tree.start()
        seen = tree.snapshot()
        return time.perf_counter() - began, len(seen) - 1  # without its own root
    finally:
        tree.close()
        if errors:
            raise errors[0]


def with_client(hosts: str, read: Callable[[KazooClient], tuple[float, int]]) -> tuple[float, int]:
    """Call `read` with a client like the live tree's own, connected."""
    client = KazooClient(hosts, timeout=SESSION)
    client.start(timeout=10)
    try:
        return read(client)
    finally:
        client.stop()
        client.close()


def tree_cache(client: KazooClient) -> tuple[float, int]:
    """Seconds from `start()` of a TreeCache to its INITIALIZED event, and the number of znodes that it was told of."""
    ready, told = threading.Event(), []

    def listener(event: TreeEvent) -> None:
        ready.set() if event.event_type == TreeEvent.INITIALIZED else told.append(event)

    cache = TreeCache(client, "/p")
    cache.listen(listener)
    began = time.perf_counter()
    cache.start()
    if not ready.wait(LIMIT):
        raise SystemExit(f"snapshot: TreeCache was not ready after {LIMIT:g} s")
    seconds = time.perf_counter() - began
    cache.close()
    return seconds, len(told)


def bare_reads(client: KazooClient, parents: list[str]) -> tuple[float, int]:
    """Seconds for the same data with get_children of each parent and pipelined get_async alone, and their number."""
    began = time.perf_counter()
    asked = [client.get_async("/p")]
    if parents != ["/p"]:
        client.get_children("/p")
        asked += [client.get_async(parent) for parent in parents]
    names = [(parent, client.get_children_async(parent)) for parent in parents]
    for parent, children in names:
        asked += [client.get_async(f"{parent}/{name}") for name in children.get(timeout=LIMIT)]
    read = [reply.get(timeout=LIMIT) for reply in asked]
    return time.perf_counter() - began, len(read)


def measure(lab: Lab, name: str, rounds: int) -> bool:
    parents, children = TREES[name]
    root = f"/bench-{parents}"
    inner = fill(lab, root, parents, children)
    lab.tree.snapshot()  # the lab's own tree has taken all that in, and is quiet
    hosts = f"{lab.hosts}{root}"
    ways: dict[str, Callable[[], tuple[float, int]]] = {
        "live": lambda: live_tree(lab, hosts),
        "cache": lambda: with_client(hosts, tree_cache),
        "bare": lambda: with_client(hosts, lambda client: bare_reads(client, inner)),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    expected = parents * children + 1 + (parents if parents > 1 else 0)
    ways["bare"]()  # the server has been warmed up by whoever comes first
    for number in range(rounds):
        order = list(ways)[number % 3 :] + list(ways)[: number % 3]
        for way in order:
            gc.collect()
            took, found = ways[way]()
            if found != expected:
                raise SystemExit(f"snapshot: {way} saw {found} znodes, not {expected}")
            seconds[way].append(took)
    live, cache, bare = (median(seconds[way]) for way in ("live", "cache", "bare"))
    faster, slower = cache / live, live / bare
    say(
        f"snapshot, {name}: TreeCache/live = {faster:.2f} (median of {rounds}; TreeCache {cache:.2f} s, "
        f"live {live:.2f} s; aim >= {CACHE_AIM:g}: {verdict(faster >= CACHE_AIM)})"
    )
    say(
        f"snapshot, {name}: live/bare = {slower:.2f} (bare {bare:.2f} s; "
        f"aim <= {BARE_AIM:g}: {verdict(slower <= BARE_AIM)})"
    )
    return faster >= CACHE_AIM and slower <= BARE_AIM


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    say_load("snapshot")
    good = []
    for name in TREES:
        with Lab() as lab:
            good.append(measure(lab, name, rounds))
    say_load("snapshot")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
