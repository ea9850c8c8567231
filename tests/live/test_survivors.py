"""Nothing of a lab outlives its kernel, however that ends; everything outlives the Stop button."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from labkit import Lab, LabError
from labkit.leftovers import labs_folder
from labkit.waiting import wait_until

OWNER = """
import sys
from labkit import Lab
lab = Lab(era="0.7")
brokers = lab.start_brokers([1, 2, 3])
brokers[2].pause()
print(lab.folder_name, flush=True)
sys.stdin.read()
"""


def of_lab(folder: str) -> list[psutil.Process]:
    """The processes with the lab's folder on their command line: the guard, the JVM, the brokers."""
    return [p for p in psutil.process_iter(["cmdline"]) if any(folder in word for word in p.info["cmdline"] or [])]


def start_owner() -> tuple[subprocess.Popen[str], str]:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    return owner, owner.stdout.readline().strip()


def nothing_left_within(seconds: float, folder: str) -> None:
    wait_until(lambda: not of_lab(folder) and not Path(folder).exists(), "nothing of the lab is left", seconds)


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_killed_owner_leaves_nothing_after_three_seconds(attempt: int) -> None:
    owner, folder = start_owner()
    assert len(of_lab(folder)) == 5
    owner.kill()
    owner.communicate()
    nothing_left_within(3.0, folder)


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_killed_jupyter_kernel_leaves_nothing_after_three_seconds(attempt: int) -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        told: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            told.append(message["content"].get("text", ""))

        client.execute_interactive(OWNER.replace("sys.stdin.read()", ""), timeout=60, output_hook=hear)
        folder = "".join(told).strip()
        assert len(of_lab(folder)) == 5
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        nothing_left_within(3.0, folder)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_an_owner_that_just_ends_leaves_nothing() -> None:
    owner, folder = start_owner()
    owner.communicate("")
    assert owner.returncode == 0
    nothing_left_within(3.0, folder)


def test_a_fork_of_the_owner_that_lives_on_does_not_keep_the_lab() -> None:
    fork = "import os\nif os.fork() == 0:\n    import signal; signal.alarm(20); signal.pause()\n"
    fork += "print('forked', flush=True)\n"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.replace("sys.stdin", fork + "sys.stdin")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert owner.stdout
    folder = owner.stdout.readline().strip()
    assert owner.stdout.readline() == "forked\n"
    owner.kill()
    owner.wait()
    try:
        nothing_left_within(3.0, folder)
    finally:
        os.killpg(owner.pid, signal.SIGKILL)
        owner.communicate()


STOPPED = """
from labkit import Lab
lab = Lab(era="0.7")
brokers = lab.start_brokers([1, 2])
try:
    print("ready", flush=True)
    lab.wait_until(lambda: False, "Stop is pressed")
except KeyboardInterrupt:
    print(*(process.state for process in lab.processes.values()), len(lab.tree.snapshot()), flush=True)
lab.close()
"""


def test_the_stop_button_reaches_the_cell_and_nothing_else() -> None:
    owner = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert owner.stdout
    assert owner.stdout.readline() == "ready\n"
    os.killpg(owner.pid, signal.SIGINT)  # as Jupyter does: to the kernel's whole process group
    assert owner.communicate() == ("running running running 5\n", None)
    assert owner.returncode == 0


def test_close_gives_everything_back(lab07: Lab) -> None:
    lab07.start_brokers([1, 2, 3])
    lab07["broker-2"].pause()
    lab07["broker-3"].kill()
    folder, port = lab07.folder_name, lab07.servers[0].port
    me = psutil.Process()
    others = {p.pid for p in me.children()} - {lab07.guard.pid}
    lab07.close()
    assert not of_lab(folder)
    assert not Path(folder).exists()
    assert {p.pid for p in me.children()} == others  # zombies count as children
    assert not [c for c in me.net_connections() if c.raddr and c.raddr.port == port]


