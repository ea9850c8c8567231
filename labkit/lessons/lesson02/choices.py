"""The choices of lesson 02: what is remembered, an incident, and what is taken away."""

from __future__ import annotations

import socket

from labkit import znodes
from labkit.lab import Lab
from labkit.lessons.evidence import Evidence, Moment
from labkit.lessons.lesson02.by_hand import BROKER, HOST, asked, start_by_hand
from labkit.lessons.plan import Option, PickOne

BROKER_IDS = znodes.era("0.7").broker_ids.path()


def watch_two_go(lab: Lab) -> None:
    """One watch on the list, and two brokers that end."""
    brokers = lab.start_brokers([2, 3])
    lab.zk.get_children(BROKER_IDS, watch=lambda _: None)
    for broker in brokers:
        broker.stop()


def told_once(seen: Evidence) -> Moment | None:
    """The one event of the learner's own watch on the list."""
    return seen.last("watch-fired", process="lab.zk", path=BROKER_IDS)


def restart_at_once(lab: Lab) -> None:
    """Kill a broker and start it again at once: it waits for its own old session."""
    broker = lab.start_broker(5)
    broker.kill()
    broker.restart()


def in_the_list(lab: Lab) -> None:
    """A broker by hand is in the list and answers nobody, and one that was killed was there for a while."""
    with socket.create_connection((HOST, start_by_hand(lab, 8).port)):
        asked(lab, 8)
    killed = lab.start_broker(1)
    killed.kill()
    lab.wait_until(lambda: not lab.tree.owner(BROKER.path(1)), because="its session is over")


def thawed(lab: Lab) -> None:
    """A broker frozen for longer than its session, and one by hand that lost its own."""
    frozen = lab.start_broker(3)
    frozen.pause()
    start_by_hand(lab, 7).expire()
    lab.wait_until(lambda: not lab.tree.owner(BROKER.path(3)), because="its session is over")
    frozen.resume()
    lab.wait_until(lambda: lab.tree.owner(BROKER.path(3)), because="it registers again")


WARM_UP = [
    PickOne(
        id="who decides",
        prompt="A broker was killed. Who decides that its znode goes, and when?",
        recall=("00", "kill"),
        try_it="Kill a broker and watch the countdown in its row.",
        scene=lambda lab: lab.start_broker(3).kill(),
        options={
            "zookeeper": Option(
                "ZooKeeper, when it has heard nothing of the session for the session timeout.",
                "Nobody else can know. Silence becomes an end only by a decision, and ZooKeeper takes it.",
                shows=lambda seen: seen.last("verb", process="broker-3"),
            ),
            "system": Option(
                "The operating system, when it ends the process.",
                "The operating system closes the connection, and no more: it has never heard of a znode.",
                belief="M1",
                shows=lambda seen: seen.last("verb", process="broker-3"),
            ),
            "connection": Option(
                "ZooKeeper, as soon as the connection is closed.",
                "A client may open another connection, so a session survives the first. What counts is the silence.",
                belief="M2",
                shows=lambda seen: seen.last("verb", process="broker-3"),
            ),
            "broker": Option(
                "The broker, with its last message.",
                "A process that is killed sends no last message. Only one that is stopped can say goodbye.",
                belief="M3",
                shows=lambda seen: seen.last("verb", process="broker-3"),
            ),
        },
    ),
    PickOne(
        id="frozen",
        prompt="A broker was frozen (SIGSTOP) until its znode went. Then it was thawed. What does it do?",
        recall=("00", "freeze"),
        options={
            "nothing": Option(
                "Nothing: its process was there all the time, and so was its session.",
                "The process was there, its heartbeats were not: ZooKeeper ended the session, and the znode went too.",
                belief="M5",
            ),
            "counted": Option(
                "It has counted the seconds itself, and has given its session up long ago.",
                "A frozen process counts nothing. And of a running one, too, only ZooKeeper ends the session.",
                belief="M3",
            ),
            "restart": Option(
                "It ends: only a restart gives it back its id, which is still taken.",
                "Its id was free, as its znode was gone, and the same process registered under it again.",
                belief="M6",
            ),
            "told": Option(
                "It is told that its session is over, and registers again under a new one.",
                "It learned of the end only from ZooKeeper, and only when it spoke to it again.",
            ),
        },
    ),
    PickOne(
        id="watched",
        prompt="""
            You read the children of `/brokers/ids` and leave a watch. Broker 2 goes, and a second later broker 3. What
            does your watch tell you?
        """,
        recall=("01", "notice"),
        scene=watch_two_go,
        try_it="""See it: start two brokers, call `lab.zk.get_children("/brokers/ids", watch=print)`, and end both.""",
        options={
            "twice": Option(
                "Two events, one for each broker.",
                "A watch fires once; it is set anew by reading again.",
                belief="M9",
                shows=told_once,
            ),
            "which": Option(
                "One event, which says that broker 2 is gone.",
                "The event names the parent, and not the child that went.",
                belief="M13",
                shows=told_once,
            ),
            "list": Option(
                "One event, with the new list of brokers.",
                "The event says that the list is another, and not what is in it.",
                belief="M10",
                shows=told_once,
            ),
            "once": Option(
                "One event: the list of children has changed. The rest I must read myself.",
                "It fires once, and brings no data. Whoever reads again sees what is there then.",
                shows=told_once,
            ),
        },
    ),
]


