"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# A shell that starts us in the background lets us ignore SIGINT, and so would every process that a test starts:
# there Ctrl-C and the Stop button could not be tried.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def nobodys_progress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the progress of whoever runs it; a browser's kernels inherit this, too."""
    before = os.environ.get("LABKIT_PROGRESS")
    os.environ["LABKIT_PROGRESS"] = str(file := tmp_path_factory.mktemp("progress") / "progress.json")
    yield file
    if before is None:
        del os.environ["LABKIT_PROGRESS"]
    else:
        os.environ["LABKIT_PROGRESS"] = before


# Tests that run side by side have a folder of their own each: some look at all that labs have left.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["TMPDIR"] = str(Path(tempfile.gettempdir()) / f"labkit-tests-{worker}")
    Path(os.environ["TMPDIR"]).mkdir(exist_ok=True)
    tempfile.tempdir = None  # it is read anew


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has all tests of Docker and of browsers.

    A container that comes or goes changes the networks, and Chromium minds; and they count what the one engine has.
    """
    for item in items:
        if item.get_closest_marker("docker") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("machine"))
