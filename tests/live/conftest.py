"""Every test here runs on a real ZooKeeper and real processes; each lab is its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit import Lab


@pytest.fixture(params=["0.7", "0.8"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab of each era."""
    with Lab(era=request.param) as lab:
        yield lab


@pytest.fixture
def lab07() -> Iterator[Lab]:
    """A lab of era 0.7."""
    with Lab(era="0.7") as lab:
        yield lab