def test_a_killed_guard_is_an_error_and_takes_its_charges_with_it(lab07: Lab) -> None:
    brokers = lab07.start_brokers([1, 2])
    brokers[1].pause()
    os.kill(lab07.guard.pid, signal.SIGKILL)
    wait_until(lambda: not of_lab(lab07.folder_name), "no charge is left", 3.0)
    with pytest.raises(LabError, match="guard process is gone"):
        lab07.wait_until(lambda: False, "the loss is told", 3.0)
    assert [broker.state for broker in brokers] == ["dead", "dead"]
    assert not Path(lab07.folder_name).exists()


def test_a_process_killed_by_a_shell_is_dead_and_that_is_no_error(lab07: Lab) -> None:
    broker = lab07.start_broker(1)
    assert broker.pid
    os.kill(broker.pid, signal.SIGSTOP)
    lab07.wait_until(lambda: broker.state == "paused", "its state is the system's truth")
    os.kill(broker.pid, signal.SIGKILL)
    lab07.wait_until(lambda: broker.state == "dead", "its state is the system's truth")


def test_two_labs_at_once_do_not_meet() -> None:
    with Lab(era="0.7") as one, Lab(era="0.7") as other:
        one.start_broker(1)
        other.start_broker(1)
        one.close()
        assert other["broker-1"].state == "running"
        assert len(other.tree.snapshot()) == 4


def test_clean_ends_what_a_crashed_lab_left_and_nothing_else(lab07: Lab) -> None:
    owner, folder = start_owner()
    guards = [p for p in of_lab(folder) if "guard.py" in " ".join(p.cmdline())]
    for guard in guards:
        guard.suspend()  # so that it cannot do its duty
    owner.kill()
    owner.communicate()
    assert of_lab(folder)
    said = subprocess.run([sys.executable, "-m", "labkit", "clean"], capture_output=True, text=True, check=True).stdout
    assert f"{Path(folder).name}: removed, ended " in said
    assert f"{Path(lab07.folder_name).name}: in use, left alone" in said
    assert not of_lab(folder)
    assert not Path(folder).exists()
    assert lab07["zookeeper-1"].state == "running"
    assert labs_folder().is_dir()


def test_an_error_in_a_watch_is_raised_where_the_learner_is(lab07: Lab) -> None:
    def broken(_event: object) -> None:
        raise ZeroDivisionError("in the learner's own watch")

    lab07.zk.get_children("/", watch=broken)
    lab07.zk.create("/new")
    with pytest.raises(LabError, match="in the learner's own watch"):
        lab07.wait_until(lambda: False, "the error is told", 3.0)
    assert lab07.zk.exists("/new")


def test_a_process_that_crashes_is_told_with_its_last_words(lab07: Lab) -> None:
    broker = lab07.start_broker(1)
    assert broker.pid
    os.kill(broker.pid, signal.SIGABRT)
    with pytest.raises(LabError, match="broker-1 was ended by SIGABRT by itself"):
        lab07.wait_until(lambda: False, "the crash is told", 3.0)


def test_a_server_has_the_verbs_too(lab07: Lab) -> None:
    (broker,) = lab07.start_brokers([1])
    server = lab07.servers[0]
    server.kill()
    with pytest.raises(LabError, match="does not answer"):
        lab07.tree._feed.barrier(0.2)
    started = time.monotonic()
    server.restart()
    lab07.wait_until(lambda: len(lab07.tree.snapshot()) == 4, "the broker is there")
    server.pause()
    assert server.state == "paused"
    lab07.wait_until(lambda: lab07.tree.unreachable_since, "a frozen server is noticed, though it keeps connections")
    server.resume()
    lab07.wait_until(lambda: lab07.tree.unreachable_since is None, "and that it is back")
    lab07.wait_until(lambda: len(lab07.tree.snapshot()) == 4, "the broker is there still, or again")
    assert broker.state == "running"
    assert time.monotonic() > started
