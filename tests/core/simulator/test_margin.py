"""Margin by product."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.catalogue.futures import ROOTS
from core.simulator.margin import FUTURES, RULES, Line, for_cash, required
from core.simulator.model import Contract
from core.simulator.statement import SEGMENTED


def line(sec_type: str, quantity: float, price: float, **more: object) -> Line:
    contract = Contract(1, str(more.pop("symbol", "XYZ")), sec_type, **more.pop("contract", {}))  # type: ignore[arg-type]
    return Line(contract, quantity, price, float(more.pop("multiplier", 1)), **more)  # type: ignore[arg-type]


def test_stock_takes_half_to_open_and_a_quarter_to_keep() -> None:
    found = required([line("STK", 100, 200.0)])
    assert (found.initial, found.maintenance, found.reg_t) == (10_000, 5_000, 10_000)


def test_a_short_stock_takes_more_to_keep() -> None:
    found = required([line("STK", -100, 200.0)])
    assert (found.initial, found.maintenance) == (10_000, 6_000)


def test_a_future_takes_a_sum_a_contract_on_either_side() -> None:
    initial, maintenance = FUTURES["ES"]
    for quantity in (2, -2):
        found = required([line("FUT", quantity, 6700.0, symbol="ES", multiplier=50)])
        assert (found.initial, found.maintenance) == (2 * initial, 2 * maintenance)


def test_a_long_option_takes_nothing_and_a_short_one_its_risk() -> None:
    terms = {"strike": 110.0, "right": "C"}
    assert required([line("OPT", 3, 2.0, multiplier=100, contract=terms, under_price=100.0)]).initial == 0
    short = required([line("OPT", -1, 2.0, multiplier=100, contract=terms, under_price=100.0)])
    assert short.initial == short.maintenance == pytest.approx(100 * (2 + 0.2 * 100 - 10))


def test_a_short_option_far_out_of_the_money_still_takes_a_tenth() -> None:
    terms = {"strike": 60.0, "right": "P"}
    short = required([line("OPT", -1, 0.5, multiplier=100, contract=terms, under_price=100.0)])
    assert short.initial == pytest.approx(100 * (0.5 + 0.1 * 60))


def test_a_short_option_on_a_future_takes_the_future_s_margin_less_half_of_the_way() -> None:
    def short(strike: float) -> float:
        terms = {"strike": strike, "right": "C", "expiry": "20261218"}
        return required(
            [line("FOP", -2, 40.0, symbol="ES", multiplier=50, contract=terms, under_price=6000.0)]
        ).maintenance

    assert short(5900.0) == short(6000.0) == pytest.approx(2 * (40 * 50 + 22_140))
    assert short(6200.0) == pytest.approx(2 * (40 * 50 + 22_140 - 200 * 50 / 2))
    assert short(9000.0) == pytest.approx(2 * (40 * 50 + 22_140 / 4))


def test_a_cfd_takes_a_fifth_and_what_is_paid_for_only_when_it_is_short() -> None:
    assert required([line("CFD", -100, 50.0)]).initial == pytest.approx(1000)
    assert required([line("WAR", 100, 50.0)]).initial == 0
    assert required([line("WAR", -100, 50.0)]).initial == pytest.approx(5000)


def test_foreign_cash_takes_a_haircut_in_debt_or_not() -> None:
    rates = {"USD": 1.0, "EUR": 1.2}
    assert for_cash({"USD": 5e6, "EUR": 1000}, rates) == for_cash({"EUR": -1000}, rates)
    assert for_cash({"EUR": 1000}, rates).maintenance == pytest.approx(30)


def test_every_product_and_every_root_has_a_rule() -> None:
    assert set(RULES) == {"STK", "FUT", "OPT", "FOP", "CASH", "CFD", "CRYPTO", "WAR", "IND"}
    assert set(FUTURES) == {root.symbol for root in ROOTS}
    assert "MaintMarginReq" in SEGMENTED


@given(st.lists(st.tuples(st.integers(-500, 500), st.floats(1, 900)), max_size=6))
def test_margin_adds_up_and_keeping_costs_no_more_than_opening(lots: list[tuple[int, float]]) -> None:
    lines = [line("STK", quantity, price) for quantity, price in lots]
    whole = required(lines)
    assert whole.initial == pytest.approx(sum(required([one]).initial for one in lines))
    assert 0 <= whole.maintenance <= whole.initial


def test_a_short_option_that_a_long_one_covers_risks_only_the_way_between() -> None:
    def call(quantity: float, strike: float, price: float) -> Line:
        terms = {"strike": strike, "right": "C", "expiry": "20261218"}
        return line("OPT", quantity, price, multiplier=100, contract=terms, under_price=100.0)

    bear = required([call(-2, 100.0, 5.0), call(2, 110.0, 2.0)])
    assert bear.initial == 2 * 100 * 10
    bull = required([call(-2, 110.0, 2.0), call(2, 100.0, 5.0)])
    assert bull.initial == 0
    half = required([call(-2, 100.0, 5.0), call(1, 110.0, 2.0)])
    assert half.initial == pytest.approx(1000 + required([call(-1, 100.0, 5.0)]).initial)
