"""Which consumer owns which partition. Pure: no ZooKeeper, no clock, no state.

Nobody hands partitions out in these eras. Every consumer of a group reads the same two lists, sorts them, and computes
the whole answer alone; they agree only if they saw the same lists and sort alike. So both lists are sorted here,
whatever order they came in, and the order is part of the protocol: history.md 4.1 and 4.4.

`assign` is what the source did; `assign_as_documented` is what the manual said, which is not the same thing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Name = TypeVar("_Name", str, int)

Partition = str | int
"""`"<broker>-<number>"` in era 0.7, a number in era 0.8."""

Assignment = dict[str, list[Partition]]
"""Each consumer, in sorted order, with the partitions that it owns, in order; an idle one has an empty list."""


def assign(partitions: Iterable[Partition], consumers: Iterable[str], era: str) -> Assignment:
    """Range assignment as in the source of both eras: contiguous shares, the first ones larger by one if need be.

    The consumer at position k of n gets q + 1 partitions if k < r, else q, where q, r = divmod(partitions, n);
    its share starts at q * k + min(k, r). A consumer with several streams takes part once per thread: see `threads`.

    Source: `ZookeeperConsumerConnector.rebalance`, history.md 4.4 step 7. Raises LabError for a name given twice.
    """
    parts, members = sort_partitions(partitions, era), sort_consumers(consumers)
    owned = {}
    for place, member in enumerate(members):
        share, extra = divmod(len(parts), len(members))
        start = share * place + min(place, extra)
        count = share + (1 if place < extra else 0)
        owned[member] = parts[start : start + count]
    return owned


def assign_as_documented(partitions: Iterable[Partition], consumers: Iterable[str], era: str) -> Assignment:
    """The formula of the documentation, 0.7 to 0.9, which is wrong: it leaves the remainder to nobody.

    "Let N = size(PT)/size(CG); assign partitions from i*N to (i+1)*N - 1 to Ci": with 5 partitions and 2 consumers
    the last one has no owner, and with more consumers than partitions none has. For lessons only (history.md 4.5, 5).
    """
    parts, members = sort_partitions(partitions, era), sort_consumers(consumers)
    owned = {}
    for place, member in enumerate(members):
        share = len(parts) // len(members)
        owned[member] = parts[place * share : (place + 1) * share]
    return owned


def sort_partitions(partitions: Iterable[Partition], era: str) -> list[Partition]:
    """The partitions in the order of the era: strings in 0.7, so that 0-10 comes before 0-2; numbers in 0.8.

    In 0.8 the names of znodes ("10") are as good as numbers (10); the answer holds numbers. Source: `ZkUtils` of each.
    """
    if era == "0.7":
        return [*sorted(_each_once("partition", map(_as_text, partitions)))]
    if era == "0.8":
        return [*sorted(_each_once("partition", map(_as_number, partitions)))]
    raise LabError(f"era {era!r}: expected '0.7' or '0.8', as a string; pass the era of the lab")


def sort_consumers(consumers: Iterable[str]) -> list[str]:
    """Consumer (or thread) ids in the order of the source: as strings, in both eras."""
    return sorted(_each_once("consumer", consumers))


def threads(streams: Mapping[str, int]) -> list[str]:
    """The thread ids `<consumer id>-<n>` of a group's members, sorted; `streams` is how many each one asked for.

    Real Kafka divides partitions among threads, not consumers, so whoever shares a group with it must as well.
    """
    return sorted(f"{consumer}-{number}" for consumer, count in streams.items() for number in range(count))


def _as_text(partition: Partition) -> str:
    if not isinstance(partition, str):
        raise LabError(f"partition {partition!r}: expected a name such as '3-1' in era 0.7; use era 0.8 for numbers")
    return partition


def _as_number(partition: Partition) -> int:
    text = str(partition)
    if isinstance(partition, bool) or not (text.isascii() and text.isdigit()):
        raise LabError(f"partition {partition!r}: expected a number from 0 in era 0.8; names like '3-1' are of era 0.7")
    return int(text)


def _each_once(what: str, names: Iterable[_Name]) -> list[_Name]:
    listed = list(names)
    twice = [name for name, times in Counter(listed).items() if times > 1]
    if twice:
        raise LabError(f"{what} {twice[0]!r} is given twice: expected each once; name each {what} once")
    return listed
