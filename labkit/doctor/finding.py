"""What the doctor finds, and the case that it is called to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from labkit.doctor.asking import Ask


@dataclass(frozen=True)
class Finding:
    """One finding. With something `do` it is a problem if the lab `needs` this, else a note; without, all is well."""

    subject: str
    text: str
    do: str = ""
    needs: bool = True

    @property
    def mark(self) -> str:
        """One of "ok", "note", "problem": words, which survive any terminal."""
        return "ok" if not self.do else "problem" if self.needs else "note"

    def __str__(self) -> str:
        return f"{self.mark:<9}{self.subject:<13}{self.text}" + (f". To do: {self.do}" if self.do else "")


@dataclass(frozen=True)
class Case:
    """What `./lab` knows of the environment: the folder where it is or would be, and its state.

    "missing": ./lab makes it; "unfinished", "outdated": ./lab makes it anew; "foreign": somebody else's folder is in
    its place; "whole": all packages are there. `python_lacks` says why this Python can make none ("": it can).
    """

    folder: str
    state: str
    python_lacks: str
    ask: Ask

    @property
    def whole(self) -> bool:
        """Whether all packages are there."""
        return self.state == "whole"

    @property
    def place(self) -> str:
        """Which ZooKeeper a lab takes unless told otherwise: "local", "docker", or the hosts of an ensemble."""
        return os.environ.get("LABKIT_ZOOKEEPER") or "local"


Check = Callable[[Case], list[Finding]]
