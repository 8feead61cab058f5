"""Limits that change while the desk runs, sizes reckoned from money and risk, and the cushion."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time
from decimal import Decimal

import pytest

from core.domain.contract import SecType
from core.domain.limits import Permissions, RiskLimits, Threshold, TradingHours
from core.domain.preview import Preview
from core.risk import sizing
from core.risk.margin import cushion
from core.risk.tighten import _LIMITS, _PERMISSIONS, tighten, tighten_permissions
from tests.core.risk.bench import AAPL, DETAILS, ES, NOW_S, OPTION, Bench, buy, pair, sell

D = Decimal
STOCK, FUTURE = DETAILS[AAPL.con_id], DETAILS[ES.con_id]


# --- tightening -------------------------------------------------------------------------------------

TIGHTER = (
    {"notional": pair("1000", "2000")},
    {"quantity": {SecType.STK: pair("10", "20")}},
    {"duplicate_s": pair("120", "5")},
    {"daily_loss": D(500)},
    {"orders_per_day": 10},
    {"margin_excess_fraction": D("0.5")},
    {"restart_quiet_s": D(120)},
)


@pytest.mark.parametrize("change", TIGHTER, ids=lambda one: next(iter(one)))
def test_what_is_tighter_holds_at_once_and_what_was_there_before_waits(change: dict[str, object]) -> None:
    loose = RiskLimits(quantity={SecType.STK: pair("1000", "10000")})
    tight = replace(loose, **change)  # type: ignore[arg-type]
    assert tighten(loose, tight) == (tight, ())
    assert tighten(tight, loose) == (tight, tuple(change))


def test_one_half_of_a_limit_may_be_tighter_and_the_other_wait() -> None:
    now = RiskLimits(notional=pair("100", "1000"))
    found, left = tighten(now, RiskLimits(notional=pair("200", "500")))
    assert (found.notional, left) == (pair("100", "500"), ("notional",))


def test_a_hard_limit_under_the_soft_one_takes_it_along() -> None:
    now = RiskLimits(notional=pair("100", "1000"))
    assert tighten(now, RiskLimits(notional=Threshold(None, D(50))))[0].notional == pair("50", "50")


def test_permissions_only_shrink() -> None:
    now = Permissions(exchanges=frozenset({"SMART", "NYSE"}), hours=TradingHours(time(9), time(16)))
    wish = Permissions(
        sec_types=frozenset({SecType.STK}), exchanges=frozenset({"NYSE", "ARCA"}), shorting=False
    )
    found, left = tighten_permissions(now, wish)
    assert found.sec_types == {SecType.STK}
    assert found.exchanges == {"NYSE"}
    assert not found.shorting
    assert found.hours == now.hours
    assert set(left) == {"exchanges", "hours"}


def test_an_empty_list_of_accounts_allows_all_and_never_replaces_one_that_does_not() -> None:
    now = Permissions(accounts=frozenset({"DU1"}))
    assert tighten_permissions(now, Permissions())[0].accounts == {"DU1"}
    assert tighten_permissions(now, Permissions(accounts=frozenset({"DU2"})))[0].accounts == {"DU1"}


def test_every_limit_and_permission_says_which_of_two_values_is_tighter() -> None:
    assert set(_LIMITS) == {one.name for one in fields(RiskLimits)}
    assert set(_PERMISSIONS) == {one.name for one in fields(Permissions)}


# --- sizing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sized", "quantity"),
    [
        (sizing.by_units(D("100.7"), STOCK), "100"),
        (sizing.by_money(D(5_000), D("150.25"), STOCK), "33"),
        (sizing.by_money(D(5_000), D("150.25"), STOCK, D("1.1")), "30"),
        (sizing.by_fraction(D("0.05"), D(1_000_000), D(150), STOCK), "333"),
        (sizing.by_risk(D(250), D(150), D(148), STOCK), "125"),
        (sizing.by_risk(D(250), D(148), D(150), STOCK), "125"),
        (sizing.by_risk(D(1_000), D(5_000), D(4_995), FUTURE), "4"),
        (sizing.by_risk_fraction(D("0.01"), D(100_000), D(150), D(147), STOCK), "333"),
    ],
)
def test_sizes_are_rounded_down_to_what_can_be_traded(sized: sizing.Sized, quantity: str) -> None:
    assert (sized.quantity, sized.words) == (D(quantity), "")


@pytest.mark.parametrize(
    ("sized", "words"),
    [
        (sizing.by_units(D("0.7"), STOCK), "The least that can be traded is 1 AAPL"),
        (sizing.by_money(D(100), D(150), STOCK), "100 is not enough"),
        (sizing.by_money(D(100), None, STOCK), "no price to size by"),
        (sizing.by_money(D(100), D(-3), STOCK), "nothing can be sized by money"),
        (sizing.by_money(D(100), D(1), STOCK, None), "No exchange rate for USD"),
        (sizing.by_fraction(D("0.05"), None, D(150), STOCK), "net liquidation is not known"),
        (sizing.by_fraction(D(5), D(1_000), D(150), STOCK), "at most 100 %"),
        (sizing.by_risk(D(250), D(150), None, STOCK), "needs a stop price"),
        (sizing.by_risk(D(250), D(150), D(150), STOCK), "the same price"),
        (sizing.by_risk(D(100), D(5_000), D(4_900), FUTURE), "1 would lose 5,000, more than 100"),
    ],
)
def test_an_impossible_size_is_told_in_words(sized: sizing.Sized, words: str) -> None:
    assert sized.quantity is None
    assert words in sized.words


def test_a_size_tells_its_worth_and_what_the_stop_would_cost() -> None:
    sized = sizing.by_risk(D(250), D(150), D(148), STOCK)
    assert (sized.worth, sized.risk) == (D(18_750), D(250))


# --- the cushion ------------------------------------------------------------------------------------


def test_without_a_preview_the_cushion_is_an_estimate_on_the_dear_side() -> None:
    found = cushion(buy("100", "150"), Bench().valued(look_ahead_excess_liquidity=D(800_000)))
    assert not found.previewed
    assert (found.excess_before, found.excess_after) == (D(900_000), D(894_000))
    assert (found.available_after, found.look_ahead_after) == (D(842_500), D(794_000))


def test_ib_s_own_figures_win_over_the_estimate() -> None:
    preview = Preview(NOW_S, initial_after=D(10), maintenance_after=D(7), equity_after=D(100))
    found = cushion(buy(), Bench(previews={buy(): preview}))
    assert (found.previewed, found.excess_after, found.available_after) == (True, D(93), D(90))


def test_a_refused_preview_is_no_figure() -> None:
    found = cushion(buy(), Bench(previews={buy(): Preview(NOW_S, "No preview: IB did not answer.")}))
    assert not found.previewed


def test_closing_takes_no_margin() -> None:
    found = cushion(sell("100"), Bench().holding(AAPL, 100))
    assert found.excess_after == found.excess_before


def test_an_option_that_is_sold_costs_more_than_its_premium() -> None:
    bought, sold = cushion(buy("1", "2", OPTION), Bench()), cushion(sell("1", "2", OPTION), Bench())
    assert bought.available_after == D(849_800)
    assert sold.available_after is not None
    assert sold.available_after < D(847_000)
