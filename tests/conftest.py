"""What holds for all tests."""

from __future__ import annotations

import os
import signal
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
