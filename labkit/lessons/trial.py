"""A learner's function on trial: called in processes of their own, in a chroot of its own, in the live system."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kazoo.exceptions import KazooException, NoNodeError, NotEmptyError

from labkit.client import PromptClient
from labkit.errors import LabError
from labkit.feed import Znode
from labkit.lessons.evidence import Evidence
from labkit.lessons.scene import Scene
from labkit.lessons.shipping import Opaque, StaysError, pack, value_in
from labkit.lessons.verdicts import Verdict
from labkit.members import PYTHON, Member, close_session, cut_off
from labkit.processes import Event, Process
from labkit.waiting import wait_until

if TYPE_CHECKING:
    from labkit.lab import Lab
    from labkit.lessons.plan import Code

_numbers = itertools.count(1)
RECONNECT_LIMIT = 5.0  # seconds; kazoo needs a tenth of one
PRINTED = 2_000  # characters shown of what an answer prints


class Refused(Exception):  # noqa: N818 - no error: the trial is over, and this is its verdict
    """The answer cannot be judged further."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.why)
        self.verdict = verdict


class Home:
    """The lab as an attempt sees it: its root is the chroot of the trial, and its errors are the judge's business."""

    def __init__(self, lab: Lab, root: str) -> None:
        self.era, self.session_timeout, self.hosts = lab.era, lab.session_timeout, lab.hosts + root
        self.tree, self.guard, self.folder_name, self._lab = lab.tree, lab.guard, lab.folder_name, lab

    def told(self, process: Process, event: Event) -> None:
        """To the trace and the tree; but how a trial ends its processes is no part of the story."""
        if isinstance(process, Attempt) and process.over:
            self.tree.watches.forget(process.name)
        elif event["event"] not in ("watch-failed", "stderr"):
            self._lab.told(process, {**event, "crashed": False})


class Attempt(Member):
    """One call of the learner's function, in a process and a session of its own; it has all verbs of a process.

    starting -> running   it has a session; the function is called
    running -> dead       the trial is over, or the function ended its process
    """

    role = "answer"
    ready_event = "session"

    def __init__(self, name: str, file: Path, home: Home) -> None:
        super().__init__(name, [], home)
        self._file = file
        self.over = False  # the trial is: what becomes of it now is told to nobody

    def command(self) -> list[str]:
        """`python -m labkit answer …`."""
        argv = [*PYTHON, "answer", str(self._file), "--zookeeper", self._home.hosts]
        return [*argv, "--session-timeout", f"{self._home.session_timeout:g}", "--lab", self._home.folder_name]

    def await_ready(self) -> None:
        """Wait until it has a session. The function may have ended the process by then: its outcome will tell."""
        try:
            super().await_ready()
        except LabError:
            if self.session_id is None:
                raise

    def outcome(self, limit: float) -> Event | None:
        """What became of the call: the event `returned` or `raised`, or None after `limit` seconds or its end."""
        self._wait(lambda: self._result() is not None or not self.alive, limit)
        return self._result()

    def beside(self) -> list[str]:
        """What was raised in its listeners, watches and threads: nobody sees that, unless it is said."""
        failed = [event for event in self.events if event["event"] in ("raised-beside", "watch-failed")]
        return [f"{last_line(event['error'])}" + at(event.get("where", "")) for event in failed]

    def printed(self) -> str:
        """What the call printed, and after it what its listeners and threads did."""
        result = self._result()
        return (str(result["printed"]) if result else "") + "".join(f"{line}\n" for line in self.stderr)

    def disconnect(self) -> None:
        """Cut its connection; its session lives, and it takes that up again. Returns when it has."""
        before = self._reconnects()
        cut_off(self._home.hosts, self.session_id or 0, self._password, self._home.session_timeout)
        self._wait(lambda: self._reconnects() > before or not self.alive, RECONNECT_LIMIT)

    def _reconnects(self) -> int:
        return sum(event["event"] == "reconnected" for event in self.events)

    def end(self) -> None:
        """The process and its session are over when this returns; whatever state they were in."""
        self.over = True
        self.kill()
        if self.session_id:
            with contextlib.suppress(LabError, OSError):
                close_session(self._home.hosts, self.session_id, self._password, self._home.session_timeout)
            self._home.tree.sessions.ended(self.session_id)

    def _result(self) -> Event | None:
        return next((event for event in self.events if event["event"] in ("returned", "raised")), None)


