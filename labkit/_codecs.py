"""How each value is written and read.

Writers give the exact bytes of 0.7.2 and 0.8.2.2. Readers are as lenient as Kafka's own: any order of keys, any blanks
(0.8.0 wrote `{ "host":"…", … }`), fields that they do not know. A reader raises ValueError or LabError, of which
`znodes.Kind.decode` makes a BadZnode.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from labkit._names import check_broker_id, check_offset, check_partitions, check_topic
from labkit._scala import key_order, partition_order
from labkit._values import (
    Broker,
    Controller,
    Owner,
    PartitionState,
    Reassignment,
    Subscription,
    TopicAssignment,
    TopicPartition,
)
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

V = TypeVar("V")


@dataclass(frozen=True)
class Codec(Generic[V]):
    """One way to write and read one type. `shape` shows the text, for people."""

    type: type[Any]
    shape: str
    write: Callable[[V], str]
    read: Callable[[str], V]


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise ValueError("not a whole number")
    return int(text)


def _nothing(text: str) -> None:
    if text:
        raise ValueError("data where there should be none")


def _compact(fields: Mapping[str, object]) -> str:
    return _json({key: fields[key] for key in key_order(fields)})


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _parse(text: str, expected: type[V]) -> V:
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return _is(value, expected)


def _is(value: object, expected: type[V]) -> V:
    if not isinstance(value, expected) or isinstance(value, bool):
        raise ValueError(f"{value!r} where {expected.__name__} should be")
    return value


def _get(fields: Mapping[str, object], key: str, expected: type[V]) -> V:
    if key not in fields:
        raise ValueError(f"no {key!r}")
    return _is(fields[key], expected)


def _millis(fields: Mapping[str, object]) -> int:
    return _number(str(fields.get("timestamp", 0)))


def _write_broker_07(broker: Broker) -> str:
    # Kafka 0.7 splits at every ':' and takes the second and third part: an IPv6 address would be misread.
    if ":" in broker.host:
        raise LabError(f"host {broker.host!r}: expected a name or IPv4 address: era 0.7 separates fields by ':'")
    return f"{broker.creator or f'{broker.host}-{broker.timestamp}'}:{broker.host}:{broker.port}"


def _read_broker_07(text: str) -> Broker:
    parts = text.split(":")
    if len(parts) != 3:
        raise ValueError(f"{len(parts)} parts between ':' where 3 should be")
    creator, host, port = parts
    if not creator:
        raise ValueError("no creator")
    millis = re.fullmatch(r".*-(0|[1-9][0-9]{0,18})", creator, re.DOTALL)
    broker = Broker(host, _number(port), int(millis[1]) if millis else 0)
    as_usual = creator == f"{host}-{broker.timestamp}"
    return broker if as_usual else Broker(host, broker.port, broker.timestamp, creator=creator)


def _write_broker_08(broker: Broker) -> str:
    return _compact(
        {
            "version": 1,
            "host": broker.host,
            "port": broker.port,
            "jmx_port": broker.jmx_port,
            "timestamp": str(broker.timestamp),
        }
    )


def _read_broker_08(text: str) -> Broker:
    fields = _parse(text, dict)
    jmx_port = _get({"jmx_port": -1, **fields}, "jmx_port", int)
    return Broker(_get(fields, "host", str), _get(fields, "port", int), _millis(fields), jmx_port)


def _write_controller(controller: Controller) -> str:
    return _compact({"version": 1, "brokerid": controller.broker, "timestamp": str(controller.timestamp)})


def _read_controller(text: str) -> Controller:
    if text.isdigit():  # what the versions before 0.8.0 wrote, which its reader still accepts
        return Controller(_number(text))
    fields = _parse(text, dict)
    return Controller(_get(fields, "brokerid", int), _millis(fields))


def _write_assignment(assignment: TopicAssignment) -> str:
    held = assignment.partitions
    return _compact({"version": 1, "partitions": {str(number): held[number] for number in partition_order(held)}})


def _read_assignment(text: str) -> TopicAssignment:
    held = _get(_parse(text, dict), "partitions", dict)
    return TopicAssignment({_number(name): replicas for name, replicas in held.items()})


def _write_state(state: PartitionState) -> str:
    return _compact(
        {
            "version": 1,
            "leader": state.leader,
            "leader_epoch": state.leader_epoch,
            "controller_epoch": state.controller_epoch,
            "isr": state.isr,
        }
    )


def _read_state(text: str) -> PartitionState:
    fields = _parse(text, dict)
    leader, leader_epoch, controller_epoch = (
        _get(fields, key, int) for key in ("leader", "leader_epoch", "controller_epoch")
    )
    return PartitionState(leader, _get(fields, "isr", list), leader_epoch, controller_epoch)


_MARKS = {"white_list": "*", "black_list": "!"}


def _write_subscription_07(wanted: Subscription) -> str:
    if wanted.pattern == "static":
        return "{ " + ",".join(f"{_json(topic)}: {streams}" for topic, streams in wanted.topics.items()) + " }"
    mark, [(regex, streams)] = _MARKS[wanted.pattern], wanted.topics.items()
    return f"{mark}{streams}{mark}{regex}"


def _read_subscription_07(text: str) -> Subscription:
    for pattern, mark in _MARKS.items():
        parts = text.split(mark, 2)  # the expression may hold the mark again
        if len(parts) == 3 and not parts[0]:
            return Subscription({parts[2]: _number(parts[1])}, pattern)
    return Subscription(_parse(text, dict))


def _write_subscription_08(wanted: Subscription) -> str:
    return _compact(
        {"version": 1, "subscription": wanted.topics, "pattern": wanted.pattern, "timestamp": str(wanted.timestamp)}
    )


def _read_subscription_08(text: str) -> Subscription:
    fields = _parse(text, dict)
    return Subscription(_get(fields, "subscription", dict), _get(fields, "pattern", str), _millis(fields))


# The end of an id as Kafka makes it (…-<millis>-<8 hex>), as the lab makes it (…:<uuid>); then perhaps a thread.
_THREAD_ID = re.compile(
    r"(.+(?:-[0-9]{13}-[0-9a-f]{8}|:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))-(0|[1-9][0-9]{0,8})"
)


def _read_owner(text: str) -> Owner:
    match = _THREAD_ID.fullmatch(text)
    return Owner(match[1], int(match[2])) if match else Owner(text)


def _write_moves(moves: Sequence[Reassignment]) -> str:
    return _compact(
        {
            "version": 1,
            "partitions": [
                {"topic": move.topic, "partition": move.partition, "replicas": move.replicas} for move in moves
            ],
        }
    )


def _read_moves(text: str) -> list[Reassignment]:
    listed = [_is(entry, dict) for entry in _get(_parse(text, dict), "partitions", list)]
    return [
        Reassignment(_get(entry, "topic", str), _get(entry, "partition", int), _get(entry, "replicas", list))
        for entry in listed
    ]


def _write_election(partitions: Sequence[TopicPartition]) -> str:
    return _compact(
        {"version": 1, "partitions": [{"topic": entry.topic, "partition": entry.partition} for entry in partitions]}
    )


def _read_election(text: str) -> list[TopicPartition]:
    listed = [_is(entry, dict) for entry in _get(_parse(text, dict), "partitions", list)]
    return [TopicPartition(_get(entry, "topic", str), _get(entry, "partition", int)) for entry in listed]


def _write_config(settings: Mapping[str, str]) -> str:
    return _compact({"version": 1, "config": {key: _is(value, str) for key, value in settings.items()}})


def _read_config(text: str) -> dict[str, str]:
    return {key: _is(value, str) for key, value in _get(_parse(text, dict), "config", dict).items()}


NOTHING: Codec[None] = Codec(type(None), "no data", lambda _: "", _nothing)
COUNT: Codec[int] = Codec(
    int,
    "the number of partitions, e.g. 4",
    lambda count: str(check_partitions(count)),
    lambda text: check_partitions(_number(text)),
)
EPOCH: Codec[int] = Codec(
    int,
    "a whole number, e.g. 1",
    lambda epoch: str(check_broker_id(epoch)),
    lambda text: check_broker_id(_number(text)),
)
OFFSET: Codec[int] = Codec(
    int, "a whole number, e.g. 795", lambda offset: str(check_offset(offset)), lambda text: check_offset(_number(text))
)
BROKER_07 = Codec(
    Broker,
    "<creator>:<host>:<port>, creator = <host>-<ms>, e.g. 127.0.0.1-1795387290074:127.0.0.1:9092",
    _write_broker_07,
    _read_broker_07,
)
BROKER_08 = Codec(
    Broker,
    '{"jmx_port":-1,"timestamp":"<ms>","host":"127.0.0.1","version":1,"port":9092}',
    _write_broker_08,
    _read_broker_08,
)
CONTROLLER = Codec(Controller, '{"version":1,"brokerid":1,"timestamp":"<ms>"}', _write_controller, _read_controller)
ASSIGNMENT = Codec(
    TopicAssignment, '{"version":1,"partitions":{"<partition>":[<broker>,…],…}}', _write_assignment, _read_assignment
)
STATE = Codec(
    PartitionState,
    '{"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2,1]}',
    _write_state,
    _read_state,
)
SUBSCRIPTION_07 = Codec(
    Subscription,
    '{ "<topic>": <streams>,… } or *<streams>*<regex> or !<streams>!<regex>',
    _write_subscription_07,
    _read_subscription_07,
)
SUBSCRIPTION_08 = Codec(
    Subscription,
    '{"version":1,"subscription":{"<topic>":<streams>,…},"pattern":"static","timestamp":"<ms>"}',
    _write_subscription_08,
    _read_subscription_08,
)
OWNER = Codec(Owner, "<consumer id>, or <consumer id>-<thread> by real Kafka", str, _read_owner)
MOVES: Codec[list[Reassignment]] = Codec(
    list, '{"version":1,"partitions":[{"topic":"login","partition":0,"replicas":[2,3]},…]}', _write_moves, _read_moves
)
ELECTION: Codec[list[TopicPartition]] = Codec(
    list, '{"version":1,"partitions":[{"topic":"login","partition":0},…]}', _write_election, _read_election
)
CONFIG: Codec[dict[str, str]] = Codec(
    dict, '{"version":1,"config":{"<setting>":"<value>",…}}', _write_config, _read_config
)
TOPIC_NAME: Codec[str] = Codec(
    str,
    '"<topic>", with the quotes',
    lambda topic: _json(check_topic(topic)),
    lambda text: check_topic(_parse(text, str)),
)
