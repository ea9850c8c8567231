"""An ensemble that was there before: one znode of the lab's own in it, and nothing is left at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError
from kazoo.security import READ_ACL_UNSAFE

from labkit import Lab, LabError
from labkit.ports import free_port
from labkit.waiting import wait_until
from labkit.zookeeper import admin, jars
from labkit.zookeeper.java import java, jvm_flags
from tests.live.conftest import Shared, my_folders
from tests.live.test_story import line_of

MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"


@pytest.fixture(params=[1, 3])
def hosts(request: pytest.FixtureRequest, shared: Shared) -> str:
    """The address of an ensemble with one server, or with three; without a chroot."""
    return shared("external", request.param).partition("/")[0]


@pytest.fixture
def zk(hosts: str) -> Iterator[KazooClient]:
    """The teacher's own client, at the top of the ensemble."""
    client = KazooClient(hosts)
    client.start()
    yield client
    client.stop()
    client.close()


def paths(zk: KazooClient, top: str = "/") -> set[str]:
    """Every path below `top`, less ZooKeeper's own and the other tests' tenants."""
    try:
        names = zk.get_children(top)
    except NoNodeError:  # it is being removed
        return set()
    found = {f"{top.rstrip('/')}/{name}" for name in names} - {"/zookeeper", "/tenants"}
    return found | {below for path in found for below in paths(zk, path)}


def test_a_lab_makes_one_znode_of_its_own_and_takes_it_away(hosts: str, zk: KazooClient) -> None:
    zk.create("/kept", b"not ours")
    before = paths(zk)
    with Lab(era="0.7", zookeeper=hosts, name="ours") as lab:
        lab.start_broker(1)
        assert lab.hosts == f"{hosts}/ours"
        assert {path.partition("/ours")[0] for path in paths(zk) - before} == {""}
        assert "/ours/brokers/ids/1" in paths(zk)
    assert paths(zk) == before
    assert zk.get("/kept")[0] == b"not ours"
    zk.delete("/kept")


def test_what_is_missing_above_it_is_made_and_goes_when_it_is_empty(hosts: str, zk: KazooClient) -> None:
    before = paths(zk)
    with Lab(zookeeper=f"{hosts}/school/a", name="one"):
        with Lab(zookeeper=f"{hosts}/school/a", name="two"):
            assert paths(zk) - before == {"/school", "/school/a", "/school/a/one", "/school/a/two"}
        assert "/school/a/one" in paths(zk)
    assert paths(zk) == before
    first = Lab(zookeeper=f"{hosts}/school/a")
    with Lab(zookeeper=f"{hosts}/school/a", name="two"):
        first.close()
        assert "/school/a/two" in paths(zk)
    assert paths(zk) == before, "the last one takes away what the first one made"


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(hosts: str, zk: KazooClient) -> None:
    zk.create("/taken/by/somebody", makepath=True)
    before = paths(zk), my_folders()
    with pytest.raises(LabError, match="/taken is there already"):
        Lab(zookeeper=hosts, name="taken")
    assert (paths(zk), my_folders()) == before
    zk.delete("/taken", recursive=True)


def test_a_chroot_that_an_acl_forbids(hosts: str, zk: KazooClient) -> None:
    zk.create("/closed", acl=READ_ACL_UNSAFE)
    before = paths(zk), my_folders()
    with pytest.raises(LabError, match=r"may not be created.*the ACL of /closed forbids it\. Ask whoever runs"):
        Lab(zookeeper=f"{hosts}/closed")
    with pytest.raises(LabError, match="the ACL of /closed"):
        Lab(zookeeper=f"{hosts}/closed/and/deeper")
    assert (paths(zk), my_folders()) == before
    zk.delete("/closed")


OWNER = """
import sys
from labkit import Lab
lab = Lab(era="0.7", zookeeper=sys.argv[1], name="orphan")
lab.start_brokers([1, 2])
print(lab.folder_name, flush=True)
sys.stdin.read()
"""


def test_a_killed_owner_leaves_no_znode(hosts: str, zk: KazooClient) -> None:
    before = paths(zk)
    argv = [sys.executable, "-c", OWNER, f"{hosts}/deep/down"]
    owner = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    folder = Path(owner.stdout.readline().strip())
    assert "/deep/down/orphan/brokers/ids/2" in paths(zk)
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    wait_until(lambda: paths(zk) == before, "its znodes are gone", 10)
    wait_until(lambda: not folder.exists(), "and its folder", 10)


def test_what_cannot_be_taken_away_at_the_end_is_left_for_clean() -> None:
    with Lab(era="0.7") as theirs:
        theirs.zk.create("/kept")
        lab = Lab(era="0.7", zookeeper=theirs.hosts, name="late")
        theirs.servers[0].kill()
        with pytest.raises(LabError, match=r"could not be taken away; `\./lab clean` tries it again"):
            lab.close()
        assert not Path(lab.folder_name).exists()
        theirs.servers[0].restart()
        theirs.wait_until(lambda: "/late" in theirs.tree.snapshot(), "it is there still")
        clean = subprocess.run([sys.executable, "-m", "labkit", "clean"], capture_output=True, text=True, check=True)
        assert f"{Path(lab.folder_name).name}-farewell: removed" in clean.stdout
        assert sorted(theirs.tree.snapshot()) == ["/", "/kept"]


