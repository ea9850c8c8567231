"""Brokers register as the real ones did, and every kind of death shows in the tree as it did there."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from labkit import Lab, LabError, znodes

GOLDEN = Path(__file__).parent.parent / "data" / "golden"


def ids(lab: Lab) -> set[str]:
    """The broker ids that stand in ZooKeeper now."""
    parent = znodes.era(lab.era).broker_ids.path()
    return {path.rpartition("/")[2] for path in lab.tree.snapshot() if path.startswith(parent + "/")}


def test_three_brokers_stand_in_the_tree_when_start_returns(lab: Lab) -> None:
    brokers = lab.start_brokers([1, 2, 3])
    assert ids(lab) == {"1", "2", "3"}
    layout = znodes.era(lab.era)
    for broker in brokers:
        znode = lab.tree.snapshot()[layout.broker.path(broker.id)]
        assert znode.ephemeral_owner == broker.session_id
        assert layout.broker.decode(znode.data).port == broker.port
        with socket.create_connection(("127.0.0.1", broker.port), 2):
            pass  # the address in the znode is where it really listens
        assert broker.state == "running"
        assert lab.tree.owner(znode.path).process == broker.name


def test_the_tree_of_07_brokers_is_that_of_the_real_ones(anywhere: Lab) -> None:
    golden = json.loads((GOLDEN / "kafka-0.7.2.json").read_text())["brokers-started"]["znodes"]
    anywhere.start_brokers([1, 2, 3])
    snapshot = anywhere.tree.snapshot()
    assert {z["path"]: z["ephemeral"] for z in golden} == {p: z.ephemeral for p, z in snapshot.items()}
    broker = znodes.era("0.7").broker
    for z in golden:
        if z["ephemeral"]:
            value = broker.decode(snapshot[z["path"]].data)
            assert broker.encode(value) == snapshot[z["path"]].data
            assert value.creator.rpartition("-")[0] == broker.decode(z["value"].encode()).creator.rpartition("-")[0]
        else:
            assert not snapshot[z["path"]].data


def test_the_tree_of_08_brokers_is_that_of_the_real_ones_but_for_the_controller() -> None:
    golden = json.loads((GOLDEN / "kafka-0.8.2.2-1-brokers.json").read_text())
    with Lab(era="0.8") as lab:
        lab.start_brokers([1, 2, 3])
        snapshot = lab.tree.snapshot()
    layout = znodes.era("0.8")
    to_come = {layout.controller.path(), layout.controller_epoch.path()}  # the controller is a later lesson's
    assert {z["path"]: z["ephemeral"] for z in golden if z["path"] not in to_come} == {
        p: z.ephemeral for p, z in snapshot.items()
    }
    assert list(json.loads(snapshot[layout.broker.path(1)].data)) == [
        "jmx_port",
        "timestamp",
        "host",
        "version",
        "port",
    ]


def test_a_killed_brokers_znode_stays_until_its_session_times_out(anywhere: Lab) -> None:
    (broker,) = anywhere.start_brokers([1])
    broker.kill()
    killed = time.monotonic()
    assert broker.state == "dead"
    assert ids(anywhere) == {"1"}
    anywhere.wait_until(lambda: not ids(anywhere), "the session has timed out")
    # From the last heartbeat (at most a third of the timeout before the kill) to the tick after the timeout.
    assert 2 / 3 * 2.0 - 0.2 < time.monotonic() - killed < 2.0 + 1.0


def test_a_stopped_brokers_znode_is_gone_when_stop_returns(lab: Lab) -> None:
    (broker,) = lab.start_brokers([1])
    broker.stop()
    assert broker.state == "stopped"
    assert ids(lab) == set()


def test_a_paused_broker_loses_its_znode_and_registers_again_when_resumed(lab: Lab) -> None:
    (broker,) = lab.start_brokers([1])
    before = broker.session_id
    broker.pause()
    assert broker.state == "paused"
    lab.wait_until(lambda: not ids(lab), "the session of the sleeper has timed out")
    broker.resume()
    assert broker.state == "running"
    lab.wait_until(lambda: ids(lab) == {"1"}, "it has noticed and registered again")
    assert broker.session_id != before


def test_a_paused_broker_can_be_stopped_cleanly(anywhere: Lab) -> None:
    (broker,) = anywhere.start_brokers([1])
    broker.pause()
    broker.stop()
    assert broker.state == "stopped"
    assert ids(anywhere) == set()


def test_an_expired_broker_registers_again_under_a_new_session(lab: Lab) -> None:
    (broker,) = lab.start_brokers([1])
    old = broker.session_id
    broker.expire()
    assert old not in {z.ephemeral_owner for z in lab.tree.snapshot().values()}
    lab.wait_until(lambda: ids(lab) == {"1"}, "it has registered again")
    assert broker.state == "running"
    assert broker.session_id != old


def test_a_restart_right_after_a_kill_waits_for_its_own_old_session_and_says_so(lab: Lab) -> None:
    (broker,) = lab.start_brokers([1])
    old, pid, port = broker.session_id, broker.pid, broker.port
    broker.kill()
    broker.restart()
    (waiting,) = [event for event in broker.events if event["event"] == "waiting"]
    assert waiting["session"] == old
    assert broker.state == "running"
    assert (broker.pid == pid, broker.port == port, broker.session_id == old) == (False, True, False)
    assert ids(lab) == {"1"}


@pytest.mark.parametrize("verb", ["", "stop", "pause", "kill"])
def test_restart_works_in_any_state(anywhere: Lab, verb: str) -> None:
    (broker,) = anywhere.start_brokers([1])
    pid = broker.pid
    if verb:
        getattr(broker, verb)()
    broker.restart()
    assert broker.state == "running"
    assert broker.pid != pid
    assert ids(anywhere) == {"1"}


def test_a_taken_id_is_refused_in_kafkas_words_and_the_first_broker_stays(lab: Lab) -> None:
    (first,) = lab.start_brokers([3])
    before = lab.tree.snapshot()
    with pytest.raises(LabError) as refused:
        lab.start_broker(3)
    text = str(refused.value)
    assert "already registered on the path " + znodes.era(lab.era).broker.path(3) in text
    assert f"session 0x{first.session_id:x} of broker-3 (running)" in text
    assert "Choose another id" in text
    assert lab.tree.snapshot() == before
    assert list(lab.processes) == ["zookeeper-1", "broker-3"]


def test_an_id_whose_holder_was_killed_is_refused_until_the_session_ends(anywhere: Lab) -> None:
    (first,) = anywhere.start_brokers([3])
    first.kill()
    with pytest.raises(LabError, match=r"of broker-3 \(dead\)"):
        anywhere.start_broker(3)
    assert anywhere["broker-3"] is first
    anywhere.wait_until(lambda: not ids(anywhere), "the session has timed out")
    assert anywhere.start_broker(3) is anywhere["broker-3"]


def test_a_sleeper_that_wakes_to_find_its_id_taken_ends_and_that_is_told(anywhere: Lab) -> None:
    (sleeper,) = anywhere.start_brokers([3])
    sleeper.pause()
    anywhere.wait_until(lambda: not ids(anywhere), "the session of the sleeper has timed out")
    second = anywhere.start_broker(3)
    assert second.name == "broker-3.2"
    sleeper.resume()
    with pytest.raises(LabError, match="broker-3 ended with status 1 by itself"):
        anywhere.wait_until(lambda: not sleeper.alive, "the sleeper has met the other")
    assert ids(anywhere) == {"3"}


def test_expire_works_every_time_also_in_a_busy_kernel(anywhere: Lab) -> None:
    """The owner comes back within milliseconds: it must not get its session back before that is closed."""
    import threading

    (broker,) = anywhere.start_brokers([1])
    done = threading.Event()

    def be_busy() -> None:
        while not done.is_set():
            sum(range(1000))

    busy = threading.Thread(target=be_busy)
    busy.start()
    try:
        for _ in range(20):
            old = broker.session_id
            broker.expire()
            anywhere.wait_until(lambda old=old: broker.session_id != old, "it has a new session")
            anywhere.wait_until(lambda: ids(anywhere) == {"1"}, "it has registered again")
    finally:
        done.set()
        busy.join()
