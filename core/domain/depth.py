"""Market depth: the rows of one contract's book, best first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from core.domain.line import LineState


class DepthStep(IntEnum):
    """What happens to a row; the numbers are the wire's."""

    INSERT = 0
    UPDATE = 1
    DELETE = 2


class DepthChange(NamedTuple):
    """One row of one side, as IB tells it."""

    position: int
    """From 0, the best."""
    step: DepthStep
    is_bid: bool
    price: float
    size: float
    maker: str
    """Market maker or exchange; "" where the book does not say."""


class DepthRow(NamedTuple):
    price: float
    size: float
    maker: str = ""


@dataclass(frozen=True, slots=True)
class DepthView:
    """A contract's book as far as it is known; empty sides where nothing has come over this subscription."""

    con_id: int
    bids: tuple[DepthRow, ...] = ()
    """Best first."""
    asks: tuple[DepthRow, ...] = ()
    """Best first."""
    state: LineState = LineState.WAITING
    words: str = ""
    """Why nothing flows; "" when it does."""
    smart: bool = False
    """The book is put together from several exchanges; `maker` then names the exchange."""
    changed_s: float | None = None
    """When a row last changed; `None` since it was asked for."""
