"""The forecasts of lesson 02: five ends at once, one id twice, a restart at once, a process that is stuck."""

from __future__ import annotations

from labkit import znodes
from labkit.lessons.evidence import Run
from labkit.lessons.lesson02.by_hand import asked
from labkit.lessons.plan import Prediction
from labkit.lessons.questions import Choice, Number, Pick, Several

BROKER = znodes.era("0.7").broker
SOON = 1.0  # seconds
PROCESSES = {"1": "broker-1", "2": "broker-2", "3": "broker-3", "4": "broker-4", "7": "by-hand-7"}
PATHS = {number: BROKER.path(int(number)) for number in PROCESSES}
FIVE, STUCK_ONE = BROKER.path(5), BROKER.path(8)


def gone_after(run: Run, number: str) -> float | None:
    """Seconds from what was done to a broker until its znode went; None as long as it stands."""
    done, gone = run.moment("verb", process=PROCESSES[number]), run.moment("gone", path=PATHS[number])
    return max(0.0, gone.t - done.t) if done and gone else None  # `expire` is told when it is over


def all_seconds(run: Run) -> str:
    """When each of the five znodes went, in words."""
    seconds = {number: gone_after(run, number) for number in PATHS}
    parts = [f"that of {number} after {s:.2f} s" for number, s in seconds.items() if s is not None]
    return f"gone was {', '.join(parts) or 'none'}"


def gone_soon(run: Run) -> list[str] | None:
    """The brokers whose znode went within a second; known when all have had that second."""
    seconds = {number: gone_after(run, number) for number in PATHS}
    return [number for number, s in seconds.items() if s is not None and s <= SOON] if run.seconds > 2 * SOON else None


def missing_later(run: Run) -> list[str] | None:
    """The brokers without a znode in the long run; known when every silent session was given up."""
    silent = (gone_after(run, "1"), gone_after(run, "3"))
    if None in silent or run.seconds < 2 * run.lab.session_timeout:
        return None
    return [number for number, path in PATHS.items() if path not in run.lab.tree.last()]


def which_first(run: Run) -> str | None:
    """Whether the killed or the frozen broker's znode went first, as far as a second tells."""
    killed, frozen = gone_after(run, "1"), gone_after(run, "3")
    if killed is None or frozen is None:
        return None
    return "together" if abs(killed - frozen) < SOON else "killed" if killed < frozen else "frozen"


ENDS = Prediction(
    id="ends",
    prompt="""
        Five brokers, five ends, all in the same moment. 1 is killed. 2 is stopped politely. 3 is frozen. The session of
        4 is ended at ZooKeeper (`expire`), and so is that of 7, the one made by hand; the processes of both live on.
    """,
    needs=list(PATHS.values()),
    questions=[
        Several(
            id="soon",
            text="Whose znodes are gone within one second?",
            options={
                "1": Pick("1 (killed)", belief="M1"),
                "2": Pick("2 (stopped)"),
                "3": Pick("3 (frozen)"),
                "4": Pick("4 (expired)", left_out="M3"),
                "7": Pick("7 (by hand; expired)", left_out="M3"),
            },
            truth=gone_soon,
            shows=lambda run: run.evidence.now(all_seconds(run)),
            expected=["2", "4", "7"],
        ),
        Choice(
            id="line",
            text="The connection of 1 is closed at once, by the operating system; that of 3 stays open. Whose znode "
            "goes first?",
            options={
                "killed": Pick("that of 1, clearly: ZooKeeper sees the connection break", belief="M2"),
                "frozen": Pick("that of 3, clearly"),
                "together": Pick("both at about the same time"),
            },
            truth=which_first,
            shows=lambda run: run.moment("gone", path=PATHS["3"]),
            expected="together",
        ),
        Several(
            id="later",
            text="Nobody helps. Whose znodes are missing four seconds later?",
            options={
                "1": Pick("1 (killed)"),
                "2": Pick("2 (stopped)"),
                "3": Pick("3 (frozen)", left_out="M5"),
                "4": Pick("4 (expired)"),
                "7": Pick("7 (by hand; expired)", left_out="M4"),
            },
            truth=missing_later,
            shows=lambda run: run.moment("gone", path=PATHS["7"]),
            expected=["1", "2", "3", "7"],
        ),
    ],
    why="4 and 7 use the same kazoo, and both got a new session. Why did only the znode of 4 come back? One sentence.",
    model="""
        A znode comes only when somebody creates it: the program of 4 does so again for each new session, that of 7 did
        it once, and neither kazoo nor ZooKeeper does it for anybody.
    """,
)


