"""The clean-up of lesson 02: three brokers that are gone in three ways, and back by the verb that each needs."""

from __future__ import annotations

from labkit import znodes
from labkit.lab import Lab
from labkit.lessons.plan import State, Wrong
from labkit.lessons.scene import Scene
from labkit.lessons.verdicts import Verdict
from labkit.members import Member
from labkit.view import hex_id

BROKER = znodes.era("0.7").broker
FROZEN = "broker-3"


def judge_revive(scene: Scene) -> Verdict:
    """All three are registered by their own processes, and the frozen one's process is still the first."""
    frozen = scene.lab[FROZEN]
    if ended := replaced(scene):
        return scene.wrong("restarted", scene.evidence.last("exited", process=FROZEN), first=ended, now=frozen.pid)
    if frozen.state == "paused":
        return scene.refuse("Broker 3 is still frozen: its process is there and does nothing. Which verb ends that?")
    for number in (1, 2, 3):
        if verdict := missing(scene, number):
            return verdict
    return scene.right(
        "1 and 2 had no process, so they needed a new one. 3 had one: thawed, it learned from ZooKeeper that its "
        "session was over, and registered again. No znode said which was which: that took a look at the processes."
    )


def replaced(scene: Scene) -> int | None:
    """The process that was ended after the last freeze that cost it its znode; None if it lives, or after a new one."""
    events = scene.lab[FROZEN].events
    gone = scene.evidence.last("gone", path=BROKER.path(3))
    freezes = [event["t"] for event in events if event["event"] == "paused" and gone and event["t"] < gone.t]
    started = [event for event in events if event["event"] == "started"]
    before = [event for event in started if event["t"] < max(freezes, default=0.0)]
    return before[-1]["pid"] if before and len(before) < len(started) else None


def missing(scene: Scene, number: int) -> Verdict | None:
    """What is wrong with one broker's registration; None if it stands and is its own."""
    broker, path = scene.lab[f"broker-{number}"], BROKER.path(number)
    assert isinstance(broker, Member)
    znode = scene.lab.tree.snapshot().get(path)
    if znode is None and not broker.alive:
        gone = scene.evidence.last("gone", path=path)
        return scene.wrong("waits", gone, path=path, process=broker.name, state=broker.state)
    if znode is None:
        return scene.not_yet(f"`{path}` is not there yet, though {broker.name} is {broker.state}. Look again later.")
    if znode.ephemeral_owner != broker.session_id:
        made, owner = scene.evidence.last("created", path=path), hex_id(znode.ephemeral_owner)
        return scene.wrong("by proxy", made, path=path, owner=owner, process=broker.name, state=broker.state)
    return None


def three_gone(lab: Lab) -> None:
    """One killed, one stopped, one frozen until its session was over."""
    killed, stopped, frozen = lab.start_brokers([1, 2, 3])
    killed.kill()
    stopped.stop()
    frozen.pause()
    lab.wait_until(lambda: not [p for p in lab.tree.snapshot() if BROKER.match(p)], because="their sessions are over")


BACK = 'lab.wait_until(lambda: "/brokers/ids/3" in lab.tree.snapshot(), because="broker 3 is back")'
REVIVE = State(
    id="revive",
    prompt="""
        Bring the brokers 1, 2 and 3 back into the list. `lab["broker-1"]` is the first, and so on; the verbs are those
        on the buttons: `restart()`, `resume()` and the like. One condition: broker 3 holds messages in its memory, so
        its process must live on.
    """,
    scene=three_gone,
    reference=f"""
        lab["broker-1"].restart()
        lab["broker-2"].restart()
        lab["broker-3"].resume()
        {BACK}
    """,
    judge=judge_revive,
    hints=[
        "The table above says what became of each process. The buttons in the panel know it, too.",
        "A znode is created by a living process. Which of the three have none, and what does the third one lack?",
        """
        In lesson 00 a broker was frozen for so long that its znode went. It came back like this, under a new session:

            frozen.resume()
        """,
    ],
    wrong=[
        Wrong(
            name="restarted",
            belief="M5",
            says="""
                You ended process {first} of broker 3, which was alive, and with it what it held in memory; {now} is
                another one. Its znode was missing, and it was not dead. To try again, freeze it again: press pause in
                its row, wait until its znode has gone, and bring it back in another way.
            """,
            answer="""
                for name in ("broker-1", "broker-2", "broker-3"):
                    lab[name].restart()
            """,
        ),
        Wrong(
            name="waits",
            belief="M4",
            says="""
                `{path}` will not come back by itself: {process} is {state}, and neither ZooKeeper nor a library creates
                a znode for a process that is not there.
            """,
            answer=f"""
                lab["broker-3"].resume()
                {BACK}
            """,
        ),
        Wrong(
            name="by proxy",
            belief="M5",
            says="""
                `{path}` stands, and nobody is there: it hangs on session {owner}, which is not that of {process}, and
                {process} is {state}. You have made a znode; what clients need is a broker.
            """,
            answer=f"""
                lab["broker-3"].resume()
                lab["broker-2"].restart()
                lab.zk.create("/brokers/ids/1", b"by-hand:127.0.0.1:9092", ephemeral=True)
                {BACK}
            """,
        ),
    ],
)
