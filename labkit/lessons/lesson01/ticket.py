"""Exercise: a member takes a place on the list that is its own, and goes with it."""

from __future__ import annotations

import re

from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict
from labkit.view import hex_id

FORM = re.compile(r"/members/ann-\d{10}")


def judge(trial: Trial) -> Verdict:
    """Two of one name, both with a znode; the one goes with its session, the other stays."""
    first = trial.call("ann")
    if problem := what_is_amiss(trial, first):
        return trial.refuse(problem)
    session = hex_id(trial.attempts[0].session_id or 0)
    passed = passer_by(trial)
    second = trial.call("ann")
    if second == first:
        seen = trial.moment(f"`{trial.in_tree(first)}` hung on session {session}, of the first ann", path=first)
        return trial.wrong("content", seen, path=first, session=session)
    if problem := what_is_amiss(trial, second):
        return trial.refuse(problem)
    if not number(passed) < number(second) < children_ever(trial):
        seen = trial.moment(f"`{trial.in_tree(passed)}` had come and gone, and `{second}` was taken", path=second)
        return trial.wrong("counts", seen, path=second, passed=passed)
    trial.say("ending the session of the first ann, as if she had died")
    trial.attempts[0].expire()
    there = trial.znodes()
    if first in there:
        seen = trial.moment(f"session {session} was over, and `{trial.in_tree(first)}` still stood", path=first)
        return trial.wrong("persistent", seen, path=first, session=session)
    if second not in there:
        return trial.refuse(f"When the first ann's session ended, `{second}` went too, and the second ann is well.")
    return trial.right(
        f"ZooKeeper gave each ann a number of its own, and took `{first}` away with its session; `{second}` stayed.",
        trial.evidence.last("gone", path=trial.in_tree(first)),
    )


def passer_by(trial: Trial) -> str:
    """Somebody takes a number of ZooKeeper's and goes again: who counts those who are there does not know of it."""
    trial.say("somebody else takes a number, and goes")
    path = str(trial.zk.create("/members/bob-", ephemeral=True, sequence=True))
    trial.zk.delete(path)
    return path


def number(path: str) -> int:
    """The ten digits at its end."""
    return int(path[-10:])


def children_ever(trial: Trial) -> int:
    """How many children /members has ever had: ZooKeeper's next number (it counts each coming and each going)."""
    stat = trial.zk.exists("/members")
    return int(stat.cversion + stat.numChildren) // 2


def what_is_amiss(trial: Trial, path: str) -> str:
    """What is wrong with the place that was taken; "" if nothing is."""
    there = trial.znodes()
    if path not in there:
        return (
            f"It returned `{path}`, and no such znode is there; there are {', '.join(there) or 'none'}. What ZooKeeper "
            "really created is what `create` returns."
        )
    if not FORM.fullmatch(path):
        return f"It is `{path}`; expected is `/members/ann-` and the ten digits that ZooKeeper appends."
    return ""


TICKET = Code(
    id="ticket",
    prompt="""
        Two members may have the same name. So let ZooKeeper number them: write `take_ticket(zk, name)`, which creates
        `/members/NAME-0000000000` (ten digits that ZooKeeper appends: `sequence=True`), a znode that goes with the
        session of its process. It returns the path that was really created. `/members` may not be there yet.
    """,
    starter='''
        def take_ticket(zk, name):
            """Put this member on the list under a number of its own; returns its path."""
            ...  # your lines here
    ''',
    reference='''
        def take_ticket(zk, name):
            """Put this member on the list under a number of its own; returns its path."""
            zk.ensure_path("/members")
            return zk.create(f"/members/{name}-", ephemeral=True, sequence=True)
    ''',
    judge=judge,
    returns=str,
    hints=[
        "Look at `join` above: what did it make first, what then, and which of the two has to outlive the members?",
        """
        `create` takes `ephemeral=True` and `sequence=True`, also both at once. With `sequence` the real name is known
        only to ZooKeeper until `create` returns it.
        """,
        """
        A baker hands out numbers, and throws away those of people who have left:

            zk.ensure_path("/queue")
            mine = zk.create("/queue/guest-", ephemeral=True, sequence=True)

        `mine` is then, say, `/queue/guest-0000000007`.
        """,
    ],
    wrong=[
        Wrong(
            name="persistent",
            says="""
                The first ann is dead: her session {session} is over. `{path}` stands all the same, and will for ever:
                it is persistent, so nothing and nobody removes it. Only an ephemeral hangs on a session.
            """,
            answer="""
                def take_ticket(zk, name):
                    zk.ensure_path("/members")
                    return zk.create(f"/members/{name}-", sequence=True)
            """,
        ),
        Wrong(
            name="content",
            says="""
                The second ann found `{path}` and was content with it. But it hangs on session {session}, of the first:
                that a znode is there says nothing of *this* process. When the first goes, the second is on no list.
            """,
            answer="""
                def take_ticket(zk, name):
                    zk.ensure_path("/members")
                    for other in zk.get_children("/members"):
                        if other.startswith(name):
                            return f"/members/{other}"
                    return zk.create(f"/members/{name}-", ephemeral=True, sequence=True)
            """,
        ),
        Wrong(
            name="counts",
            says="""
                You worked the number out yourself: `{path}`. But `{passed}` had come and gone meanwhile, and its number
                is used up. Two who count at the same time count the same; and if the first goes, the next one takes a
                number that still stands. Only ZooKeeper sees all who come, one after the other: `sequence=True`.
            """,
            answer="""
                def take_ticket(zk, name):
                    zk.ensure_path("/members")
                    number = len(zk.get_children("/members"))
                    return zk.create(f"/members/{name}-{number:010d}", ephemeral=True)
            """,
        ),
        Wrong(
            name="ephemeral parent",
            belief="M8",
            error="NoChildrenForEphemeralsError",
            says="""
                ZooKeeper refused the ticket: its parent is an ephemeral, and an ephemeral can have no children. The
                list itself must outlive all who are on it: make `/members` persistent.
            """,
            answer="""
                def take_ticket(zk, name):
                    if not zk.exists("/members"):
                        zk.create("/members", ephemeral=True)
                    return zk.create(f"/members/{name}-", ephemeral=True, sequence=True)
            """,
        ),
    ],
)
