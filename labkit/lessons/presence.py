"""Whether somebody is there to be asked, and how a lesson puts something before them."""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol

from labkit.errors import LabError

LOCK = "LABKIT_LOCK"


class Shown(Protocol):
    """What a lesson shows: a widget in a notebook, text elsewhere."""

    def text(self) -> str:
        """The text form."""
        ...


def kernel() -> Any:
    """The Jupyter kernel that this is, or None."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None)


def somebody_is_there() -> bool:
    """False in a kernel whose front end says that nobody can be asked (nbval, nbconvert, papermill); else True.

    Jupyter's protocol sends `allow_stdin` with each cell for that purpose.
    """
    found = kernel()
    return found is None or bool(getattr(found, "_allow_stdin", True))  # the kernel shows it nowhere else


def lock_is_lifted() -> bool:
    """True where faults need no forecast: nobody is there, or a teacher has set LABKIT_LOCK=off."""
    setting = os.environ.get(LOCK) or "on"
    if setting not in ("on", "off"):
        raise LabError(f"{LOCK}={setting!r}: set it to 'off' (faults need no forecast) or 'on', or unset it")
    return setting == "off" or not somebody_is_there()


def show(thing: Shown) -> None:
    """Put it on the page; where there is no page, print it."""
    if kernel() is None:
        print(thing.text())
    else:
        from IPython.display import display

        display(thing)  # type: ignore[no-untyped-call]


def shows_live() -> bool:
    """True where what is shown goes on changing by itself."""
    return kernel() is not None
