"""The forecasts of lesson 01: a list that rots, a session that ends, what a watch tells."""

from __future__ import annotations

import time
from dataclasses import replace

from labkit.lessons.evidence import Moment, Run
from labkit.lessons.members import listed
from labkit.lessons.plan import Prediction
from labkit.lessons.questions import Choice, Pick, Several
from labkit.members import Member

MEMBERS, NOTICE_PATH, ROOM = "/members", "/notice", "/rooms/"
SETTLED = 0.5  # seconds in which a watch that fires has long been heard


def on_the_list(run: Run) -> list[str] | None:
    """The children of /members, when a session timeout and a little more have passed."""
    if run.seconds < 1.25 * run.lab.session_timeout:
        return None
    return [path.rpartition("/")[2] for path in run.lab.tree.snapshot() if path.startswith(MEMBERS + "/")]


def what_the_poller_said(run: Run) -> str | None:
    """Whether its last answer still named bob."""
    said = listed(run.lab.recorder.events, run.since)
    return None if said is None else "stays" if "bob" in said else "drops"


def when_told(run: Run) -> str | None:
    """Whether cid heard of the end of its session before or after it was woken."""
    told, resumed = run.moment("expired", process="cid"), run.lab["cid"].state == "running"
    woken = [m for m in run.evidence.moments("verb", process="cid", since=run.since) if m.text.endswith("resume")]
    if told and woken:
        return "woken" if told.t >= woken[0].t else "then"
    return "never" if resumed and woken and run.seconds > 4 * run.lab.session_timeout else None


def told_after_waking(run: Run) -> Moment | None:
    """When cid heard of the end of its session, laid beside when it was woken."""
    told, woken = run.moment("expired", process="cid"), run.evidence.last("verb", process="cid", since=run.since)
    if not told or not woken or not woken.text.endswith("resume"):
        return told
    return replace(told, text=f"{told.text}; it was woken at {woken.at:.1f} s")


def stayed_away(run: Run) -> Moment | None:
    """The end of the znode, and that now, with a new session in cid, it is not there."""
    gone = run.moment("gone", path=f"{MEMBERS}/cid")
    new = [e for e in run.lab.recorder.events if e["event"] == "session" and e.get("process") == "cid"]
    if not gone or gone.path in run.lab.tree.snapshot():
        return gone
    since = f"{time.time() - new[-1]['t']:.1f} s after cid got its new session"
    return run.evidence.now(f"{since}, `{gone.path}` is not there; it went at {gone.at:.1f} s", path=gone.path)


def put_back(run: Run) -> str | None:
    """Whether the znode came back, known a while after cid has a session again."""
    new = [e for e in run.lab.recorder.events if e["event"] == "session" and e.get("process") == "cid"]
    if run.moment("created", path=f"{MEMBERS}/cid"):
        return "back"
    settled = run.seconds - (new[-1]["t"] - run.since) > 2 * SETTLED
    return "gone" if new[-1]["t"] > run.since and settled else None


def after_the_server(run: Run) -> str | None:
    """What became of the members' ephemerals, once every member is connected again."""
    members = [p for p in run.lab.processes.values() if isinstance(p, Member) and p.state == "running"]
    again = all(run.moment("reconnected", "expired", process=member.name) for member in members)
    if not again:
        return None
    there = run.lab.tree.snapshot()
    went = [m.path for m in run.evidence.moments("gone", below=MEMBERS + "/", since=run.since)]
    if not went:
        return "stay"
    return "return" if all(path in there for path in went) else "connection"


def fired(run: Run, below: str) -> dict[str, list[str]] | None:
    """The types of the events that watches of lab.zk were told, by path; known when all has settled."""
    if run.seconds < SETTLED:
        return None
    found: dict[str, list[str]] = {}
    for event in run.lab.recorder.events:
        if event["event"] == "watch-fired" and event["t"] >= run.since and event["path"].startswith(below):
            found.setdefault(event["path"], []).append(event["type"])
    return found


def how_often(run: Run) -> str | None:
    """How many times the watch on the notice was told."""
    told = fired(run, NOTICE_PATH)
    return None if told is None else {1: "once", 3: "three"}.get(len(told.get(NOTICE_PATH, [])), "never")


def what_is_left(run: Run) -> str | None:
    """Which of the three texts can be read now."""
    if fired(run, NOTICE_PATH) is None:
        return None
    return {b"tea": "first", b"closed": "last"}.get(run.lab.tree.snapshot()[NOTICE_PATH].data, "all")


def which_rooms(run: Run) -> list[str] | None:
    """The rooms whose watchers were told something."""
    told = fired(run, ROOM)
    return None if told is None else [path.removeprefix(ROOM) for path in told]


def what_room_c_is_told(run: Run) -> str | None:
    """Whether the event has the path of the room or of the chair."""
    told = fired(run, ROOM)
    return None if told is None else "chair" if f"{ROOM}c/chair" in told else "room"


ROT = Prediction(
    id="rot",
    prompt="""
        bob is killed (`kill -9`), and cid is frozen (SIGSTOP). Neither can do any work now. All three had put a znode
        on the list.
    """,
    needs=[f"{MEMBERS}/{name}" for name in ("ann", "bob", "cid")],
    questions=[
        Several(
            id="listed",
            text="Whom does the list name two and a half seconds later?",
            options={
                "ann": Pick("ann, who is well"),
                "bob": Pick("bob, who is dead", left_out="M1"),
                "cid": Pick("cid, who is frozen", left_out="M5"),
            },
            truth=on_the_list,
            shows=lambda run: run.moment("exited", process="bob"),
            expected=["ann", "bob", "cid"],
        )
    ],
)

