"""What a znode's value says, once decoded. Frozen, checked when made, the same in both eras.

Times are whole milliseconds since 1970, as the JVM's clock gives them; 0 where the data holds none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit._names import (
    MAX_LONG,
    check_broker_id,
    check_consumer_id,
    check_host,
    check_partition,
    check_port,
    check_topic,
    check_whole,
)
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_LEADER = -1
"""The leader of a partition that has none: `LeaderAndIsr.NoLeader` in the source."""

PATTERNS = ("static", "white_list", "black_list")


@dataclass(frozen=True)
class Broker:
    """Where a broker can be reached: the value of `/brokers/ids/<id>`.

    `jmx_port` is 0.8's (-1: none). `creator` is 0.7's; empty stands for `<host>-<timestamp>`, which 0.7.2 writes.
    """

    host: str
    port: int
    timestamp: int = 0
    jmx_port: int = -1
    creator: str = ""

    def __post_init__(self) -> None:
        check_host(self.host)
        check_port(self.port)
        check_whole("timestamp", self.timestamp, 0, MAX_LONG)
        check_whole("jmx_port", self.jmx_port, -1)
        if ":" in self.creator:
            raise LabError(f"creator {self.creator!r}: expected no ':', which separates the fields of 0.7's value")


@dataclass(frozen=True)
class Controller:
    """Which broker is the controller, and since when: the value of `/controller` (0.8)."""

    broker: int
    timestamp: int = 0

    def __post_init__(self) -> None:
        check_broker_id(self.broker)
        check_whole("timestamp", self.timestamp, 0, MAX_LONG)


@dataclass(frozen=True)
class TopicAssignment:
    """Which brokers hold which partition: the value of `/brokers/topics/<topic>` in 0.8.

    `partitions[0] == (2, 1)`: partition 0 has replicas on brokers 2 and 1, and prefers 2 as its leader.
    """

    partitions: Mapping[int, Sequence[int]]

    def __post_init__(self) -> None:
        _check_mapping("partitions", self.partitions, "{0: [2, 1]}")
        plain = {check_partition(number): _brokers("replicas", held) for number, held in self.partitions.items()}
        if not plain or not all(plain.values()):
            raise LabError(f"assignment {plain}: expected at least one partition, each with at least one replica")
        object.__setattr__(self, "partitions", plain)


@dataclass(frozen=True)
class PartitionState:
    """Who leads a partition and who keeps up: the value of `…/partitions/<p>/state` (0.8). `leader` -1: nobody."""

    leader: int
    isr: Sequence[int]
    leader_epoch: int = 0
    controller_epoch: int = 1

    def __post_init__(self) -> None:
        check_whole("leader", self.leader, NO_LEADER)
        check_whole("leader_epoch", self.leader_epoch, 0)
        check_whole("controller_epoch", self.controller_epoch, 0)
        object.__setattr__(self, "isr", _brokers("isr", self.isr))


@dataclass(frozen=True)
class Subscription:
    """What a consumer wants: the value of `/consumers/<group>/ids/<consumer>`.

    `topics` maps each topic to its number of streams (threads); with pattern `white_list` or `black_list` it maps
    one regular expression instead. `timestamp` is 0.8's.
    """

    topics: Mapping[str, int]
    pattern: str = "static"
    timestamp: int = 0

    def __post_init__(self) -> None:
        _check_mapping("topics", self.topics, '{"login": 1}')
        if self.pattern not in PATTERNS:
            raise LabError(f"pattern {self.pattern!r}: expected one of {', '.join(PATTERNS)}")
        if not self.topics or (self.pattern != "static" and len(self.topics) > 1):
            raise LabError(f"subscription {dict(self.topics)}: expected topics, or one regular expression for a filter")
        for topic, streams in self.topics.items():
            if not isinstance(topic, str) or not topic:
                raise LabError(f"topic {topic!r} in a subscription: expected a name")
            check_whole(f"streams of {topic!r}", streams, 1)
        check_whole("timestamp", self.timestamp, 0, MAX_LONG)
        object.__setattr__(self, "topics", dict(self.topics))


@dataclass(frozen=True)
class Owner:
    """Which consumer owns a partition. Real Kafka adds the thread that reads it; the lab's consumers have none."""

    consumer: str
    thread: int | None = None

    def __post_init__(self) -> None:
        check_consumer_id(self.consumer)
        if self.thread is not None:
            check_whole("thread", self.thread, 0)

    def __str__(self) -> str:
        return self.consumer if self.thread is None else f"{self.consumer}-{self.thread}"

    def is_owned_by(self, consumer: str) -> bool:
        """Whether it is this consumer's, with or without a thread: right also for ids that end in a number."""
        rest = str(self).removeprefix(consumer)
        return str(self) == consumer or (str(self).startswith(consumer) and rest[:1] == "-" and rest[1:].isdigit())


@dataclass(frozen=True)
class TopicPartition:
    """One partition of one topic, as `/admin/preferred_replica_election` lists them (0.8)."""

    topic: str
    partition: int

    def __post_init__(self) -> None:
        check_topic(self.topic)
        check_partition(self.partition)


@dataclass(frozen=True)
class Reassignment(TopicPartition):
    """A partition that is to move to these brokers, as `/admin/reassign_partitions` lists them (0.8)."""

    replicas: Sequence[int]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "replicas", _brokers("replicas", self.replicas))


def _check_mapping(what: str, given: object, example: str) -> None:
    if not isinstance(given, Mapping):
        raise LabError(f"{what} {given!r}: expected a dictionary such as {example}")


def _brokers(what: str, numbers: object) -> tuple[int, ...]:
    if not isinstance(numbers, list | tuple) or len(set(map(repr, numbers))) < len(numbers):
        raise LabError(
            f"{what} {numbers!r}: expected a list of broker ids, each once: two replicas never share a broker"
        )
    return tuple(check_broker_id(number) for number in numbers)
