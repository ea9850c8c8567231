"""`labkit tree`: any ensemble's tree in a terminal, once or live."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from labkit import Lab
from labkit.waiting import wait_until

LABKIT = [sys.executable, "-m", "labkit", "tree"]


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LABKIT, *argv], capture_output=True, text=True, timeout=60)


def test_it_prints_the_tree_of_a_chroot_or_of_all(anywhere: Lab) -> None:
    broker = anywhere.start_broker(3)
    below = f"/brokers/ids/3 = {anywhere.tree.snapshot()['/brokers/ids/3'].data.decode()}".rpartition("/")[2]
    said = run(anywhere.hosts, "--era", "0.7")
    top = "/" + anywhere.hosts.partition("/")[2]
    assert said.stdout.splitlines()[:3] == [top, "└─ brokers", "   └─ ids"]
    assert f"      └─ {below}   (ephemeral, 0x{broker.session_id:x})" in said.stdout.splitlines()
    everything = run(anywhere.ensemble.hosts).stdout
    assert below in everything
    assert "zookeeper" not in everything


def test_without_a_terminal_it_tells_each_change_as_a_line(lab07: Lab) -> None:
    watching = subprocess.Popen([*LABKIT, lab07.hosts, "--watch"], stdout=subprocess.PIPE, text=True)
    try:
        assert watching.stdout
        assert watching.stdout.readline() == f"/{lab07.name}\n"
        assert "no znodes yet" in watching.stdout.readline()
        lab07.zk.create("/a", b"1")
        assert watching.stdout.readline().endswith("  + /a = 1\n")
        lab07.zk.set("/a", b"2")
        assert watching.stdout.readline().endswith("  ~ /a = 2\n")
        lab07.zk.delete("/a")
        assert watching.stdout.readline().endswith("  - /a\n")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 130
    finally:
        watching.kill()
        watching.communicate()


class Terminal:
    """A terminal of its own with `labkit tree --watch` in it."""

    def __init__(self, hosts: str) -> None:
        self.screen, theirs = pty.openpty()
        env = os.environ | {"TERM": "xterm"}
        self.process = subprocess.Popen([*LABKIT, hosts, "--watch"], stdin=theirs, stdout=theirs, env=env)
        os.close(theirs)
        self.shown = bytearray()

    def shows(self, text: str) -> bool:
        with contextlib.suppress(OSError):  # that is how Linux says that nobody writes to it any more
            while select.select([self.screen], [], [], 0)[0]:
                self.shown.extend(os.read(self.screen, 65536))
        return text.encode() in self.shown

    def await_text(self, text: str) -> None:
        wait_until(lambda: self.shows(text), f"the terminal shows {text!r}", 20)


@pytest.fixture
def terminal(lab07: Lab) -> Iterator[Terminal]:
    """Once it has drawn the tree of `lab07`."""
    terminal = Terminal(lab07.hosts)
    try:
        terminal.await_text("last changes")
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.screen)


def test_on_a_terminal_it_draws_the_whole_screen_anew(lab07: Lab, terminal: Terminal) -> None:
    lab07.start_broker(1)
    terminal.await_text("+ /brokers/ids/1")
    terminal.shown.clear()
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(10) == 130
    assert terminal.shows("\x1b[?1049l"), "the terminal is as it was"


def test_bad_places_are_refused_in_plain_words() -> None:
    started = time.monotonic()
    for argv, why in (
        (["local"], "give host:port"),
        (["nonsense"], "not host:port"),
        (["127.0.0.1:1"], "no ZooKeeper answered at 127.0.0.1:1"),
    ):
        said = run(*argv)
        assert (said.returncode, said.stdout) == (1, "")
        assert why in said.stderr
        assert "Traceback" not in said.stderr
    assert time.monotonic() - started < 45


def test_a_chroot_that_is_not_there_is_named(lab07: Lab) -> None:
    said = run(f"{lab07.ensemble.hosts}/nowhere")
    assert said.returncode == 1
    assert f"there is no znode /nowhere at {lab07.ensemble.hosts}; at its top there are: {lab07.name}\n" in said.stderr


def test_an_unreachable_ensemble_is_noted_and_followed_again(lab07: Lab, terminal: Terminal) -> None:
    lab07.servers[0].kill()
    terminal.await_text("does not answer since")
    lab07.servers[0].restart()
    lab07.zk.retry(lab07.zk.create, "/again")
    terminal.await_text("+ /again")
    assert terminal.process.poll() is None
