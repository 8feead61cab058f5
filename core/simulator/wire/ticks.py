"""Market data ticks: what changed between two quotes, written once for every client that listens.

Nine messages of ten are these, so they are written the shortest way. The text of a change has a mark where
each client's own request id goes; its lengths count an id of the width it was written for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.simulator.model import Quote
from core.simulator.wire.fields import number

MARK: Final = b"\xff\xfe"
"""Stands for the request id: neither byte is part of what TWS sends, nor of a length this short."""

_MARK: Final = MARK.decode("latin-1")
AUTO_EXECUTE: Final = 1
PRICE, SIZE, GENERIC, STRING = 1, 2, 45, 46


@dataclass(frozen=True, slots=True)
class TickIds:
    """The tick types of one kind of market data."""

    bid: int
    ask: int
    last: int
    bid_size: int
    ask_size: int
    last_size: int
    high: int
    low: int
    volume: int
    close: int
    open: int
    last_time: int
    halted: int
    option_bid: int
    option_ask: int
    option_last: int
    option_model: int


LIVE_IDS: Final = TickIds(1, 2, 4, 0, 3, 5, 6, 7, 8, 9, 14, 45, 49, 10, 11, 12, 13)
DELAYED_IDS: Final = TickIds(66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88, 90, 80, 81, 82, 83)

_text = lru_cache(maxsize=65_536)(number)


@lru_cache(maxsize=64)
def _heads(msg_id: int, width: int) -> tuple[str, ...]:
    """How such a message begins, by how many characters follow its request id."""
    before = f"{msg_id}\x006\x00"
    most = 127 - len(before) - width
    return tuple(f"\x00\x00\x00{chr(len(before) + width + n)}{before}{_MARK}" for n in range(most))


def _message(msg_id: int, tail: str, width: int) -> str:
    return _heads(msg_id, width)[len(tail)] + tail


def _price(tick_type: int, value: float | None, size: int, mask: int, width: int) -> str:
    """No price is -1 with size 0, as TWS shows an empty side of the book."""
    if value is None:
        return _message(PRICE, f"\x00{tick_type}\x00-1\x000\x00{mask}\x00", width)
    return _message(PRICE, f"\x00{tick_type}\x00{_text(value)}\x00{size}\x00{mask}\x00", width)


@lru_cache(maxsize=65_536)
def _size(tick_type: int, size: int, width: int) -> str:
    return _message(SIZE, f"\x00{tick_type}\x00{size}\x00", width)


def _began(now: Quote, printed: bool, ids: TickIds, width: int) -> str:
    """Everything there is: what a line begins with."""
    parts = []
    if now.bid is not None or now.ask is not None or now.last is None:
        # An index has no book, not an empty one.
        parts += [
            _price(ids.bid, now.bid, now.bid_size, AUTO_EXECUTE, width),
            _size(ids.bid_size, now.bid_size, width),
            _price(ids.ask, now.ask, now.ask_size, AUTO_EXECUTE, width),
            _size(ids.ask_size, now.ask_size, width),
        ]
    if printed and now.last is not None:
        parts.append(_time(int(now.at_s), ids.last_time, width))
        parts.append(_price(ids.last, now.last, now.last_size, 0, width))
        parts.append(_size(ids.last_size, now.last_size, width))
        parts.append(_size(ids.volume, now.volume, width))
    for tick_type, value in (
        (ids.high, now.high),
        (ids.low, now.low),
        (ids.close, now.close),
        (ids.open, now.open),
    ):
        if value is not None:
            parts.append(_price(tick_type, value, 0, 0, width))
    return "".join((*parts, _halted(now, ids, width)))


@lru_cache(maxsize=1_024)
def _time(at_s: int, tick_type: int, width: int) -> str:
    return _message(STRING, f"\x00{tick_type}\x00{at_s}\x00", width)


def _halted(now: Quote, ids: TickIds, width: int) -> str:
    return _message(GENERIC, f"\x00{ids.halted}\x00{int(now.halted)}\x00", width)


def _changed(was: Quote, now: Quote, trade: bool, ids: TickIds, width: int) -> bytes:
    _, _, bid0, bid_size0, ask0, ask_size0, last0, _, volume0, opened0, high0, low0, close0, halted0 = was
    _, at_s, bid, bid_size, ask, ask_size, last, last_size, volume, opened, high, low, close, halted = now
    text = ""
    if bid != bid0:
        text = _price(ids.bid, bid, bid_size, AUTO_EXECUTE, width)
    if bid_size != bid_size0:
        text += _size(ids.bid_size, bid_size, width)
    if ask != ask0:
        text += _price(ids.ask, ask, ask_size, AUTO_EXECUTE, width)
    if ask_size != ask_size0:
        text += _size(ids.ask_size, ask_size, width)
    if trade and last is not None:
        # TWS sends the time of a trade before its price, and its size even if it is the one before's.
        text += _time(int(at_s), ids.last_time, width)
        if last != last0:
            text += _price(ids.last, last, last_size, 0, width)
        text += _size(ids.last_size, last_size, width)
        if volume != volume0:
            text += _message(SIZE, f"\x00{ids.volume}\x00{volume}\x00", width)
    if high != high0 or low != low0 or close != close0 or opened != opened0 or halted != halted0:
        text += _day(was, now, ids, width)
    return text.encode("latin-1")


def _day(was: Quote, now: Quote, ids: TickIds, width: int) -> str:
    """The day's prices that are new, and whether it is halted if that is."""
    values = (
        (ids.high, was.high, now.high),
        (ids.low, was.low, now.low),
        (ids.close, was.close, now.close),
        (ids.open, was.open, now.open),
    )
    told = [
        _price(tick_type, value, 0, 0, width)
        for tick_type, before, value in values
        if value != before and value is not None
    ]
    return "".join(told) + (_halted(now, ids, width) if now.halted != was.halted else "")


class TickWriter:
    """Writes a contract's change when the first client needs it, and knows it for the others."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int, int], tuple[Quote | None, Quote, bool, bytes]] = {}

    def ticks(self, was: Quote | None, now: Quote, printed: bool, ids: TickIds, req_id: bytes) -> bytes:
        """The messages for a client that last saw `was`: empty when nothing is new to it."""
        key = (now.con_id, ids.bid, len(req_id))
        known = self._last.get(key)
        if known is None or known[0] is not was or known[1] is not now or known[2] is not printed:
            width = len(req_id)
            if was is None:
                data = _began(now, printed, ids, width).encode("latin-1")
            else:
                data = _changed(was, now, printed, ids, width)
            known = self._last[key] = (was, now, printed, data)
        return known[3].replace(MARK, req_id)


def whole_messages(data: bytes) -> Iterator[bytes]:
    """The single messages of many that were written as one."""
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        yield data[at:end]
        at = end
