"""Exercise: compare and set, against somebody who writes in between."""

from __future__ import annotations

from labkit.lessons.lesson01.meanwhile import OneMore
from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict

COUNT, BEFORE = "/count", 10


def judge(trial: Trial) -> Verdict:
    """Somebody else counts while the new value is worked out; the sum must be right."""
    trial.zk.create(COUNT, str(BEFORE).encode())
    trial.say("somebody else counts while your function works")
    trial.call(COUNT, OneMore(trial.lab.hosts + trial.root, COUNT))
    others = sum(event["event"] == "written" for event in trial.attempt.events)
    znode, place = trial.znodes().get(COUNT), trial.in_tree(COUNT)
    if znode is None or not znode.data.isdigit():
        return trial.refuse(f"`{COUNT}` is {'gone' if znode is None else repr(znode.data)}: expected is a number.")
    value, wanted = int(znode.data), BEFORE + others + 1
    if not others:
        return trial.refuse(f"It never called `change`, which works out the new value; `{COUNT}` says {value}.")
    seen = trial.evidence.last("changed", path=place)
    if value < wanted:
        name = "gives up" if znode.version == others else "writes over"
        return trial.wrong(name, seen, value=value, wanted=wanted, before=BEFORE, others=others)
    if value > wanted:
        return trial.refuse(f"It says {value}, and should say {wanted}: it counted more than one.", moment=seen)
    return trial.right(
        f"{BEFORE}, one of yours, {others} of somebody else's: `{COUNT}` says {value}, and nothing was lost. Where the "
        "version was another one than you had read, you read again, and worked the value out again.",
        seen,
    )


UPDATE = Code(
    id="update",
    prompt="""
        Write `update(zk, path, change)`: it reads the znode, and puts `change(data)` in the place of what it read. But
        `change` takes its time, and somebody else writes there as well: what they wrote must not be lost, and neither
        must yours. The error that you have to expect is `kazoo.exceptions.BadVersionError`.
    """,
    starter='''
        def update(zk, path, change):
            """Put change(data) in the place of data, whoever else writes there."""
            ...  # your lines here
    ''',
    reference='''
        def update(zk, path, change):
            """Put change(data) in the place of data, whoever else writes there."""
            from kazoo.exceptions import BadVersionError
            while True:
                data, stat = zk.get(path)
                try:
                    zk.set(path, change(data), version=stat.version)
                    return
                except BadVersionError:
                    pass  # somebody was faster: read again
    ''',
    judge=judge,
    hints=[
        "In the panel, look at `/count` while it is checked. Who writes it, and what had your function read by then?",
        """
        `set(path, data, version=v)` writes only if the znode still has version `v`, else it raises `BadVersionError`
        and writes nothing. After that all that you have read is old, and so is what you worked out from it.
        """,
        """
        Somebody takes the next free seat in a plan that others write in as well:

            while True:
                plan, stat = zk.get("/seats")
                try:
                    zk.set("/seats", plan + b"X", version=stat.version)
                    break
                except BadVersionError:
                    continue
        """,
    ],
    wrong=[
        Wrong(
            name="writes over",
            says="""
                You read {before}, and while you worked out the new value somebody else counted {others}. You wrote
                over that: `/count` says {value} and should say {wanted}. Say which version you mean to replace, and on
                a refusal begin again with reading.
            """,
            answer="""
                def update(zk, path, change):
                    data, _ = zk.get(path)
                    zk.set(path, change(data))
            """,
        ),
        Wrong(
            name="does not expect it",
            belief="M19",
            error="BadVersionError",
            says="""
                ZooKeeper refused your write: somebody else had written since you read. That is no accident but what you
                asked for with `version=`. What you read was the latest only when you read it. Read again, try again.
            """,
            answer="""
                def update(zk, path, change):
                    data, stat = zk.get(path)
                    zk.set(path, change(data), version=stat.version)
            """,
        ),
        Wrong(
            name="gives up",
            belief="M30",
            says="""
                Nothing was written over, but `/count` says {value} and should say {wanted}: yours is missing. A refused
                write is not done later by anybody: read again, and try again until it is taken.
            """,
            answer="""
                def update(zk, path, change):
                    from kazoo.exceptions import BadVersionError
                    data, stat = zk.get(path)
                    try:
                        zk.set(path, change(data), version=stat.version)
                    except BadVersionError:
                        pass
            """,
        ),
    ],
)
