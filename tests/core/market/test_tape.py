"""Time and sales: the newest first, bounded, with who crossed the spread where that is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.order import Side
from core.domain.quote import Quote
from core.domain.tape import PRINTS_KEPT, Print
from core.market.tape import TapeBoard

AT = datetime(2026, 6, 3, 15, tzinfo=UTC)


def quote(bid: float | None = 10.0, ask: float | None = 10.1, lost_at_s: float | None = None) -> Quote:
    made = Quote(1)
    made.bid, made.ask, made.lost_at_s = bid, ask, lost_at_s
    return made


def aggressor(price: float, against: Quote | None) -> Side | None:
    board = TapeBoard()
    board.report(1, [Print(AT, price, 5)], against, 1.0)
    tape = board.tape(1)
    assert tape is not None
    return tape.prints[0].aggressor


@pytest.mark.parametrize(
    ("price", "side"),
    [(10.1, Side.BUY), (10.2, Side.BUY), (10.05, None), (10.0, Side.SELL), (9.0, Side.SELL)],
)
def test_a_trade_at_the_ask_was_bought_and_one_at_the_bid_was_sold(price: float, side: Side | None) -> None:
    assert aggressor(price, quote()) is side


@pytest.mark.parametrize(
    "against", [None, quote(None), quote(ask=None), quote(lost_at_s=3.0), quote(10.2, 10.1)]
)
def test_nobody_is_named_by_a_quote_that_is_absent_lost_or_crossed(against: Quote | None) -> None:
    assert aggressor(10.1, against) is None


def test_the_newest_print_comes_first_and_the_oldest_go() -> None:
    board = TapeBoard()
    board.report(1, [Print(AT, float(number), 1) for number in range(PRINTS_KEPT + 3)], None, 1.0)
    tape = board.tape(1)
    assert tape is not None
    assert (len(tape.prints), tape.prints[0].price, tape.prints[-1].price) == (
        PRINTS_KEPT,
        PRINTS_KEPT + 2.0,
        3.0,
    )
    assert board.changed == {1}
