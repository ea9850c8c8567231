"""Lesson 00, the tour: three forecasts about three kinds of end."""

from __future__ import annotations

from labkit import znodes
from labkit.lessons.evidence import Run
from labkit.lessons.plan import LessonPlan, Prediction
from labkit.lessons.questions import Choice, Number, Pick

ONE, TWO, THREE = map(znodes.era("0.7").broker.path, (1, 2, 3))


def stays_or_goes(run: Run) -> str | None:
    """What became of broker 1's znode; that it stays is known only after a while."""
    if run.gone_after(ONE) is not None:
        return "goes"
    return "stays" if run.seconds > 3 * run.lab.session_timeout else None


KILL = Prediction(
    id="kill",
    prompt="Broker 3 is killed (`kill -9`): the operating system ends the process at once and closes its connection.",
    needs=[THREE],
    questions=[
        Number(
            id="seconds",
            text=f"How many seconds later will `{THREE}` be gone?",
            truth=lambda run: run.gone_after(THREE),
            shows=lambda run: run.moment("gone", path=THREE),
            expected=1.8,
            tolerance=0.75,
            points_to={"M1": lambda guess, truth: guess < truth / 3},
        )
    ],
    why="Why did it take that long, and not more or less? One sentence.",
    model="A dead process cannot say goodbye, so ZooKeeper waits until no heartbeat has come for the session timeout.",
)

STOP = Prediction(
    id="stop",
    prompt="Now broker 2, politely: it is told to end, and closes its session first.",
    needs=[TWO],
    questions=[
        Number(
            id="seconds",
            text=f"How many seconds later will `{TWO}` be gone?",
            truth=lambda run: run.gone_after(TWO),
            shows=lambda run: run.moment("gone", path=TWO),
            expected=0.1,
            tolerance=0.75,
        )
    ],
)

FREEZE = Prediction(
    id="freeze",
    prompt="Broker 1 is frozen. The process is there, and its connection is open.",
    needs=[ONE],
    questions=[
        Choice(
            id="znode",
            text=f"Does `{ONE}` stay?",
            options={
                "stays": Pick("it stays: the process lives", belief="M5"),
                "goes": Pick("it goes: no heartbeat comes"),
            },
            truth=stays_or_goes,
            shows=lambda run: run.moment("gone", path=ONE),
            expected="goes",
        )
    ],
)

PLAN = LessonPlan(number="00", title="Watch a broker die: the tour", predictions=[KILL, STOP, FREEZE])
