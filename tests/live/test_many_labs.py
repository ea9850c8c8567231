"""Twenty labs in a row and five at once leave nothing; the soak that says so runs as a test, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import Shared, must_have

SOAK = Path(__file__).parents[2] / "bench" / "soak" / "labs.py"


@pytest.mark.parametrize("kind", ["local", "external", pytest.param("docker", marks=pytest.mark.docker)])
def test_many_labs_leave_nothing(kind: str, shared: Shared) -> None:
    must_have(kind)
    where = shared("external", 3) if kind == "external" else kind
    few = ["--labs", "6", "--at-once", "3"] if kind == "docker" else []  # seconds each; twenty are for the soak by hand
    argv = [sys.executable, str(SOAK), "--zookeeper", where, *few]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left over: nothing" in done.stdout
