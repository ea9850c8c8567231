"""Three servers: one may be lost and nobody minds, two may not; what is left says what it waits for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit import Lab, LabError
from labkit.zookeeper.server import Server
from tests.live.conftest import must_have
from tests.live.test_story import line_of


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def three(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab with three servers of its own."""
    must_have(request.param)
    with Lab(era="0.7", zookeeper=request.param, servers=3) as lab:
        yield lab


def leader_of(lab: Lab, but: Server | None = None) -> Server:
    """The server that leads, once there is one besides `but`."""

    def leads() -> list[Server]:
        return [s for s in lab.servers if s.mode == "leader" and s.state == "running" and s is not but]

    return lab.wait_until(lambda: next(iter(leads()), None), "a leader is elected", timeout=20)


def test_each_server_says_its_role_and_its_zxid(three: Lab) -> None:
    assert sorted(server.mode for server in three.servers) == ["follower", "follower", "leader"]
    three.zk.create("/a")
    three.wait_until(lambda: len({s.zxid for s in three.servers}) == 1, "all have the last transaction")
    rows = [p for p in three.dashboard().controls.processes if p["role"] == "zookeeper"]
    assert [row["name"] for row in rows] == ["zookeeper-1", "zookeeper-2", "zookeeper-3"]
    for row, server in zip(rows, three.servers, strict=True):
        assert row["detail"] == f"127.0.0.1:{server.port} · {server.mode} · zxid {server.zxid}"
        assert {"kill", "stop", "pause", "restart"} <= set(row["verbs"])


@pytest.mark.parametrize("verb", ["kill", "stop", "pause"])
def test_the_leader_may_be_lost_and_sessions_live_on(three: Lab, verb: str) -> None:
    broker = three.start_broker(1)
    session = broker.session_id
    old = leader_of(three)
    getattr(old, verb)()
    three.wait_until(lambda: leader_of(three, but=old), "another one leads", timeout=20)
    three.zk.retry(three.zk.create, "/after")
    three.wait_until(lambda: three.tree.unreachable_since is None, "the tree is true again")
    assert {"/after", "/brokers/ids/1"} <= set(three.tree.snapshot())
    three.wait_until(lambda: "/brokers/ids/1" in three.tree.snapshot(), "the broker is there")
    assert broker.state == "running"
    assert broker.session_id == session or verb == "pause"  # a frozen leader is noticed after a session's time
    old.resume() if verb == "pause" else old.restart()
    three.wait_until(lambda: old.mode == "follower", "it follows the new one", timeout=20)


def test_at_the_loss_of_two_the_third_says_what_is_missing(three: Lab) -> None:
    dashboard = three.dashboard()
    broker = three.start_broker(1)
    first, second, third = three.servers
    first.kill()
    second.kill()
    three.wait_until(lambda: three.tree.unreachable_since, "nobody serves any more")
    wanted = "1 of 3 servers is up, and a majority (2) is needed."
    assert wanted in dashboard.view.view()["note"]
    line_of(dashboard, three, f"zookeeper-2 was killed (SIGKILL). {wanted}")
    three.wait_until(lambda: third.mode == "", "the last one serves nobody")
    with pytest.raises(LabError, match="a majority"):
        three.tree._ready.clear() or three.tree.snapshot()
    assert (third.state, broker.state) == ("running", "running")
    first.restart()
    three.wait_until(lambda: three.tree.unreachable_since is None, "two are a majority", timeout=20)
    three.wait_until(lambda: "/brokers/ids/1" in three.tree.snapshot(), "the broker is there, or again")
    assert dashboard.view.view()["note"] == ""


def test_the_first_of_three_that_comes_back_alone_does_not_wait_for_the_others(three: Lab) -> None:
    three.zk.create("/kept")
    for server in three.servers:
        server.kill()
    first, second, third = three.servers
    first.restart()
    assert first.state == "running"
    second.restart()
    third.restart()
    three.wait_until(lambda: three.tree.unreachable_since is None, "all is read anew", timeout=20)
    assert "/kept" in three.tree.snapshot()


def test_a_session_that_moves_to_another_server_is_not_called_silent(three: Lab) -> None:
    broker = three.start_broker(1)
    told: list[str] = []
    three.tree.sessions.listen(lambda s: told.append(s.state) if s.process == "lab.zk" else None)
    for server in three.servers:  # wherever it is, it has to move
        server.restart()
        three.wait_until(lambda: three.zk.connected and leader_of(three), "it has a server again", timeout=20)
    three.wait_until(lambda: "/brokers/ids/1" in three.tree.snapshot(), "the broker is there")
    assert "silent" not in told
    assert broker.state == "running"
