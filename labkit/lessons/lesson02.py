"""Lesson 02, register a broker."""

from __future__ import annotations

from labkit import znodes
from labkit.errors import LabError
from labkit.lab import Lab
from labkit.lessons.plan import Code, LessonPlan, Option, PickOne, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict
from labkit.view import hex_id

BROKER = znodes.era("0.7").broker
HOST, PORT = "127.0.0.1", 9092


def judge_register(trial: Trial) -> Verdict:
    """A znode of the right form, that goes with its session, under an id that nobody else has."""
    path = BROKER.path(3)
    trial.call(3, HOST, PORT)
    if problem := what_is_written(trial, path):
        return trial.refuse(problem)
    session = trial.attempt.session_id or 0
    trial.say("ending the session of that process, as if it had died")
    trial.attempt.expire()
    if path in trial.znodes():
        seen = trial.moment(f"session {hex_id(session)} was over, and `{trial.in_tree(path)}` still stood", path=path)
        return trial.wrong("persistent", seen, path=path, session=hex_id(session))
    return judge_taken_id(trial)


def what_is_written(trial: Trial, path: str) -> str:
    """What is wrong with the znode's place or value; "" if nothing is."""
    znode = trial.znodes().get(path)
    if znode is None:
        return f"No znode stands at `{path}`. There are: {', '.join(trial.znodes()) or 'none at all'}."
    try:
        value = BROKER.decode(znode.data, path)
    except LabError as e:
        return f"{e} Kafka 0.7 wrote `creatorId:host:port`; the documentation of the time left the first field out."
    if (value.host, value.port) != (HOST, PORT):
        return f"It says {value.host}:{value.port}; called was register(zk, 3, {HOST!r}, {PORT})."
    return ""


def judge_taken_id(trial: Trial) -> Verdict:
    """What it does where another broker has this id already."""
    path = BROKER.path(4)
    trial.say("calling it with an id that a live broker has")
    other = trial.plant(path, BROKER.encode(znodes.Broker(HOST, 9094, timestamp=1_353_000_000_000)), ephemeral=True)
    error = trial.error_of(4, HOST, 9095)
    now = trial.znodes().get(path)
    holder = hex_id(other.ephemeral_owner)
    if now is None or (now.data, now.ephemeral_owner) != (other.data, other.ephemeral_owner):
        moment = trial.evidence.last("gone", "changed", path=trial.in_tree(path))
        return trial.wrong("takes over", moment, path=path, session=holder)
    if not error:
        seen = trial.moment(f"`{trial.in_tree(path)}` hung on session {holder} of another broker", path=path)
        return trial.wrong("content", seen, path=path, session=holder)
    return trial.right(
        "It is an ephemeral, so ZooKeeper removes it when the session of its process is over, whatever the process "
        f"died of. And where the id is taken it fails loudly ({error.partition(':')[0]}) and leaves the other in peace."
    )


