"""Exercise: a loop that reads and watches in one call, and so misses nothing that matters."""

from __future__ import annotations

from typing import Any

from labkit.lessons.lesson01.meanwhile import Screen
from labkit.lessons.plan import Code, Wrong
from labkit.lessons.trial import Refused, Trial
from labkit.lessons.verdicts import Verdict

BOARD = "/board"


def judge(trial: Trial) -> Verdict:
    """Show it a board that changes while it is being shown; it has to come to the end."""
    trial.zk.create(BOARD, b"tea")
    trial.say("the board changes while your function shows it")
    try:
        trial.call(BOARD, Screen(trial.lab.hosts + trial.root, BOARD))
    except Refused as refused:
        if refused.verdict.kind != "late" or not told(trial, "shown"):
            raise
        return why_it_waits(trial)
    shown = [event["text"] for event in told(trial, "shown")]
    if shown[-1:] != ["closed"]:
        return trial.refuse(f"It returned, and had shown {', '.join(shown) or 'nothing'}: the board says `closed`.")
    if not told(trial, "watch-set"):
        return trial.refuse(
            "It came to the end, but without any watch: it asked again and again. Each question is work for the server."
        )
    return trial.right(
        "Each read left a watch in the same call, so a change could come whenever it liked: either the read had it "
        f"already, or the watch told of it. Shown were {', '.join(shown)}.",
        trial.evidence.last("watch-fired", process=trial.attempt.name),
    )


def told(trial: Trial, name: str) -> list[dict[str, Any]]:
    """What the process told of this kind."""
    return [event for event in trial.attempt.events if event["event"] == name]


def why_it_waits(trial: Trial) -> Verdict:
    """It waits for something that never comes: for what, its own trace says."""
    shown, board = told(trial, "shown")[-1]["text"], trial.in_tree(BOARD)
    says = trial.znodes()[BOARD].data.decode()
    changed = trial.evidence.last("changed", path=board)
    last = trial.evidence.last("watch-fired", process=trial.attempt.name)
    if shown == says:
        return trial.refuse(f"It shows `{shown}`, and so does the board; but it does not return after `closed`.")
    if any("has no attribute" in event["error"] for event in told(trial, "watch-failed")):
        return trial.wrong("reads the event", last, says=says, shown=shown)
    if len(told(trial, "watch-set")) > len(told(trial, "watch-fired")):
        return trial.wrong("reads, then watches", changed, says=says, shown=shown)
    if 0 < len(told(trial, "watch-set")) < len(told(trial, "shown")):
        return trial.wrong("watches once", last, says=says, shown=shown)
    if told(trial, "watch-set"):
        return trial.wrong("wipes it out", last, says=says, shown=shown)
    return trial.refuse(f"It shows `{shown}` and waits; the board says `{says}`, and no watch was ever set.")


FOLLOW = Code(
    id="follow",
    prompt="""
        A board hangs in the hall. Write `follow(zk, path, show)`: it calls `show(data)` with what the board says, and
        again whenever that has changed; when it has shown `b"closed"` it returns. Texts that were overwritten before
        anybody could read them need not be shown; the newest must be. No asking again and again: wait for the watch.

        `threading.Event()` is good for waiting: `changed.wait()` returns once somebody has called `changed.set()`.
    """,
    starter='''
        def follow(zk, path, show):
            """Show what the znode says, now and after each change, until it says closed."""
            ...  # your lines here
    ''',
    reference='''
        def follow(zk, path, show):
            """Show what the znode says, now and after each change, until it says closed."""
            import threading
            while True:
                changed = threading.Event()
                data, _ = zk.get(path, watch=lambda event, changed=changed: changed.set())
                show(data)
                if data == b"closed":
                    return
                changed.wait()
    ''',
    judge=judge,
    limit=2.5,
    hints=[
        """
        In the panel, look at the row of the board while the function waits: does it carry the mark of a watch? And what
        is written there, against what was shown last?
        """,
        """
        `get(path, watch=f)` does two things at one instant: it reads, and it leaves a watch for what comes after. Go
        round: read with a watch, show, wait until it has fired, and read with a watch again.
        """,
        """
        A guard who has to know who is in the house, and goes round until it is empty:

            while True:
                bell = threading.Event()
                inside = zk.get_children("/house", watch=lambda event, bell=bell: bell.set())
                write_down(inside)
                if not inside:
                    return
                bell.wait()
        """,
    ],
    wrong=[
        Wrong(
            name="reads, then watches",
            belief="M15",
            says="""
                You read `{shown}`, and set the watch in a second call. In between the board was changed to `{says}`:
                too late for the read, too early for the watch. So you wait for ever. Read and watch in one call.
            """,
            answer="""
                def follow(zk, path, show):
                    import threading
                    while True:
                        data, _ = zk.get(path)
                        show(data)
                        if data == b"closed":
                            return
                        changed = threading.Event()
                        zk.exists(path, watch=lambda event: changed.set())
                        changed.wait()
            """,
        ),
        Wrong(
            name="watches once",
            belief="M9",
            says="""
                One watch was set, and it fired once: that was all. You showed `{shown}`; the board says `{says}`, and
                nobody tells you. A watch is used up when it fires: each further read has to leave a new one.
            """,
            answer="""
                def follow(zk, path, show):
                    import threading
                    changed = threading.Event()
                    data, _ = zk.get(path, watch=lambda event: changed.set())
                    while data != b"closed":
                        show(data)
                        changed.wait()
                        changed.clear()
                        data, _ = zk.get(path)
                    show(data)
            """,
        ),
        Wrong(
            name="reads the event",
            belief="M10",
            says="""
                You were told, and looked for the new text in the event. It has none: only type, state and path. You
                showed `{shown}`; the board says `{says}`. What it says now you have to read.
            """,
            answer="""
                def follow(zk, path, show):
                    import threading
                    closed = threading.Event()
                    def told(event):
                        show(event.data)
                        if event.data == b"closed":
                            closed.set()
                        zk.get(path, watch=told)
                    data, _ = zk.get(path, watch=told)
                    show(data)
                    closed.wait()
            """,
        ),
        Wrong(
            name="wipes it out",
            belief="M11",
            says="""
                The watch told you of the change while you were still showing `{shown}`, and then you cleared that away.
                The board says `{says}`; a change that you forget is not told twice. Clear before you read.
            """,
            answer="""
                def follow(zk, path, show):
                    import threading
                    changed = threading.Event()
                    while True:
                        data, _ = zk.get(path, watch=lambda event: changed.set())
                        show(data)
                        if data == b"closed":
                            return
                        changed.clear()
                        changed.wait()
            """,
        ),
    ],
)
