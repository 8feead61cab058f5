"""The ticket's command line: what each line means, what is wrong with it in words, and what could come next."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bracket import BracketSpec, Exit
from core.domain.command_completion import complete
from core.domain.command_line import (
    TYPE_WORDS,
    CancelCommand,
    ChartCommand,
    Command,
    Fault,
    FlattenCommand,
    OrderCommand,
    parse,
    spec_of,
)
from core.domain.contract import Contract
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.order_types import PriceField

D = Decimal
LIMIT_150 = ((PriceField.LIMIT, D("150.25")),)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (
            "buy 100 aapl lmt 150.25 stop 148 target 155",
            OrderCommand(
                Side.BUY, "AAPL", OrderType.LMT, D(100), prices=LIMIT_150, exit=Exit(D(155), stop=D(148))
            ),
        ),
        ("BUY 1,000 aapl", OrderCommand(Side.BUY, "AAPL", quantity=D(1000))),
        ("sell 2k aapl mkt gtc", OrderCommand(Side.SELL, "AAPL", quantity=D(2000), tif=Tif.GTC)),
        ("buy $5000 aapl", OrderCommand(Side.BUY, "AAPL", money=D(5000))),
        ("buy 5% aapl", OrderCommand(Side.BUY, "AAPL", fraction=D("0.05"))),
        (
            "buy risk:250 aapl lmt 150.25 stop 148",
            OrderCommand(
                Side.BUY, "AAPL", OrderType.LMT, risk=D(250), prices=LIMIT_150, exit=Exit(stop=D(148))
            ),
        ),
        ("buy aapl", OrderCommand(Side.BUY, "AAPL")),
        ("buy 100 700", OrderCommand(Side.BUY, "700", quantity=D(100))),
        (
            "sell 100 aapl stplmt 148 147.9 ext",
            OrderCommand(
                Side.SELL,
                "AAPL",
                OrderType.STP_LMT,
                D(100),
                prices=((PriceField.STOP, D(148)), (PriceField.LIMIT, D("147.9"))),
                outside_rth=True,
            ),
        ),
        (
            "sell 100 aapl trail 2%",
            OrderCommand(
                Side.SELL, "AAPL", OrderType.TRAIL, D(100), prices=((PriceField.TRAIL_PERCENT, D(2)),)
            ),
        ),
        (
            "buy 100 aapl lmt 150.25 trail 1.5",
            OrderCommand(
                Side.BUY, "AAPL", OrderType.LMT, D(100), prices=LIMIT_150, exit=Exit(trail_amount=D("1.5"))
            ),
        ),
        (
            "buy 100 aapl adaptive lmt 150.25",
            OrderCommand(Side.BUY, "AAPL", OrderType.LMT, D(100), prices=LIMIT_150, algo="Adaptive"),
        ),
        ("buy 100 aapl moo", OrderCommand(Side.BUY, "AAPL", OrderType.MKT, D(100), tif=Tif.OPG)),
        ("buy 100 aapl mid", OrderCommand(Side.BUY, "AAPL", OrderType.MIDPRICE, D(100))),
        ("cancel all", CancelCommand()),
        ("cancel all aapl", CancelCommand("AAPL")),
        ("cancel aapl", CancelCommand("AAPL")),
        ("cancel buys aapl", CancelCommand("AAPL", Side.BUY)),
        ("flatten aapl", FlattenCommand("AAPL")),
        ("chart es 5m", ChartCommand("ES", "5m")),
        ("chart eur.usd", ChartCommand("EUR.USD")),
    ],
)
def test_a_line_means(line: str, meant: Command) -> None:
    assert parse(line) == meant


@pytest.mark.parametrize(
    ("line", "words", "at", "unfinished"),
    [
        ("", "Type buy, sell, cancel, flatten or chart.", 0, True),
        ("hold 100 aapl", "hold is no command", 0, False),
        ("buy", "How many, of what?", 1, True),
        ("buy 100", "Which contract?", 2, True),
        ("buy 1,5 aapl", "1,5 is no quantity", 1, False),
        ("buy 0 aapl", "0 is no quantity", 1, False),
        ("buy 100 aapl lmt", "needs a limit price", 4, True),
        ("buy 100 aapl lmt cheap", "cheap is no price", 4, False),
        ("buy 100 aapl 150.25", "is it lmt 150.25?", 3, False),
        ("buy 100 aapl lmt 150 stop", "Stop needs a price", 6, True),
        ("buy 100 aapl lmt 150 later", "later is not understood here", 5, False),
        ("sell 100 aapl trail", "needs a distance", 4, True),
        ("sell 100 aapl trail -1", "-1 is no distance", 4, False),
        ("buy risk:1% aapl", "Risk is given in money", 1, False),
        ("buy risk:250 aapl mkt", "needs a stop", 4, True),
        ("chart es 7m", "7m is no bar size", 2, False),
        ("flatten", "Which position?", 1, True),
        ("flatten aapl now", "now is one word too many", 2, False),
        ("cancel", "Cancel what?", 1, True),
        ("buy 100 aa$pl", "AA$PL is no symbol", 2, False),
    ],
)
def test_what_is_wrong_is_told_in_words_at_its_place(
    line: str, words: str, at: int, unfinished: bool
) -> None:
    fault = parse(line)
    assert isinstance(fault, Fault)
    assert words in fault.words
    assert (fault.at, fault.unfinished) == (at, unfinished)


def test_every_order_type_can_be_said() -> None:
    assert {kind for kind, _ in TYPE_WORDS.values()} == set(OrderType)


def test_a_command_becomes_the_order_that_the_ticket_stages() -> None:
    contract = Contract(265598, "AAPL")
    plain = parse("sell 100 aapl adaptive lmt 150.25 gtc")
    assert isinstance(plain, OrderCommand)
    spec = spec_of(plain, contract, D(100), "DU1")
    assert isinstance(spec, OrderSpec)
    assert spec.sentence() == "SELL 100 AAPL ADAPTIVE LMT 150.25 GTC"
    bracketed = parse("buy 100 aapl lmt 150.25 stop 148 target 155")
    assert isinstance(bracketed, OrderCommand)
    group = spec_of(bracketed, contract, D(100))
    assert isinstance(group, BracketSpec)
    assert group.sentence() == "BUY 100 AAPL LMT 150.25 DAY; target 155, stop 148"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "buy"),
        ("fl", "flatten"),
        ("buy 100 ", "AAPL"),
        ("buy 100 ms", "MSFT"),
        ("buy 100 aapl st", "stp"),
        ("buy 100 aapl lmt 150 ", "target"),
        ("buy 100 aapl lmt 150 target 155 ", "stop"),
        ("cancel ", "all"),
        ("cancel all ", "AAPL"),
        ("chart es 1", "1m"),
    ],
)
def test_the_first_candidate(typed: str, first: str) -> None:
    assert complete(typed, ("AAPL", "MSFT"))[0].word == first


@pytest.mark.parametrize("typed", ["buy 100 aapl lmt ", "hold ", "flatten aapl ", "chart es 5m "])
def test_nothing_is_offered_where_nothing_can_follow(typed: str) -> None:
    assert complete(typed, ("AAPL",)) == ()


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["buy", "100", "aapl", "lmt", "trail", "1e9", "nan", "%", "$", "stop", "٣", "risk:", "all"]
        ),
        max_size=9,
    ).map(" ".join)
)
def test_no_line_breaks_the_reading(line: str) -> None:
    found = parse(line)
    complete(line, ("AAPL",))
    if isinstance(found, OrderCommand) and found.quantity is not None:
        assert found.quantity.is_finite()
        assert found.quantity > 0
