"""Exercise: compare and set, against somebody who counts at the same time."""

from __future__ import annotations

import threading
from typing import Self

from kazoo.exceptions import BadVersionError, KazooException

from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Trial
from labkit.lessons.verdicts import Verdict

COUNT, TIMES = "/count", 40


class Rival:
    """Somebody else who counts up the same znode, correctly, as fast as it can, until it is told to end.

    Each right write is one more than the one before it, so the value is the znode's version. `lost` is the first
    (version, value) at which that was not so.
    """

    def __init__(self, trial: Trial) -> None:
        self.counted = 0
        self.lost: tuple[int, int] | None = None
        self._zk = trial.zk
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count, name="labkit-rival", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._over.is_set():
            try:
                data, stat = self._zk.get(COUNT)
                value = int(data)
                if value != stat.version and not self.lost:
                    self.lost = stat.version, value
                self._zk.set(COUNT, str(value + 1).encode(), version=stat.version)
                self.counted += 1
            except BadVersionError:
                continue
            except (KazooException, ValueError):
                return  # the answer has wrecked the znode: the trial tells of it


def judge(trial: Trial) -> Verdict:
    """Both count at the same time; the sum must be right."""
    trial.zk.create(COUNT, b"0")
    trial.say("somebody else counts at the same time")
    with Rival(trial) as rival:
        trial.call(COUNT, TIMES)
    znode = trial.znodes().get(COUNT)
    if znode is None or not znode.data.isdigit():
        return trial.refuse(f"`{COUNT}` is {'gone' if znode is None else repr(znode.data)}: expected is a number.")
    value, wanted = int(znode.data), rival.counted + TIMES
    facts = {"value": value, "wanted": wanted, "lost": wanted - value, "version": znode.version}
    if value != znode.version:
        version, was = rival.lost or (znode.version, value)
        seen = trial.moment(f"version {version} of `{trial.in_tree(COUNT)}` said {was}", path=trial.in_tree(COUNT))
        return trial.wrong("blind", seen, **facts)
    if value < wanted:
        seen = trial.moment(f"`{trial.in_tree(COUNT)}` said {value}", path=trial.in_tree(COUNT))
        return trial.wrong("gives up", seen, **facts)
    if value > wanted:
        return trial.refuse(f"It says {value}, and should say {wanted}: it counted more than {TIMES} times.")
    return trial.right(
        f"You added {TIMES} while somebody else added {rival.counted}, and `{COUNT}` says {value}: nothing was lost. "
        "Where the version was another one than you had read, you read again and tried again.",
        trial.evidence.last("changed", path=trial.in_tree(COUNT)),
    )


ADD = Code(
    id="add",
    prompt="""
        `/count` holds a number, as text. Write `add(zk, path, times)`, which adds 1 to it, `times` times. Somebody else
        does the same at the same time, and no count may be lost, theirs or yours. The error that you have to expect is
        `kazoo.exceptions.BadVersionError`.
    """,
    starter='''
        def add(zk, path, times):
            """Add 1 to the number in this znode, as many times."""
            ...  # your lines here
    ''',
    reference='''
        def add(zk, path, times):
            """Add 1 to the number in this znode, as many times."""
            from kazoo.exceptions import BadVersionError
            while times:
                data, stat = zk.get(path)
                try:
                    zk.set(path, str(int(data) + 1).encode(), version=stat.version)
                    times -= 1
                except BadVersionError:
                    pass  # somebody was faster: read again
    ''',
    judge=judge,
    hints=[
        "In the panel, look at the znode's version while both count: who makes it go up, and what did you read last?",
        """
        `set(path, data, version=v)` writes only if the znode still has version `v`, else it raises `BadVersionError`
        and writes nothing. After that all that you have read is old: read again, count again, try again.
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
            name="blind",
            belief="M15",
            says="""
                Between your read and your write somebody else wrote, and you wrote over it. `/count` says {value} and
                should say {wanted}: {lost} were lost. Two calls have a gap between them, here as with a watch; the
                version closes it: {version} writes, and not one of them said which version it meant to replace.
            """,
            answer="""
                def add(zk, path, times):
                    for _ in range(times):
                        data, _ = zk.get(path)
                        zk.set(path, str(int(data) + 1).encode())
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
                def add(zk, path, times):
                    for _ in range(times):
                        data, stat = zk.get(path)
                        zk.set(path, str(int(data) + 1).encode(), version=stat.version)
            """,
        ),
        Wrong(
            name="gives up",
            belief="M30",
            says="""
                Nothing was written over, but `/count` says {value} and should say {wanted}: {lost} of yours are
                missing. A refused write is not done later by anybody: read again, and try again until it is taken.
            """,
            answer="""
                def add(zk, path, times):
                    from kazoo.exceptions import BadVersionError
                    for _ in range(times):
                        data, stat = zk.get(path)
                        try:
                            zk.set(path, str(int(data) + 1).encode(), version=stat.version)
                        except BadVersionError:
                            pass
            """,
        ),
    ],
)
