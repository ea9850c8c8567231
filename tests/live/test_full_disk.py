"""A disk without room: said in plain words, at the start and later."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = """
from labkit import Lab, LabError
lab = None
try:
    lab = Lab(era="0.7")
    for number in range(200):
        lab.zk.retry(lab.zk.create, f"/n{number}", bytes(10_000))
except LabError as e:
    print("LabError:", e)
except Exception as e:
    print(type(e).__name__)
try:
    if lab:
        lab.wait_until(lambda: False, "the end of the server is told", timeout=5)
except LabError as e:
    print("LabError:", e)
lab and lab.close()
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a small disk of so many kilobytes."""
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    small = tmp_path / "small disk"
    small.mkdir()

    def mount(kilobytes: int) -> Path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(small)], check=True)
        return small

    yield mount
    subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("kilobytes", [4, 12, 200])
def test_a_full_disk_is_named_with_what_to_do(disk: Callable[[int], Path], kilobytes: int) -> None:
    small = disk(kilobytes)
    argv = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(argv, env=os.environ | {"TMPDIR": str(small)}, capture_output=True, text=True, timeout=60)
    wanted = f"The disk that holds {small}/labkit-{os.getuid()} is full: free some space there, or set TMPDIR"
    assert wanted in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    assert not list(small.glob("*/*"))
