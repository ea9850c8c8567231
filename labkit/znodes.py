"""Every znode of Kafka 0.7.2 and 0.8.2.2: its path, its value, what it means. No path stands anywhere else.

    layout = znodes.era("0.7")
    layout.broker.path(3)                                                # "/brokers/ids/3"
    layout.broker.encode(Broker("127.0.0.1", 9092, timestamp=millis))    # the bytes that this Kafka would write
    layout.broker.decode(data, path)                                     # a Broker, or BadZnode
    layout.recognise("/brokers/ids/3").meaning                           # what it says to a learner

The facts are from the sources of the time (history.md 4.1, 4.2) and agree with dumps of the real thing
(`tests/data/golden`); where the two speak differently the dump is right. `dump` below means that a dump shows it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, overload

from labkit import _codecs as codecs
from labkit._kind import BadZnode, Kind, Recognised
from labkit._names import (
    check_broker_id,
    check_consumer_id,
    check_group,
    check_host,
    check_offset,
    check_partition,
    check_partition_id,
    check_partitions,
    check_port,
    check_topic,
    partition_id,
    split_partition_id,
)
from labkit._values import (
    NO_LEADER,
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

__all__ = [
    "ERAS",
    "NO_LEADER",
    "BadZnode",
    "Broker",
    "Controller",
    "Kind",
    "Layout",
    "Layout07",
    "Layout08",
    "Owner",
    "PartitionState",
    "Reassignment",
    "Recognised",
    "Subscription",
    "TopicAssignment",
    "TopicPartition",
    "check_broker_id",
    "check_consumer_id",
    "check_group",
    "check_host",
    "check_offset",
    "check_partition",
    "check_partition_id",
    "check_partitions",
    "check_port",
    "check_topic",
    "era",
    "partition_id",
    "split_partition_id",
]

ERAS = ("0.7", "0.8")


class Layout:
    """What both eras have. Each attribute is a `Kind`: `layout.owner.path("g1", "login", "3-1")`.

    A layout cannot be changed. Parameters go to `path` in the order of the template.
    """

    __slots__ = ()
    era: str
    common_paths: tuple[str, ...]

    root = Kind("/", codecs.NOTHING, "the root of this lab: all of its znodes stand under it", "dump; the chroot")
    brokers = Kind("/brokers", codecs.NOTHING, "parent of what brokers register", "dump")
    broker_ids = Kind(
        "/brokers/ids",
        codecs.NOTHING,
        "the brokers that are registered: one child for each, so this list is the cluster",
        "dump",
    )
    topics = Kind("/brokers/topics", codecs.NOTHING, "the topics: one child for each", "dump")
    consumers = Kind("/consumers", codecs.NOTHING, "the consumer groups: one child for each", "dump")
    group = Kind(
        "/consumers/{group}", codecs.NOTHING, "consumer group {group}; stays when its last consumer has gone", "dump"
    )
    consumer_ids = Kind(
        "/consumers/{group}/ids",
        codecs.NOTHING,
        "the members of group {group}; every member watches this list and rebalances when it changes",
        "dump; ZookeeperConsumerConnector",
    )
    owners = Kind("/consumers/{group}/owners", codecs.NOTHING, "who owns which partition in group {group}", "dump")
    topic_owners = Kind(
        "/consumers/{group}/owners/{topic}",
        codecs.NOTHING,
        "who owns which partition of topic {topic} in group {group}",
        "dump",
    )
    offsets = Kind(
        "/consumers/{group}/offsets", codecs.NOTHING, "how far group {group} has read; made at the first commit", "dump"
    )
    topic_offsets = Kind(
        "/consumers/{group}/offsets/{topic}", codecs.NOTHING, "how far group {group} has read topic {topic}", "dump"
    )

    broker: Kind[Broker]
    topic: Kind[Any]
    consumer: Kind[Subscription]
    owner: Kind[Owner]
    offset: Kind[int]

    @classmethod
    def kinds(cls) -> tuple[Kind[Any], ...]:
        """All kinds of this era, by path."""
        kinds = [kind for kind in (getattr(cls, name) for name in dir(cls)) if isinstance(kind, Kind)]
        return tuple(sorted(kinds, key=lambda kind: kind.template))

    @classmethod
    def recognise(cls, path: str) -> Recognised | None:
        """What a path (relative to the lab's root) is in this era, or None if this era's Kafka wrote no such znode."""
        for kind in _kinds_by_depth(cls.era).get(path.count("/"), ()):
            parameters = kind.match(path)
            if parameters is not None:
                return Recognised(path, kind, parameters)
        return None


class Layout07(Layout):
    """Kafka 0.7.2: a partition lives on one broker, and is named after it: `<broker>-<number>`."""

    __slots__ = ()
    era = "0.7"
    common_paths = ("/brokers/ids",)
    """What stands once brokers have started: not made as such, but on demand by the first that registers (dump)."""

    broker = Kind(
        "/brokers/ids/{broker}",
        codecs.BROKER_07,
        "broker {broker} is registered; ephemeral: goes with its session",
        "Broker.getZKString, KafkaZooKeeper.registerBrokerInZk; dump",
        ephemeral=True,
    )
    topic = Kind(
        "/brokers/topics/{topic}",
        codecs.NOTHING,
        "topic {topic}: one child for each broker that serves it now; stays when there is none",
        "dump",
    )
    topic_broker = Kind(
        "/brokers/topics/{topic}/{broker}",
        codecs.COUNT,
        "how many partitions of topic {topic} broker {broker} serves; ephemeral: goes with its session",
        "KafkaZooKeeper.registerTopicInZk; dump",
        ephemeral=True,
    )
    consumer = Kind(
        "/consumers/{group}/ids/{consumer}",
        codecs.SUBSCRIPTION_07,
        "consumer {consumer} is a member of group {group} and wants these topics; ephemeral",
        "TopicCount.dbString; dump",
        ephemeral=True,
    )
    owner = Kind(
        "/consumers/{group}/owners/{topic}/{partition:pair}",
        codecs.OWNER,
        "who reads partition {partition} (broker-number) of topic {topic} in group {group}; ephemeral",
        "ZookeeperConsumerConnector.processPartition; dump",
        ephemeral=True,
    )
    offset = Kind(
        "/consumers/{group}/offsets/{topic}/{partition:pair}",
        codecs.OFFSET,
        "how far group {group} has read partition {partition} (broker-number) of topic {topic}; "
        "persistent: the next owner goes on from here",
        "ZookeeperConsumerConnector.commitOffsets; dump. Bytes in the real one, messages in the lab",
    )


class Layout08(Layout):
    """Kafka 0.8.2.2: partitions are numbers, have replicas, and a controller picks their leaders."""

    __slots__ = ()
    era = "0.8"
    common_paths = (
        "/consumers",
        "/brokers/ids",
        "/brokers/topics",
        "/config/changes",
        "/config/topics",
        "/admin/delete_topics",
    )
    """What every broker makes sure of when it starts: `ZkUtils.setupCommonPaths` (dump)."""

    broker = Kind(
        "/brokers/ids/{broker}",
        codecs.BROKER_08,
        "broker {broker} is registered; ephemeral: goes with its session",
        "ZkUtils.registerBrokerInZk; dump",
        ephemeral=True,
    )
    topic = Kind(
        "/brokers/topics/{topic}",
        codecs.ASSIGNMENT,
        "topic {topic}: which brokers hold each partition; the first of each is the preferred leader",
        "AdminUtils.createTopic, ZkUtils.replicaAssignmentZkData; dump",
    )
    partitions = Kind(
        "/brokers/topics/{topic}/partitions",
        codecs.NOTHING,
        "the partitions of topic {topic} that the controller has set up",
        "dump",
    )
    partition = Kind(
        "/brokers/topics/{topic}/partitions/{partition}",
        codecs.NOTHING,
        "partition {partition} of topic {topic}",
        "dump",
    )
    partition_state = Kind(
        "/brokers/topics/{topic}/partitions/{partition}/state",
        codecs.STATE,
        "who leads partition {partition} of topic {topic}, and which replicas keep up; persistent: "
        "it outlives its leader",
        "PartitionStateMachine creates it, Partition.updateIsr changes it; dump",
    )
    controller = Kind(
        "/controller",
        codecs.CONTROLLER,
        "the broker that is controller: it created this first; ephemeral: when it goes, all race for it",
        "ZookeeperLeaderElector; dump",
        ephemeral=True,
    )
    controller_epoch = Kind(
        "/controller_epoch",
        codecs.EPOCH,
        "how many controllers there have been: orders of an older one are refused",
        "KafkaController.incrementControllerEpoch; dump",
    )
    consumer = Kind(
        "/consumers/{group}/ids/{consumer}",
        codecs.SUBSCRIPTION_08,
        "consumer {consumer} is a member of group {group} and wants these topics; ephemeral",
        "ZookeeperConsumerConnector.registerConsumerInZK; dump",
        ephemeral=True,
    )
    owner = Kind(
        "/consumers/{group}/owners/{topic}/{partition}",
        codecs.OWNER,
        "who reads partition {partition} of topic {topic} in group {group}; ephemeral",
        "ZookeeperConsumerConnector.reflectPartitionOwnershipDecision; dump",
        ephemeral=True,
    )
    offset = Kind(
        "/consumers/{group}/offsets/{topic}/{partition}",
        codecs.OFFSET,
        "how far group {group} has read partition {partition} of topic {topic}, in messages; persistent: "
        "the next owner goes on from here",
        "ZookeeperConsumerConnector.commitOffsets; dump",
    )
    admin = Kind("/admin", codecs.NOTHING, "parent of what the operator asks of the controller", "dump")
    delete_topics = Kind("/admin/delete_topics", codecs.NOTHING, "the topics that are to be deleted", "dump")
    delete_topic = Kind(
        "/admin/delete_topics/{topic}",
        codecs.NOTHING,
        "topic {topic} is to be deleted; the controller removes this when it has done so",
        "AdminUtils.deleteTopic, history.md 4.2",
    )
    reassign_partitions = Kind(
        "/admin/reassign_partitions",
        codecs.MOVES,
        "these partitions are being moved to these brokers; stands only while that lasts",
        "ZkUtils.getPartitionReassignmentZkData, history.md 4.2",
    )
    preferred_replica_election = Kind(
        "/admin/preferred_replica_election",
        codecs.ELECTION,
        "these partitions are to be led by their first replica; stands while that lasts",
        "PreferredReplicaLeaderElectionCommand, history.md 4.2",
    )
    config = Kind("/config", codecs.NOTHING, "parent of the configuration of topics", "dump")
    topic_configs = Kind("/config/topics", codecs.NOTHING, "the topics that have a configuration", "dump")
    topic_config = Kind(
        "/config/topics/{topic}",
        codecs.CONFIG,
        "what topic {topic} has set otherwise than the brokers' defaults",
        "AdminUtils; dump",
    )
    config_changes = Kind(
        "/config/changes",
        codecs.NOTHING,
        "news that a topic's configuration changed; every broker watches this list",
        "dump",
    )
    config_change = Kind(
        "/config/changes/config_change_{sequence}",
        codecs.TOPIC_NAME,
        "change {sequence}: the configuration of this topic is new; ZooKeeper gave the number",
        "AdminUtils.changeTopicConfig, history.md 4.2. Persistent sequential: create it at `prefix`",
    )


@overload
def era(name: Literal["0.7"]) -> Layout07: ...
@overload
def era(name: Literal["0.8"]) -> Layout08: ...
@overload
def era(name: str) -> Layout: ...
def era(name: str) -> Layout:
    """The layout of Kafka 0.7.2 ("0.7") or 0.8.2.2 ("0.8"). LabError for any other."""
    if name == "0.7":
        return Layout07()
    if name == "0.8":
        return Layout08()
    raise LabError(f"era {name!r}: expected '0.7' (Kafka 0.7.2) or '0.8' (Kafka 0.8.2.2), as a string; choose one")


@cache
def _kinds_by_depth(name: str) -> dict[int, list[Kind[Any]]]:
    # A tree of 10,000 znodes is explained at every update: try only the kinds of the right depth.
    depths: dict[int, list[Kind[Any]]] = {}
    for kind in era(name).kinds():
        depths.setdefault(kind.template.count("/"), []).append(kind)
    return depths