RESTART = PickOne(
    id="restart",
    prompt="""
        The log of a night with Kafka 0.7, whose session timeout was 6 seconds. Nobody had touched the configuration:

            03:12:07  system      out of memory: killed process 4711 (broker 5)
            03:12:08  supervisor  started broker 5
            03:12:09  broker 5    FATAL A broker is already registered on the path /brokers/ids/5.
            03:12:11  supervisor  started broker 5
            03:12:12  broker 5    FATAL A broker is already registered on the path /brokers/ids/5.
            03:12:15  supervisor  started broker 5
            03:12:16  broker 5    registered

        Why did it fail twice, and then work?
    """,
    scene=restart_at_once,
    try_it="See it: kill a broker, then restart it at once, and read the lines below the buttons.",
    hints=[
        "In the panel, look at the row of a broker that was just killed, and at what it hangs on.",
        "A znode goes when its session ends, and ZooKeeper ends a session when it has heard nothing of it for so long.",
        """
        A guest who slips out of a hotel without a word still has his room until noon. If he comes back at eleven and
        asks for a new one, the desk says: somebody has that name already. It is he himself.
        """,
    ],
    options={
        "own": Option(
            "The znode of its own last session still stood: ZooKeeper had not yet given that session up.",
            """
            The old session lives until it times out, and its znode with it. Real brokers of the time had to be
            restarted later than that; ours waits, and says for which session.
            """,
            shows=lambda seen: seen.last("waiting"),
        ),
        "config": Option(
            "Another broker was configured with the same id.",
            """
            The text of the error fits that too, and it sent many people to their configuration files. But here nobody
            else has the id: what stands there is of the broker's own last session.
            """,
            belief="M6",
            shows=lambda seen: seen.last("waiting"),
        ),
        "bug": Option(
            "A bug: the kill had removed the znode, and the broker was shown an old copy.",
            """
            A kill removes nothing: a dead process cannot tell ZooKeeper anything. The znode goes when its session has
            timed out.
            """,
            belief="M1",
            shows=lambda seen: seen.last("gone", process="broker-5"),
        ),
        "alive": Option(
            "The old process is still running: its znode is there.",
            "The operating system had ended it. A znode says that a session has not ended, and nothing of a process.",
            belief="M5",
            shows=lambda seen: seen.last("exited", process="broker-5"),
        ),
    },
)

EXIT = [
    PickOne(
        id="sure",
        prompt="`/brokers/ids/2` stands. What do you know of broker 2?",
        scene=in_the_list,
        try_it="See it: keep broker 8 of this lesson busy with a client that says nothing, and look at its znode.",
        options={
            "well": Option(
                "It works.",
                "Its heartbeats come from a thread that knows nothing of its work. Only an answer shows that.",
                belief="M5",
                shows=lambda seen: seen.last("answered", process="by-hand-8"),
            ),
            "process": Option(
                "Its process has not been killed.",
                "The znode of a killed broker stands until its session has timed out.",
                belief="M1",
                shows=lambda seen: seen.last("gone", process="broker-1"),
            ),
            "connected": Option(
                "Its connection to ZooKeeper is open.",
                "A session outlives its connections: that of a killed broker is closed at once, and the znode stands.",
                belief="M2",
                shows=lambda seen: seen.last("gone", process="broker-1"),
            ),
            "session": Option(
                "Its session had not ended when the server answered me.",
                "Nothing more than that. For most uses that is enough; where it is not, you have to ask the broker.",
                shows=lambda seen: seen.last("answered", process="by-hand-8"),
            ),
        },
    ),
    PickOne(
        id="thawed",
        prompt="""
            A broker was frozen for ten seconds; its znode is gone. Now it is thawed, and its program goes on with its
            next line, which writes a message to its disk. Does it know, at that line, that its session is over?
        """,
        scene=thawed,
        try_it="See it: pause a broker for five seconds, resume it, and read the lines below the buttons.",
        options={
            "counts": Option(
                "Yes: kazoo has counted the seconds, and ends the session itself.",
                "Kazoo was frozen as well. And it may not decide that anyway: only ZooKeeper ends a session.",
                belief="M3",
                shows=lambda seen: seen.last("expired", process="broker-3"),
            ),
            "told": Option(
                "No: it hears of it only when kazoo has reached ZooKeeper again.",
                "Until then it lives in a world that is gone, and must do no harm there. Lesson 06 is about that.",
                shows=lambda seen: seen.last("expired", process="broker-3"),
            ),
            "back": Option(
                "It need not know: kazoo has put the znode back by then.",
                "Kazoo puts nothing back. It takes a new session, and the program has to register again.",
                belief="M4",
                shows=lambda seen: seen.last("gone", process="by-hand-7"),
            ),
            "alive": Option(
                "It is not over: the process was there all the time.",
                "ZooKeeper sees no processes. It heard no heartbeat for the session timeout, and ended the session.",
                belief="M5",
                shows=lambda seen: seen.last("gone", process="broker-3"),
            ),
        },
    ),
]
