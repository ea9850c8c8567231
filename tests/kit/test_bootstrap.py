"""From a clone to a running lab: ./lab with stand-ins for Python, and the locks against pyproject.toml."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tomllib

import pytest
from clones import ROOT, Clone
from packaging.requirements import Requirement


def one_sentence(text: str) -> bool:
    return text.startswith("lab: ") and text.count("\n") == 1


def test_help_and_an_unknown_word(clone: Clone) -> None:
    code, out, _ = clone.run("help")
    assert code == 0
    assert "./lab test" in out
    code, out, err = clone.run("frobnicate")
    assert (code, out) == (2, "")
    assert one_sentence(err)
    assert "frobnicate" in err
    assert all(word in err for word in ("test", "python", "doctor", "clean", "pack", "help"))


def test_no_python_is_one_sentence(clone: Clone) -> None:
    code, _, err = clone.run()
    assert code == 1
    assert one_sentence(err)
    assert "3.11" in err
    assert "install" in err
    assert not (clone.root / ".venv").exists()


def test_a_python_that_is_too_old_does_not_count(clone: Clone) -> None:
    clone.python('#!/bin/sh\ncase "$*" in *version_info*) exit 1 ;; esac\n')
    code, _, err = clone.run()
    assert code == 1
    assert one_sentence(err)
    assert "no Python 3.11 or newer" in err


def test_a_python_without_venv_is_one_sentence(clone: Clone) -> None:
    clone.python('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\n')
    code, _, err = clone.run()
    assert code == 1
    assert one_sentence(err)
    assert "apt install python3-venv" in err


def test_the_second_start_installs_nothing_and_asks_python_nothing(clone: Clone) -> None:
    clone.python()
    code, out, err = clone.run("--no-browser", "--port", "7777")
    assert (code, err) == (0, "")
    assert "installing" in out
    assert clone.installs() == 1
    clone.asked.unlink()
    code, out, _ = clone.run("--no-browser", "--port", "7777")
    assert code == 0
    assert len(clone.asked.read_text().splitlines()) == 1  # JupyterLab itself
    assert out.startswith("JUPYTER")
    assert "--ServerApp.ip=127.0.0.1" in out
    assert "--no-browser --port 7777" in out
    assert f"CONFIG {clone.root}/labkit/jupyter\n" in out


def test_python_brings_the_test_packages_and_clean_goes_to_labkit(clone: Clone) -> None:
    clone.python()
    assert clone.run("clean")[0] == 0
    assert clone.run("python", "a file.py", "an argument")[0] == 0
    asked = clone.asked.read_text()
    assert "-m labkit clean\n" in asked
    assert "a file.py an argument\n" in asked
    assert clone.installs() == 2
    assert asked.count("requirements-test.lock") == 1


def test_the_pid_of_lab_is_jupyter(clone: Clone) -> None:
    clone.python()
    clone.run()
    with clone.start() as process:
        out, _ = process.communicate(timeout=30)
    assert out.startswith(f"JUPYTER {process.pid} ")


@pytest.mark.parametrize("change", ["lock", "place", "half done", "another python"])
def test_what_makes_a_start_install_again(clone: Clone, change: str) -> None:
    clone.python()
    clone.run()
    env: dict[str, str] = {}
    if change == "lock":
        with (clone.root / "requirements.lock").open("a") as lock:
            lock.write("# changed\n")
    elif change == "place":
        clone.root = clone.root.rename(clone.root.with_name("moved"))
    elif change == "half done":
        (clone.root / ".venv" / "labkit-busy").touch()
    else:
        clone.python(name="python3.12")
        env["LABKIT_PYTHON"] = "python3.12"
    assert clone.run(**env)[0] == 0
    assert clone.installs() == 2
    assert clone.run(**env)[0] == 0
    assert clone.installs() == 2


def test_no_network_is_one_sentence_and_the_next_start_tries_again(clone: Clone) -> None:
    clone.python()
    code, _, err = clone.run(PIP_CODE="1", PIP_SAYS="NewConnectionError: Failed to establish a new connection")
    assert code == 1
    assert one_sentence(err)
    assert "cannot be reached" in err
    assert not (clone.root / ".venv.lock").exists()
    assert clone.run()[0] == 0
    assert clone.installs() == 2


def test_two_starts_at_once_install_once(clone: Clone) -> None:
    clone.python()
    with clone.start(PIP_TAKES="1") as first, clone.start(PIP_TAKES="1") as second:
        outs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert clone.installs() == 1
    assert sum("another ./lab is installing" in out for out in outs) == 1
    assert not (clone.root / ".venv.lock").exists()


def test_a_lock_of_a_dead_process_does_not_hold(clone: Clone) -> None:
    clone.python()
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    (clone.root / ".venv.lock").mkdir()
    (clone.root / ".venv.lock" / "pid").write_text(f"{dead.pid}\n")
    assert clone.run()[0] == 0
    assert clone.installs() == 1


def test_ctrl_c_ends_the_installer_and_the_next_start_begins_again(clone: Clone) -> None:
    clone.python()
    with clone.start(PIP_TAKES="40") as process:
        assert process.stdout
        for line in process.stdout:
            if "installing" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "next ./lab" in err
    assert (clone.root / ".venv" / "labkit-busy").exists()
    assert clone.run()[0] == 0
    assert not (clone.root / ".venv" / "labkit-busy").exists()


def test_an_environment_that_is_not_ours_stays(clone: Clone) -> None:
    clone.python()
    (clone.root / ".venv").mkdir()
    (clone.root / ".venv" / "mine").touch()
    code, _, err = clone.run()
    assert code == 1
    assert one_sentence(err)
    assert (clone.root / ".venv" / "mine").exists()


def pins(name: str) -> dict[str, list[str]]:
    """Package to its versions in a lock (several, where they depend on the Python)."""
    found: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(package, []).append(version)
    return found


def project() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ("build",)), ("requirements-test.lock", ("build", "test"))]
)
def test_the_locks_hold_what_pyproject_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    locked = pins(lock)
    asked = [
        *project()["dependencies"],
        *(line for extra in extras for line in project()["optional-dependencies"][extra]),
    ]
    for line in asked:
        requirement = Requirement(line)
        versions = locked.get(requirement.name, [])
        assert versions, f"{requirement.name} is not in {lock}: run ./lab lock"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{line}, locked {versions}: run ./lab lock"
        )


def test_the_test_lock_is_a_superset() -> None:
    base, test = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: test.get(name) for name in base} == base


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_hashes_and_no_index_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|--index|--find-links", text)


def test_the_build_tools_are_the_same_in_both_places() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert table["build-system"]["requires"] == table["project"]["optional-dependencies"]["build"]
