"""The desk: the single writer of trading state.

Facts go in (`step`), requests come out; the trader's own wishes go in by name (`submit`, `watch` ...)
and answer at once. The desk only routes: each book owns its logic, the gate its rules. No clock, no
socket and no randomness live here, so any session can be replayed exactly.
"""

from core.desk.desk import Desk

__all__ = ["Desk"]
