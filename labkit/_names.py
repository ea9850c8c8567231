"""What may stand in a path or a value: names, ids, ports. Each check returns what it was given, or raises LabError.

The alphabet of topics and groups is Kafka 0.8's (`kafka.common.Topic`, `kafka.common.Config`): letters, digits, `.`,
`_`, `-`. Kafka 0.7 accepted nearly anything but `/` and control characters (`TopicNameValidator`); the lab uses the
narrower rule in both eras, so that a lesson's topic survives a change of era.
"""

from __future__ import annotations

import re

from labkit.errors import LabError

MAX_INT = 2**31 - 1
"""Broker ids, partitions and epochs are Java ints."""

MAX_LONG = 2**63 - 1
"""Offsets and times are Java longs."""

MAX_TOPIC = 249
"""Kafka of these eras accepted 255, then failed: the log's folder is called `<topic>-<partition>`, and folder names
end at 255. Kafka itself went down to 249 in 0.10."""

MAX_GROUP = 255

_LEGAL = re.compile(r"[a-zA-Z0-9._-]+")
_PAIR = re.compile(r"(0|[1-9][0-9]*)-(0|[1-9][0-9]*)")


def check_whole(what: str, number: object, least: int, most: int = MAX_INT, advice: str = "give such a number") -> int:
    """Any whole number within bounds; `what` and `advice` go into the error."""
    # True is an int to Python, but a learner who passes it made a mistake.
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise LabError(f"{what} {_shown(number)}: expected a whole number from {least} to {most}; {advice}")
    return number


def check_topic(name: object) -> str:
    """A topic name: 1 to 249 of letters, digits, `.`, `_`, `-`, but not `.` or `..`."""
    return _legal("topic name", name, MAX_TOPIC)


def check_group(name: object) -> str:
    """A group name: 1 to 255 of letters, digits, `.`, `_`, `-`, but not `.` or `..`."""
    return _legal("group name", name, MAX_GROUP)


def check_consumer_id(name: object) -> str:
    """A consumer id, e.g. `host:uuid`: one step of a path, so without `/`, and printable."""
    if not isinstance(name, str) or not name.isprintable() or "/" in name or name in ("", ".", "..") or len(name) > 512:
        raise LabError(
            f"consumer id {_shown(name)}: expected 1 to 512 printable characters without '/'; "
            "the lab's own have the form hostname:uuid"
        )
    return name


def check_host(host: object) -> str:
    """A host name or address, without port, blanks or `/`."""
    if not isinstance(host, str) or not re.fullmatch(r"[^\s/]+", host):
        raise LabError(
            f"host {_shown(host)}: expected a name or an address such as '127.0.0.1'; give the port separately"
        )
    return host


def check_broker_id(number: object) -> int:
    """A broker id: 0 to 2147483647, chosen by the operator (`brokerid`, `broker.id`)."""
    return check_whole("broker id", number, 0, MAX_INT, "give each broker a number of its own")


def check_partition(number: object) -> int:
    """One partition's number; the first is 0."""
    return check_whole("partition", number, 0, MAX_INT, "partitions count from 0")


def check_partitions(count: object) -> int:
    """How many partitions: at least 1."""
    return check_whole("partitions", count, 1, MAX_INT, "a topic has at least one partition")


def check_port(port: object) -> int:
    """A TCP port that a client can connect to: 1 to 65535."""
    return check_whole("port", port, 1, 65535, "0 means 'any free one' only to the server itself: register what it got")


def check_offset(offset: object) -> int:
    """A place in a log: 0 or more. Bytes in the real 0.7, messages in 0.8 and in the lab."""
    return check_whole("offset", offset, 0, MAX_LONG, "offsets count from 0")


def check_partition_id(text: object) -> str:
    """A partition's name in 0.7: `<broker>-<number on that broker>`, e.g. `3-1`."""
    if not isinstance(text, str) or not _PAIR.fullmatch(text):
        raise LabError(
            f"partition {_shown(text)}: expected '<broker>-<number>' such as '3-1' in era 0.7; "
            "partition_id(3, 1) makes one"
        )
    return text


def partition_id(broker: int, number: int) -> str:
    """`partition_id(3, 1)` is `"3-1"`: 0.7's name for partition 1 on broker 3."""
    return f"{check_broker_id(broker)}-{check_partition(number)}"


def split_partition_id(text: str) -> tuple[int, int]:
    """`split_partition_id("3-1")` is `(3, 1)`: the broker, and the partition's number on it."""
    broker, number = check_partition_id(text).split("-")
    return int(broker), int(number)


def _legal(what: str, name: object, longest: int) -> str:
    if not isinstance(name, str) or not _LEGAL.fullmatch(name) or name in (".", "..") or len(name) > longest:
        raise LabError(
            f"{what} {_shown(name)}: expected 1 to {longest} of the characters a-z A-Z 0-9 . _ - "
            "(and not '.' or '..'), as it becomes one step of a znode's path; choose such a name"
        )
    return name


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 80 else text[:77] + "..."
