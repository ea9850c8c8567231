"""The incident: a display that is wrong since the server came back. Its own timeline says why."""

from __future__ import annotations

from collections.abc import Callable

from labkit.lab import Lab
from labkit.lessons.evidence import Evidence, Moment
from labkit.lessons.plan import Option, PickOne

MEMBERS, DISPLAY = "/members", "lab.zk"


def the_incident(lab: Lab) -> None:
    """A watch on the list, a server that goes and comes back, and a member that joins after it."""
    lab.zk.ensure_path(MEMBERS)
    lab.zk.get_children(MEMBERS, watch=lambda event: None)
    lab.servers[0].kill()
    lab.servers[0].restart()
    lab.wait_until(lambda: back_again(lab), because="lab.zk has its server again")
    lab.zk.retry(lab.zk.create, f"{MEMBERS}/dan", ephemeral=True)
    lab.tree.snapshot()


def back_again(lab: Lab) -> bool:
    """Whether the trace says that lab.zk was connected again."""
    return any(e["event"] == "reconnected" and e["process"] == DISPLAY for e in lab.recorder.events)


def seen_last(kind: str, process: str = "", path: str = "") -> Callable[[Evidence], Moment | None]:
    """The last moment of this kind in the learner's lab."""
    return lambda evidence: evidence.last(kind, process=process, path=path)


def told_none(evidence: Evidence) -> Moment | None:
    """The last time that a watch of the display was told that there is nothing to tell."""
    told = evidence.moments("watch-fired", process=DISPLAY, path=MEMBERS)
    return next((moment for moment in reversed(told) if " NONE " in moment.text), None)


STALE = PickOne(
    id="stale",
    prompt="""
        The server is back, ann and bob never left the list, dan has joined. But the display does not show dan, and it
        will show nobody any more who comes or goes. Above is what happened, from the trace of your own lab. Why is the
        display wrong?
    """,
    scene=the_incident,
    try_it="See it: run the cells from “The display” on, then read the lines above once more.",
    hints=[
        "Read the lines that speak of `lab.zk`, from top to bottom. Which is the last in which it is told something?",
        """
        A watch is armed until it has told one thing. Ask of every line: is the watch still armed after it? And who
        would arm it again?
        """,
        """
        You ask the postman to ring when a letter comes. One evening he rings: no letter, but the road is closed, and he
        crosses your name out. Next morning the road is open again, and letters arrive. Does he ring?
        """,
    ],
    options={
        "expired": Option(
            "The session of the display ended with its connection, and the watch with the session.",
            """
            The connection ended, the session did not: the trace says that it was connected again in the same session.
            Had it been over, dan would still not be shown; but the cause is another.
            """,
            belief="M2",
            shows=seen_last("reconnected", process=DISPLAY),
        ),
        "armed": Option(
            "The watch outlived the break and is still armed; the event about dan was lost on its way.",
            """
            It is not armed: look at `/members` in the panel, where no watch is marked. It was told NONE when the
            connection broke, and `kazoo` sets none again, although the session went on.
            """,
            belief="M14",
            shows=told_none,
        ),
        "dropped": Option(
            "When the connection broke, its watch was told NONE, and with that it was used up. Nobody set it again.",
            """
            NONE is no news of any znode: it says that from here on this client hears nothing. `refresh` was told,
            looked for CHILD, and did nothing; and `kazoo` forgets all its watches in that moment.
            """,
            shows=told_none,
        ),
        "keeps": Option(
            "Nothing is wrong with the watch, as it goes on firing; `refresh` was too slow to read dan.",
            """
            A watch fires once. This one fired when the connection broke, before dan was there; there is no line after
            dan's in which `lab.zk` is told anything, so `refresh` had nothing to be slow about.
            """,
            belief="M9",
            shows=seen_last("created", path=f"{MEMBERS}/dan"),
        ),
    },
)
