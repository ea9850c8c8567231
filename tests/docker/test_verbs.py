"""A server in Docker has the verbs, and its state is the engine's truth."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labkit import Lab, LabError
from tests.docker.tools import docker, volumes

pytestmark = pytest.mark.docker


def status(container: str) -> str:
    return docker("inspect", "-f", "{{.State.Status}}", container)


def test_each_verb_does_in_docker_what_it_says(lab: Lab) -> None:
    (server,) = lab.ensemble.docker
    lab.zk.create("/kept", b"data")
    port, disks = server.port, volumes(server.container)
    assert (server.state, server.pid, len(disks)) == ("running", None, 3)
    for verb, state, truth in [
        ("pause", "paused", "paused"),
        ("resume", "running", "running"),
        ("kill", "dead", "exited"),
        ("restart", "running", "running"),
        ("stop", "stopped", "exited"),
        ("restart", "running", "running"),
        ("pause", "paused", "paused"),
        ("stop", "stopped", "exited"),
        ("restart", "running", "running"),
        ("pause", "paused", "paused"),
        ("restart", "running", "running"),
    ]:
        getattr(server, verb)()
        assert (server.state, status(server.container)) == (state, truth), verb
    assert (server.port, volumes(server.container)) == (port, disks)
    assert lab.zk.retry(lab.zk.get, "/kept")[0] == b"data"


def test_verbs_on_a_dead_server_raise_and_kill_and_stop_do_nothing(lab: Lab) -> None:
    (server,) = lab.servers
    server.kill()
    server.kill()
    server.stop()
    for verb in (server.pause, server.resume):
        with pytest.raises(LabError, match=r"zookeeper-1 is dead.*restart\(\) starts it again"):
            verb()
    server.restart()


def test_what_is_done_in_a_terminal_is_seen(lab: Lab) -> None:
    (server,) = lab.ensemble.docker
    for words, state in [
        (["pause"], "paused"),
        (["unpause"], "running"),
        (["kill"], "dead"),
        (["start"], "running"),
        (["stop"], "stopped"),
    ]:
        docker(*words, server.container)
        lab.wait_until(lambda state=state: server.state == state, f"`docker {words[0]}` makes it {state}")
        if state == "running":  # a JVM that has just begun does not hear SIGTERM yet
            lab.wait_until(lambda: server.mode, "it serves")
    server.restart()
    assert server.state == "running"


def test_a_server_that_crashes_is_told_with_its_last_words(lab: Lab) -> None:
    (server,) = lab.ensemble.docker
    docker("kill", "--signal", "SEGV", server.container)
    with pytest.raises(LabError, match=r"zookeeper-1 ended with status \d+ by itself(?s:.)*An error report file"):
        lab.wait_until(lambda: False, "the crash is told", 5.0)


def test_a_port_that_somebody_takes_first_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from labkit.ports import free_port
    from labkit.zookeeper import docker as module

    with socket.create_server(("127.0.0.1", 0)) as taker:
        taken = taker.getsockname()[1]
        ports = iter([taken, free_port()])
        monkeypatch.setattr(module, "free_port", lambda: next(ports))
        with Lab(zookeeper="docker") as lab:
            assert lab.servers[0].port != taken


def test_the_stop_button_stops_the_bringing_up_and_leaves_nothing() -> None:
    code = "import signal; from labkit import Lab; signal.signal(signal.SIGALRM, signal.default_int_handler)\n"
    code += "signal.setitimer(signal.ITIMER_REAL, {}); Lab(zookeeper='docker', servers=3)"
    for seconds in (0.15, 0.3, 0.8):
        done = subprocess.run([sys.executable, "-c", code.format(seconds)], capture_output=True, text=True, timeout=60)
        assert done.stderr.endswith("KeyboardInterrupt\n")
