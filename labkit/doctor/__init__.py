"""`./lab doctor`: what is there, what is missing, and the one thing to do about it.

It changes nothing, and needs neither the lab's environment nor a network: `./lab` runs it with any Python there is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from time import monotonic

from labkit.doctor import containers, machine, software, zookeeper
from labkit.doctor.asking import Ask
from labkit.doctor.finding import Case, Check, Finding

LIMIT = 11.0  # seconds for all checks, which run side by side: more than one question may take, and ./lab has its start
CHECKS: dict[str, Check] = {
    "Python": software.python,
    "environment": software.environment,
    "Java": zookeeper.java_here,
    "ZooKeeper": zookeeper.jars_here,
    "ensemble": zookeeper.ensemble,
    "Docker": containers.docker,
    "Compose": containers.compose,
    "Graphviz": software.graphviz,
    "Chromium": software.chromium,
    "ports": machine.ports,
    "memory": machine.memory,
    "disk": machine.disk,
    "proxies": machine.proxies,
    "left-overs": machine.left_overs,
    "containers": containers.left_over,
}


def diagnose(case: Case, say: Callable[[str], None]) -> bool:
    """Say each finding in a line of its own, then whether the lab can run; returns that."""
    problems = notes = 0
    for finding in examine(case):
        problems += finding.mark == "problem"
        notes += finding.mark == "note"
        say(str(finding))
    verdict = "The lab can run" if not problems else f"The lab cannot run: {problems} problem{'s'[: problems > 1]}"
    say(f"{verdict}{f'; {notes} to note' if notes else ''}.")
    return not problems


def examine(case: Case) -> Iterator[Finding]:
    """All findings in the order of CHECKS, within LIMIT seconds: what does not answer is a finding, too."""
    end = monotonic() + LIMIT
    running = {subject: _begin(subject, check, case) for subject, check in CHECKS.items()}
    try:
        for subject, answer in running.items():
            try:
                yield from answer.result(max(0.0, end - monotonic()))
            except TimeoutError:
                yield Finding(subject, f"no answer within {LIMIT:.0f} s", "start the doctor again when less is running")
    finally:
        case.ask.close()


def _begin(subject: str, check: Check, case: Case) -> Future[list[Finding]]:
    """Run a check in a thread that the end of the program does not wait for: a dead disk would hold it for ever."""
    answer: Future[list[Finding]] = Future()

    def work() -> None:
        try:
            answer.set_result(check(case))
        except Exception as problem:  # noqa: BLE001 - a doctor who stumbles over one thing says so, and looks at the rest
            text = f"could not be looked at ({type(problem).__name__}: {problem})"
            answer.set_result([Finding(subject, text, "report this", needs=False)])

    threading.Thread(target=work, daemon=True).start()
    return answer


def case(environment: str, state: str, python_lacks: str) -> Case:
    """What `./lab` knows of the environment, for `diagnose`; its arguments are those of `labkit doctor`."""
    return Case(environment, state, python_lacks, Ask())