def test_a_server_of_somebody_else_has_no_verbs(hosts: str) -> None:
    with Lab(zookeeper=hosts) as lab:
        server = lab.servers[0]
        assert (server.state, server.pid) == ("running", None)
        for verb in (server.kill, server.stop, server.pause, server.resume, server.restart):
            with pytest.raises(LabError, match=r"is not this lab's, so (kill|stop|pause|resume|restart)\(\)"):
                verb()
        rows = lab.dashboard().controls.processes
        assert [row["verbs"] for row in rows if row["role"] == "zookeeper"] == [[]] * len(lab.servers)


def test_nobody_answers() -> None:
    before = my_folders()
    port = free_port()
    with pytest.raises(LabError, match=rf"no ZooKeeper answers at 127\.0\.0\.1:{port} .*refused.*Is it running"):
        Lab(zookeeper=f"127.0.0.1:{port}")
    assert my_folders() == before


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_somebody_listens_there_who_is_no_zookeeper(answer: bytes) -> None:
    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=[listener])
        server.start()
        with pytest.raises(LabError, match=r"no ZooKeeper answers at .*(greeting|no ZooKeeper: )"):
            Lab(zookeeper=f"127.0.0.1:{listener.getsockname()[1]}")
        server.join()


def test_somebody_listens_there_and_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(LabError, match=r"no ZooKeeper .*timed out"):
        Lab(zookeeper=f"127.0.0.1:{mute.getsockname()[1]}")


def test_one_of_three_hosts_is_dead() -> None:
    with Lab(era="0.7", servers=3) as theirs:
        theirs.servers[1].kill()
        dead = theirs.servers[1].port
        with Lab(era="0.7", zookeeper=theirs.ensemble.hosts) as lab:
            assert [server.state for server in lab.servers] == ["running", "dead", "running"]
            (notice,) = lab.ensemble.notices
            assert notice.startswith(f"No answer from 127.0.0.1:{dead} (")
            lab.start_broker(1)
            assert "/brokers/ids/1" in lab.tree.snapshot()
            theirs.servers[1].restart()
            lab.wait_until(lambda: lab.servers[1].state == "running", "its return is seen")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("somewhere", "'somewhere' is not host:port"),
        ("host:0", "0 is not a port"),
        ("host:99999", "99999 is not a port"),
        ("a:1,a:1", "an address stands there twice"),
        ("a:1,", "'' is not host:port"),
        ("a:1//b", "'' cannot be part of a znode's path"),
        ("a:1/b/../c", r"'\.\.' cannot be part"),
        ("a:1/zookeeper/x", "/zookeeper is ZooKeeper's own"),
    ],
)
def test_an_address_that_is_none(text: str, why: str) -> None:
    with pytest.raises(LabError, match=f'zookeeper=\'{text}\': {why}.*Give "local", "docker" or "host:port'):
        Lab(zookeeper=text)


@pytest.mark.parametrize("count", [2, 3])
def test_a_number_of_servers_that_the_address_does_not_name(count: int) -> None:
    with pytest.raises(LabError, match=f"servers={count}"):
        Lab(zookeeper="127.0.0.1:1", servers=count)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as it comes: ticks of two seconds, sessions of four and more, no four-letter word but srvr."""
    folder, port = tmp_path_factory.mktemp("stock"), free_port()
    config = folder / "zoo.cfg"
    settings = {"tickTime": 2000, "dataDir": folder, "clientPort": port, "clientPortAddress": "127.0.0.1"}
    config.write_text("".join(f"{k}={v}\n" for k, v in {**settings, "admin.enableServer": "false"}.items()))
    program, classpath = java(), jars.classpath()
    argv = [str(program), *jvm_flags(program), "-cp", classpath, MAIN, str(config)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def serves() -> bool:
            try:
                return admin.serves("127.0.0.1", port, timeout=0.2)
            except OSError:
                return False

        wait_until(serves, "the stock server serves", 20)
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def test_what_a_stock_server_forbids_is_said_once_and_done_without(
    stock: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Lab(era="0.7", zookeeper=stock) as lab:
        said = capsys.readouterr().out.splitlines()
        assert [line for line in said if "four-letter word cons" in line]
        assert [line for line in said if "four-letter word wchp" in line]
        assert [line for line in said if "no session of 2 s: the processes have 4 s" in line]
        assert len(said) == len(set(said)) == 3
        assert [e["message"] for e in lab.recorder.events if e["event"] == "notice"] == said
        assert (lab.session_timeout, lab.servers[0].mode) == (4.0, "standalone")
        broker = lab.start_broker(1)
        dashboard = lab.dashboard()
        broker.kill()
        assert "ZooKeeper ends its session within 4 s or so" in line_of(dashboard, lab, "was killed")
        assert lab.tree.unreachable_since is None
        lab.wait_until(lambda: "/brokers/ids/1" not in lab.tree.snapshot(), "its session times out", timeout=12)
    assert capsys.readouterr().out == ""


def test_a_session_that_a_stock_server_does_not_grant(stock: str) -> None:
    for seconds in (2.0, 41.0):
        with pytest.raises(LabError, match=rf"session_timeout={seconds:g}.*grant 4 to 40 seconds.*4.0 is usual"):
            Lab(zookeeper=stock, session_timeout=seconds)
    with Lab(era="0.7", zookeeper=stock, session_timeout=5.0) as lab:
        assert lab.session_timeout == 5.0
        assert "sessions" not in " ".join(lab.ensemble.notices)
