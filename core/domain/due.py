"""The first of several moments at which something is due."""

from __future__ import annotations


def earliest(*moments: float | None) -> float | None:
    """The first of these moments, in seconds; `None` when there is none."""
    found: float | None = None
    for at_s in moments:
        if at_s is not None and (found is None or at_s < found):
            found = at_s
    return found
