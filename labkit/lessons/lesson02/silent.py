"""The incident of lesson 02: all brokers are in the list, and some answer nobody."""

from __future__ import annotations

import contextlib
import socket

from labkit.lessons.lesson02.by_hand import BROKER, HOST, Asking, ByHand
from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict
from labkit.ports import free_port
from labkit.waiting import wait_until

WELL, STUCK, DEAD = 2, 3, 9


def judge_silent(trial: Trial) -> Verdict:
    """It must find the stuck one and the dead one among three that are registered."""
    with contextlib.ExitStack() as stack:
        trial.say("starting a broker that answers, one that is stuck, and leaving the znode of a dead one")
        set_the_scene(trial, stack)
        found = trial.call(Asking())
        if not all(type(broker_id) is int for broker_id in found):
            return trial.refuse(f"It returned {found!r}. An id is a number here: int(…) makes one of a child's name.")
        return misread(trial, sorted(found)) or verdict_on(trial, sorted(found))


def misread(trial: Trial, found: list[int]) -> Verdict | None:
    """Whether it asked, and asked the wrong ports or made nothing of the answers; None if neither."""
    answers = {event["port"]: event["answer"] for event in trial.attempt.events if event["event"] == "asked"}
    ports = {int(data.rpartition(b":")[2]) for data in (znode.data for znode in trial.znodes().values()) if data}
    if strange := [repr(port) for port in answers if port not in ports]:
        return trial.refuse(
            f"You asked at {', '.join(sorted(strange))}, and nobody in the list has that port. It is the last field of "
            "the znode's value, as a number."
        )
    if answers.keys() == ports and not found:
        said = ", ".join(repr(answer) for answer in answers.values())
        return trial.refuse(
            f"You asked all of them and found nobody. But `ask` gave you {said}: always a string, and never an empty "
            "one. Two of these are no answers."
        )
    return None


def set_the_scene(trial: Trial, stack: contextlib.ExitStack) -> None:
    """Two real processes, one of them kept busy by a client that says nothing; and an ephemeral without a process."""
    well, stuck = made = [ByHand(trial.lab, broker_id, trial.root) for broker_id in (WELL, STUCK)]
    for process in made:
        stack.callback(process.end)
        process.launch()
    for process in made:
        process.await_ready()
    wait_until(lambda: {well.path, stuck.path} <= trial.znodes().keys(), "both have registered")
    stack.enter_context(socket.create_connection((HOST, stuck.port)))
    trial.plant(BROKER.path(DEAD), f"by-hand:{HOST}:{free_port()}".encode(), ephemeral=True)


def verdict_on(trial: Trial, found: list[int]) -> Verdict:
    """Right, or which wrong answer it is."""
    stands = f"`{trial.in_tree(BROKER.path(STUCK))}` stood, and its session was alive"
    seen = trial.moment(stands, path=trial.in_tree(BROKER.path(STUCK)))
    match found:
        case [3, 9]:
            return trial.right(
                "The list says whose session has not ended. Who answers is found out by asking, and with a limit.",
                seen,
            )
        case []:
            return trial.wrong("trusts the list", seen)
        case [9]:
            return trial.wrong("only connects", seen)
        case [2, 3, 9] | [2, 3]:
            return trial.refuse(f"It found {found}; but broker {WELL} answers who asks: say something to it first.")
    return trial.refuse(f"It found {found}. Of the brokers {[WELL, STUCK, DEAD]} only {WELL} answers.")


SILENT = Code(
    id="silent",
    prompt="""
        The incident: some clients get no answer, and all brokers are in the list. Write the check that finds out who is
        meant: the ids (numbers, in a list) of all brokers that are registered and do not answer. `ask(port)` is the
        function that you have used above: it gives "I heard hello", "silence" or "refused". It will be tried on three
        brokers by hand: one well, one stuck, and one whose process has just died.
    """,
    starter='''
        def silent(zk, ask):
            """The ids of all brokers that are registered and do not answer."""
            ...  # your lines here
    ''',
    reference='''
        def silent(zk, ask):
            """The ids of all brokers that are registered and do not answer."""
            found = []
            for broker_id in zk.get_children("/brokers/ids"):
                data, _ = zk.get(f"/brokers/ids/{broker_id}")
                port = int(data.decode().split(":")[2])
                if ask(port) in ("refused", "silence"):
                    found.append(int(broker_id))
            return found
    ''',
    judge=judge_silent,
    returns=list,
    hints=[
        "Where does a client find out whom to ask? And what did `ask` print for the broker that was stuck?",
        """
        That a znode stands shows that a session lives; that a port takes a connection shows that a process is there.
        Only an answer shows that somebody answers.
        """,
        """
        A night porter wants to know which guards are awake. He has their list, and rings each of them up:

            for name in zk.get_children("/guards"):
                data, _ = zk.get(f"/guards/{name}")
                print(name, ask(int(data)))
        """,
    ],
    wrong=[
        Wrong(
            name="trusts the list",
            belief="M5",
            says="""
                You found nobody, as all of them have a znode. But broker 3 is stuck and broker 9 has no process any
                more: a znode says that a session has not ended, and nothing of who answers.
            """,
            answer="""
                def silent(zk, ask):
                    return [int(i) for i in zk.get_children("/brokers/ids") if not zk.exists(f"/brokers/ids/{i}")]
            """,
        ),
        Wrong(
            name="only connects",
            belief="M5",
            says="""
                You found the dead one only. The operating system takes connections for broker 3 as long as its process
                is there, stuck or not: an open connection is as little a sign of life as a closed one is of death.
            """,
            answer="""
                def silent(zk, ask):
                    found = []
                    for broker_id in zk.get_children("/brokers/ids"):
                        data, _ = zk.get(f"/brokers/ids/{broker_id}")
                        if ask(int(data.decode().split(":")[2])) == "refused":
                            found.append(int(broker_id))
                    return found
            """,
        ),
        Wrong(
            name="knows no refusal",
            belief="M1",
            error="ConnectionRefusedError",
            says="""
                Broker 9 was in the list, and its process was dead: the znode of a dead process stands until its session
                has timed out. Your check has to live through that: being refused is an answer to its question.
            """,
            answer="""
                def silent(zk, ask):
                    import socket

                    for broker_id in zk.get_children("/brokers/ids"):
                        data, _ = zk.get(f"/brokers/ids/{broker_id}")
                        socket.create_connection(("127.0.0.1", int(data.decode().split(":")[2])), 0.5).close()
                    return []
            """,
        ),
        Wrong(
            name="knows no silence",
            belief="M5",
            error="TimeoutError",
            says="""
                Broker 3 was in the list, took your connection, and said nothing; your check gave up there. That
                somebody is registered and lets you connect does not mean that you get an answer: silence is a finding.
            """,
            answer="""
                def silent(zk, ask):
                    import socket

                    found = []
                    for broker_id in sorted(zk.get_children("/brokers/ids")):
                        data, _ = zk.get(f"/brokers/ids/{broker_id}")
                        with socket.create_connection(("127.0.0.1", int(data.decode().split(":")[2])), 0.5) as server:
                            server.sendall(b"hello")
                            server.recv(100)
                    return found
            """,
        ),
    ],
)
