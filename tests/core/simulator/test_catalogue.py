"""What is listed, how it is found, and IB's terms for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.simulator.catalogue import Catalogue, futures, increments, options
from core.simulator.model import Contract

NOW_S = datetime(2026, 11, 22, 14, 30, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    made = Catalogue(date(2026, 11, 22), always_open=False)
    made.list_options(lambda con_id: {265598: 272.0, 756733: 672.0, 76792991: 428.0}.get(con_id, 6735.0))
    return made


def found(catalogue: Catalogue, **wanted: object) -> list[Contract]:
    contract = Contract(
        **{"con_id": 0, "symbol": "", "sec_type": "", "exchange": "", "currency": "", **wanted}
    )  # type: ignore[arg-type]
    return [listing.contract for listing in catalogue.listings(contract, NOW_S)]


def test_there_are_forty_contracts_before_any_option(catalogue: Catalogue) -> None:
    kinds = [entry.listing.contract.sec_type for entry in catalogue]
    assert kinds.count("STK") >= 25
    assert kinds.count("CASH") >= 3
    assert kinds.count("FUT") == 12
    assert kinds.count("IND") >= 1
    assert {"CFD", "CRYPTO", "FOP", "WAR"} <= set(kinds)
    assert sum(kind not in ("OPT", "FOP", "WAR") for kind in kinds) >= 40


def test_con_ids_are_real_or_in_the_made_up_ranges(catalogue: Catalogue) -> None:
    for entry in catalogue:
        contract = entry.listing.contract
        made_up = dict.fromkeys(("OPT", "FOP", "WAR"), options.FIRST_CON_ID)
        made_up |= {"FUT": futures.FIRST_CON_ID, "CFD": 1_700_000_000}
        first = made_up.get(contract.sec_type, 1)
        assert first <= contract.con_id <= 2_147_483_647
    con_ids = {"AAPL": 265598, "MSFT": 272093, "SPY": 756733, "NVDA": 4815747}
    assert {
        symbol: found(catalogue, symbol=symbol, sec_type="STK")[0].con_id for symbol in con_ids
    } == con_ids


def test_a_con_id_alone_suffices(catalogue: Catalogue) -> None:
    (contract,) = found(catalogue, con_id=265598)
    assert (contract.symbol, contract.primary_exchange, contract.trading_class) == ("AAPL", "NASDAQ", "NMS")


def test_a_directed_order_keeps_its_exchange(catalogue: Catalogue) -> None:
    (contract,) = found(catalogue, symbol="AAPL", sec_type="STK", exchange="ISLAND")
    assert contract.exchange == "ISLAND"
    assert not found(catalogue, symbol="AAPL", sec_type="STK", exchange="IDEALPRO")


def test_fx_is_found_by_its_two_currencies(catalogue: Catalogue) -> None:
    (euro,) = found(catalogue, symbol="EUR", sec_type="CASH", currency="USD", exchange="IDEALPRO")
    assert euro.con_id == 12087792
    assert {c.currency for c in found(catalogue, symbol="USD", sec_type="CASH")} == {"JPY", "CAD", "CHF"}


@pytest.mark.parametrize(
    ("symbol", "codes", "days"),
    [
        ("ES", ["ESZ6", "ESH7", "ESM7"], ["20261218", "20270319", "20270617"]),
        ("CL", ["CLF7", "CLG7", "CLH7"], ["20261221", "20270120", "20270222"]),
        ("GC", ["GCZ6", "GCG7", "GCJ7"], ["20261229", "20270224", "20270428"]),
    ],
)
def test_futures_expire_by_their_exchange_s_rule(
    catalogue: Catalogue, symbol: str, codes: list[str], days: list[str]
) -> None:
    contracts = found(catalogue, symbol=symbol, sec_type="FUT")
    assert [contract.local_symbol for contract in contracts] == codes
    assert [contract.expiry for contract in contracts] == days


def test_a_month_finds_the_future_of_that_month(catalogue: Catalogue) -> None:
    (contract,) = found(catalogue, symbol="ES", sec_type="FUT", expiry="202612", exchange="CME")
    assert (contract.multiplier, contract.local_symbol) == ("50", "ESZ6")


def test_a_chain_lists_expiries_and_strikes_around_the_price(catalogue: Catalogue) -> None:
    chains = catalogue.option_chains(265598)
    smart = next(chain for chain in chains if chain[0] == "SMART")
    _, trading_class, multiplier, expiries, strikes = smart
    assert (trading_class, multiplier) == ("AAPL", "100")
    assert len(expiries) >= 6
    assert min(strikes) < 272 < max(strikes)
    assert "20261127" in expiries
    assert catalogue.option_chains(272093) == []


def test_options_on_futures_are_on_the_month_in_front(catalogue: Catalogue) -> None:
    december, march = 1_800_002_612, 1_800_002_703
    assert catalogue.option_chains(december) == [
        ("CME", "ES", "50", ("20261218",), catalogue.option_chains(december)[0][4])
    ]
    ((exchange, trading_class, _, expiries, strikes),) = catalogue.option_chains(march)
    assert (exchange, trading_class, expiries) == ("CME", "EW3", ("20270115", "20270219"))
    assert min(strikes) < 6735 < max(strikes)
    (call,) = catalogue.listings(Contract(0, "ES", "FOP", "20270115", 6700.0, "C", "50", "CME"), NOW_S)
    assert call.contract.local_symbol == "EW3F7 C6700"
    assert (call.under_con_id, call.under_symbol, call.under_sec_type) == (march, "ESH7", "FUT")
    assert call.trading_hours.startswith("20261122:CLOSED;20261122:1700-20261123:1600")


def test_a_cfd_and_warrants_are_found_beside_their_stock(catalogue: Catalogue) -> None:
    (cfd,) = found(catalogue, symbol="AAPL", sec_type="CFD", exchange="SMART")
    assert cfd.con_id == 1_700_000_001
    warrants = found(catalogue, symbol="AAPL", sec_type="WAR", exchange="SMART")
    assert {one.multiplier for one in warrants} == {"1"}
    assert {one.expiry for one in warrants} == {"20261218", "20271217"}
    # Their underlying is told of, with what there is on it.
    assert {one.contract.sec_type for one in catalogue.matching("AAPL", NOW_S)} == {"STK"}


def test_crypto_never_closes_and_is_traded_in_parts(catalogue: Catalogue) -> None:
    (listing,) = catalogue.listings(Contract(0, "BTC", "CRYPTO", exchange="PAXOS"), NOW_S)
    assert (listing.contract.con_id, listing.contract.local_symbol) == (479624278, "BTC.USD")
    assert (listing.min_size, listing.size_increment) == (1e-4, 1e-8)
    sunday, monday, *_ = listing.trading_hours.split(";")
    assert sunday == "20261122:0000-20261123:0000"
    assert monday == "20261123:0000-20261124:0000"


def test_an_option_has_its_occ_symbol(catalogue: Catalogue) -> None:
    (call,) = found(
        catalogue,
        symbol="AAPL",
        sec_type="OPT",
        expiry="20261218",
        strike=270.0,
        right="CALL",
        exchange="SMART",
    )
    assert call.local_symbol == "AAPL  261218C00270000"


def test_con_ids_of_options_are_all_different(catalogue: Catalogue) -> None:
    listed = [entry.listing.contract for entry in catalogue if entry.chain]
    assert len({c.con_id for c in listed}) == len({c.local_symbol for c in listed}) == len(listed) > 500


def test_every_listing_has_a_market_rule_for_each_exchange(catalogue: Catalogue) -> None:
    for entry in catalogue:
        rules = entry.listing.market_rule_ids.split(",")
        assert len(rules) == len(entry.listing.valid_exchanges.split(","))
        assert increments(int(rules[0]))[0][1] == entry.listing.min_tick
        assert all(increments(int(rule)) for rule in rules)


def test_an_unknown_market_rule_is_empty() -> None:
    assert increments(4711) == ()


def test_a_listing_is_dated_today(catalogue: Catalogue) -> None:
    listing = catalogue.listing(265598, NOW_S)
    assert listing is not None
    assert listing.time_zone == "US/Eastern"
    assert listing.trading_hours.startswith("20261122:CLOSED;20261123:0400-20261123:2000")
    assert "STPLMT" in listing.order_types.split(",")


def test_the_same_symbol_is_matched_first(catalogue: Catalogue) -> None:
    assert catalogue.matching("aapl", NOW_S)[0].contract.symbol == "AAPL"
    assert catalogue.matching("apple", NOW_S)[0].contract.symbol == "AAPL"
    assert catalogue.matching("eurusd", NOW_S)[0].contract.con_id == 12087792
    assert catalogue.matching("ES", NOW_S)[0].contract.sec_type == "FUT"
    assert len(catalogue.matching("a", NOW_S)) == 16
    assert catalogue.matching("", NOW_S) == []


def test_a_continuous_future_is_the_month_in_front() -> None:
    catalogue = Catalogue(date(2026, 11, 23), True)
    wanted = Contract(0, "ES", "CONTFUT", exchange="CME")
    months = catalogue.listings(replace(wanted, sec_type="FUT"), NOW_S)
    (series,) = catalogue.listings(wanted, NOW_S)
    assert series.contract.sec_type == "CONTFUT"
    assert series.contract.expiry == min(one.contract.expiry for one in months)
    both = catalogue.listings(replace(wanted, sec_type="FUT+CONTFUT"), NOW_S)
    assert both == [*months, series]
