"""The questions before and after lesson 01."""

from __future__ import annotations

import time
from dataclasses import replace

from labkit.lab import Lab
from labkit.lessons.evidence import Evidence, Moment
from labkit.lessons.lesson01.display import MEMBERS, seen_last, the_incident, told_none
from labkit.lessons.plan import Option, PickOne

KILLED = PickOne(
    id="killed",
    prompt="A broker is killed with `kill -9`. When does its znode go?",
    recall=("00", "kill"),
    options={
        "process": Option(
            "At once: the process is gone.",
            "ZooKeeper sees no processes, only heartbeats; and it takes a while to believe that none will come.",
            belief="M1",
        ),
        "connection": Option(
            "At once: the operating system closes the connection, and ZooKeeper sees that.",
            "It sees that, and waits all the same: a client may connect again, and go on with the same session.",
            belief="M2",
        ),
        "timeout": Option(
            "When ZooKeeper has heard nothing of its session for the session timeout.",
            "The znode goes with the session, and a dead process ends no session. ZooKeeper has to wait.",
        ),
        "never": Option(
            "When somebody tries to reach the broker, and cannot.",
            "Nobody has to try. The znode says nothing about the process, only that its session has not ended.",
            belief="M5",
        ),
    },
)

DECIDES = PickOne(
    id="decides",
    prompt="A broker stands still for a minute. Who decides that its session is over?",
    recall=("00", "freeze"),
    options={
        "client": Option(
            "The broker: it sees on its clock that it has missed its time.",
            "It stands still, and sees nothing. And were it awake, it could only guess: ZooKeeper counts.",
            belief="M3",
        ),
        "servers": Option(
            "ZooKeeper: it has heard no heartbeat for too long.",
            "ZooKeeper and nobody else. The broker is the last to know.",
        ),
        "connection": Option(
            "The operating system: it closes the connection.",
            "The connection of a frozen process stays open. And a session is not its connection.",
            belief="M2",
        ),
        "nobody": Option(
            "Nobody: the process lives, so its session does.",
            "From outside, frozen and dead look the same. In notebook 00 the znode went while the process lived.",
            belief="M5",
        ),
    },
)


def one_wakes_up(lab: Lab) -> None:
    """A broker that has lost its session, and has a new one."""
    broker = lab.start_broker(1)
    broker.expire()
    lab.wait_until(
        lambda: sum(event["event"] == "registered" for event in broker.events) == 2, because="it registers again"
    )


AWAKE = PickOne(
    id="awake",
    prompt="It wakes up again. In notebook 00 its znode then came back. Who put it there?",
    scene=one_wakes_up,
    try_it="See it: in notebook 00, read the lines below the buttons when broker 1 is woken. Who registers?",
    options={
        "library": Option(
            "The client library, when it was connected again.",
            "The library gets a new session. What was in the old one it does not put back: you will measure that.",
            belief="M4",
            shows=seen_last("registered"),
        ),
        "server": Option(
            "ZooKeeper: it had kept the znode for the case that the broker returns.",
            "What a session held is deleted with it. ZooKeeper keeps nothing back.",
            belief="M3",
            shows=seen_last("registered"),
        ),
        "never": Option(
            "Nobody: it had never been away, as the process was alive.",
            "It had been away: the panel showed it struck through, while the process was alive.",
            belief="M5",
            shows=seen_last("registered"),
        ),
        "program": Option(
            "The broker's own code: it was told that its session is over, took a new one, and registered again.",
            "It is a new znode in a new session, and somebody had to write the lines that create it.",
            shows=seen_last("registered"),
        ),
    },
)


def last_child(evidence: Evidence) -> Moment | None:
    """The last time that a child watch on the list told something."""
    told = evidence.moments("watch-fired", path=MEMBERS)
    return next((moment for moment in reversed(told) if " CHILD " in moment.text), None)


def unheard(evidence: Evidence) -> Moment | None:
    """The last znode that came onto the list while lab.zk had no watch there: nobody was told."""
    told = [moment.t for moment in evidence.moments("watch-fired", path=MEMBERS)]
    came = evidence.moments("created", below=MEMBERS + "/")
    missed = [moment for moment in came if told and min(told) < moment.t and not any(near(moment.t, t) for t in told)]
    return replace(missed[-1], text=f"{missed[-1].text}, and no watch was told of it") if missed else None


def near(created: float, told: float) -> bool:
    """Whether this watch may have told of that znode: the two are traced by different threads."""
    return abs(created - told) < 0.5


def one_comes(lab: Lab) -> None:
    """A child watch that fires, and later somebody who comes when none is set."""
    lab.zk.ensure_path(MEMBERS)
    lab.zk.get_children(MEMBERS, watch=lambda event: None)
    lab.zk.create(f"{MEMBERS}/dan")
    lab.wait_until(lambda: any(e["event"] == "watch-fired" for e in lab.recorder.events), because="the watch fires")
    fired = time.time()
    lab.wait_until(lambda: time.time() > fired + 0.6, because="what comes now is another matter")
    lab.zk.create(f"{MEMBERS}/eve")
    lab.tree.snapshot()


LOOP = PickOne(
    id="loop",
    prompt="A display has to show who is on a list, and be right. What does its loop do at every event?",
    scene=one_comes,
    try_it="See it: leave a child watch on `/members` with `lab.zk`, start two members, and look at what it is told.",
    options={
        "names": Option(
            "Take the name of the member out of the event, and add or strike it.",
            "The event has the path of the list, and of no child: it does not say who came or went.",
            belief="M13",
            shows=last_child,
        ),
        "then": Option(
            "Read the list; when that is done, set a new watch.",
            "What changes between the two calls is told by nobody. Your `follow` would have waited for ever.",
            belief="M15",
            shows=unheard,
        ),
        "again": Option(
            "Read the whole list again, with a watch in the same call.",
            "An event only says: look again. What happened meanwhile is in what you read, or the watch tells.",
            shows=last_child,
        ),
        "each": Option(
            "Read the list; no further watch is needed, as the first one stays.",
            "It fired, and that was its end.",
            belief="M9",
            shows=last_child,
        ),
    },
)

BREAK = PickOne(
    id="break",
    prompt="""
        A program has watches and ephemerals. Its connection breaks for a moment; ZooKeeper has not ended its session.
        What is left when it is connected again?
    """,
    scene=the_incident,
    try_it="See it: leave a watch with `lab.zk`, restart `zookeeper-1` with its button, and look at the panel.",
    options={
        "neither": Option(
            "Neither: both are lost with the connection.",
            "The ephemerals hang on the session, and that went on, as your trace says.",
            belief="M2",
            shows=seen_last("reconnected", process="lab.zk"),
        ),
        "every": Option(
            "The ephemerals. The watches are lost, whatever the library.",
            "In `kazoo` they are. Java's client sends all of its watches once more, and is told what was missed.",
            belief="M14",
            shows=told_none,
        ),
        "both": Option(
            "Both, whatever the library: watches go on until the session ends.",
            "In `kazoo` each watch was told NONE, and was gone.",
            belief="M14",
            shows=told_none,
        ),
        "depends": Option(
            "The ephemerals. The watches only if the client library sets them again: Java's does, `kazoo` does not.",
            "The ephemerals are kept by the session, at the servers. For the watches, know your library.",
            shows=told_none,
        ),
    },
)

WARM_UP = [KILLED, DECIDES, AWAKE]
EXIT = [LOOP, BREAK]