REGISTER = Code(
    id="register",
    prompt="""
        Write the registration of Kafka 0.7: a znode for the broker below `/brokers/ids` that goes when the broker does.
        Its value is `creatorId:host:port`; any text without a colon will do for the creatorId. An id that is taken is
        an error. `zk` is a connected kazoo client; the parents may not be there yet.
    """,
    starter='''
        def register(zk, broker_id, host, port):
            """Register a broker as Kafka 0.7 did."""
            ...  # your lines here
    ''',
    reference='''
        def register(zk, broker_id, host, port):
            """Register a broker as Kafka 0.7 did."""
            zk.ensure_path("/brokers/ids")
            value = f"{host}-1353000000000:{host}:{port}"
            zk.create(f"/brokers/ids/{broker_id}", value.encode(), ephemeral=True)
    ''',
    judge=judge_register,
    hints=[
        """Look at the znodes of the toy brokers in the panel: what is dashed there, and why are their parents not?""",
        """
        A znode goes with a session only if it was created as an ephemeral. `create` fails where a znode stands already,
        and that failure is the answer to the question whether the id is taken.
        """,
        """
        Here is how a night watchman might sign in, at a place that he has to himself:

            zk.ensure_path("/watchmen")
            zk.create("/watchmen/gate-2", b"since 22:00", ephemeral=True)

        If another one stands at the gate, `create` raises `NodeExistsError`, and he lets it.
        """,
    ],
    wrong=[
        Wrong(
            name="persistent",
            belief="M1",
            says="""
                Nothing removes `{path}`: it hangs on no session. The session of your process, {session}, is over, and
                everybody who reads the list is still sent to it.
            """,
            answer="""
                def register(zk, broker_id, host, port):
                    zk.ensure_path("/brokers/ids")
                    zk.create(f"/brokers/ids/{broker_id}", f"me:{host}:{port}".encode())
            """,
        ),
        Wrong(
            name="content",
            belief="M5",
            says="""
                `{path}` was there already, and you were content. But it hangs on session {session}, which is another
                broker's: when that one ends, you are in no list at all.
            """,
            answer="""
                def register(zk, broker_id, host, port):
                    path = f"/brokers/ids/{broker_id}"
                    if not zk.exists(path):
                        zk.create(path, f"me:{host}:{port}".encode(), ephemeral=True, makepath=True)
            """,
        ),
        Wrong(
            name="takes over",
            belief="M6",
            says="""
                You took `{path}` from session {session}, whose broker was alive and well: now two brokers believe that
                they have this id, and clients find only the second.
            """,
            answer="""
                def register(zk, broker_id, host, port):
                    path = f"/brokers/ids/{broker_id}"
                    zk.ensure_path("/brokers/ids")
                    if zk.exists(path):
                        zk.delete(path)
                    zk.create(path, f"me:{host}:{port}".encode(), ephemeral=True)
            """,
        ),
        Wrong(
            name="ephemeral parents",
            belief="M8",
            error="NoChildrenForEphemeralsError",
            says="""
                ZooKeeper refused a child: its parent is an ephemeral, and an ephemeral can have none. The parents
                `/brokers` and `/brokers/ids` are for all brokers, so they must outlive each of them.
            """,
            answer="""
                def register(zk, broker_id, host, port):
                    for path in ("/brokers", "/brokers/ids"):
                        if not zk.exists(path):
                            zk.create(path, ephemeral=True)
                    zk.create(f"/brokers/ids/{broker_id}", f"me:{host}:{port}".encode(), ephemeral=True)
            """,
        ),
    ],
)


def restart_at_once(lab: Lab) -> None:
    """Kill a broker and start it again at once: it waits for its own old session."""
    broker = lab.start_broker(3)
    broker.kill()
    broker.restart()


RESTART = PickOne(
    id="restart",
    prompt="""
        A broker of Kafka 0.7 was killed, and its supervisor started it again within a second. It gave up: “A broker is
        already registered on the path /brokers/ids/3.” What is the matter?
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
            "The znode of its own last session still stands: ZooKeeper has not yet given that session up.",
            """
            Yes: the old session lives until it times out, and its znode with it. Real brokers of the time had to be
            restarted later than that; ours waits, and says for which session.
            """,
            shows=lambda seen: seen.last("waiting"),
        ),
        "config": Option(
            "Another broker is configured with the same id.",
            """
            The text of the error fits that too, and it sent many people to their configuration files. But here nobody
            else has the id: what stands there is of the broker's own last session.
            """,
            belief="M6",
            shows=lambda seen: seen.last("waiting"),
        ),
        "bug": Option(
            "A bug: the kill had removed the znode.",
            """
            A kill removes nothing: a dead process cannot tell ZooKeeper anything. The znode goes when its session has
            timed out.
            """,
            belief="M1",
            shows=lambda seen: seen.last("gone", process="broker-3"),
        ),
        "alive": Option(
            "The old process is still running: its znode is there.",
            "The operating system had ended it. A znode says that a session has not ended, and nothing of a process.",
            belief="M5",
            shows=lambda seen: seen.last("exited", process="broker-3"),
        ),
    },
)

WHO_DECIDES = PickOne(
    id="who decides",
    prompt="A broker was killed. Who decides that its znode goes, and when?",
    recall=("00", "kill"),
    try_it="Kill a broker and watch the countdown in its row.",
    scene=lambda lab: lab.start_broker(3).kill(),
    options={
        "zookeeper": Option(
            "ZooKeeper, when it has heard nothing of the session for the session timeout.",
            "Yes: nobody else can know. Silence becomes an end only by a decision, and ZooKeeper takes it.",
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
            "A closed connection may come back, so a session survives it. What counts is how long nothing is heard.",
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
)

PLAN = LessonPlan(number="02", title="Register a broker", exercises=[REGISTER, RESTART], warm_up=[WHO_DECIDES])
