"""Bad input: a LabError that names what was given, and nothing changes or stays."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from labkit import Lab, LabError
from tests.live.conftest import my_folders


def left() -> tuple[set[Path], set[int]]:
    """The labs' folders, and our child processes."""
    return my_folders(), {p.pid for p in psutil.Process().children(recursive=True)}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"era": "0.9"}, "0.9"),
        ({"era": ""}, "''"),
        ({"name": ""}, "''"),
        ({"name": "a/b"}, "a/b"),
        ({"name": "käse"}, "käse"),
        ({"name": ".."}, r"'\.\.'"),
        ({"name": "zookeeper"}, "zookeeper"),
        ({"name": "x" * 41}, "x" * 41),
        ({"session_timeout": 0.1}, "0.1"),
        ({"session_timeout": 100}, "100"),
        ({"session_timeout": "2"}, "'2'"),
        ({"session_timeout": True}, "True"),
        ({"session_timeout": float("nan")}, "nan"),
        ({"servers": 2}, "2"),
        ({"zookeeper": "somewhere"}, "somewhere"),
    ],
)
def test_a_lab_that_cannot_be_is_refused_and_leaves_nothing(options: dict[str, Any], named: str) -> None:
    before = left()
    with pytest.raises(LabError, match=named):
        Lab(**options)
    assert left() == before


@pytest.mark.parametrize("broker_id", [-1, "3", 1.5, None, True, 2**31])
def test_a_broker_id_that_is_not_a_non_negative_integer(lab07: Lab, broker_id: Any) -> None:
    before = lab07.tree.snapshot(), dict(lab07.processes)
    with pytest.raises(LabError, match=str(broker_id)):
        lab07.start_broker(broker_id)
    with pytest.raises(LabError, match=str(broker_id)):
        lab07.start_brokers([7, broker_id])
    assert (lab07.tree.snapshot(), dict(lab07.processes)) == before


def test_the_same_id_twice_in_one_call(lab07: Lab) -> None:
    with pytest.raises(LabError, match=r"\[1, 1\]"):
        lab07.start_brokers([1, 1])


@pytest.mark.parametrize("port", [0, -5, 70000, "9092"])
def test_a_port_that_is_none(lab07: Lab, port: Any) -> None:
    with pytest.raises(LabError, match=str(port)):
        lab07.start_broker(1, port=port)


def test_a_port_that_is_taken(lab07: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LabError, match=str(port)):
            lab07.start_broker(1, port=port)
    assert "broker-1" not in lab07.processes


def test_one_of_several_that_fails_takes_the_others_of_its_call_with_it(lab07: Lab) -> None:
    lab07.start_broker(2)
    with pytest.raises(LabError, match="already registered"):
        lab07.start_brokers([1, 2, 3])
    assert set(lab07.processes) == {"zookeeper-1", "broker-2"}
    assert lab07["broker-2"].state == "running"


def test_a_name_that_no_process_has(lab07: Lab) -> None:
    with pytest.raises(LabError, match=r"'broker-9'.*zookeeper-1"):
        lab07["broker-9"]


def test_verbs_on_a_dead_process(lab07: Lab) -> None:
    broker = lab07.start_broker(1)
    broker.kill()
    verbs: list[Callable[[], None]] = [broker.pause, broker.resume, broker.expire]
    for verb in verbs:
        with pytest.raises(LabError, match=r"broker-1 is dead.*restart"):
            verb()
    broker.kill()
    broker.stop()
    assert broker.state == "dead"


def test_a_lab_used_after_close() -> None:
    lab = Lab(era="0.7")
    broker = lab.start_broker(1)
    lab.close()
    lab.close()
    uses: list[Callable[[], Any]] = [
        lambda: lab.start_broker(2),
        lambda: lab.zk,
        lambda: lab.wait_until(lambda: True, "nothing"),
        lab.tree.snapshot,
        lab.dashboard,
        broker.restart,
    ]
    for use in uses:
        with pytest.raises(LabError, match="closed"):
            use()
    assert broker.state == "dead"
    assert lab["zookeeper-1"].state == "dead"


def test_without_java_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("labkit.zookeeper.java._packaged", lambda: None)
    before = left()
    with pytest.raises(LabError, match="JAVA_HOME"):
        Lab()
    assert left() == before


def test_the_place_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_ZOOKEEPER", "nowhere:1")
    with pytest.raises(LabError, match="nowhere:1"):
        Lab()
    assert os.environ["LABKIT_ZOOKEEPER"] == "nowhere:1"
