"""The layout against the real thing: every znode of every dump is known, and its bytes come back exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit import znodes
from labkit.assignment import assign

GOLDEN = Path(__file__).parent.parent / "data" / "golden"

# What the dumps do not show: the text of history.md, written as 0.8.2 writes JSON.
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "0.7": [
        ("/consumers/g1/ids/g1_vm-1795387318929-292ba682", '{ "login": 2,"two": 1,"nope": 1 }'),
        ("/consumers/g1/ids/g1_vm-1795387318929-292ba682", "*1*login"),
        ("/consumers/g1/ids/g1_vm-1795387318929-292ba682", "!1!lo.*"),
    ],
    "0.8": [
        ("/admin/delete_topics/login", ""),
        (
            "/admin/reassign_partitions",
            '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[2,3]}]}',
        ),
        ("/admin/preferred_replica_election", '{"version":1,"partitions":[{"topic":"orders","partition":0}]}'),
        ("/config/topics/login", '{"version":1,"config":{"retention.ms":"1000"}}'),
        ("/config/changes/config_change_0000000007", '"login"'),
        (
            "/consumers/g1/ids/g1_vm-1795386499782-49c01ec4",
            '{"version":1,"subscription":{"orders":1},"pattern":"static","timestamp":"1385347200123"}',
        ),
    ],
}


def dumped(era: str) -> list[dict[str, Any]]:
    """Every znode of every moment of every dump of the era."""
    if era == "0.7":
        moments = json.loads((GOLDEN / "kafka-0.7.2.json").read_text())
        return [{**znode, "moment": name} for name, moment in moments.items() for znode in moment["znodes"]]
    files = [file for file in sorted(GOLDEN.glob("kafka-0.8.2.2-*.json")) if "watches" not in file.name]
    return [{**znode, "moment": file.stem} for file in files for znode in json.loads(file.read_text())]


def recorded() -> list[dict[str, Any]]:
    lines = map(json.loads, (GOLDEN / "kafka-0.7.2-recording.jsonl").read_text().splitlines())
    return [line for line in lines if "path" in line]


@pytest.mark.parametrize(("era", "least"), [("0.7", 300), ("0.8", 60)])
def test_the_dumps_are_not_empty(era: str, least: int) -> None:
    assert len(dumped(era)) >= least


@pytest.mark.parametrize("era", znodes.ERAS)
def test_every_dumped_znode_is_known_and_comes_back_byte_for_byte(era: str) -> None:
    layout = znodes.era(era)
    for znode in dumped(era):
        at = f"{znode['moment']} {znode['path']}"
        found = layout.recognise(znode["path"])
        assert found is not None, at
        assert found.kind.ephemeral == znode["ephemeral"], at
        assert found.kind.path(*found.parameters.values()) == znode["path"], at
        data = (znode["value"] or "").encode()
        assert found.kind.encode(found.kind.decode(data, znode["path"])) == data, at


def test_every_change_of_the_recording_is_known_and_comes_back_byte_for_byte() -> None:
    layout = znodes.era("0.7")
    for change in recorded():
        found = layout.recognise(change["path"])
        assert found is not None, change
        assert found.kind.ephemeral == change["ephemeral"], change
        for value in (change["old"], change["new"]):
            if value is not None:
                assert found.kind.encode(found.kind.decode(value.encode())) == value.encode(), change


@pytest.mark.parametrize("era", znodes.ERAS)
def test_every_example_of_the_history_comes_back_byte_for_byte(era: str) -> None:
    layout = znodes.era(era)
    for path, value in EXAMPLES[era]:
        found = layout.recognise(path)
        assert found is not None, path
        assert found.kind.encode(found.kind.decode(value.encode())) == value.encode(), path


@pytest.mark.parametrize("era", znodes.ERAS)
def test_every_kind_is_seen_in_a_dump_or_in_the_history(era: str) -> None:
    layout = znodes.era(era)
    paths = [znode["path"] for znode in dumped(era)] + [path for path, _ in EXAMPLES[era]]
    seen = {found.kind.name for found in map(layout.recognise, paths) if found}
    assert seen == {kind.name for kind in layout.kinds()}


@pytest.mark.parametrize("era", znodes.ERAS)
def test_a_source_that_says_dump_is_in_a_dump(era: str) -> None:
    layout = znodes.era(era)
    seen = {found.kind.name for found in (layout.recognise(znode["path"]) for znode in dumped(era)) if found}
    assert seen == {kind.name for kind in layout.kinds() if "dump" in kind.source}


@pytest.mark.parametrize("era", znodes.ERAS)
def test_brokers_make_just_the_common_paths_when_they_start(era: str) -> None:
    layout = znodes.era(era)
    first = dumped(era)[0]["moment"]
    stand = {znode["path"] for znode in dumped(era) if znode["moment"] == first and not znode["ephemeral"]}
    made = {parent for path in layout.common_paths for parent in with_parents(path)}
    if era == "0.8":
        made.add(znodes.era("0.8").controller_epoch.path())  # by the first controller, not by each broker
    assert stand == made


def with_parents(path: str) -> list[str]:
    steps = path.split("/")[1:]
    return ["/", *("/" + "/".join(steps[: depth + 1]) for depth in range(len(steps)))]


def test_what_the_dumps_say_is_what_is_decoded() -> None:
    old, new = znodes.era("0.7"), znodes.era("0.8")
    seven = {znode["path"]: (znode["value"] or "").encode() for znode in dumped("0.7")}
    eight = {znode["path"]: znode["value"].encode() for znode in dumped("0.8")}
    address = "127.0.0.1"
    assert old.broker.decode(seven["/brokers/ids/1"]) == znodes.Broker(address, 23091, 1795387290074)
    assert new.broker.decode(eight["/brokers/ids/3"]) == znodes.Broker(address, 19093, 1795386492342)
    assert new.topic.decode(eight["/brokers/topics/login"]) == znodes.TopicAssignment(
        {0: [2, 1], 1: [3, 2], 2: [1, 3], 3: [2, 3]}
    )
    state = new.partition_state.decode(eight["/brokers/topics/login/partitions/2/state"])
    assert state == znodes.PartitionState(leader=1, isr=[1, 3], leader_epoch=0, controller_epoch=1)
    owner = new.owner.decode(eight["/consumers/g1/owners/login/0"])
    assert owner == znodes.Owner("g1_vm-1795386499782-49c01ec4", thread=0)
    wanted = new.consumer.decode(eight["/consumers/g1/ids/g1_vm-1795386499782-49c01ec4"])
    assert wanted == znodes.Subscription({"login": 1}, "white_list", 1795386500210)
    assert new.controller.decode(eight["/controller"]) == znodes.Controller(1, 1795386487842)
    assert old.offset.decode(b"795") == 795


def test_the_golden_owners_are_what_the_assignment_says() -> None:
    for era, moment in (("0.7", "g1-two-consumers"), ("0.8", "kafka-0.8.2.2-3-group")):
        layout, members, owners = znodes.era(era), [], {}
        for znode in dumped(era):
            found = layout.recognise(znode["path"])
            if znode["moment"] == moment and found and found.kind.name == "consumer":
                members.append(str(found.parameters["consumer"]))
            if znode["moment"] == moment and found and found.kind.name == "owner":
                owners[found.parameters["partition"]] = layout.owner.decode(znode["value"].encode()).consumer
        expected = assign(owners, members, era)
        assert len(members) == 2
        assert {partition: who for who, share in expected.items() for partition in share} == owners