def second_of_two(run: Run) -> str | None:
    """What became of the second process with an id."""
    told = [e for e in run.lab.recorder.events if e.get("process") == "broker-5.2" and e["t"] >= run.since]
    ways = {"error": "gives up", "waiting": "waits", "registered": "takes over"}
    return next((ways[event["event"]] for event in told if event["event"] in ways), None)


TWICE = Prediction(
    id="twice",
    prompt=f"Broker 5 is alive and registered at `{FIVE}`. Now a second process is started with the id 5.",
    needs=[FIVE],
    questions=[
        Choice(
            id="second",
            text="What does the second one do?",
            options={
                "takes over": Pick("it takes the id over: the newest start is what counts", belief="M6"),
                "waits": Pick("it waits until the id is free"),
                "gives up": Pick("it gives up with an error, and the first one notices nothing"),
            },
            truth=second_of_two,
            shows=lambda run: run.moment("exited", process="broker-5.2"),
            expected="gives up",
        )
    ],
)

AGAIN = Prediction(
    id="again",
    prompt="Broker 5 is killed, and its supervisor starts it again at once. The new process is up in half a second.",
    needs=[FIVE],
    questions=[
        Number(
            id="seconds",
            text="How many seconds after the kill is it registered again?",
            truth=lambda run: after(run, "registered"),
            shows=lambda run: run.moment("waiting", process="broker-5"),
            expected=1.9,
            tolerance=0.75,
            points_to={"M6": lambda guess, truth: guess < 0.6 * truth},
        )
    ],
    why="Why did the new process not register in the moment in which it was up? One sentence.",
    model="The znode of the old process still stood, as ZooKeeper had not yet given the dead one's session up.",
)


def after(run: Run, kind: str) -> float | None:
    """Seconds until broker 5 tells of this."""
    moment = run.moment(kind, process="broker-5")
    return moment.t - run.since if moment else None


def stays_or_goes(run: Run) -> str | None:
    """Whether the znode of the stuck broker stays: known when its session had time enough to end."""
    if run.gone_after(STUCK_ONE) is not None:
        return "goes"
    return "stays" if run.seconds > 1.25 * run.lab.session_timeout else None  # it is ended within a tick


def what_a_client_gets(run: Run) -> str:
    """A second client reads the znode, calls, and asks."""
    answer = asked(run.lab, 8)
    return answer if answer in ("silence", "refused") else "answer"


STUCK = Prediction(
    id="stuck",
    prompt="A client calls broker 8, and then says nothing. The one thread of broker 8 waits for its question.",
    needs=[STUCK_ONE],
    questions=[
        Choice(
            id="client",
            text="A second client finds broker 8 in ZooKeeper, calls it and asks. What does it get?",
            options={
                "answer": Pick("an answer: the znode is there, so the broker is well", belief="M5"),
                "refused": Pick("“connection refused”"),
                "silence": Pick("a connection, and then silence"),
            },
            truth=what_a_client_gets,
            shows=lambda run: run.evidence.now("the second client had a connection, and no answer after half a second"),
            expected="silence",
        ),
        Choice(
            id="znode",
            text=f"When the session timeout has gone by, does `{STUCK_ONE}` still stand?",
            options={
                "goes": Pick("no: a broker that does nothing any more loses its session", belief="M5"),
                "stays": Pick("yes: its heartbeats go on"),
            },
            truth=stays_or_goes,
            shows=lambda run: run.evidence.now(f"`{STUCK_ONE}` stood, and hung on the same session", path=STUCK_ONE),
            expected="stays",
        ),
    ],
    why="Who sends the heartbeats of a broker whose only thread is stuck? One sentence.",
    model="A thread of kazoo's own, in the same process: it knows nothing of the work, and is never stuck with it.",
)
