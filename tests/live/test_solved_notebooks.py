"""Every notebook runs green untouched (`./lab test` sees to that) and, here, with the reference answers put in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.lessons.plan import numbers, plan
from labkit.lessons.solve import solved

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=60", "-p", "no:randomly", "-q"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [number for number in numbers() if number in NOTEBOOKS])
def test_with_the_reference_answers(number: str, tmp_path: Path) -> None:
    notebook = json.loads(NOTEBOOKS[number].read_text(encoding="utf-8"))
    answered = solved(notebook, plan(number))
    assert answered["cells"] != notebook["cells"]
    file = tmp_path / NOTEBOOKS[number].name
    file.write_text(json.dumps(answered), encoding="utf-8")
    progress = tmp_path / "progress.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_PROGRESS": str(progress)}
    command = [sys.executable, "-m", "pytest", *NBVAL, "--rootdir", str(tmp_path), str(file)]
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-4000:]
    assert not progress.exists()  # nobody was there, so nothing was learnt
