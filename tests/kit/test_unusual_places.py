"""A clone that cannot be written, a home with a space and letters that are not ASCII, a locale that knows neither."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from labkit import Lab
with Lab(era="0.7", servers=3) as lab:
    lab.start_broker(1)
    print(*sorted(lab.tree.snapshot()))
"""


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A copy of the clone, mounted so that not even root can write in it."""
    if os.geteuid():
        pytest.skip("only root may mount a clone read-only")
    clone = tmp_path / "the clone of zoë"
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    subprocess.run(["mount", "--bind", str(clone), str(clone)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(clone)], check=True)
    yield clone
    subprocess.run(["umount", str(clone)], check=True)


@pytest.mark.timeout(300)
def test_a_lab_in_a_read_only_clone_with_an_unusual_home_and_a_bare_locale(read_only: Path, tmp_path: Path) -> None:
    home = tmp_path / "höme of zoë"
    (home / "tmp ü").mkdir(parents=True)
    (home / "script.py").write_text(SCRIPT)
    downloads = subprocess.run(["pip", "cache", "dir"], capture_output=True, text=True).stdout.strip()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "LC_", "LANG", "PYTHON"))}
    env |= {"HOME": str(home), "TMPDIR": str(home / "tmp ü"), "LC_ALL": "C", "PIP_CACHE_DIR": downloads}
    argv = [str(read_only / "lab"), "python", str(home / "script.py")]
    done = subprocess.run(argv, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "/ /brokers /brokers/ids /brokers/ids/1"
    assert not list((home / "tmp ü").glob("labkit-*/*"))
    assert list((home / ".cache" / "labkit").glob("clone-*")), "the environment is in the cache"
