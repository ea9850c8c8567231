"""environment.yml: the versions of the lock, and ./lab in an environment made from it."""

from __future__ import annotations

import re
import tomllib
from types import ModuleType

import pytest
import yaml
from clones import PYTHON, ROOT, Clone
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from test_jars import locker


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    return locker()


def test_it_is_what_lock_writes(lock: ModuleType) -> None:
    assert (ROOT / "environment.yml").read_text() == lock.conda(), "run ./lab lock"


def test_conda_gives_the_python_and_pip_the_very_packages_of_the_lock(lock: ModuleType) -> None:
    python, *_, packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    allowed = Requirement(python).specifier
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    project = SpecifierSet(asked["requires-python"])
    assert [version for version in lock.PYTHONS if not allowed.contains(version)] == []
    assert not allowed.contains("3.10")
    assert all(project.contains(version) for version in lock.PYTHONS)
    editable, *pins = packages["pip"]
    assert editable == "-e ."
    locked = re.findall(r"^(\S+==\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert [pin.split()[0] for pin in pins] == locked
    for line in asked["dependencies"]:
        wanted = Requirement(line)
        versions = [str(pin.specifier)[2:] for pin in map(Requirement, pins) if pin.name == wanted.name]
        assert versions and all(wanted.specifier.contains(version) for version in versions), line


@pytest.mark.parametrize("words", [(), ("clean",), ("python", "a file.py")])
def test_lab_runs_in_an_active_conda_environment_of_this_clone(clone: Clone, words: tuple[str, ...]) -> None:
    prefix = clone.root.parent / "conda's"
    site = prefix / "lib" / "python3.13" / "site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    clone.bin = prefix / "bin"
    clone.python(PYTHON, "python")
    link = site / "_editable_impl_labkit.pth"
    link.write_text(str(clone.root))
    code, _, err = clone.run(*words, CONDA_PREFIX=str(prefix))
    assert (code, err) == (0, "")
    assert clone.installs() == 0
    link.write_text("/another/clone")
    assert "no Python" in clone.run(*words, CONDA_PREFIX=str(prefix))[2]
