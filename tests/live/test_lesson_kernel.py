"""A lesson in a real Jupyter kernel: whether somebody is there, and the Stop button while an answer is judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

from labkit.waiting import wait_until

START = """
from labkit import Lab
from labkit.lessons import Lesson
lab = Lab(era="0.7")
tour, lesson = Lesson("00", lab), Lesson("02", lab)
brokers = lab.start_brokers([1, 2, 3])
print(lab.folder_name)
"""
FAULT = "guess = tour.predict('kill')\nwith guess.run():\n    brokers[2].kill()\nprint(brokers[2].state)"
LOOP = """
def register(zk, broker_id, host, port):
    while True:
        pass
lesson["register"].listen(lambda: print(lesson["register"].doing, flush=True))
lesson.check("register", register)
"""
AFTER = "print(lesson['register'].state, [p for p in lab.tree.snapshot() if 'try' in p]); lab.close()"


class Kernel:
    """One kernel; `run` gives what a cell printed, and its error (name and what was shown of it)."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="python3")

    def run(self, code: str, hear: Callable[[str], None] = lambda text: None, **options: Any) -> tuple[str, str, str]:
        printed: list[str] = []
        shown: list[str] = []

        def take(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
                hear(content["text"])
            elif message["msg_type"] == "error":
                shown.extend(content["traceback"])

        reply = self.client.execute_interactive(code, timeout=90, output_hook=take, **options)["content"]
        return "".join(printed).strip(), reply.get("ename", ""), "\n".join(shown)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


@pytest.fixture
def kernel(progress: Path) -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


def test_where_somebody_can_be_asked_the_fault_waits_for_a_forecast(kernel: Kernel, progress: Path) -> None:
    kernel.run(START, allow_stdin=True)
    printed, error, shown = kernel.run(FAULT, allow_stdin=True)
    assert (printed, error) == ("", "PredictFirst")
    assert shown.startswith("Your forecast comes first")
    assert "Traceback" not in shown
    assert kernel.run("guess.answer(0)\n" + FAULT.split("\n", 1)[1], allow_stdin=True)[:2] == ("dead", "")
    assert json.loads(progress.read_text())["lessons"]["00"]["kill"]["forecast"] == {"seconds": 0}
    kernel.run("lab.close()")


def test_where_nobody_can_be_asked_faults_run_and_nothing_is_recorded(kernel: Kernel, progress: Path) -> None:
    kernel.run(START, allow_stdin=False)
    assert kernel.run(FAULT, allow_stdin=False)[:2] == ("dead", "")
    kernel.run("guess.answer(0)\nlab.close()", allow_stdin=False)
    assert not progress.exists()


def test_stop_ends_an_answer_that_loops_and_leaves_nothing_of_it(kernel: Kernel) -> None:
    folder = kernel.run(START, allow_stdin=False)[0]

    def answers() -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline"])
        return [p for p in found if {"answer", folder} <= set(p.info["cmdline"] or [])]

    pressed: list[str] = []

    def stop(text: str) -> None:
        if "in a process of its own" in text and not pressed:
            pressed.append(text)
            wait_until(lambda: [p for p in answers() if p.cpu_times().user > 0.5], "the answer loops", 30)
            kernel.manager.interrupt_kernel()

    assert kernel.run(LOOP, stop, allow_stdin=False)[1] == "KeyboardInterrupt"
    assert answers() == []
    assert kernel.run(AFTER, allow_stdin=False)[:2] == ("open []", "")
