"""`./lab doctor`: each finding on a true case, within its time, with nothing changed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest
from clones import ROOT, Clone

from labkit import leftovers
from labkit.doctor import CHECKS, containers, examine, machine, software, zookeeper
from labkit.doctor import case as new_case
from labkit.doctor.finding import Case, Finding
from labkit.ports import free_port

TIME_LIMIT = 15
SILENT_DOCKER = """#!/bin/sh
sleep 600 &
echo $! >>"$SLEEPERS"
wait
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set that a finding would be about."""
    for name in ("LABKIT_ZOOKEEPER", "ZOOKEEPER_HOME", "JAVA_HOME", "LABKIT_CHROMIUM", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    for scheme in ("http", "https", "ftp", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@pytest.fixture
def case() -> Iterator[Case]:
    case = new_case(sys.prefix, "whole", "")
    yield case
    case.ask.close()


def doctor(*words: str, python: tuple[str, ...] = (sys.executable,), **env: str) -> tuple[int, list[str]]:
    """Run it as ./lab does; its exit status and its lines. No traceback, and within the time."""
    began = monotonic()
    command = [*python, "-m", "labkit", "doctor", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert monotonic() - began < TIME_LIMIT
    return done.returncode, done.stdout.splitlines()


def line(lines: list[str], subject: str) -> str:
    return next(line for line in lines if line.split()[1] == subject)


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_here_the_lab_can_run_and_each_finding_is_one_line() -> None:
    code, lines = doctor()
    assert code == 0, lines
    assert all(line.split()[0] in ("ok", "note") for line in lines[:-1])
    assert all((". To do: " in line) == line.startswith("note") for line in lines[:-1])
    assert lines[-1].startswith("The lab can run")
    assert {"Python", "Java", "ZooKeeper", "Docker", "Graphviz", "Chromium", "ports", "disk"} <= {
        line.split()[1] for line in lines
    }


def test_the_standard_library_is_all_it_needs(tmp_path: Path) -> None:
    code, lines = doctor("--environment", str(tmp_path), "--state", "missing", python=(sys.executable, "-S"))
    assert code == 0, lines
    assert line(lines, "environment").startswith("note")
    assert "run ./lab" in line(lines, "environment")
    assert "not looked for" in line(lines, "left-overs")


@pytest.mark.parametrize("silent", [False, True])
def test_no_environment_and_no_index_is_a_problem_that_hides_nothing(
    tmp_path: Path, silent: bool, silent_port: int
) -> None:
    index = f"http://127.0.0.1:{silent_port if silent else free_port()}"
    code, lines = doctor("--environment", str(tmp_path / "new"), "--state", "missing", PIP_INDEX_URL=index)
    assert code == 1
    assert line(lines, "environment").startswith("problem")
    assert "./lab pack" in line(lines, "environment")
    assert [line for line in lines[:-1] if line.startswith("problem")] == [line(lines, "environment")]
    assert lines[-1].startswith("The lab cannot run: 1 problem")
    assert line(lines, "Python").startswith("ok")


def test_what_python_lacks_is_said_with_what_to_do() -> None:
    code, lines = doctor("--python-lacks", "Python is here but lacks venv: run `apt install python3-venv`.")
    assert code == 1
    assert lines[0] == "problem  Python       Python is here but lacks venv. To do: run `apt install python3-venv`."


@pytest.mark.skipif(not shutil.which("docker"), reason="needs the program docker")
def test_a_docker_daemon_that_hangs_is_a_note_in_time(silent_port: int) -> None:
    code, lines = doctor(DOCKER_HOST=f"tcp://127.0.0.1:{silent_port}")
    assert code == 0
    assert "docker does not answer within" in line(lines, "Docker")
    code, lines = doctor(DOCKER_HOST=f"tcp://127.0.0.1:{silent_port}", LABKIT_ZOOKEEPER="docker")
    assert code == 1
    assert line(lines, "Docker").startswith("problem")


def test_what_a_silent_program_started_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(SILENT_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    sleepers = tmp_path / "sleepers"
    path = f"{tmp_path}:{os.environ['PATH']}"
    _, lines = doctor(PATH=path, SLEEPERS=str(sleepers))
    assert "does not answer" in line(lines, "Docker")
    pids = [int(word) for word in sleepers.read_text().split()]
    assert pids
    psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_no_docker_and_no_daemon_are_notes(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("docker"):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
        found = only(containers.docker(case))
        assert (found.mark, found.do) == ("note", "start the Docker daemon, or Docker Desktop")
        assert containers.left_over(case) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert only(containers.docker(case)).mark == "note"
    assert containers.compose(case) == []


@pytest.fixture
def container() -> Iterator[str]:
    """A container with the label of a lab's project, made of nothing; the name of the project."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("needs a Docker daemon")
    image = (
        subprocess.run(["docker", "import", "-"], input=bytes(10240), capture_output=True, check=True)
        .stdout.decode()
        .strip()
    )
    project = f"labkit-doctor-{os.getpid()}"
    create = ["docker", "create", "--label", f"{containers.LABEL}={project}", image, "/nothing"]
    name = subprocess.run(create, capture_output=True, check=True, text=True).stdout.strip()
    yield project
    subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=True)
    subprocess.run(["docker", "rmi", "-f", image], capture_output=True, check=True)


