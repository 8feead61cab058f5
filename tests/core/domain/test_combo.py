"""Combos: several contracts in one order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.combo import combo, combo_id, why_not_combo
from core.domain.contract import ComboLeg, Contract, ContractDetails, PriceBand, SecType

Leg = tuple[ContractDetails, int, str]


def option(con_id: int, strike: int, symbol: str = "AAPL", currency: str = "USD") -> ContractDetails:
    contract = Contract(
        con_id,
        symbol,
        SecType.OPT,
        currency=currency,
        expiry="20261218",
        strike=Decimal(strike),
        right="C",
        multiplier=Decimal(100),
    )
    return ContractDetails(contract, price_bands=(PriceBand(Decimal(0), Decimal("0.05")),))


LONG, SHORT = (option(1, 150), 1, "BUY"), (option(2, 155), 1, "SELL")


def test_a_spread_has_a_name_a_multiplier_and_a_tick_of_its_own() -> None:
    details = combo([LONG, SHORT])
    contract = details.contract
    assert contract.label == "AAPL +1 18DEC26 150 C -1 18DEC26 155 C"
    assert (contract.sec_type, contract.multiplier) == (SecType.BAG, 100)
    assert details.tick_at(Decimal("-1.25")) == Decimal("0.05")


def test_the_same_legs_are_the_same_combo_whatever_their_order() -> None:
    assert combo([LONG, SHORT]).contract.con_id == combo([SHORT, LONG]).contract.con_id < 0
    assert combo_id((ComboLeg(1, 2, "BUY"),)) != combo_id((ComboLeg(1, 1, "BUY"),))


@pytest.mark.parametrize(
    ("legs", "words"),
    [
        ([LONG], "two to 6 legs"),
        ([LONG, LONG], "stands in two legs"),
        ([LONG, (option(3, 150, "MSFT"), 1, "SELL")], "different underlyings"),
        ([LONG, (option(3, 150, currency="EUR"), 1, "SELL")], "different currencies"),
        ([LONG, (option(2, 155), 0, "SELL")], "whole number from 1"),
        ([(option(1, 150), 2, "BUY"), (option(2, 155), 2, "SELL")], "common factor 2"),
        (
            [LONG, (ContractDetails(Contract(9, "AAPL", SecType.IND)), 1, "SELL")],
            "cannot be a leg",
        ),
    ],
)
def test_what_makes_no_combo_is_told(legs: list[Leg], words: str) -> None:
    assert words in why_not_combo(legs)
    with pytest.raises(ValueError, match=words):
        combo(legs)
