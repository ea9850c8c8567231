"""The second build of lesson 02: a registration that survives the end of its session."""

from __future__ import annotations

import contextlib
import time

from labkit.errors import LabError
from labkit.lessons.lesson02.register import BROKER, HOST, PORT, taken_id, what_is_written
from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict
from labkit.view import hex_id
from labkit.waiting import wait_until

IDLE = 0.7  # seconds in which a wrong one acts; it needs a hundredth of one
BACK = 3.0  # seconds that it may take: kazoo has a new session in a tenth of one


def judge_stay(trial: Trial) -> Verdict:
    """Registered; its session ended; registered again under the next one; and not at the cost of others."""
    path = BROKER.path(6)
    trial.call(6, HOST, PORT)
    if problem := what_is_written(trial, path):
        return trial.refuse(problem)
    first = trial.attempt.session_id or 0
    trial.say("ending the session of that process; the process lives on")
    trial.attempt.expire()
    if not is_back(trial, path):
        return not_back(trial, path, first)
    znode = trial.znodes()[path]
    if znode.ephemeral_owner == 0:
        seen = trial.moment(f"session {hex_id(first)} was over, and `{trial.in_tree(path)}` still stood", path=path)
        return trial.wrong("persistent", seen, path=path)
    return (
        taken_id(trial)
        or too_often(trial, path)
        or trial.right(
            f"Session {hex_id(first)} ended, and `{path}` went. Then your code created it anew: it hangs on session "
            f"{hex_id(znode.ephemeral_owner)} of the same process. Nobody else would have done it."
        )
    )


def too_often(trial: Trial, path: str) -> Verdict | None:
    """What is wrong with what it does when its connection breaks and its session goes on; None if nothing is."""
    trial.say("cutting its connection; its session goes on")
    attempt, here = trial.attempts[0], trial.in_tree(path)
    known, since = len(attempt.beside()), time.time()
    attempt.disconnect()

    def acted() -> bool:
        return len(attempt.beside()) > known or trial.evidence.last("gone", path=here, since=since) is not None

    with contextlib.suppress(LabError):  # nothing is to happen, and there is no event for that
        wait_until(acted, "it does what it had better not", IDLE)
    if not acted():
        return None
    seen = trial.evidence.last("gone", "reconnected", process=attempt.name, since=since)
    return trial.wrong("at every connection", seen, path=path, session=hex_id(attempt.session_id or 0))


def is_back(trial: Trial, path: str) -> bool:
    """Whether the znode stands again, within some seconds."""
    trial.say("waiting for it to register again")
    try:
        return bool(wait_until(lambda: path in trial.znodes(), "it is registered again", BACK))
    except LabError:
        return False


def not_back(trial: Trial, path: str, first: int) -> Verdict:
    """It did not come back: nobody tried to, or kazoo itself was held up."""
    now = trial.attempt.session_id or 0
    gone = trial.evidence.last("gone", path=trial.in_tree(path))
    if now == first:
        return trial.refuse(
            "It stopped kazoo: a listener is called on kazoo's own thread, and yours waits there for an answer that "
            "only this thread could read. Give the work away: `zk.handler.spawn(…)`.",
            moment=gone,
        )
    if trial.beside():
        return trial.refuse(
            f"`{path}` went with session {hex_id(first)}. Your code was told and did something, but that failed.",
            moment=gone,
        )
    return trial.wrong("once", gone, path=path, first=hex_id(first), now=hex_id(now))


