"""The order in which Scala 2.10's maps give up their keys, as Kafka 0.8.2 wrote JSON in that order.

Scala's immutable `Map` keeps the order of insertion up to four entries; from five on it is a hash trie, in the order of
five bits at a time of an improved hash code, lowest bits first. That is why a broker's value, with five fields, begins
with `jmx_port` and a controller's, with three, with `version`.

A topic's assignment of up to four partitions keeps the order of the *mutable* hash map in which Kafka computed it
(`AdminUtils.assignReplicasToBrokers(…).toMap`): partitions 0 to 3 come out as 2, 1, 3, 0. Both orders are reproduced
here and agree with every dump that we have. Not reproduced: two keys with one hash code; maps that Kafka
took over from elsewhere (a topic's configuration, a consumer's own subscription, sets of partitions to move), which
are written in the order given; and the order after partitions were added to a topic that exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MASK = 0xFFFFFFFF
_MAGIC = 0x9E3775CD
_TABLE_BITS = 4  # a new mutable map has 16 buckets: more than four entries need


def key_order(keys: Iterable[str]) -> list[str]:
    """The order of string keys in an immutable `Map` to which they were added in the order given."""
    given = list(keys)
    return given if len(given) <= 4 else sorted(given, key=_trie_place)


def partition_order(partitions: Iterable[int]) -> list[int]:
    """The order of the partitions in `/brokers/topics/<topic>` as 0.8.2 created it."""
    given = sorted(partitions)
    if len(given) <= 4:
        return sorted(given, key=_bucket, reverse=True)
    return [int(name) for name in key_order(str(partition) for partition in given)]


def _trie_place(key: str) -> list[int]:
    code = 0
    for unit in key.encode("utf-16-be").hex(" ", 2).split():  # Java hashes UTF-16 units, not characters
        code = (31 * code + int(unit, 16)) & _MASK
    code = (code + ~(code << 9)) & _MASK
    code ^= code >> 14
    code = (code + (code << 4)) & _MASK
    code ^= code >> 10
    return [code >> shift & 31 for shift in range(0, 32, 5)]


def _bucket(number: int) -> int:
    spread = number * _MAGIC & _MASK
    spread = int.from_bytes(spread.to_bytes(4, "little"), "big")
    spread = spread * _MAGIC & _MASK
    spread = (spread >> _TABLE_BITS | spread << 32 - _TABLE_BITS) & _MASK
    return spread >> 32 - _TABLE_BITS
