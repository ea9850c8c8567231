"""Where the ZooKeeper of a lab is: what a user may say for `zookeeper=` and in $LABKIT_ZOOKEEPER."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from labkit.errors import LabError

FORMS = '"local", "docker" or "host:port[,host:port…][/chroot]"'
ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
STEP = re.compile(r"(?!\.\.?$)[^/\x00-\x1f\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff]+")  # as ZooKeeper's own check of paths


@dataclass(frozen=True)
class Place:
    """`kind` is "local", "docker" or "external"; `addresses` and `chroot` ("" or "/a/b") are those of the last."""

    kind: str
    addresses: tuple[tuple[str, int], ...] = ()
    chroot: str = ""


def chosen(zookeeper: str | None) -> Place:
    """The place that was asked for: given, else $LABKIT_ZOOKEEPER, else "local". LabError if it is none."""
    said = "zookeeper" if zookeeper is not None else "LABKIT_ZOOKEEPER"
    text = zookeeper if zookeeper is not None else os.environ.get("LABKIT_ZOOKEEPER") or "local"
    if text in ("local", "docker"):
        return Place(text)
    try:
        return external(text)
    except ValueError as e:
        raise LabError(f"{said}={text!r}: {e}. Give {FORMS}.") from None


def external(text: str) -> Place:
    """An ensemble that already runs; ValueError says what is wrong with the text."""
    if not isinstance(text, str):
        raise ValueError("this is not a text")
    hosts, slash, path = text.partition("/")
    addresses = tuple(address(part) for part in hosts.split(","))
    if len(set(addresses)) < len(addresses):
        raise ValueError("an address stands there twice")
    steps = path.rstrip("/").split("/") if path.rstrip("/") else []
    for step in steps:
        if not STEP.fullmatch(step):
            raise ValueError(f"{step!r} cannot be part of a znode's path")
    if steps[:1] == ["zookeeper"]:
        raise ValueError("/zookeeper is ZooKeeper's own")
    return Place("external", addresses, "".join(slash + step for step in steps))


def address(text: str) -> tuple[str, int]:
    """From "host:port" to a pair; ValueError if it is not of that form."""
    match = ADDRESS.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not host:port")
    if not 0 < int(match["port"]) < 65536:
        raise ValueError(f"{match['port']} is not a port (1 to 65535)")
    return match["host"].strip("[]"), int(match["port"])
