"""ZooKeeper reads its settings as Java does."""

from __future__ import annotations

import pytest

from labkit.zookeeper import properties


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/tmp/lab", "/tmp/lab"),
        ("/home/zoë h/ü", "/home/zo\\u00eb h/\\u00fc"),
        ("/data/日", "/data/\\u65e5"),
        ("/a/🐘", "/a/\\ud83d\\udc18"),
        ("/back\\slash", "/back\\u005cslash"),
    ],
)
def test_a_value_survives_javas_reading(value: str, written: str) -> None:
    assert properties.escaped(value) == written
    assert properties.text({"dataDir": value, "tickTime": 250}) == f"dataDir={written}\ntickTime=250\n"
