"""The scarcer streams of one contract beside its quotes: market depth, and time and sales."""

from __future__ import annotations

from enum import Enum


class StreamKind(Enum):
    """Its value is how a sentence names it."""

    DEPTH = "Market depth"
    TAPE = "Time and sales"
