"""Paths, values and errors of both layouts, without ZooKeeper; and no path of Kafka's in any other module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import labkit
from labkit import znodes
from labkit._scala import key_order, partition_order
from labkit.errors import LabError
from labkit.znodes import BadZnode

OLD, NEW = znodes.era("0.7"), znodes.era("0.8")
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("given", ["0.9", "", 0.7, None, "0.8.2.2", []])
def test_an_unknown_era_is_named(given: object) -> None:
    with pytest.raises(LabError, match=r"era .*expected '0\.7'.*'0\.8'") as error:
        znodes.era(given)  # type: ignore[call-overload]
    assert repr(given) in str(error.value)


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_a_layout_cannot_be_changed(layout: znodes.Layout) -> None:
    with pytest.raises(AttributeError):
        layout.broker = layout.topic  # type: ignore[misc]
    with pytest.raises(AttributeError):
        layout.broker.ephemeral = False  # type: ignore[misc]


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_every_kind_tells_its_shape_and_source_and_has_a_path_of_its_own(layout: znodes.Layout) -> None:
    kinds = layout.kinds()
    assert len({re.sub(r"\{.*?\}", "*", kind.template) for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert getattr(layout, kind.name) is kind
        assert kind.meaning
        assert kind.source
        assert kind.template in (kind.__doc__ or "")
        assert kind.source in (kind.__doc__ or "")
        kind.meaning.format(**dict.fromkeys(kind.parameters, "x"))


VALUES: dict[str, str | int] = {
    "broker": 3,
    "partition": 1,
    "sequence": 7,
    "topic": "login",
    "group": "g1",
    "consumer": f"vm:{UUID}",
}


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_path_and_recognise_are_inverse(layout: znodes.Layout) -> None:
    for kind in layout.kinds():
        values = {name: VALUES[name] for name in kind.parameters}
        if ":pair" in kind.template:
            values["partition"] = "3-1"
        found = layout.recognise(kind.path(*values.values()))
        assert found is not None
        assert found.kind is kind
        if "sequence" not in values:
            assert found.parameters == values
        assert "{" not in found.meaning


def test_recognised_parameters_and_meaning() -> None:
    found = NEW.recognise("/brokers/ids/3")
    assert found is not None
    assert found.parameters == {"broker": 3}
    assert found.meaning == "broker 3 is registered; ephemeral: goes with its session"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//",
        "/nothing",
        "/brokers/",
        "/brokers/ids/x",
        "/brokers/ids/007",
        "/brokers/ids/-1",
        "/brokers/ids/1/2",
        "/consumers/g/owners/t/1-",
        "/consumers//ids",
        "/cluster/id",
        "/brokers/ids/1\n",
    ],
)
@pytest.mark.parametrize("layout", [OLD, NEW])
def test_what_kafka_did_not_write_is_not_recognised(layout: znodes.Layout, path: str) -> None:
    assert layout.recognise(path) is None


def test_the_eras_do_not_mix() -> None:
    assert OLD.recognise("/controller") is None
    assert OLD.recognise("/brokers/topics/login/partitions") is None
    assert NEW.recognise("/brokers/topics/login/3") is None
    assert OLD.recognise("/consumers/g1/owners/login/0") is None
    assert NEW.recognise("/consumers/g1/owners/login/1-0") is None


def test_numbers_may_be_text_in_a_path() -> None:
    assert NEW.owner.path("g1", "login", "2") == NEW.owner.path("g1", "login", 2) == "/consumers/g1/owners/login/2"


def test_a_sequential_znode_is_created_at_its_prefix() -> None:
    assert NEW.config_change.prefix == "/config/changes/config_change_"
    assert NEW.config_change.path(7) == "/config/changes/config_change_0000000007"


@pytest.mark.parametrize("values", [(), (1, 2), (True,), (-1,), (2**31,), ("x",), ("01",), (1.0,), (None,), ("²",)])
def test_a_bad_broker_id_makes_no_path(values: tuple[int, ...]) -> None:
    with pytest.raises(LabError, match="expected"):
        OLD.broker.path(*values)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "é", "x\n", "x" * 250, 3, None, True])
def test_bad_topic_names(name: object) -> None:
    with pytest.raises(LabError, match=r"topic name .*expected 1 to 249 of the characters.*choose"):
        znodes.check_topic(name)


def test_good_names() -> None:
    assert znodes.check_topic("x" * 249) == "x" * 249
    assert znodes.check_group("a.B_9-") == "a.B_9-"
    assert znodes.check_group("x" * 255)
    with pytest.raises(LabError, match="group name"):
        znodes.check_group("x" * 256)


def test_numbers_out_of_bounds() -> None:
    assert znodes.check_broker_id(0) == 0
    assert znodes.check_broker_id(2**31 - 1)
    for check, bad in (
        (znodes.check_partitions, 0),
        (znodes.check_partitions, True),
        (znodes.check_port, 0),
        (znodes.check_port, 65536),
        (znodes.check_offset, -1),
        (znodes.check_partition, "1"),
    ):
        with pytest.raises(LabError, match=r"expected a whole number from \d+ to \d+; \w+"):
            check(bad)


def test_partition_ids_of_07() -> None:
    assert znodes.partition_id(3, 1) == "3-1"
    assert znodes.split_partition_id("10-0") == (10, 0)
    for bad in ("3", "3-", "-1", "03-1", 3, "3-1-0"):
        with pytest.raises(LabError, match="3-1"):
            znodes.check_partition_id(bad)


@pytest.mark.parametrize("layout", [OLD, NEW])
@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"x",
        b"{",
        b"[]",
        b"null",
        b"true",
        b"{}",
        b"\xff",
        b"1:2",
        b"a:b:c:d",
        b"a:b:0",
        b"a:b:99999",
        b":h:1",
        b"[" * 100000,
        b'{"host":1,"port":1}',
        b'{"host":"h","port":true}',
        b'{"host":"h","port":"1"}',
        b'{"host":"h","port":1.5}',
        b'{"host":"h","port":1,"timestamp":"now"}',
        b'{"host":"h"}',
        b"1" * 5000,
    ],
)
def test_a_broken_broker_value_is_named(layout: znodes.Layout, data: bytes | None) -> None:
    with pytest.raises(BadZnode, match=r"^/brokers/ids/3: found .*, expected .*host.*port") as error:
        layout.broker.decode(data, "/brokers/ids/3")
    found = str(error.value).split("found ")[1].split(", expected")[0]
    assert len(found) <= 80


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_no_kind_lets_another_error_through(layout: znodes.Layout) -> None:
    junk = [
        b"\xff",
        b"[" * 100000,
        b"{",
        b"NaN",
        b"-1",
        b"+1",
        b"1_0",
        b"a/b",
        b'"a/b"',
        b'{"version":1}',
        b'{"a":1e999}',
        b'{"partitions":{"0":[1,1]}}',
        b'{"partitions":{"x":[1]}}',
        b'{"partitions":{"0":[]}}',
        b'{"partitions":[1]}',
        b'{"partitions":[{"topic":"a/b","partition":0}]}',
        b'{"config":{"a":1}}',
        b'{"brokerid":true}',
        b'{"subscription":{},"pattern":"static"}',
        b'{"subscription":{"a":0},"pattern":"static"}',
        b'{"subscription":{"a":1},"pattern":"odd"}',
        b'{"subscription":{"a":1},"pattern":[]}',
        b"*x*y",
        b"*1",
        b"*",
        b"!1!",
        b'{ "a": true }',
        b'{"host":"\\ud800","port":1}',
        b'{"leader":-2,"isr":[],"leader_epoch":0,"controller_epoch":1}',
    ]
    for kind in layout.kinds():
        for data in junk:
            try:
                value = kind.decode(data)
            except BadZnode:
                continue
            try:
                kind.encode(value)
            except LabError:
                continue


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_the_wrong_type_is_not_written(layout: znodes.Layout) -> None:
    for kind in layout.kinds():
        with pytest.raises(LabError, match=f"^{kind.name}: given"):
            kind.encode(object())
    with pytest.raises(LabError, match="offset"):
        layout.offset.encode(True)


def test_brokers() -> None:
    broker = znodes.Broker("127.0.0.1", 9092, timestamp=1385347200000)
    assert OLD.broker.encode(broker) == b"127.0.0.1-1385347200000:127.0.0.1:9092"
    assert NEW.broker.encode(broker) == (
        b'{"jmx_port":-1,"timestamp":"1385347200000","host":"127.0.0.1","version":1,"port":9092}'
    )
    spaced = b'{ "host":"broker1.example", "jmx_port":-1, "port":9092, "timestamp":"1385347200000", "version":1 }'
    assert NEW.broker.decode(spaced) == znodes.Broker("broker1.example", 9092, 1385347200000)
    later = b'{"endpoints":["PLAINTEXT://h:1"],"host":"h","port":1,"version":4}'
    assert NEW.broker.decode(later) == znodes.Broker("h", 1)


def test_a_host_with_a_colon_cannot_be_written_in_07() -> None:
    with pytest.raises(LabError, match=r"host '::1'.*0\.7 separates fields by ':'"):
        OLD.broker.encode(znodes.Broker("::1", 9092))
    assert NEW.broker.decode(NEW.broker.encode(znodes.Broker("::1", 9092))).host == "::1"


@pytest.mark.parametrize("value", ["me:127.0.0.1:9092", "other-5:h:1", "a-b-77:a-b:1", "h-007:h:1", "h-0:h:1"])
def test_any_creator_comes_back_in_07(value: str) -> None:
    assert OLD.broker.encode(OLD.broker.decode(value.encode())) == value.encode()


def test_subscriptions() -> None:
    two = znodes.Subscription({"login": 2, "two": 1})
    assert OLD.consumer.encode(two) == b'{ "login": 2,"two": 1 }'
    assert OLD.consumer.encode(znodes.Subscription({"a*b|c!": 1}, "white_list")) == b"*1*a*b|c!"
    assert OLD.consumer.decode(b"*1*a*b|c!") == znodes.Subscription({"a*b|c!": 1}, "white_list")
    assert NEW.consumer.encode(two) == (
        b'{"version":1,"subscription":{"login":2,"two":1},"pattern":"static","timestamp":"0"}'
    )
    spaced = b'{ "pattern":"white_list", "subscription":{ "lo.*" : 2 }, "timestamp":"5", "version":1 }'
    assert NEW.consumer.decode(spaced) == znodes.Subscription({"lo.*": 2}, "white_list", 5)
    with pytest.raises(LabError, match="one regular expression"):
        znodes.Subscription({"a": 1, "b": 1}, "black_list")


@pytest.mark.parametrize(
    ("text", "consumer", "thread"),
    [
        ("g1_vm-1795386499782-49c01ec4-0", "g1_vm-1795386499782-49c01ec4", 0),
        ("g1_vm-1795386499782-49c01ec4", "g1_vm-1795386499782-49c01ec4", None),
        (f"vm-2:{UUID}", f"vm-2:{UUID}", None),
        (f"vm-2:{UUID}-11", f"vm-2:{UUID}", 11),
        ("vm:00000000-0000-0000-0000-000000000001", "vm:00000000-0000-0000-0000-000000000001", None),
        ("c-1", "c-1", None),
    ],
)
def test_owners_with_and_without_a_thread(text: str, consumer: str, thread: int | None) -> None:
    for layout in (OLD, NEW):
        owner = layout.owner.decode(text.encode())
        assert owner == znodes.Owner(consumer, thread)
        assert layout.owner.encode(owner) == text.encode()
        assert owner.is_owned_by(consumer)
        assert not owner.is_owned_by(consumer + "0")


def test_an_owner_of_any_name_knows_its_consumer() -> None:
    assert znodes.Owner("mine-3").is_owned_by("mine")
    assert znodes.Owner("mine-3").is_owned_by("mine-3")
    assert not znodes.Owner("mine-3").is_owned_by("min")
    assert not znodes.Owner("mine-x").is_owned_by("mine")
    assert not znodes.Owner("mine").is_owned_by("mine-3")


def test_controllers() -> None:
    assert NEW.controller.encode(znodes.Controller(1, 5)) == b'{"version":1,"brokerid":1,"timestamp":"5"}'
    assert NEW.controller.decode(b"3") == znodes.Controller(3)


def test_a_state_without_leader() -> None:
    state = znodes.PartitionState(znodes.NO_LEADER, [2], 4, 2)
    text = b'{"controller_epoch":2,"leader":-1,"version":1,"leader_epoch":4,"isr":[2]}'
    assert NEW.partition_state.encode(state) == text
    assert NEW.partition_state.decode(text) == state


def test_an_assignment_is_checked_when_made() -> None:
    several: list[object] = [{}, {0: []}, {0: [1, 1]}, {-1: [1]}, {0: [True]}, {0: "12"}, [[1]]]
    for bad in several:
        with pytest.raises(LabError, match="expected"):
            znodes.TopicAssignment(bad)  # type: ignore[arg-type]


def test_assignments_decode_in_any_order() -> None:
    spaced = b'{ "partitions":{ "0":[ 1, 2 ], "1":[ 2, 3 ] }, "version":1 }'
    assert NEW.topic.decode(spaced) == znodes.TopicAssignment({1: [2, 3], 0: [1, 2]})


def test_the_order_of_scala() -> None:
    assert [partition_order(range(count)) for count in range(1, 5)] == [[0], [1, 0], [2, 1, 0], [2, 1, 3, 0]]
    assert sorted(partition_order(range(100))) == list(range(100))
    assert key_order("dcba") == list("dcba")


def test_the_order_of_scala_in_clusters_that_people_published() -> None:
    """As in `zkCli get` outputs and fixtures found on GitHub, of 6, 10 and 30 partitions (Kafka 0.8 to 2.x)."""
    assert partition_order(range(6)) == [4, 5, 1, 0, 2, 3]
    assert partition_order(range(10)) == [8, 4, 9, 5, 6, 1, 0, 2, 7, 3]
    assert partition_order(range(30)) == [
        12,
        8,
        19,
        23,
        4,
        15,
        11,
        9,
        22,
        26,
        13,
        24,
        16,
        5,
        10,
        21,
        6,
        1,
        17,
        25,
        14,
        0,
        20,
        27,
        2,
        18,
        7,
        29,
        3,
        28,
    ]


def literals(source: str) -> list[str]:
    """The strings of a module that are not docstrings; an f-string counts as one, its fields as `{}`."""
    tree, found = ast.parse(source), []
    skip: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            skip.update(map(id, ast.walk(node)))
        if isinstance(node, ast.JoinedStr) and id(node) not in skip:
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
            skip.update(map(id, ast.walk(node)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            found.append(node.value)
    return found


def paths_of_kafka(source: str) -> list[str]:
    """Literals used as a path: no blank inside. A sentence that speaks of a path is prose, and welcome."""
    path = re.compile(r"(^|.*[^\w.-])/(brokers|consumers|controller|controller_epoch|admin|config)(/\S*)?")
    return [text for text in literals(source) if not re.search(r"\s", text) and path.fullmatch(text)]


def test_no_path_of_kafka_stands_in_any_other_module() -> None:
    package = Path(labkit.__path__[0])
    found = {
        f"{file.relative_to(package)}: {text}"
        for file in sorted(package.rglob("*.py"))
        if file != package / "znodes.py"
        for text in paths_of_kafka(file.read_text())
    }
    assert not found, "ask labkit.znodes for these paths"


def test_the_search_for_paths_finds_them() -> None:
    assert paths_of_kafka('x = "/brokers"') == ["/brokers"]
    assert paths_of_kafka('x = f"/brokers/ids/{b}"') == ["/brokers/ids/{}"]
    assert paths_of_kafka('x = f"{root}/consumers/{g}/ids"') == ["{}/consumers/{}/ids"]
    assert paths_of_kafka('"""/brokers"""\nx = "/configure"\ny = f"see /brokers/ids/{b}, it is gone"') == []
