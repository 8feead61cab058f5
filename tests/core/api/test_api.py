"""The public door, end to end: real sockets, the real simulated gateway as a process of its own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.api import IBKRConnector, Refused, Simulator, start_simulator, stop_simulator
from core.api.session import STATUS
from core.domain.order import OrderState
from core.errors import (
    AccountError,
    CircuitOpenError,
    IBKRConnectionError,
    IBKRError,
    MarketDataError,
    OrderDenied,
    OrderError,
    SettingsError,
)
from core.journal import Journal, JournalError, default_path, entries, verify

STATUS_KEYS = [
    "state",
    "socket",
    "broker",
    "synchronised",
    "account",
    "host",
    "port",
    "client_id",
    "server_version",
    "latency_ms",
    "last_heard_s",
    "attempt",
    "breaker",
    "last_error",
]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Simulator]:
    running = asyncio.run(start_simulator(seed=7))
    yield running
    stop_simulator(running.process)


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees another's journal, or the settings of whoever runs it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in (
        "IBKR_HOST",
        "IBKR_PORT",
        "IBKR_CLIENT_ID",
        "IBKR_ACCOUNT_ID",
        "MAX_ORDER_SIZE",
        "MAX_PORTFOLIO_RISK",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
async def _nothing_left() -> AsyncIterator[None]:
    yield
    if IBKRConnector._only is not None:
        await IBKRConnector._only.disconnect()
        IBKRConnector._only = None


@pytest.fixture
async def connector(gateway: Simulator, monkeypatch: pytest.MonkeyPatch) -> IBKRConnector:
    monkeypatch.setenv("IBKR_PORT", str(gateway.port))
    connector = IBKRConnector()
    await connector.connect()
    return connector


def aapl(action: str = "BUY", quantity: Any = 10, order_type: str = "MKT", **rest: Any) -> dict[str, Any]:
    return {"symbol": "AAPL", "action": action, "quantity": quantity, "order_type": order_type, **rest}


async def until_status(connector: IBKRConnector, order_id: int, wanted: str) -> Any:
    async with asyncio.timeout(20):
        while (found := connector.get_order_status(order_id)).status != wanted:
            await asyncio.sleep(0.02)
    return found


# --- a script of the guide ---------------------------------------------------------------------------


async def test_a_script_without_any_settings_trades_on_a_simulator_of_its_own() -> None:
    connector = IBKRConnector()
    assert connector.get_connection_status().state == "down"
    await connector.connect()
    status = connector.get_connection_status()
    assert list(status.keys()) == STATUS_KEYS
    assert (status["state"], status.socket, status.broker, status.synchronised) == ("ready", "up", "up", True)
    assert (status.host, status.client_id, status.server_version) == ("127.0.0.1", 1, 178)
    assert (status.attempt, status.breaker, status.last_error) == (0, "closed", "")
    assert status.last_heard_s is not None
    bars = await connector.get_market_data("AAPL", bar_size="1 min", duration="1 D")
    order = connector.place_order(aapl(order_type="LMT", limit_price=bars["close"] * 1.01 // 0.01 / 100))
    assert (await until_status(connector, order["order_id"], "filled"))["filled_quantity"] == 10
    await connector.disconnect()
    assert connector.get_connection_status()["state"] == "down"


async def test_the_simulator_of_its_own_ends_with_the_connection() -> None:
    connector = IBKRConnector()
    port = (await connector.connect()).port
    await connector.disconnect()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


async def test_bars_come_oldest_first_and_answer_for_the_latest(connector: IBKRConnector) -> None:
    bars = await connector.get_market_data("AAPL", bar_size="1 min", duration="1 D")
    assert isinstance(bars, Sequence)
    assert len(bars) > 300
    starts = [bar.timestamp for bar in bars]
    assert starts == sorted(set(starts))
    assert starts[-1].tzinfo is not None
    assert datetime.now(UTC) - starts[-1] < timedelta(minutes=3)
    assert list(bars.keys()) == ["symbol", "timestamp", "open", "high", "low", "close", "volume"]
    for key in bars.keys():  # noqa: SIM118
        assert bars[key] == getattr(bars, key) == bars[-1][key] == getattr(bars[-1], key)
    assert bars["symbol"] == "AAPL"
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert bars[:2] == (bars[0], bars[1])
    assert "close" in bars
    assert bars[0] in bars


@pytest.mark.parametrize(
    ("symbol", "more", "label"),
    [
        ("EUR.USD", {}, "EUR.USD"),
        ("USD", {"sec_type": "CASH", "currency": "JPY"}, "USD.JPY"),
        ("", {"con_id": 756733}, "SPY"),
    ],
)
async def test_market_data_of_other_contracts(
    connector: IBKRConnector, symbol: str, more: dict[str, Any], label: str
) -> None:
    bars = await connector.get_market_data(symbol, bar_size="5 mins", duration="1 D", **more)
    assert bars.symbol == label


async def test_account_and_positions_answer_the_guides_keys(connector: IBKRConnector) -> None:
    account = connector.get_account_summary()
    assert account.keys() == ("cash", "total_value", "buying_power", "maintenance_margin")
    assert all(isinstance(account[key], float) for key in account.keys())  # noqa: SIM118
    positions = connector.get_positions()
    assert len(positions) >= 5
    for position in positions:
        assert position.keys() == ("symbol", "quantity", "avg_cost", "current_price", "unrealized_pnl")
        assert all(position[key] is not None for key in position.keys())  # noqa: SIM118
    assert "symbol" in positions[0]
    assert dict(positions[0])["symbol"] == positions[0].symbol
    with pytest.raises(KeyError):
        account["equity"]


async def test_a_market_order_fills_and_is_told_in_the_guides_words(connector: IBKRConnector) -> None:
    before = {one.symbol: one.quantity for one in connector.get_positions()}["AAPL"]
    order = connector.place_order(aapl(quantity=7))
    assert order.keys() == ("order_id", "status", "timestamp")
    assert order["status"] in ("submitted", "filled")
    assert abs(datetime.now(UTC) - order.timestamp) < timedelta(minutes=1)
    status = await until_status(connector, order.order_id, "filled")
    assert status.keys() == ("order_id", "status", "filled_quantity", "avg_fill_price", "timestamp")
    assert status.filled_quantity == 7
    assert status.avg_fill_price > 0
    async with asyncio.timeout(10):
        while {one.symbol: one.quantity for one in connector.get_positions()}["AAPL"] != before + 7:
            await asyncio.sleep(0.05)


async def test_everything_may_be_awaited_or_not(connector: IBKRConnector) -> None:
    order = await connector.place_order(aapl("SELL", 3, "LMT", limit_price="300", tif="gtc"))
    assert (await connector.get_order_status(order.order_id)).status == "submitted"
    assert (await connector.get_connection_status()).state == "ready"
    assert (await connector.get_account_summary()).cash is not None
    assert len(await connector.get_positions()) > 0


async def test_the_journal_holds_the_intent_and_what_was_taken_on(connector: IBKRConnector) -> None:
    order = connector.place_order(aapl(quantity=120, order_type="limit", limit_price=100, side="BUY"))
    assert order.status == "submitted"
    assert "Limit price 100.00 is" in order.detail
    await connector.disconnect()
    (intent,) = entries(default_path(), "intent")
    assert (intent.values["order_id"], intent.values["client_id"]) == (str(order.order_id), "1")
    assert intent.values["acknowledged"] == "PriceCollar"
    assert verify(default_path()).is_whole


async def test_order_ids_go_on_after_a_new_start(connector: IBKRConnector) -> None:
    first = connector.place_order(aapl(quantity=1)).order_id
    await connector.disconnect()
    await connector.connect()
    assert connector.place_order(aapl(quantity=2)).order_id > first


# --- what is refused ---------------------------------------------------------------------------------


async def test_a_denial_says_rule_measured_and_limit_and_nothing_is_sent(
    gateway: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_ORDER_SIZE", "50")
    connector = IBKRConnector(port=gateway.port)
    await connector.connect()
    with pytest.raises(OrderDenied) as caught:
        connector.place_order(aapl(quantity=51))
    assert "[MaxOrderQuantity: measured 51, limit 50]" in str(caught.value)
    assert isinstance(caught.value, Refused)
    assert caught.value.objections[0].rule == "MaxOrderQuantity"
    assert connector.place_order(aapl(quantity=50)).status in ("submitted", "filled")
    await connector.disconnect()
    assert len(entries(default_path(), "intent")) == 1


async def test_a_read_only_desk_looks_and_never_trades(gateway: Simulator, tmp_path: Path) -> None:
    (tmp_path / "config" / "ibdesk").mkdir(parents=True)
    (tmp_path / "config" / "ibdesk" / "ibkr_config.ini").write_text("[connection]\nread_only = yes\n")
    connector = IBKRConnector(port=gateway.port)
    assert (await connector.connect()).state == "read-only"
    assert connector.get_account_summary().total_value is not None
    with pytest.raises(OrderDenied, match=r"read-only switch is on in the settings\. \[ReadOnly"):
        connector.place_order(aapl())


async def test_a_double_click_is_denied(connector: IBKRConnector) -> None:
    connector.place_order(aapl(quantity=4))
    with pytest.raises(OrderDenied, match=r"same order was sent .* \[DuplicateOrder"):
        connector.place_order(aapl(quantity=4))


async def test_soft_objections_deny_who_does_not_take_them_on(connector: IBKRConnector) -> None:
    order = aapl(quantity=5, order_type="LMT", limit_price=100)
    with pytest.raises(OrderDenied, match="Is it meant"):
        connector.place_order(order, acknowledge=())
    with pytest.raises(OrderDenied, match="PriceCollar"):
        connector.place_order(order, acknowledge=["MaxOrderNotional"])
    assert connector.place_order(order, acknowledge=["PriceCollar"]).status == "submitted"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": -5}, "'quantity' is -5, it must be a number above 0"),
        ({"quantity": 0}, "'quantity' is 0, it must be a number above 0"),
        ({"quantity": 1e309}, "'quantity' is inf, it must be a number above 0"),
        ({"quantity": float("nan")}, "'quantity' is nan"),
        ({"quantity": ""}, "'quantity' is '', it must be"),
        ({"quantity": "ten"}, "'quantity' is 'ten', it must be"),
        ({"quantity": True}, "'quantity' is True, it must be"),
        ({"quantity": None}, "'quantity' is None, it must be"),
        ({"action": "HOLD"}, "'action' is 'HOLD', it must be one of BUY, SELL"),
        ({"action": "BUY", "side": "SELL"}, "contradict"),
        ({"order_type": "MTK"}, "'order_type' is 'MTK', it must be one of MKT"),
        ({"tif": "FOREVER"}, "'tif' is 'FOREVER', it must be one of DAY, GTC"),
        ({"outside_rth": "yes"}, "'outside_rth' is 'yes', it must be True or False"),
        ({"symbol": ""}, "a symbol or a con_id"),
        ({"symbol": "A;DROP"}, "'symbol' is 'A;DROP', it must be a symbol such as AAPL"),
        ({"con_id": -1}, "'con_id' is -1, it must be a whole number from 1"),
        ({"limit_price": "cheap"}, "'limit_price' is 'cheap', it must be a number"),
        ({"limitprice": 1}, "'limitprice' is no key (did you mean 'limit_price'?)"),
        ({"sec_type": "STOCK"}, "'sec_type' is 'STOCK', it must be one of STK"),
        ({"symbol": "NOSUCH"}, "There is no contract NOSUCH STK SMART USD"),
        (
            {"symbol": "SPX", "sec_type": "IND", "order_type": "LMT", "limit_price": 5000},
            "An index cannot be traded",
        ),
        ({"order_type": "LMT"}, "A limit order needs a limit price."),
        ({"limit_price": 280}, "A market order takes no limit price."),
        ({"quantity": 1.5}, "is not a multiple of 1. Use 1 or 2."),
        ({"order_type": "LMT", "limit_price": "280.005"}, "The nearest are 280.00 and 280.01."),
        ({"order_type": "LMT", "limit_price": 900}, "PriceCollar"),
        ({"account": "DU7654321"}, "Account DU7654321 is not managed by this gateway."),
        ({"outside_rth": True}, "regular hours only"),
    ],
)
async def test_nonsense_is_refused_in_words(
    connector: IBKRConnector, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(OrderDenied) as caught:
        connector.place_order({**aapl(), **change})
    assert words in str(caught.value)
    await connector.disconnect()
    assert entries(default_path(), "intent") == []


async def test_several_wrong_keys_are_all_told(connector: IBKRConnector) -> None:
    with pytest.raises(
        OrderDenied, match=r"'action' is missing; .*'quantity' is missing; 'order_type' is missing; 'x'"
    ):
        connector.place_order({"symbol": "AAPL", "x": 1})
    with pytest.raises(OrderDenied, match="a mapping"):
        connector.place_order("BUY")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"bar_size": "1 minute"}, "bar_size is '1 minute'; allowed is one of 1 secs"),
        ({"duration": "forever"}, "duration is 'forever'; allowed is a number and"),
        ({"duration": "-1 D"}, "duration is '-1 D'"),
        ({"symbol": "NOSUCH"}, "There is no contract NOSUCH"),
        ({"symbol": ""}, "a symbol or a con_id"),
        ({"exchnage": "X"}, "'exchnage' is no key (did you mean 'exchange'?)"),
    ],
)
async def test_nonsense_about_bars_is_refused_in_words(
    connector: IBKRConnector, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(MarketDataError) as caught:
        await connector.get_market_data(**{"symbol": "AAPL", **arguments})
    assert words in str(caught.value)


@pytest.mark.parametrize("order_id", [999_999, "nonsense", -1, True, "01F"])
async def test_an_unknown_order_is_an_error(connector: IBKRConnector, order_id: Any) -> None:
    with pytest.raises(OrderError, match="There is no order"):
        connector.get_order_status(order_id)


def test_every_state_of_an_order_has_one_of_the_guides_words() -> None:
    assert set(STATUS) == set(OrderState)
    assert set(STATUS.values()) == {"submitted", "filled", "cancelled", "rejected"}


# --- one connector -----------------------------------------------------------------------------------


def test_fifty_threads_racing_get_one_connector_and_one_connection(
    gateway: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IBKR_PORT", str(gateway.port))
    start, found, faults = threading.Barrier(50), [], []

    def race() -> None:
        start.wait()
        try:
            connector = IBKRConnector()
            asyncio.run(_connect(connector))
            found.append((id(connector), id(connector._engine), connector.get_connection_status().state))
            assert connector.get_account_summary().cash is not None
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    async def _connect(connector: IBKRConnector) -> None:
        await connector.connect()

    threads = [threading.Thread(target=race) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(set(found)) == 1
    assert found[0][2] == "ready"


async def test_orders_from_several_threads_each_get_their_own_id(connector: IBKRConnector) -> None:
    def place(quantity: int) -> int:
        return connector.place_order(aapl(quantity=quantity)).order_id

    ids = await asyncio.gather(*(asyncio.to_thread(place, quantity) for quantity in range(1, 6)))
    assert len(set(ids)) == 5


async def test_another_wish_is_refused_while_it_runs_and_granted_after(connector: IBKRConnector) -> None:
    assert IBKRConnector() is connector
    with pytest.raises(IBKRError, match="already serves"):
        IBKRConnector(client_id=9)
    await connector.disconnect()
    assert IBKRConnector(client_id=9) is connector
    assert connector.get_connection_status().client_id == 9


async def test_connecting_twice_is_connecting_once(connector: IBKRConnector) -> None:
    port = connector.get_connection_status().port
    assert (await connector.connect()).port == port
    await connector.disconnect()
    await connector.disconnect()


def test_nothing_answers_before_connect() -> None:
    connector = IBKRConnector()
    for call in (
        connector.get_account_summary,
        connector.get_positions,
        lambda: connector.place_order(aapl()),
        lambda: connector.get_order_status(1),
        lambda: asyncio.run(connector.get_market_data("AAPL")),
    ):
        with pytest.raises(IBKRConnectionError, match="Not connected"):
            call()


def test_wrong_settings_are_told_by_the_constructor() -> None:
    with pytest.raises(SettingsError, match="IBKR_PORT is '70000'"):
        IBKRConnector(port=70_000)
    with pytest.raises(SettingsError, match=r"IBKR_HOST is '10\.0\.0\.5'"):
        IBKRConnector(host="10.0.0.5", port=7497)
    assert IBKRConnector._only is None


# --- when the gateway is not well --------------------------------------------------------------------


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_nobody_there_is_told_with_advice_and_opens_the_breaker(free_port: int) -> None:
    connector = IBKRConnector(port=free_port)
    for _ in range(5):
        with pytest.raises(IBKRConnectionError) as caught:
            await connector.connect()
        assert f"Nothing is listening on 127.0.0.1:{free_port}." in str(caught.value)
        assert "Start TWS or IB Gateway" in str(caught.value)
        assert not isinstance(caught.value, CircuitOpenError)
    with pytest.raises(CircuitOpenError, match="tries again by itself in"):
        await connector.connect()
    assert connector.get_connection_status().breaker == "open"


@pytest.mark.parametrize(
    ("greeting", "words"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "is not a TWS or IB Gateway"), (b"", "says nothing")],
)
async def test_a_port_that_is_no_gateway_is_told(tmp_path: Path, greeting: bytes, words: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    (tmp_path / "config" / "ibdesk").mkdir(parents=True)
    (tmp_path / "config" / "ibdesk" / "ibkr_config.ini").write_text("[timing]\nconnect_deadline_s = 0.5\n")
    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        connector = IBKRConnector(port=server.sockets[0].getsockname()[1])
        with pytest.raises(IBKRConnectionError, match=words):
            await connector.connect()
        await connector.disconnect()


async def test_an_account_that_is_not_there_is_told_at_once(gateway: Simulator) -> None:
    connector = IBKRConnector(port=gateway.port, account="DU0000001")
    with pytest.raises(AccountError, match=r"DU0000001 is not managed by .* which offers DU1234567"):
        await connector.connect()
    assert connector.get_connection_status().state != "ready"


async def test_a_gateway_that_dies_is_seen_within_a_second_and_found_again() -> None:
    first = await start_simulator()
    connector = IBKRConnector(port=first.port)
    await connector.connect()
    first.process.kill()
    stop_simulator(first.process)
    async with asyncio.timeout(1):
        while connector.get_connection_status().state == "ready":
            await asyncio.sleep(0.02)
    with pytest.raises(IBKRConnectionError, match=f"127.0.0.1:{first.port}"):
        connector.place_order(aapl())
    second = await start_simulator(port=first.port)
    async with asyncio.timeout(20):
        while connector.get_connection_status().state != "ready":
            await asyncio.sleep(0.02)
    assert connector.place_order(aapl()).status in ("submitted", "filled")
    await connector.disconnect()
    stop_simulator(second.process)


async def test_a_journal_in_use_stops_the_connection_with_words(gateway: Simulator) -> None:
    journal = Journal(default_path())
    connector = IBKRConnector(port=gateway.port)
    with pytest.raises(JournalError, match="Another running IBDesk"):
        await connector.connect()
    journal.close()
    assert (await connector.connect()).state == "ready"


async def test_two_simulators_keep_their_journals_apart() -> None:
    with_default = Journal(default_path())
    connector = IBKRConnector()
    await connector.connect()
    assert default_path().with_name("journal-1-2.sqlite").exists()
    await connector.disconnect()
    with_default.close()


async def test_a_simulator_that_does_not_start_says_why() -> None:
    with pytest.raises(IBKRConnectionError, match="did not start"):
        await start_simulator(scenario="no such course of events")


async def test_the_simulator_ends_when_its_owner_does() -> None:
    running = await start_simulator()
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert await asyncio.to_thread(running.process.wait, 20) == 0
    stop_simulator(running.process)


def test_a_script_that_just_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import asyncio\nfrom core.api import IBKRConnector\n"
        "connector = IBKRConnector()\n"
        "print(asyncio.run(connector.connect()).port)\n"
        "print(connector.place_order({'symbol': 'AAPL', 'action': 'BUY', 'quantity': 1, 'order_type': 'MKT'}).status)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    port, status = ended.stdout.split()
    assert ended.stderr == ""
    assert status in ("submitted", "filled")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0
    assert verify(default_path()).is_whole