STAY = Code(
    id="stay",
    prompt="""
        Broker 7 lost its session and is in no list any more, though its process is well. Write a broker that registers
        again under each new session. The first lines are there, and register it once.

        `zk.add_listener(told)` has kazoo call `told(state)` whenever its connection changes: "SUSPENDED" (no server),
        "LOST" (the session is over), "CONNECTED" (a session, the old one or a new one). Kazoo calls it on its own
        thread, so it must return at once: `zk.handler.spawn(function)` has the work done elsewhere.
    """,
    starter='''
        def stay(zk, broker_id, host, port):
            """Register a broker, and register it again whenever its session was lost."""
            path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
            zk.create(path, value, ephemeral=True, makepath=True)
            ...  # your lines here
    ''',
    reference='''
        def stay(zk, broker_id, host, port):
            """Register a broker, and register it again whenever its session was lost."""
            path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
            zk.create(path, value, ephemeral=True, makepath=True)
            states = []

            def told(state):
                if state == "CONNECTED" and states[-1:] == ["LOST"]:
                    zk.handler.spawn(zk.create, path, value, ephemeral=True, makepath=True)
                states.append(state)

            zk.add_listener(told)
    ''',
    judge=judge_stay,
    hints=[
        "Look at `traced` in the toy's source above: at which news does it begin again, and who makes the call?",
        """
        When kazoo says "LOST", the old session is over and there is no new one yet: a create would fail. The next
        "CONNECTED" after it is the moment. A "CONNECTED" without a "LOST" before it is the old session, and your znode
        stands.
        """,
        """
        A guest whose room is given away at noon takes his key back as soon as he has a new room:

            news = []

            def told(state):
                if state == "CONNECTED" and "LOST" in news:
                    news.clear()
                    zk.handler.spawn(ask_for_key)
                news.append(state)

            zk.add_listener(told)

        He does not ask inside `told`, as the desk clerk who calls it would have to serve him at the same time.
        """,
    ],
    wrong=[
        Wrong(
            name="once",
            belief="M4",
            says="""
                `{path}` went with session {first}. Kazoo has a new session, {now}, and created nothing under it: the
                library does not know what your znode was for. Whoever wants it back has to create it, once there is a
                new session to create it under.
            """,
            answer="""
                def stay(zk, broker_id, host, port):
                    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
                    zk.create(path, value, ephemeral=True, makepath=True)
                    zk.add_listener(print)
            """,
        ),
        Wrong(
            name="persistent",
            belief="M5",
            says="""
                Now nothing can take `{path}` away: it is persistent. It stands after the end of the session, and it
                will stand when the process is dead, and send clients there.
            """,
            answer="""
                def stay(zk, broker_id, host, port):
                    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
                    zk.create(path, value, makepath=True)
            """,
        ),
        Wrong(
            name="at every connection",
            belief="M2",
            says="""
                Its connection broke and came back, and its session was the same, {session}: `{path}` stood all the
                time. Your code took that for a new beginning, and registered what was registered. Only a "LOST" before
                the "CONNECTED" means a new session.
            """,
            answer="""
                def stay(zk, broker_id, host, port):
                    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()
                    zk.create(path, value, ephemeral=True, makepath=True)

                    def told(state):
                        if state == "CONNECTED":
                            zk.handler.spawn(zk.create, path, value, ephemeral=True)

                    zk.add_listener(told)
            """,
        ),
        Wrong(
            name="takes over",
            belief="M6",
            says="""
                `{path}` hung on session {session} of another broker, which was well, and you took it away. A znode that
                stands there need not be what your own last session left.
            """,
            answer="""
                def stay(zk, broker_id, host, port):
                    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()

                    def register():
                        if zk.exists(path):
                            zk.delete(path)
                        zk.create(path, value, ephemeral=True, makepath=True)

                    register()
                    zk.add_listener(lambda state: zk.handler.spawn(register) if state == "CONNECTED" else None)
            """,
        ),
        Wrong(
            name="content",
            belief="M5",
            says="""
                `{path}` was there, hung on session {session} of another broker, and you were content with that. When
                that broker goes, you are in no list.
            """,
            answer="""
                def stay(zk, broker_id, host, port):
                    path, value = f"/brokers/ids/{broker_id}", f"by-hand:{host}:{port}".encode()

                    def register():
                        if not zk.exists(path):
                            zk.create(path, value, ephemeral=True, makepath=True)

                    register()
                    zk.add_listener(lambda state: zk.handler.spawn(register) if state == "CONNECTED" else None)
            """,
        ),
    ],
)