MEND = Prediction(
    id="mend",
    prompt="bob is killed once more. Your `present` is asked twice a second, for three and a half seconds.",
    needs=[f"{MEMBERS}/bob"],
    questions=[
        Choice(
            id="bob",
            text="What will your list do?",
            options={
                "drops": Pick("it drops bob, some time after his death"),
                "stays": Pick("it names bob to the end"),
            },
            truth=what_the_poller_said,
            shows=lambda run: run.moment("exited", process="bob"),
            expected="stays",  # of the list as the notebook has it; a learner's own may do better
        )
    ],
)

FROZEN = Prediction(
    id="frozen",
    prompt="""
        cid is frozen. When ZooKeeper has ended its session and `/members/cid` is gone, cid is woken again: the same
        process, the same memory, the same client. `join` is not called a second time.
    """,
    needs=[f"{MEMBERS}/cid"],
    questions=[
        Choice(
            id="told",
            text="When does the client in cid learn that its session is over?",
            options={
                "then": Pick("when ZooKeeper ends it: the client is told, or has counted for itself", belief="M3"),
                "woken": Pick("not before it runs again and hears from ZooKeeper"),
                "never": Pick("never: it goes on with the session that it had", belief="M3"),
            },
            truth=when_told,
            shows=told_after_waking,
            expected="woken",
        ),
        Choice(
            id="znode",
            text="The client then gets a new session. What becomes of `/members/cid`?",
            options={
                "back": Pick("the client library puts it back", belief="M4"),
                "gone": Pick("it stays away"),
            },
            truth=put_back,
            shows=stayed_away,
            expected="gone",
        ),
    ],
    why="cid is awake and well now, and on no list. Why does nobody put it back? One sentence.",
    model="""
        The znode hung on the old session and went with it for good; the library makes a new session, but only your
        program knows what it had created, so your program has to create it again.
    """,
)

NOTICE = Prediction(
    id="notice",
    prompt="""
        A watch is left on `/notice`. Then its text is changed three times in a row: `tea`, `cake`, `closed`. Only when
        all is over does the watcher find the time to read `/notice` again.
    """,
    needs=[NOTICE_PATH],
    questions=[
        Choice(
            id="times",
            text="How often is the watcher told?",
            options={
                "once": Pick("once"),
                "three": Pick("three times", belief="M9"),
                "never": Pick("never: it did not ask at the right moment"),
            },
            truth=how_often,
            shows=lambda run: run.moment("watch-fired", path=NOTICE_PATH),
            expected="once",
        ),
        Choice(
            id="reads",
            text="Which of the texts does it ever get to see?",
            options={
                "all": Pick("all three, one after the other", belief="M11"),
                "first": Pick("`tea`: it came with the event", belief="M10"),
                "last": Pick("only `closed`"),
            },
            truth=what_is_left,
            shows=lambda run: run.evidence.last("changed", path=NOTICE_PATH, since=run.since),
            expected="last",
        ),
    ],
)

ROOMS = Prediction(
    id="rooms",
    prompt="Four rooms, `/rooms/a` to `/rooms/d`, each with a lamp. On each room a child watch is left. Then:",
    needs=[f"{ROOM}{room}/lamp" for room in "abcd"],
    questions=[
        Several(
            id="rooms",
            text="Whose watchers are told something?",
            options={
                "a": Pick("room a: the lamp that is in it gets new data", belief="M12"),
                "b": Pick("room b: a bulb is created in the lamp", belief="M12"),
                "c": Pick("room c: a chair is created beside the lamp"),
                "d": Pick("room d: the lamp is deleted"),
            },
            truth=which_rooms,
            shows=lambda run: run.moment("watch-fired", path=f"{ROOM}c"),
            expected=["c", "d"],
        ),
        Choice(
            id="event",
            text="What is in the event that room c's watcher gets?",
            options={
                "chair": Pick("what came: `/rooms/c/chair`", belief="M13"),
                "room": Pick("only that the children of `/rooms/c` are others now"),
            },
            truth=what_room_c_is_told,
            shows=lambda run: run.moment("watch-fired", path=f"{ROOM}c"),
            expected="room",
        ),
    ],
)

SERVER = Prediction(
    id="server",
    prompt="""
        The ZooKeeper server itself is killed. For longer than the session timeout nobody
        answers; all connections are broken. Then it is started again, with its data.
    """,
    needs=[f"{MEMBERS}/ann", f"{MEMBERS}/bob"],
    questions=[
        Choice(
            id="znodes",
            text="What becomes of `/members/ann` and `/members/bob`?",
            options={
                "connection": Pick("they go: their connections broke", belief="M2"),
                "counted": Pick("they go: after 2 s the clients count their sessions as over", belief="M3"),
                "return": Pick("they go, and the client libraries put them back", belief="M4"),
                "stay": Pick("they stay, in the same sessions"),
            },
            truth=after_the_server,
            shows=lambda run: run.moment("reconnected", process="ann"),
            expected="stay",
        )
    ],
    why="Longer than the timeout without a heartbeat, and no session ended. Why? One sentence.",
    model="""
        Only ZooKeeper ends sessions, and ZooKeeper was not there to count: when the server came back it gave every
        session its full timeout again, and the clients took up theirs within it.
    """,
)
