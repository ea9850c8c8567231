"""Each partition is owned exactly once, at every size; the eras sort differently; the manual's formula is wrong."""

from __future__ import annotations

import random

import pytest

from labkit.assignment import assign, assign_as_documented, sort_partitions, threads
from labkit.errors import LabError

SIZES = [(partitions, consumers) for partitions in range(12) for consumers in range(1, 12)]


@pytest.mark.parametrize("era", ["0.7", "0.8"])
@pytest.mark.parametrize(("partitions", "consumers"), SIZES)
def test_each_partition_is_owned_exactly_once_and_fairly(era: str, partitions: int, consumers: int) -> None:
    parts = [f"1-{number}" if era == "0.7" else number for number in range(partitions)]
    owned = assign(parts, [f"c{number}" for number in range(consumers)], era)
    assert [part for share in owned.values() for part in share] == sort_partitions(parts, era)
    sizes = [len(share) for share in owned.values()]
    assert len(sizes) == consumers
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("seed", range(20))
def test_everyone_computes_the_same_whatever_the_order_of_the_lists(seed: int) -> None:
    shuffled = random.Random(seed)
    parts, members = [f"{b}-{p}" for b in range(3) for p in range(12)], [f"g1_vm-{n}" for n in range(7)]
    expected = assign(parts, members, "0.7")
    shuffled.shuffle(parts)
    shuffled.shuffle(members)
    assert assign(parts, members, "0.7") == expected


def test_the_history_s_examples() -> None:
    assert assign(range(5), ["a", "b"], "0.8") == {"a": [0, 1, 2], "b": [3, 4]}
    twelve = assign([f"0-{number}" for number in range(12)], ["A", "B"], "0.7")
    assert twelve["A"] == ["0-0", "0-1", "0-10", "0-11", "0-2", "0-3"]
    assert assign(range(12), ["A", "B"], "0.8")["A"] == [0, 1, 2, 3, 4, 5]
    assert assign(["1-0", "1-1", "2-0", "2-1", "3-0", "3-1"], ["y", "x"], "0.7") == {
        "x": ["1-0", "1-1", "2-0"],
        "y": ["2-1", "3-0", "3-1"],
    }


def test_more_consumers_than_partitions_leaves_the_last_idle() -> None:
    assert assign(["1-0", "1-1"], ["a", "b", "c"], "0.7") == {"a": ["1-0"], "b": ["1-1"], "c": []}


@pytest.mark.parametrize(
    ("partitions", "consumers", "nobodys"),
    [
        (5, 2, [4]),
        (4, 3, [3]),
        (3, 5, [0, 1, 2]),
        (6, 3, []),
    ],
)
def test_the_manual_leaves_the_remainder_to_nobody(partitions: int, consumers: int, nobodys: list[int]) -> None:
    owned = assign_as_documented(range(partitions), [f"c{n}" for n in range(consumers)], "0.8")
    assert sorted(set(range(partitions)) - {int(part) for share in owned.values() for part in share}) == nobodys


def test_nobody_owns_nothing() -> None:
    assert assign(["1-0"], [], "0.7") == assign_as_documented(["1-0"], [], "0.7") == {}


def test_names_of_znodes_are_numbers_in_08() -> None:
    assert sort_partitions(["10", "2", 1], "0.8") == [1, 2, 10]
    assert sort_partitions(["0-10", "0-2"], "0.7") == ["0-10", "0-2"]


def test_threads_take_part_one_by_one() -> None:
    assert threads({"b": 1, "a": 2}) == ["a-0", "a-1", "b-0"]


def test_what_cannot_be_assigned_is_named() -> None:
    for parts, members, era, text in (
        ([1], ["a"], "0.7", "partition 1: expected a name"),
        (["1-0"], ["a"], "0.8", "partition '1-0': expected a number"),
        ([True], ["a"], "0.8", "partition True"),
        ([-1], ["a"], "0.8", "partition -1"),
        (["²"], ["a"], "0.8", "partition '²'"),
        ([1, "1"], ["a"], "0.8", "partition 1 is given twice"),
        ([1], ["a", "a"], "0.8", "consumer 'a' is given twice"),
        ([1], ["a"], "0.9", "era '0.9': expected '0.7' or '0.8'"),
    ):
        with pytest.raises(LabError, match=text):
            assign(parts, members, era)  # type: ignore[arg-type]
