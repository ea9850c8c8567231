"""The live tree tells the truth: at once, in order, with owners, watchers and deadlines."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from kazoo.client import KazooClient

from labkit import Lab, LabError
from labkit.sessions import Session
from labkit.tree import Change
from labkit.view import TreeView
from labkit.watches import Watch


def test_a_snapshot_holds_every_write_acknowledged_before(anywhere: Lab) -> None:
    for number in range(200):
        anywhere.zk.create(f"/n{number:03}", str(number).encode())
        assert anywhere.tree.snapshot()[f"/n{number:03}"].data == str(number).encode()
        anywhere.zk.set(f"/n{number:03}", b"x")
        assert anywhere.tree.snapshot()[f"/n{number:03}"].version == 1
    for number in range(200):
        anywhere.zk.delete(f"/n{number:03}")
        assert f"/n{number:03}" not in anywhere.tree.snapshot()


def test_paths_are_relative_to_the_chroot_and_the_chroot_is_the_root(anywhere: Lab) -> None:
    assert list(anywhere.tree.snapshot()) == ["/"]
    other = KazooClient(anywhere.hosts)
    other.start()
    other.create("/there", b"1")
    other.stop()
    other.close()
    assert sorted(anywhere.tree.snapshot()) == ["/", "/there"]


def test_the_stat_is_that_of_zookeeper(anywhere: Lab) -> None:
    anywhere.zk.create("/a", b"1", ephemeral=True)
    anywhere.zk.set("/a", b"2")
    _, stat = anywhere.zk.get("/a")
    znode = anywhere.tree.snapshot()["/a"]
    assert (znode.version, znode.czxid, znode.mzxid) == (stat.version, stat.czxid, stat.mzxid)
    assert (znode.ctime, znode.mtime, znode.ephemeral_owner) == (stat.ctime, stat.mtime, stat.ephemeralOwner)
    owner = anywhere.tree.owner("/a")
    assert owner
    assert (owner.process, owner.id) == ("lab.zk", anywhere.zk.session_id)


def test_listeners_are_told_every_change_in_order(anywhere: Lab) -> None:
    told: list[Change] = []
    end = anywhere.tree.listen(told.append)
    anywhere.zk.create("/a", b"1")
    anywhere.zk.create("/a/b")
    anywhere.tree.snapshot()  # a value that is set before it was read would be told once
    anywhere.zk.set("/a", b"2")
    anywhere.tree.snapshot()
    anywhere.zk.delete("/a", recursive=True)
    anywhere.tree.snapshot()
    end()
    anywhere.zk.create("/c")
    anywhere.tree.snapshot()
    forms = [(c.path, c.before and c.before.data, c.after and c.after.data) for c in told]
    assert forms == [
        ("/a", None, b"1"),
        ("/a/b", None, b""),
        ("/a", b"1", b"2"),
        ("/a/b", b"", None),
        ("/a", b"2", None),
    ]


def test_diff_says_what_became_of_a_snapshot(anywhere: Lab) -> None:
    for name in ("stays", "changes", "goes"):
        anywhere.zk.create("/" + name, b"1")
    before = anywhere.tree.snapshot()
    anywhere.zk.set("/changes", b"2")
    anywhere.zk.delete("/goes")
    anywhere.zk.create("/comes")
    changed = anywhere.tree.diff(before)
    assert (changed.created, changed.changed, changed.gone) == (["/comes"], ["/changes"], ["/goes"])
    assert anywhere.tree.diff(before, before).changed == []


def test_watches_show_who_watches_what_and_how_child_watches_too(anywhere: Lab) -> None:
    fired = threading.Event()
    anywhere.zk.create("/a")
    anywhere.zk.get_children("/a", watch=lambda _: fired.set())
    anywhere.zk.get("/a", watch=lambda _: None)
    anywhere.zk.exists("/not-there", watch=lambda _: None)
    armed = [Watch("lab.zk", "child"), Watch("lab.zk", "data")]
    anywhere.wait_until(lambda: anywhere.tree.watchers("/a") == armed, "both watches are known")
    anywhere.wait_until(
        lambda: anywhere.tree.watchers("/not-there") == [Watch("lab.zk", "exists")], "an exists watch is"
    )
    anywhere.zk.create("/a/b")
    assert fired.wait(5)
    anywhere.wait_until(
        lambda: anywhere.tree.watchers("/a") == armed[1:], "the child watch has fired, and is gone: one-shot"
    )
    events = [e["event"] for e in anywhere.recorder.events if e.get("path") == "/a" and "watch" in e["event"]]
    assert events == ["watch-set", "watch-set", "watch-fired"]


def test_a_watch_on_a_znode_that_is_not_there_is_not_set_by_get(anywhere: Lab) -> None:
    from kazoo.exceptions import NoNodeError

    with pytest.raises(NoNodeError):
        anywhere.zk.get("/nowhere", watch=lambda _: None)
    anywhere.zk.create("/somewhere")
    assert anywhere.tree.watchers("/nowhere") == []


def test_the_same_function_left_twice_is_called_once_as_kazoo_does(anywhere: Lab) -> None:
    calls: list[str] = []
    done = threading.Event()
    anywhere.zk.create("/a")

    def told(event: object) -> None:
        calls.append(str(event))

    anywhere.zk.get("/a", watch=told)
    anywhere.zk.get("/a", watch=told)
    anywhere.zk.get("/a", watch=lambda _: done.set())
    anywhere.zk.set("/a", b"1")
    assert done.wait(5)
    anywhere.wait_until(lambda: anywhere.tree.watchers("/a") == [], "all have fired")
    assert len(calls) == 1
    anywhere.zk.get("/a", watch=told)
    anywhere.zk.set("/a", b"2")
    anywhere.wait_until(lambda: len(calls) == 2, "and it can be set again")


def test_a_waiting_brokers_own_watch_shows(anywhere: Lab) -> None:
    broker = anywhere.start_broker(1)
    broker.kill()
    seen: list[list[Watch]] = []
    anywhere.tree.listen_watches(lambda path: seen.append(anywhere.tree.watchers(path)))
    broker.restart()
    assert [Watch("broker-1", "exists")] in seen
    anywhere.wait_until(lambda: not anywhere.tree.watches.all(), "it has fired")


def test_the_trees_own_watch_is_not_the_systems(lab07: Lab) -> None:
    from labkit.zookeeper import admin

    lab07.zk.create("/a")
    lab07.tree.snapshot()
    assert lab07.tree.watches.all() == {}
    listed = admin.data_watches(*lab07.servers[0].address)
    assert listed == {"/" + lab07.name: [lab07.tree._feed.session_id]}


def test_a_watch_of_somebody_elses_client_shows_by_its_session(anywhere: Lab) -> None:
    anywhere.zk.create("/a")
    other = KazooClient(anywhere.hosts)
    other.start()
    other.get("/a", watch=lambda _: None)
    wanted = [Watch(f"0x{other._session_id:x}", "data")]
    anywhere.wait_until(lambda: anywhere.tree.watchers("/a") == wanted, "the servers have been asked")
    other.stop()
    other.close()
    anywhere.wait_until(lambda: anywhere.tree.watchers("/a") == [], "it goes with its session")


def test_a_silent_session_has_a_deadline_and_keeps_it(anywhere: Lab) -> None:
    broker = anywhere.start_broker(1)
    assert broker.session_id
    gone: list[Session] = []
    anywhere.tree.sessions.listen(lambda session: gone.append(session) if session.state == "gone" else None)
    assert anywhere.tree.sessions.all()[broker.session_id].state == "live"
    broker.pause()

    def with_deadline() -> Session | None:  # a busy server may not have told in time when it heard it last
        owner = anywhere.tree.owner("/brokers/ids/1")
        return owner if owner and owner.left is not None else None

    silent: Session = anywhere.wait_until(with_deadline, "its deadline is known")
    assert (silent.state, silent.why, silent.timeout) == ("silent", "paused", 2.0)
    assert silent.left is not None
    assert 0 < silent.left <= 2.25
    anywhere.wait_until(lambda: gone, "the servers have ended it", timeout=silent.left + 1.0)
    assert gone[0].id == broker.session_id
    assert broker.session_id not in anywhere.tree.sessions.all()


def test_a_session_without_ephemerals_ends_when_its_time_is_over(anywhere: Lab) -> None:
    broker = anywhere.start_broker(1)
    anywhere.zk.delete("/brokers/ids/1")
    anywhere.wait_until(lambda: anywhere.tree.owner("/brokers/ids/1") is None, "it owns nothing any more")
    assert broker.session_id
    broker.pause()
    assert anywhere.tree.sessions.get(broker.session_id).state == "silent"
    anywhere.wait_until(
        lambda: anywhere.tree.sessions.get(broker.session_id or 0).state == "gone", "its end is told", 20
    )
    broker.resume()
    anywhere.wait_until(lambda: any(e["event"] == "expired" for e in broker.events), "and it was the end", 20)


def test_sessions_are_not_silent_because_the_server_was_away(lab07: Lab) -> None:
    broker = lab07.start_broker(1)
    fell: list[Session] = []
    lab07.servers[0].kill()
    away = time.monotonic()
    lab07.wait_until(lambda: time.monotonic() > away + 3, "so long is the server away")
    lab07.tree.sessions.listen(lambda session: fell.append(session) if session.state == "silent" else None)
    lab07.servers[0].restart()
    lab07.wait_until(lambda: any(e["event"] == "reconnected" for e in broker.events), "the broker is back", 20)
    lab07.wait_until(lambda: lab07.tree.unreachable_since is None, "the tree is read anew", 20)
    assert [session for session in fell if session.process == "broker-1"] == []


def test_a_session_that_nobody_told_of_falls_silent_too() -> None:
    """A client of somebody else that freezes: only its heartbeats tell."""
    import subprocess
    import sys

    script = (
        "import sys, time\nfrom kazoo.client import KazooClient\nc = KazooClient(sys.argv[1], timeout=2.0)\n"
        "c.start()\nc.create('/foreign', ephemeral=True)\nprint('there', flush=True)\nsys.stdin.read()"
    )
    with Lab(era="0.7") as lab:
        foreign = subprocess.Popen(
            [sys.executable, "-c", script, lab.hosts], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert foreign.stdout
            assert foreign.stdout.readline() == "there\n"
            lab.tree.snapshot()
            owner = lab.tree.owner("/foreign")
            assert owner
            assert (owner.process, owner.state) == (None, "live")
            foreign.send_signal(19)
            lab.wait_until(lambda: getattr(lab.tree.owner("/foreign"), "state", "") == "silent", "its silence shows")
            lab.wait_until(lambda: "/foreign" not in lab.tree.snapshot(), "and its session ends")
        finally:
            foreign.kill()
            foreign.communicate()


def test_the_tree_comes_back_after_the_server_was_away(own: Lab) -> None:
    own.zk.create("/before")
    notes: list[float | None] = []
    own.tree.listen_reachable(lambda: notes.append(own.tree.unreachable_since))
    for server in own.servers:
        server.kill()
    own.wait_until(lambda: own.tree.unreachable_since, "the loss is noticed")
    with pytest.raises(LabError, match="does not answer"):
        own.tree._ready.clear() or own.tree._feed.barrier(0.1)
    for server in own.servers:
        server.restart()
    own.wait_until(lambda: own.tree.unreachable_since is None, "the tree is read anew")
    own.zk.retry(own.zk.create, "/after")
    assert {"/before", "/after"} <= set(own.tree.snapshot())
    assert [bool(note) for note in notes][:2] == [True, False]


def test_a_frozen_server_is_named_with_what_wakes_it(lab07: Lab) -> None:
    lab07.servers[0].pause()
    with pytest.raises(LabError, match=r"\(waited \d+\.\d s\)\. zookeeper-1 is paused: resume\(\) wakes it"):
        lab07.tree.snapshot()
    lab07.servers[0].resume()


def test_text_and_picture_stand_without_a_kernel(anywhere: Lab) -> None:
    anywhere.start_broker(3)
    text = anywhere.tree.text()
    assert "ephemeral, broker-3" in text
    picture = anywhere.tree.picture()
    assert "<svg" in picture._repr_svg_()
    assert "broker-3" in picture.dot


def test_looking_and_telling_at_once_do_not_wait_for_each_other(lab07: Lab) -> None:
    """Views are asked for by the page's thread while the tree's thread tells: no lock may be held across both."""
    view = TreeView(lab07.tree, "0.7", "/", lab07.report)
    told: list[int] = []
    view.subscribe(lambda delta: told.append(delta["seq"]))
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            view.view()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet where they would meet once a week
    lookers = [threading.Thread(target=look, daemon=True) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for _ in range(150):
        lab07.zk.create("/e", ephemeral=True)
        lab07.zk.get("/e", watch=lambda _: None)
        lab07.zk.delete("/e")
    lab07.tree.snapshot()
    done.set()
    for looker in lookers:
        looker.join(10)
    sys.setswitchinterval(before)
    assert not any(looker.is_alive() for looker in lookers)
    lab07.wait_until(lambda: "/e" not in view.view()["znodes"], "the last word is told")
    assert told == sorted(told)
    assert len(told) >= 300  # each watch was set, and told
