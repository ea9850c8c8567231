"""The few names that notebooks import, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import labkit


def test_the_public_names() -> None:
    assert labkit.__all__ == ["Lab", "LabError"]
    assert all(hasattr(labkit, name) for name in labkit.__all__)


def test_a_toy_process_loads_nothing_of_notebooks() -> None:
    script = "import sys, labkit.cli, labkit.toy.broker; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "kazoo.client" in loaded
    assert not {"labkit.lab", "ipywidgets", "anywidget", "IPython", "psutil", "jgo", "graphviz"} & set(loaded)