@pytest.mark.docker
def test_a_container_of_a_lab_is_named(case: Case, container: str) -> None:
    found = only(containers.left_over(case))
    assert found.mark == "note"
    assert container in found.text
    assert "./lab clean" in found.do


def test_a_java_that_does_not_run_is_a_problem_and_a_useless_java_home_a_note(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    good, note = zookeeper.java_here(case)
    assert (good.mark, note.mark) == ("ok", "note")
    assert str(tmp_path) in note.text
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text("#!/bin/sh\necho no such machine >&2\nexit 1\n")
    (tmp_path / "bin" / "java").chmod(0o755)
    (tmp_path / "release").write_text('JAVA_VERSION="17.0.1"\n')
    found = only(zookeeper.java_here(case))
    assert found.mark == "problem"
    assert "no such machine" in found.text


def test_no_jars_and_no_way_to_fetch_them_is_a_problem_for_a_server_of_the_lab_only(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(zookeeper.offline, "JARS", tmp_path / "no-archive")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert only(zookeeper.jars_here(case)).mark == "problem"
    monkeypatch.setenv("LABKIT_ZOOKEEPER", "docker")
    assert only(zookeeper.jars_here(case)).mark == "note"
    monkeypatch.setenv("ZOOKEEPER_HOME", "/nowhere")
    assert only(zookeeper.jars_here(case)).do == "correct or unset ZOOKEEPER_HOME"
    assert list(tmp_path.iterdir()) == []


def test_an_ensemble_that_does_not_serve_is_a_problem(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zookeeper.ensemble(case) == []
    monkeypatch.setenv("LABKIT_ZOOKEEPER", f"127.0.0.1:{free_port()}/x")
    assert only(zookeeper.ensemble(case)).mark == "problem"
    monkeypatch.setenv("LABKIT_ZOOKEEPER", "nowhere")
    assert only(zookeeper.ensemble(case)).mark == "problem"


def test_a_proxy_must_spare_this_machine_and_is_not_printed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(machine.proxies(case)).mark == "ok"
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@proxy.example:3128")
    found = only(machine.proxies(case))
    assert found.mark == "note"
    assert "127.0.0.1" in found.text
    assert "NO_PROXY" in found.do
    assert "secret" not in str(found)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert only(machine.proxies(case)).mark == "ok"


def test_a_full_or_forbidden_disk_is_a_problem(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {found.mark for found in machine.disk(case)} == {"ok"}
    monkeypatch.setenv("HOME", "/proc")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    forbidden = [found for found in machine.disk(case) if found.mark == "problem"]
    assert ["/proc cannot be written" in found.text for found in forbidden] == [True]
    monkeypatch.setattr(machine, "FOR_LABS", 1 << 60)
    assert "needed" in machine.disk(case)[0].do
    assert list(tmp_path.iterdir()) == []


def test_little_memory(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine._available() == pytest.approx(psutil.virtual_memory().available, rel=0.5)
    monkeypatch.setattr(machine, "ENOUGH_MEMORY", 1 << 60)
    assert only(machine.memory(case)).mark == "note"
    monkeypatch.setattr(machine, "LITTLE_MEMORY", 1 << 60)
    assert only(machine.memory(case)).mark == "problem"


def test_a_port_that_is_taken_is_named(case: Case, silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "USUAL_PORTS", {silent_port: "somebody's"})
    found = only(machine.ports(case))
    assert found.mark == "note"
    assert f"{silent_port} (somebody's)" in found.text


def test_a_machine_that_cannot_reach_itself_is_a_problem() -> None:
    alone = ("unshare", "--net")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("may not take the loopback interface away")
    code, lines = doctor(python=(*alone, sys.executable))
    assert code == 1
    assert line(lines, "ports").startswith("problem")


def test_left_overs_are_listed_and_left_alone(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert only(machine.left_overs(case)).mark == "ok"
    folder = leftovers.new_folder("crashed")
    (folder / leftovers.OWNER).write_text('{"pid": 1, "started": 0.0}')
    with subprocess.Popen(["tail", "-f", str(folder / leftovers.OWNER)], stdout=subprocess.DEVNULL) as process:
        try:
            found = only(machine.left_overs(case))
            assert found.mark == "note"
            assert f"tail {process.pid}" in found.text
            assert found.do == "run `./lab clean`"
            assert process.poll() is None
            assert folder.is_dir()
            assert list(leftovers.clean()) == [f"{folder.name}: removed, ended tail {process.pid}"]
        finally:
            process.kill()
    assert only(machine.left_overs(case)).mark == "ok"


def test_a_package_of_another_version_is_named(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_pins", lambda: {"psutil": ["0.1"], "not-here": ["1"]})
    found = only(software.environment(case))
    assert found.mark == "note"
    assert "not with the locked version of psutil" in found.text


def test_a_check_that_hangs_or_stumbles_is_a_finding(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    hangs = io.FileIO(read)
    monkeypatch.setattr("labkit.doctor.LIMIT", 0.5)
    monkeypatch.setitem(CHECKS, "disk", lambda _: [Finding("disk", str(hangs.read(1)))])
    monkeypatch.setitem(CHECKS, "memory", lambda _: [Finding("memory", str(1 // 0))])
    for subject in set(CHECKS) - {"disk", "memory", "proxies"}:
        monkeypatch.delitem(CHECKS, subject)
    memory, disk, proxies = examine(case)
    os.close(write)
    assert "ZeroDivisionError" in memory.text
    assert disk.mark == "problem"
    assert "no answer" in disk.text
    assert proxies.mark == "ok"


def test_lab_without_python_says_so_and_makes_nothing(clone: Clone) -> None:
    code, out, err = clone.run("doctor")
    assert (code, err) == (1, "")
    assert out.startswith("problem  Python       no Python 3.11 or newer found")
    assert not (clone.root / ".venv").exists()


@pytest.mark.parametrize("lacks", ["", '*"import venv"*) exit 1 ;;'])
def test_lab_asks_any_python_and_installs_nothing(clone: Clone, lacks: str) -> None:
    clone.python(f'#!/bin/sh\necho "$PYTHONPATH $*" >>"$ASKED"\ncase "$*" in {lacks} esac\n')
    assert clone.run("doctor")[0] == 0
    asked = clone.asked.read_text().splitlines()[-1]
    start = f"{clone.root} -m labkit doctor --environment {clone.root}/.venv --state missing --python-lacks "
    assert asked.startswith(start)
    assert ("apt install python3-venv" in asked) == bool(lacks)
    assert not (clone.root / ".venv").exists()


@pytest.mark.parametrize("state", ["whole", "unfinished", "outdated", "foreign"])
def test_lab_says_how_the_environment_is(clone: Clone, state: str) -> None:
    clone.python()
    if state == "foreign":
        (clone.root / ".venv").mkdir()
    else:
        clone.run()
    if state == "unfinished":
        (clone.root / ".venv" / "labkit-busy").touch()
    if state == "outdated":
        (clone.root / "pyproject.toml").write_text("changed")
    assert clone.run("doctor")[0] == 0
    assert f"--state {state} " in clone.asked.read_text().splitlines()[-1]