class Trial(Scene):
    """What a judge of a `Code` works with.

    `call(3, "127.0.0.1", 9092)` calls the function (after its `zk`) and gives its value; `attempt` is then the process
    that called it, still connected. Whatever the function does, `call` returns or ends the trial: it raises `Refused`,
    which the check takes for the verdict. `plant` puts znodes there first, which have to survive.
    """

    exercise: Code

    def __init__(
        self, exercise: Code, evidence: Evidence, function: Callable[..., Any], say: Callable[[str], None]
    ) -> None:
        super().__init__(exercise, evidence)
        self.root = f"/try-{exercise.function}-{next(_numbers)}"
        self.say = say
        self.attempts: list[Attempt] = []
        self._function = function
        self._planted: dict[str, bytes] = {}
        self._folder = Path(self.lab.folder_name)
        self._session = 0
        self.zk = PromptClient(self.lab.hosts, 10.0)

    def __enter__(self) -> Self:
        self.lab.tree.snapshot()  # a LabError here if no server answers
        with contextlib.ExitStack() as stack:
            stack.callback(self._disconnect)
            self.zk.start(timeout=10)
            self.zk.create(self.root)
            stack.callback(self._clear)
            self._stack = stack.pop_all()
        self._outside, self.zk.chroot = self.zk.chroot, self.zk.chroot + self.root
        self._session = self.zk.session_id or 0
        self.lab.tree.sessions.belongs(self._session, "somebody else", os.getpid(), 10.0)
        return self

    def __exit__(self, *error: object) -> None:
        for attempt in self.attempts:
            self._stack.callback(attempt.end)
        self._stack.close()

    def _clear(self) -> None:
        if self.zk.connected:
            self.zk.chroot = self._outside
            wait_until(self._is_cleared, f"{self.root} is cleared away")

    def _disconnect(self) -> None:
        self.zk.stop()
        self.zk.close()
        self.lab.tree.sessions.ended(self._session)

    @property
    def attempt(self) -> Attempt:
        """The process of the last call."""
        return self.attempts[-1]

    def plant(self, path: str, data: bytes = b"", *, ephemeral: bool = False) -> Znode:
        """Put somebody else's znode there, with its parents; it has to survive. An ephemeral is of a live session."""
        self.zk.create(path, data, ephemeral=ephemeral, makepath=True)
        self._planted[path] = data
        return self.znodes()[path]

    def call(self, *args: Any) -> Any:
        """Call the function with its own `zk` and these arguments; returns its value."""
        event = self._outcome(*args)
        if event["event"] == "raised":
            raise Refused(self._raised(event))
        self._check_harm(event["printed"])
        value, wanted = value_in(event), self.exercise.returns
        if wanted is not None and (isinstance(value, Opaque) or type(value) is not wanted):
            raise Refused(self._other_type(event, wanted))
        return value

    def error_of(self, *args: Any) -> str:
        """Call it where it should raise; returns the error in one line, "" if it returned. The judge looks for harm."""
        event = self._outcome(*args)
        return str(event["error"]) if event["event"] == "raised" else ""

    def beside(self) -> list[str]:
        """What was raised beside the calls, in listeners, watches and threads."""
        return [error for attempt in self.attempts for error in attempt.beside()]

    def told_of(self, verdict: Verdict) -> Verdict:
        """The verdict, and what its calls printed; unless it is right, also what they raised where nobody saw it."""
        printed = (verdict.printed or "".join(attempt.printed() for attempt in self.attempts))[:PRINTED]
        errors = "" if verdict.right else "; ".join(dict.fromkeys(self.beside()))
        unseen = f"In a listener, a watch or a thread, where nobody saw it, was raised: {errors}" if errors else ""
        return replace(verdict, printed=printed, remark=" ".join(filter(None, (verdict.remark, unseen))))

    def start(self, *args: Any) -> Attempt:
        """Begin a call and do not wait for its value; its process is connected."""
        name = f"your {self.exercise.function}()" + (f" #{len(self.attempts) + 1}" if self.attempts else "")
        file = self._folder / f"answer-{next(_numbers)}.pickle"
        try:
            pack(self._function, args, file)
        except StaysError as e:
            raise Refused(Verdict("misfit", str(e))) from e
        attempt = Attempt(name, file, Home(self.lab, self.root))
        self.attempts.append(attempt)
        self.say(f"calling `{self.exercise.function}` in a process of its own")
        attempt.start()
        return attempt

    def znodes(self) -> dict[str, Znode]:
        """The znodes of the trial, by path as the function sees it."""
        there = self.lab.tree.snapshot()
        return {p.removeprefix(self.root): znode for p, znode in there.items() if p.startswith(self.root + "/")}

    def in_tree(self, path: str) -> str:
        """Where a path of the function stands in the lab's own tree."""
        return self.root + path

    def _outcome(self, *args: Any) -> Event:
        event = self.start(*args).outcome(self.exercise.limit)
        if event is None:
            raise Refused(self._no_outcome())
        return event

    # --- what ends a trial

    def _raised(self, event: Event) -> Verdict:
        self.lab.tree.snapshot()  # what it did before the error has then been told
        for wrong in self.exercise.wrong:
            if wrong.error and wrong.error in event["error"]:
                made = self.evidence.last("created", below=self.root + "/")
                return replace(self.wrong(wrong.name, made, error=event["error"]), printed=event["printed"])
        why = f"It raised an error{at(event['where'])}: {event['error']}"
        return Verdict("raised", why, printed=event["printed"])

    def _no_outcome(self) -> Verdict:
        if not self.attempt.alive:
            how = self.attempt.how_it_ended()
            return Verdict("ended", f"It ended its whole process ({how}) where it should have returned.")
        limit = f"{self.exercise.limit:g} s"
        return Verdict(
            "late", f"It had not returned after {limit}, and was ended. Does it loop, or wait for something?"
        )

    def _other_type(self, event: Event, wanted: type) -> Verdict:
        got = f"`{event['value'][:80]}`, of type `{event['type']}`"
        return Verdict("type", f"It returned {got}; expected is a `{wanted.__name__}`.", printed=event["printed"])

    def _check_harm(self, printed: str) -> None:
        there = self.lab.tree.snapshot()
        lost = [p for p in ("", *self._planted) if self.root + p not in there]
        harmed = [
            p for p, data in self._planted.items() if self.root + p in there and there[self.root + p].data != data
        ]
        if lost or harmed:
            what = f"deleted `{lost[0] or '/'}`" if lost else f"wrote over `{harmed[0]}`"
            why = f"It {what}, which was there before and is not its own. (Only its own copy: nothing else is harmed.)"
            moment = self.evidence.last("gone", "changed", path=self.root + (lost or harmed)[0])
            raise Refused(Verdict("wrecked", why, moment=moment, printed=printed))

    def _is_cleared(self) -> bool:
        # A killed process may have sent its last request a moment before: so until nothing is left.
        try:
            self.zk.delete(self.root, recursive=True)
        except NoNodeError:
            return True
        except NotEmptyError:
            return False
        except KazooException as e:
            raise LabError(f"{self.root} could not be cleared away: {e!r}") from e
        return True


def at(where: str) -> str:
    """Where an error was raised, if that is known."""
    return f" at {where}" if where else ""


def last_line(error: str) -> str:
    """The error itself, of a whole traceback."""
    return error.strip().splitlines()[-1]
