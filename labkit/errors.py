"""The one kind of error that the lab raises on purpose."""

from __future__ import annotations


class LabError(Exception):
    """Something asked of the lab cannot be done.

    The text names what was given, what was expected, and what to do about it;
    it is written for the learner, so it needs no traceback to be understood.
    """
