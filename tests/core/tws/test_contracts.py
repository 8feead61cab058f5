"""Contracts between IB's shape and ours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from ib_async.contract import Contract as IbContract
from ib_async.contract import ContractDetails as IbDetails
from ib_async.objects import PriceIncrement

from core.domain.contract import Contract, ContractQuery, PriceBand, SecType
from core.tws import contracts

APPLE = Contract(265598, "AAPL", primary_exchange="NASDAQ", local_symbol="AAPL", trading_class="NMS")
OPTION = Contract(
    800,
    "AAPL",
    SecType.OPT,
    expiry="20261218",
    strike=Decimal("150.5"),
    right="C",
    multiplier=Decimal(100),
    local_symbol="AAPL  261218C00150500",
    trading_class="AAPL",
)


@pytest.mark.parametrize("ours", [APPLE, OPTION])
def test_a_contract_survives_the_way_there_and_back(ours: Contract) -> None:
    assert contracts.contract_from(contracts.contract_to(ours)) == ours


@pytest.mark.parametrize(
    ("sec_type", "primary", "exchange"),
    [("STK", "NASDAQ", "SMART"), ("FUT", "CME", "CME"), ("CASH", "", "IDEALPRO"), ("OPT", "", "SMART")],
)
def test_a_position_without_an_exchange_gets_one_that_takes_orders(
    sec_type: str, primary: str, exchange: str
) -> None:
    told = IbContract(secType=sec_type, conId=1, symbol="X", primaryExchange=primary)
    assert contracts.contract_from(told).exchange == exchange


def test_an_execution_names_its_venue_which_is_not_the_route() -> None:
    told = IbContract(secType="STK", conId=1, symbol="X", exchange="DARK")
    assert contracts.contract_from(told, venue=True).exchange == "SMART"


def test_the_question_mark_for_no_right_is_no_right() -> None:
    assert contracts.contract_from(IbContract(secType="STK", conId=1, symbol="X", right="?")).right == ""


def test_a_query_by_con_id_asks_for_nothing_else() -> None:
    asked = contracts.query_to(ContractQuery(symbol="ignored", con_id=265598))
    assert (asked.conId, asked.symbol, asked.exchange, asked.secType) == (265598, "", "", "")


@pytest.mark.parametrize(
    ("sec_type", "exchange"),
    [(SecType.STK, "SMART"), (SecType.FUT, ""), (SecType.CASH, ""), (SecType.IND, "")],
)
def test_smart_is_asked_for_only_where_it_exists(sec_type: SecType, exchange: str) -> None:
    assert contracts.query_to(ContractQuery("ES", sec_type)).exchange == exchange


def test_the_market_rule_is_the_one_of_the_contracts_own_exchange() -> None:
    told = IbDetails(
        contract=IbContract(secType="OPT", conId=1, symbol="X", exchange="CBOE"),
        validExchanges="SMART,CBOE,ISE",
        marketRuleIds="32,109,110",
    )
    assert contracts.market_rule_of(told) == 109


def test_bands_ascend_and_keep_their_digits() -> None:
    told = [PriceIncrement(3.0, 0.05), PriceIncrement(0.0, 0.01)]
    assert contracts.bands_from(told) == (
        PriceBand(Decimal(0), Decimal("0.01")),
        PriceBand(Decimal(3), Decimal("0.05")),
    )


def test_sessions_are_utc_and_days_off_are_left_out() -> None:
    hours = "20261123:0400-20261123:2000;20261126:CLOSED;20261127:0400-20261127:1700"
    found = contracts.sessions(hours, "US/Eastern")
    assert [(span.opens, span.closes) for span in found] == [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 24, 1, tzinfo=UTC)),
        (datetime(2026, 11, 27, 9, tzinfo=UTC), datetime(2026, 11, 27, 22, tzinfo=UTC)),
    ]


def test_a_session_over_midnight_and_over_a_clock_change_keeps_its_ends() -> None:
    (span,) = contracts.sessions("20261031:1800-20261101:1700", "US/Eastern")
    assert (span.opens, span.closes) == (
        datetime(2026, 10, 31, 22, tzinfo=UTC),
        datetime(2026, 11, 1, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize("hours", ["", "nonsense", "20261123", "20261123:9999-20261123:1000", ";;"])
def test_hours_that_make_no_sense_are_no_hours(hours: str) -> None:
    assert contracts.sessions(hours, "US/Eastern") == ()


def test_an_unknown_zone_gives_no_hours_rather_than_wrong_ones() -> None:
    assert contracts.sessions("20261123:0400-20261123:2000", "Nowhere/City") == ()
