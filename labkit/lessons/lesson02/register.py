"""The first build of lesson 02: a registration as Kafka 0.7 had it."""

from __future__ import annotations

from labkit import znodes
from labkit.errors import LabError
from labkit.lessons.plan import Code, Wrong
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
    return taken_id(trial) or trial.right(
        "It is an ephemeral, so ZooKeeper removes it when the session of its process is over, whatever the process "
        "died of. And where the id is taken it fails loudly and leaves the other in peace."
    )


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


def taken_id(trial: Trial) -> Verdict | None:
    """What is wrong with what it does where another broker has this id already; None if nothing is."""
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
    return None


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
        and that failure is the answer to the question whether the id is taken. It makes no parents: `zk.ensure_path`
        does.
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
