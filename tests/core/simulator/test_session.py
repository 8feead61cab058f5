"""A session as its client lives it: greeting, requests and answers, one way or another never silence."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.model import Executed, OrderChanged, Position, PositionChanged
from core.simulator.peer import Cadence
from core.simulator.session import ANSWERS, START_API
from core.simulator.wire.frames import NEWEST_VERSION, OLDEST_VERSION
from core.simulator.wire.requests import PLACE_ORDER, REQUESTS
from tests.core.simulator.fake_market import AAPL, HIDDEN, FakeMarket
from tests.core.simulator.wire_client import CONTRACT_FIELDS, WireClient, errors, kinds, new_hub, place_order

VERSIONS = range(OLDEST_VERSION, NEWEST_VERSION + 1)

OPTION_FIELDS = ("700001", "AAPL", "OPT", "", "0", "", "", "SMART", "", "USD", "", "")
HIDDEN_FIELDS = ("999", "HIDE", "STK", "", "0", "", "", "SMART", "", "USD", "", "")
UNKNOWN_FIELDS = ("0", "NOPE", "STK", "", "0", "", "", "SMART", "", "USD", "", "")


@pytest.fixture
def client() -> WireClient:
    return WireClient(new_hub())


def market_of(client: WireClient) -> FakeMarket:
    market = client.hub.market
    assert isinstance(market, FakeMarket)
    return market


# --- Greeting -----------------------------------------------------------------------------------


def test_the_greeting_is_two_fields_and_then_nothing_before_start_api() -> None:
    client = WireClient(new_hub(), client_id=None)
    assert client.heard == [["178", "20261122 10:00:00 EST5EDT"]]
    assert client.ask("49", "1") == []


def test_a_client_that_names_itself_gets_accounts_ids_and_farms(client: WireClient) -> None:
    assert [fields[:2] for fields in client.heard[1:]] == [
        ["15", "1"], ["9", "1"], ["4", "2"], ["4", "2"], ["4", "2"],
    ]  # fmt: skip
    assert client.heard[1][2] == "DU1234567"
    assert client.heard[2][2] == "1"
    assert errors(client.heard) == [("-1", "2104"), ("-1", "2106"), ("-1", "2158")]


@pytest.mark.parametrize("version", VERSIONS)
def test_at_every_version_a_market_order_is_filled(version: int) -> None:
    client = WireClient(new_hub(), version=version)
    assert client.heard[0][0] == str(version)
    heard = client.place(1)
    assert kinds(heard) == ["5", "3", "11", "5", "3", "5", "3", "59"]
    assert [fields[2] for fields in heard if fields[0] == "3"] == ["PreSubmitted", "Filled", "Filled"]
    assert len({len(fields) for fields in heard if fields[0] == "5"}) == 1


def test_optional_capabilities_may_be_left_off() -> None:
    client = WireClient(new_hub(), client_id=None)
    assert kinds(client.ask("71", "2", "5"))[:2] == ["15", "9"]


def test_a_client_id_in_use_is_refused_with_326_and_closed(client: WireClient) -> None:
    second = WireClient(client.hub, client_id=1)
    assert errors(second.heard) == [("-1", "326")]
    assert second.closed
    assert not client.closed
    third = WireClient(client.hub, client_id=2)
    assert not third.closed


def test_a_client_id_is_free_again_once_its_client_left(client: WireClient) -> None:
    client.hub.leave(client.session)
    assert not WireClient(client.hub, client_id=1).closed


def test_at_most_32_clients_are_let_in() -> None:
    hub = new_hub()
    for client_id in range(32):
        WireClient(hub, client_id)
    assert hub.admit(lambda _: None, lambda: None) is None


@pytest.mark.parametrize(
    "garbage", [b"\0\0\0\x04abc\0", b"\0\0\0\x05-1\0\0x", b"\xff\xff\xff\xff", b"\0\0\0\x02ab"]
)
def test_garbage_closes_that_client_only(client: WireClient, garbage: bytes) -> None:
    other = WireClient(client.hub, client_id=2)
    client.session.receive(garbage)
    assert client.closed
    assert kinds(other.ask("49", "1")) == ["49"]


def test_a_client_too_old_is_closed() -> None:
    client = WireClient(new_hub(), client_id=None, version=156)
    assert client.closed
    assert client.heard == []


_fields = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "0",
                "1",
                "-1",
                "8",
                "11",
                "265598",
                "AAPL",
                "STK",
                "SMART",
                "USD",
                "BAG",
                "OPT",
                "1.5",
                "1e308",
            ]
        ),
        st.text(st.characters(exclude_characters="\0"), max_size=6),
        st.integers().map(str),
    ),
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 105), _fields, st.sampled_from([157, 170, 178]))
def test_no_message_however_wrong_is_more_than_an_error(msg_id: int, fields: list[str], version: int) -> None:
    client = WireClient(new_hub(), version=version)
    heard = client.ask(str(msg_id), *fields)
    assert "322" not in [code for _, code in errors(heard)]
    assert kinds(client.ask("49", "1")) == ["49"] or msg_id == 71


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_however_wrong_are_more_than_the_end_of_one_client(noise: bytes) -> None:
    hub = new_hub()
    other, client = WireClient(hub, client_id=1), WireClient(hub, client_id=2)
    client.session.receive(noise)
    client.session.receive(noise)
    assert kinds(other.ask("49", "1")) == ["49"]


# --- Every request ------------------------------------------------------------------------------


def test_every_request_of_the_protocol_has_an_answer() -> None:
    assert set(ANSWERS) | {START_API} == set(REQUESTS) | {PLACE_ORDER}


def test_an_unknown_request_is_ignored_and_logged(
    client: WireClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert client.ask("9999", "1") == []
    assert "9999" in caplog.text
    assert not client.closed


def test_a_broken_field_is_320_under_the_requests_own_id(client: WireClient) -> None:
    assert errors(client.ask("9", "8", "44", "x", *[""] * 15)) == [("44", "320")]
    assert errors(client.ask("1", "11", "45")) == [("45", "320")]
    assert errors(client.ask("3", "46", "junk")) == [("46", "320")]
    assert not client.closed


def test_a_fault_of_our_own_is_an_error_and_not_the_end(client: WireClient) -> None:
    def broken(_text: str) -> list[object]:
        raise RuntimeError("lost its head")

    market_of(client).matching = broken  # type: ignore[method-assign, assignment]
    assert errors(client.ask("81", "5", "AAPL")) == [("-1", "322")]
    assert kinds(client.ask("49", "1")) == ["49"]


# --- Reference data -----------------------------------------------------------------------------


def test_contract_details_are_followed_by_their_end(client: WireClient) -> None:
    heard = client.ask("9", "8", "7", *CONTRACT_FIELDS, "0", "", "", "")
    assert kinds(heard) == ["10", "52"]
    assert heard[0][2:4] == ["AAPL", "STK"]


def test_a_contract_is_shown_at_the_exchange_that_was_asked_for(client: WireClient) -> None:
    at_nasdaq = (*CONTRACT_FIELDS[:7], "NASDAQ", *CONTRACT_FIELDS[8:])
    assert client.ask("9", "8", "7", *at_nasdaq, "0", "", "", "")[0][7] == "NASDAQ"


def test_an_unknown_contract_is_200(client: WireClient) -> None:
    assert errors(client.ask("9", "8", "7", *UNKNOWN_FIELDS, "0", "", "", "")) == [("7", "200")]
    assert errors(client.ask("1", "11", "8", *UNKNOWN_FIELDS, "0", "", "0", "0", "")) == [("8", "200")]


def test_a_security_id_chooses_among_contracts(client: WireClient) -> None:
    assert kinds(client.ask("9", "8", "7", *CONTRACT_FIELDS, "0", "ISIN", "US0378331005", "")) == ["10", "52"]
    assert errors(client.ask("9", "8", "7", *CONTRACT_FIELDS, "0", "ISIN", "US0000000000", "")) == [
        ("7", "200")
    ]


def test_a_security_id_names_its_contract_by_itself(client: WireClient) -> None:
    nameless = ("0", *[""] * 6, "SMART", *[""] * 4)
    assert kinds(client.ask("9", "8", "7", *nameless, "0", "ISIN", "US0378331005", "")) == ["10", "52"]


def test_the_scanner_ranks_stocks_until_cancelled(client: WireClient) -> None:
    asked = ("STK", "STK.US.MAJOR", "MOST_ACTIVE", *[""] * 12, "0", "", "", "", "", "")
    (heard,) = client.ask("22", "6", "10", *asked)
    assert heard[:8] == ["20", "3", "6", "1", "0", "265598", "AAPL", "STK"]
    assert len(heard) == 4 + 16
    assert client.ask("23", "1", "6") == []
    assert errors(client.ask("23", "1", "6")) == [("6", "365")]
    assert errors(client.ask("22", "7", "10", "STK", "STK.US", "NO_SUCH_SCAN", *asked[3:])) == [("7", "162")]


def test_a_contract_without_its_exchange_is_321_for_data(client: WireClient) -> None:
    bare = (*CONTRACT_FIELDS[:7], "", *CONTRACT_FIELDS[8:])
    assert errors(client.ask("1", "11", "8", *bare, "0", "", "0", "0", "")) == [("8", "321")]


def test_chains_rules_and_samples_are_answered(client: WireClient) -> None:
    assert client.ask("78", "4", "AAPL", "", "STK", "265598") == [
        ["75", "4", "SMART", "265598", "AAPL", "100", "1", "20270115", "3", "145", "147.5", "150"],
        ["76", "4"],
    ]
    assert client.ask("91", "26") == [["93", "26", "2", "0", "0.0001", "1", "0.01"]]
    assert client.ask("81", "5", "aap") == [
        ["79", "5", "1", "265598", "AAPL", "STK", "NASDAQ", "USD", "1", "OPT", "APPLE INC", ""]
    ]


# --- Market data --------------------------------------------------------------------------------


def mkt_data(req_id: int, contract: tuple[str, ...] = CONTRACT_FIELDS, *rest: str) -> tuple[str, ...]:
    return ("1", "11", str(req_id), *contract, "0", *(rest or ("", "0", "0", "")))


def test_a_line_begins_with_its_parameters_and_its_kind(client: WireClient) -> None:
    heard = client.ask(*mkt_data(9))
    assert kinds(heard)[:2] == ["81", "58"]
    assert heard[1][3] == "1"
    ticks = {(fields[0], fields[3]): fields[4] for fields in heard[2:]}
    assert ticks["1", "1"] == "149.99"
    assert ticks["1", "2"] == "150.01"
    assert ticks["1", "4"] == "150"
    assert ticks["2", "8"] == "12345"
    assert ticks["1", "9"] == "149.5"
    assert ticks["46", "45"] == "1795359600"
    assert ticks["45", "49"] == "0"


def test_a_price_tick_has_exactly_seven_fields(client: WireClient) -> None:
    assert {len(fields) for fields in client.ask(*mkt_data(9)) if fields[0] == "1"} == {7}


def test_only_what_changed_is_sent_again(client: WireClient) -> None:
    client.ask(*mkt_data(9))
    market_of(client).move(AAPL.contract.con_id, 0.02)
    heard = client.after(0.1)
    assert {(fields[0], fields[3]) for fields in heard} == {
        ("1", "1"), ("1", "2"), ("1", "4"), ("2", "5"), ("2", "8"), ("46", "45"),
    }  # fmt: skip
    assert client.after(0.1) == []


def test_a_cancelled_line_is_quiet(client: WireClient) -> None:
    client.ask(*mkt_data(9))
    assert client.ask("2", "2", "9") == []
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) == []
    assert errors(client.ask("2", "2", "9")) == [("9", "300")]


def test_the_tape_knows_what_is_watched_until_the_client_leaves(client: WireClient) -> None:
    con_id, watched = AAPL.contract.con_id, market_of(client).watched
    client.ask(*mkt_data(9))
    client.ask("10", "5", "3", *CONTRACT_FIELDS, "2", "0", "")
    assert watched[con_id] == 2
    client.ask("2", "2", "9")
    assert watched[con_id] == 1
    client.hub.leave(client.session)
    assert watched[con_id] == 0


def test_a_snapshot_ends_and_takes_no_line(client: WireClient) -> None:
    assert kinds(client.ask(*mkt_data(9, CONTRACT_FIELDS, "", "1", "0", "")))[-1] == "57"
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) == []


def test_the_hundred_and_first_line_is_101(client: WireClient) -> None:
    for req_id in range(100):
        assert errors(client.ask(*mkt_data(req_id))) == []
    assert errors(client.ask(*mkt_data(100))) == [("100", "101")]
    assert errors(client.ask(*mkt_data(5))) == [("5", "102")]


def test_without_a_subscription_live_data_is_354_and_delayed_data_has_ids_of_its_own() -> None:
    client = WireClient(new_hub(unsubscribed=frozenset({HIDDEN.contract.con_id})))
    assert errors(client.ask(*mkt_data(9, HIDDEN_FIELDS))) == [("9", "354")]
    client.ask("59", "1", "3")
    heard = client.ask(*mkt_data(9, HIDDEN_FIELDS))
    assert errors(heard) == [("9", "10167")]
    assert ["58", "1", "9", "3"] in heard
    assert {fields[3] for fields in heard if fields[0] == "1"} == {"66", "67", "68", "72", "73", "75", "76"}


def test_an_option_has_its_model_values_all_filled_in(client: WireClient) -> None:
    heard = client.ask(*mkt_data(9, OPTION_FIELDS))
    computed = [fields for fields in heard if fields[0] == "21"]
    assert [fields[2] for fields in computed] == ["10", "11", "12", "13"]
    assert all(len(fields) == 12 and "" not in fields for fields in computed)
    volatility, delta = float(computed[3][4]), float(computed[3][5])
    assert 0.1 < volatility < 1
    assert 0.4 < delta < 0.7


def test_generic_ticks_are_answered_and_wrong_ones_named(client: WireClient) -> None:
    heard = client.ask(*mkt_data(9, CONTRACT_FIELDS, "233,236,mdoff,292:BRFG", "0", "0", ""))
    assert {fields[3] for fields in heard if fields[0] in ("45", "46")} >= {"46", "48"}
    assert errors(client.ask(*mkt_data(10, CONTRACT_FIELDS, "233,7777", "0", "0", ""))) == [("10", "321")]


def test_depth_is_inserted_then_updated_then_gone(client: WireClient) -> None:
    heard = client.ask("10", "5", "3", *CONTRACT_FIELDS, "2", "0", "")
    assert [fields[:6] for fields in heard] == [
        ["12", "1", "3", "0", "0", "1"], ["12", "1", "3", "1", "0", "1"],
        ["12", "1", "3", "0", "0", "0"], ["12", "1", "3", "1", "0", "0"],
    ]  # fmt: skip
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert {fields[4] for fields in client.after(0.1)} == {"1"}
    client.ask("11", "1", "3", "0")
    market_of(client).move(AAPL.contract.con_id, 0.05)
    assert client.after(0.1) == []


def test_a_fourth_book_is_309(client: WireClient) -> None:
    asked = [client.ask("10", "5", str(req_id), *CONTRACT_FIELDS, "5", "0", "") for req_id in range(4)]
    assert errors(asked[3]) == [("3", "309")]


@pytest.mark.parametrize(
    ("name", "kind", "length"),
    [("Last", "1", 9), ("AllLast", "2", 9), ("BidAsk", "3", 9), ("MidPoint", "4", 5)],
)
def test_tick_by_tick_begins_at_once_and_follows_the_tape(
    client: WireClient, name: str, kind: str, length: int
) -> None:
    heard = client.ask("97", "4", *CONTRACT_FIELDS, name, "0", "0")
    assert [(fields[0], fields[2], len(fields)) for fields in heard] == [("99", kind, length)]
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert len(client.after(0.1)) == 1


# --- Bars ---------------------------------------------------------------------------------------


def history(
    req_id: int, size: str = "1 min", *, end: str = "", fmt: str = "1", keep: str = "0", what: str = "TRADES"
) -> tuple[str, ...]:
    return ("20", str(req_id), *CONTRACT_FIELDS, "0", end, size, "1 D", "1", what, fmt, keep, "")


def test_history_is_dated_in_the_exchanges_zone_or_in_seconds(client: WireClient) -> None:
    words = client.ask(*history(1))[0]
    assert words[4] == "3"
    assert words[5] == "20261122 09:57:00 US/Eastern"
    assert words[6:13] == ["150.0", "151.0", "149.0", "150.5", "1000", "150.25", "10"]
    assert client.ask(*history(2, fmt="2"))[0][5] == "1795359420"
    assert client.ask(*history(3, "1 day"))[0][5] == "20261119"


def test_the_end_of_history_is_understood_with_its_zone(client: WireClient) -> None:
    heard = client.ask(*history(1, end="20261120 16:00:00 US/Eastern"))
    assert heard[0][2:4] == ["20261119 16:00:00 US/Eastern", "20261120 16:00:00 US/Eastern"]
    assert errors(client.ask(*history(2, end="yesterday"))) == [("2", "10314")]


def test_what_the_data_service_refuses_is_162(client: WireClient) -> None:
    assert errors(client.ask(*history(1, "7 mins"))) == [("1", "162")]
    heard = client.ask(*history(2, what="NOTHING"))
    assert errors(heard) == [("2", "162")]
    assert (
        heard[0][4]
        == "Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART Nothing"
    )


def test_bars_kept_up_to_date_grow_until_cancelled() -> None:
    client = WireClient(new_hub(cadence=Cadence(growing_bar_s=1.0)))
    market = market_of(client)
    assert kinds(client.ask(*history(1, keep="1"))) == ["17"]
    plain = market.history

    def grown(*args: object) -> list[object]:
        bars = plain(*args)  # type: ignore[arg-type]
        return [*bars[:-1], type(bars[-1])(bars[-1].start, 150, 152, 149, 151.5, 1100, 150.5, 11)]

    market.history = grown  # type: ignore[method-assign, assignment]
    heard = client.after(1.0)
    # The fields of an update have an order of their own: open, close, high, low.
    assert [fields[2:] for fields in heard] == [
        ["11", "20261122 09:59:00 US/Eastern", "150.0", "151.5", "152.0", "149.0", "150.5", "1100"]
    ]
    assert client.after(1.0) == []
    client.ask("25", "1", "1")
    assert errors(client.ask("25", "1", "1")) == [("1", "366")]


def test_the_fifty_first_series_of_growing_bars_is_162(client: WireClient) -> None:
    for req_id in range(50):
        assert errors(client.ask(*history(req_id, keep="1"))) == []
    assert errors(client.ask(*history(99, keep="1"))) == [("99", "162")]
    client.ask("25", "1", "7")
    assert errors(client.ask(*history(99, keep="1"))) == []


def test_keeping_up_to_date_with_an_end_is_refused(client: WireClient) -> None:
    assert errors(client.ask(*history(1, end="20261120 16:00:00", keep="1"))) == [("1", "321")]


def test_the_head_of_history_is_a_time_or_seconds(client: WireClient) -> None:
    assert client.ask("87", "1", *CONTRACT_FIELDS, "0", "1", "TRADES", "1") == [
        ["88", "1", "19801212-14:30:00"]
    ]
    assert client.ask("87", "1", *CONTRACT_FIELDS, "0", "1", "TRADES", "2") == [["88", "1", "345479400"]]


@pytest.mark.parametrize(
    ("what", "kind", "width"), [("MIDPOINT", "96", 4), ("BID_ASK", "97", 6), ("TRADES", "98", 6)]
)
def test_historical_ticks_are_counted_and_done(client: WireClient, what: str, kind: str, width: int) -> None:
    (heard,) = client.ask("96", "1", *CONTRACT_FIELDS, "0", "", "20261122-15:00:00", "2", what, "0", "0", "")
    assert heard[0] == kind
    assert heard[2] == "2"
    assert len(heard) == 3 + 2 * width + 1


# --- Orders -------------------------------------------------------------------------------------


def test_a_fill_is_told_in_the_recorded_order(client: WireClient) -> None:
    heard = client.place(1)
    assert kinds(heard) == ["5", "3", "11", "5", "3", "5", "3", "59"]
    assert heard[2][1] == "-1"
    assert heard[-1][6] == "1.7976931348623157E308"


def test_another_client_hears_nothing_of_it_but_may_ask(client: WireClient) -> None:
    other = WireClient(client.hub, client_id=2)
    before = len(other.heard)
    client.place(1)
    client.place(2, "LMT", "10.0")
    assert len(other.heard) == before
    assert kinds(other.ask("5", "1")) == ["53"]
    assert kinds(other.ask("16", "1")) == ["5", "3", "53"]
    assert kinds(other.ask("7", "3", "8", "0", "", "", "", "", "", "")) == ["11", "59", "55"]
    assert kinds(other.ask("99", "0")) == ["101", "102"]


@pytest.mark.parametrize(
    ("where", "fills"),
    [
        ({}, 1), ({"symbol": "AAPL"}, 1), ({"symbol": "MSFT"}, 0), ({"side": "BUY"}, 1), ({"side": "SELL"}, 0),
        ({"clientId": "1"}, 1), ({"clientId": "7"}, 0), ({"time": "20261122-14:00:00"}, 1),
        ({"time": "20261122 10:30:00"}, 0), ({"secType": "OPT"}, 0), ({"account": "DU1234567"}, 1),
    ],
)  # fmt: skip
def test_executions_are_filtered(client: WireClient, where: dict[str, str], fills: int) -> None:
    client.place(1)
    names = ("clientId", "account", "time", "symbol", "secType", "exchange", "side")
    heard = client.ask("7", "3", "8", *(where.get(name, "") for name in names))
    assert kinds(heard).count("11") == fills
    assert kinds(heard)[-1] == "55"


def test_a_resting_order_is_shown_and_cancelled(client: WireClient) -> None:
    assert [fields[2] for fields in client.place(1, "LMT", "10.0") if fields[0] == "3"] == [
        "PreSubmitted",
        "Submitted",
    ]
    assert kinds(client.ask("5", "1")) == ["5", "3", "53"]
    heard = client.ask("4", "1", "1", "")
    assert kinds(heard) == ["3", "3", "4"]
    assert errors(heard) == [("1", "202")]
    assert errors(client.ask("4", "1", "99", "")) == [("99", "10147")]


def test_empty_fields_after_an_order_s_end_are_no_harm(client: WireClient) -> None:
    assert kinds(client.ask(*place_order(1, 178), "", "", ""))[0] == "5"
    assert errors(client.ask(*place_order(2, 178), "", "7")) == [("2", "320")]


def test_a_refusal_has_its_reject_text(client: WireClient) -> None:
    assert client.place(1, "MKT", "", "2000000") == [
        ["4", "2", "1", "201", "Order rejected - reason:Too big", "{}"]
    ]


def test_a_what_if_is_answered_and_places_nothing(client: WireClient) -> None:
    (heard,) = client.place(1, what_if=True)
    assert heard[0] == "5"
    assert "3750.5" in heard
    assert kinds(client.ask("5", "1")) == ["53"]


def test_everything_is_cancelled_at_once(client: WireClient) -> None:
    client.place(1, "LMT", "10.0")
    client.place(2, "LMT", "11.0")
    assert errors(client.ask("58", "1")) == [("1", "202"), ("2", "202")]


def test_the_next_id_follows_the_last_order(client: WireClient) -> None:
    client.place(41)
    assert client.ask("8", "1", "1") == [["9", "1", "42"]]


# --- Account ------------------------------------------------------------------------------------


def test_account_updates_are_downloaded_then_pushed_on_change(client: WireClient) -> None:
    heard = client.ask("6", "2", "1", "")
    assert kinds(heard) == ["6", "6", "8", "54"]
    assert heard[2] == ["8", "1", "10:00"]
    client.place(1)
    pushed = client.after(0.05)
    assert kinds(pushed) == ["7", "8"]
    assert len(pushed[0]) == 20
    assert "" not in pushed[0][14:]
    client.ask("6", "2", "0", "")
    client.place(2)
    assert client.after(5) == []


def test_positions_are_told_then_pushed_even_when_they_are_gone(client: WireClient) -> None:
    assert kinds(client.ask("61", "1")) == ["62"]
    client.place(1)
    (held,) = client.after(0.05)
    assert (held[0], held[10], held[14:]) == ("61", "NASDAQ", ["100", "150.01"])
    market_of(client).held.clear()
    (gone,) = client.after(5)
    assert gone[14:] == ["0", "0"]


def test_a_third_account_summary_is_322(client: WireClient) -> None:
    for req_id in (1, 2):
        assert kinds(client.ask("62", "1", str(req_id), "All", "NetLiquidation,$LEDGER")) == [
            "63",
            "63",
            "64",
        ]
    assert errors(client.ask("62", "1", "3", "All", "NetLiquidation")) == [("3", "322")]
    client.ask("63", "1", "1")
    assert kinds(client.ask("62", "1", "3", "All", "NetLiquidation")) == ["63", "64"]


def test_profit_and_loss_comes_every_second_until_cancelled(client: WireClient) -> None:
    client.place(1)
    assert client.ask("92", "5", "DU1234567", "") == [["94", "5", "12.5", "-3.25", "0"]]
    assert client.ask("94", "6", "DU1234567", "", "265598") == [["95", "6", "100", "1.5", "-1", "0", "15000"]]
    assert kinds(client.after(1.0)) == ["94", "95"]
    client.ask("93", "5")
    assert kinds(client.after(1.0)) == ["95"]
    assert errors(client.ask("93", "5")) == [("5", "10185")]


def test_an_account_that_is_not_ours_is_321(client: WireClient) -> None:
    assert errors(client.ask("92", "5", "U999", "")) == [("5", "321")]
    assert errors(client.ask("76", "1", "6", "U999", "", "0")) == [("6", "321")]


# --- Faults -------------------------------------------------------------------------------------


def test_a_muted_request_gets_no_answer(client: WireClient) -> None:
    client.hub.faults.mute(49)
    assert client.ask("49", "1") == []
    client.hub.faults.unmute(49)
    assert kinds(client.ask("49", "1")) == ["49"]


def test_a_dropped_message_is_lost_as_often_as_was_said(client: WireClient) -> None:
    client.hub.faults.drop(49)
    assert client.ask("49", "1") == []
    assert kinds(client.ask("49", "1")) == ["49"]


def test_1101_ends_the_data_that_it_says_is_lost(client: WireClient) -> None:
    client.ask(*mkt_data(9))
    client.hub.broadcast(1101)
    assert errors(client.heard)[-1] == ("-1", "1101")
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) == []


def test_1102_keeps_the_data(client: WireClient) -> None:
    client.ask(*mkt_data(9))
    client.hub.broadcast(1102)
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) != []


# --- Notices ------------------------------------------------------------------------------------


def test_two_fills_of_one_moment_are_each_charged_after_their_own_status(client: WireClient) -> None:
    market = market_of(client)
    client.place(1)
    client.place(2)
    first, second = market.fills
    before = len(client.heard)
    position = Position("DU1234567", AAPL.contract, 1, 1, 1, 1, 1, 1, 1)
    client.hub.perform(
        [
            Executed(first),
            OrderChanged(first.order),
            Executed(second),
            OrderChanged(second.order),
            PositionChanged(position),
        ]
    )
    assert kinds(client.heard[before:]) == ["11", "5", "3", "59", "11", "5", "3", "59"]
