"""Exits by price, offset, per cent and R: the prices they come to, on the contract's tick."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.bracket import Exit
from core.domain.order import Side
from gui.panels.ticket.exit_terms import By, Frame, Typed, read_exits
from tests.gui.panels.stand_in import AAPL, ES

BUY = Frame(Side.BUY, Decimal("150.00"), AAPL)
SELL = Frame(Side.SELL, Decimal("150.00"), AAPL)
NO_STOP = Typed()


@pytest.mark.parametrize(
    ("frame", "target", "stop", "comes_to"),
    [
        (BUY, Typed("155"), Typed("148"), ("155", "148")),
        (BUY, Typed("5", By.OFFSET), Typed("2", By.OFFSET), ("155.00", "148.00")),
        (SELL, Typed("5", By.OFFSET), Typed("2", By.OFFSET), ("145.00", "152.00")),
        (BUY, Typed("3", By.PER_CENT), Typed("1.5", By.PER_CENT), ("154.50", "147.75")),
        (BUY, Typed("2.5", By.R), Typed("148"), ("155.00", "148")),
        (SELL, Typed("2", By.R), Typed("1", By.PER_CENT), ("147.00", "151.50")),
        (BUY._replace(details=ES, entry=Decimal(6470)), Typed("1", By.PER_CENT), Typed("10.1", By.OFFSET),
         ("6534.75", "6460.00")),
    ],
)  # fmt: skip
def test_target_and_stop_come_to_prices(
    frame: Frame, target: Typed, stop: Typed, comes_to: tuple[str, str]
) -> None:
    found = read_exits(stop, "", (target,), frame)
    assert found.exits() == (Exit(target=Decimal(comes_to[0]), stop=Decimal(comes_to[1])),)
    assert found.fault == ""


def test_a_trailing_stop_has_a_distance_and_no_price() -> None:
    by_amount = read_exits(Typed("1.50", By.TRAIL), "", (NO_STOP,), BUY)
    assert by_amount.exits() == (Exit(trail_amount=Decimal("1.50")),)
    by_per_cent = read_exits(Typed("2", By.TRAIL_PER_CENT), "", (NO_STOP,), BUY)
    assert by_per_cent.exits() == (Exit(trail_percent=Decimal(2)),)
    assert by_per_cent.stop_price is None


def test_a_stop_limit_goes_with_a_stop_at_a_price() -> None:
    found = read_exits(Typed("148"), "147.50", (NO_STOP,), BUY)
    assert found.exits() == (Exit(stop=Decimal(148), stop_limit=Decimal("147.50")),)


def test_several_targets_share_the_quantity_and_the_stop() -> None:
    targets = (Typed("152"), Typed("155", part="50"), Typed("158"))
    found = read_exits(Typed("148"), "", targets, BUY, Decimal(101))
    assert [(one.target, one.quantity, one.stop) for one in found.exits()] == [
        (Decimal(152), Decimal(25), Decimal(148)),
        (Decimal(155), Decimal(50), Decimal(148)),
        (Decimal(158), Decimal(26), Decimal(148)),
    ]


@pytest.mark.parametrize(
    ("stop", "target", "frame", "fault"),
    [
        (NO_STOP, Typed("2", By.R), BUY, "type the stop first"),
        (Typed("1", By.OFFSET), NO_STOP, BUY._replace(entry=None), "no entry price"),
        (Typed("200", By.PER_CENT), NO_STOP, BUY, "below zero"),
        (Typed("148.001"), NO_STOP, BUY, "Steps of 0.01"),
        (Typed("120", By.TRAIL_PER_CENT), NO_STOP, BUY, "less than 100 %"),
        (Typed("x"), NO_STOP, BUY, "not a number"),
    ],
)
def test_what_comes_to_no_price_says_why(stop: Typed, target: Typed, frame: Frame, fault: str) -> None:
    assert fault in read_exits(stop, "", (target,), frame).fault


def test_nothing_typed_is_no_bracket() -> None:
    found = read_exits(NO_STOP, "", (NO_STOP,), BUY)
    assert found.is_empty
    assert (found.fault, found.exits()) == ("", ())
