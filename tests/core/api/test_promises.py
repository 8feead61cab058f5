"""The public door under failure: every error it promises is raised over a real socket, and nothing stale is silent."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import errors
from core.api import IBKRConnector, PlacedOrder
from core.api.data_only import REFUSAL, DataOnlyGateway
from core.api.pool import POOL, Pool, Target
from core.domain.contract import Contract
from core.domain.events import Event, MessageReported, OrderNotSent, PreviewReported
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.preview import Preview
from core.domain.requests import CancelOrder, GlobalCancel, PlaceOrder, PreviewOrder
from core.domain.verdict import Approved
from core.errors import (
    AccountError,
    CircuitOpenError,
    IBKRConnectionError,
    IBKRError,
    MarketDataError,
    NotSubscribedError,
    NotSynchronisedError,
    OrderDenied,
    OrderInDoubt,
    OrderRejected,
    PacingError,
    SettingsError,
    StaleDataError,
)
from core.tws.codes import NOT_CONNECTED
from tests.core.api.middleman import Middleman

pytestmark = pytest.mark.usefixtures("own_folders", "nothing_left")

PLACE_ORDER, HISTORY, EXECUTIONS, CONTRACT_DETAILS = "3", "20", "7", "9"
ORDER = {"symbol": "AAPL", "action": "BUY", "quantity": 3, "order_type": "MKT"}


def error(number: str, code: int, text: str) -> list[tuple[object, ...]]:
    return [(4, 2, number, code, text, "")]


async def connected(middleman: Middleman, **wishes: Any) -> IBKRConnector:
    connector = IBKRConnector(port=middleman.port, **wishes)
    await connector.connect()
    return connector


async def place(connector: IBKRConnector, order: dict[str, Any]) -> PlacedOrder:
    """In a thread of its own: the call blocks, and the middleman lives on this loop."""
    return await asyncio.to_thread(connector.place_order, order)


async def until_down(connector: IBKRConnector) -> None:
    async with asyncio.timeout(20):
        while connector.get_connection_status().state in ("ready", "read-only"):
            await asyncio.sleep(0.01)


# --- one test for each error -------------------------------------------------------------------------


async def test_connection_error_and_circuit_open_error(middleman: Middleman) -> None:
    await middleman.stop()
    connector = IBKRConnector(port=middleman.port)
    for _ in range(5):
        with pytest.raises(IBKRConnectionError, match="Nothing is listening") as caught:
            await connector.connect()
        assert not isinstance(caught.value, CircuitOpenError)
    with pytest.raises(CircuitOpenError, match="attempts failed in a row") as caught:
        await connector.connect()
    assert caught.value.advice
    assert caught.value.retry_is_safe


async def test_not_synchronised_error(middleman: Middleman, own_folders: Path) -> None:
    (own_folders / "ibkr_config.ini").write_text(
        "[timing]\nrequest_deadline_s = 0.3\nconnect_deadline_s = 1\n"
    )
    middleman.answers[EXECUTIONS] = lambda _: []
    connector = IBKRConnector(port=middleman.port)
    with pytest.raises(NotSynchronisedError, match="executions"):
        await connector.connect()
    with pytest.raises(NotSynchronisedError):
        await place(connector, ORDER)


async def test_account_error(middleman: Middleman) -> None:
    with pytest.raises(AccountError, match="DU0000009 is not managed by"):
        await connected(middleman, account="DU0000009")


async def test_market_data_error(middleman: Middleman) -> None:
    connector = await connected(middleman)
    with pytest.raises(MarketDataError, match="There is no contract NOSUCH"):
        await connector.get_market_data("NOSUCH")
    middleman.answers[HISTORY] = lambda asked: error(asked[1], 162, "HMDS query returned no data")
    with pytest.raises(MarketDataError) as caught:
        await connector.get_market_data("AAPL")
    assert (type(caught.value), caught.value.code) == (MarketDataError, 162)


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        (PacingError, 162, "Historical Market Data Service error message:Pacing violation"),
        (
            NotSubscribedError,
            162,
            "Historical Market Data Service error message:No market data permissions for X",
        ),
        (NotSubscribedError, 354, "Requested market data is not subscribed."),
        (NotSubscribedError, 10187, "Failed to request historical ticks: no permissions"),
    ],
)
async def test_pacing_and_subscription_errors(
    middleman: Middleman, kind: type[IBKRError], code: int, text: str
) -> None:
    connector = await connected(middleman)
    middleman.answers[HISTORY] = lambda asked: error(asked[1], code, text)
    with pytest.raises(kind) as caught:
        await connector.get_market_data("AAPL")
    assert caught.value.code == code
    assert caught.value.advice


async def test_order_denied(middleman: Middleman) -> None:
    connector = await connected(middleman)
    with pytest.raises(OrderDenied, match="MaxOrderQuantity"):
        await place(connector, {**ORDER, "quantity": 1_000_000})
    assert PLACE_ORDER not in middleman.requests_of(1)


async def test_order_rejected(middleman: Middleman) -> None:
    connector = await connected(middleman)
    middleman.answers[PLACE_ORDER] = lambda asked: error(asked[1], 201, "Order rejected - reason:no margin")
    with pytest.raises(OrderRejected, match="no margin") as caught:
        await place(connector, ORDER)
    assert caught.value.code == 201
    assert caught.value.order_id is not None
    assert not caught.value.retry_is_safe
    assert connector.get_order_status(caught.value.order_id).status == "rejected"


async def test_order_in_doubt_is_raised_with_its_id_and_never_sent_twice(middleman: Middleman) -> None:
    connector = await connected(middleman)
    middleman.answers[PLACE_ORDER] = lambda _: []
    with pytest.raises(OrderInDoubt, match="Do not send it again") as caught:
        await place(connector, ORDER)
    assert not caught.value.retry_is_safe
    assert caught.value.order_id is not None
    assert "In doubt" in connector.get_order_status(caught.value.order_id).detail
    assert middleman.requests_of(1).count(PLACE_ORDER) == 1


async def test_settings_error(own_folders: Path) -> None:
    (own_folders / "ib_codes.yaml").write_text("201:\n  class: warning\n")
    with pytest.raises(SettingsError, match=r"ib_codes\.yaml: 201\.class"):
        IBKRConnector()


def test_every_public_error_has_its_test_here() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, IBKRError)}
    told = Path(__file__).read_text().split("pytestmark", 1)[1]
    assert {kind.__name__ for kind in kinds if f"({kind.__name__}" not in told} == {"OrderError", "IBKRError"}


async def test_a_second_order_in_a_contract_asks_for_nothing_before_it_goes(middleman: Middleman) -> None:
    connector = await connected(middleman)
    await place(connector, ORDER)
    asked = len(middleman.asked)
    await place(connector, {**ORDER, "quantity": 4})
    since = [fields[0] for _, fields in middleman.asked[asked:]]
    assert PLACE_ORDER in since
    assert CONTRACT_DETAILS not in since


# --- stale data --------------------------------------------------------------------------------------


async def test_what_was_told_is_answered_while_the_gateway_is_away_and_marked(middleman: Middleman) -> None:
    connector = await connected(middleman)
    fresh = await connector.get_market_data("AAPL", bar_size="5 mins", duration="1 D")
    assert (fresh.stale, fresh.as_of, fresh.age_s, fresh.why) == (False, None, None, "")
    before = datetime.now(UTC)
    await middleman.stop()
    await until_down(connector)
    kept = await connector.get_market_data("AAPL", bar_size="5 mins", duration="1 D")
    assert kept.bars == fresh.bars
    assert kept.stale
    assert kept["stale"] is True
    assert kept.as_of is not None
    assert abs((kept.as_of - before).total_seconds()) < 60
    assert kept.age_s is not None
    assert kept.age_s >= 0
    assert f"of {kept.as_of:%Y-%m-%d %H:%M}" in kept.why


async def test_strict_raises_stale_data_error_instead(middleman: Middleman) -> None:
    connector = await connected(middleman)
    await connector.get_market_data("AAPL")
    await middleman.stop()
    await until_down(connector)
    with pytest.raises(StaleDataError, match="These bars of AAPL are of"):
        await connector.get_market_data("AAPL", strict=True)


async def test_what_was_never_told_is_a_connection_error_still(middleman: Middleman) -> None:
    connector = await connected(middleman)
    await connector.get_market_data("AAPL")
    await middleman.stop()
    await until_down(connector)
    for asked in (
        {"symbol": "MSFT"},
        {"symbol": "AAPL", "bar_size": "1 hour"},
        {"symbol": "AAPL", "rth_only": True},
    ):
        with pytest.raises(IBKRConnectionError):
            await connector.get_market_data(**asked)
    with pytest.raises(MarketDataError, match="bar_size is"):
        await connector.get_market_data("AAPL", bar_size="moon")


async def test_a_shorter_duration_takes_a_part_of_what_was_told(middleman: Middleman) -> None:
    connector = await connected(middleman)
    whole = await connector.get_market_data("AAPL", bar_size="1 min", duration="1 D")
    await middleman.stop()
    await until_down(connector)
    part = await connector.get_market_data("AAPL", bar_size="1 min", duration="3600 S")
    assert 0 < len(part) <= 60 < len(whole)
    assert part.latest == whole.latest


async def test_the_cache_outlives_the_process(middleman: Middleman) -> None:
    connector = await connected(middleman)
    fresh = await connector.get_market_data("AAPL", bar_size="5 mins", duration="1 D")
    await connector.disconnect()
    await connector.connect()
    await middleman.stop()
    await until_down(connector)
    assert (await connector.get_market_data("AAPL", bar_size="5 mins", duration="1 D")).bars == fresh.bars


# --- one connection ----------------------------------------------------------------------------------


async def test_fifty_threads_and_fifty_tasks_at_once_get_one_connection(middleman: Middleman) -> None:
    port, start = middleman.port, threading.Barrier(51)
    found: list[tuple[int, str]] = []

    def from_a_thread() -> None:
        async def connect() -> None:
            connector = IBKRConnector(port=port)
            found.append((id(connector), (await connector.connect()).state))

        start.wait()
        asyncio.run(connect())

    async def from_a_task() -> None:
        connector = IBKRConnector(port=port)
        found.append((id(connector), (await connector.connect()).state))

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(51) as crowd:
        waiting = [loop.run_in_executor(crowd, from_a_thread) for _ in range(50)]
        await loop.run_in_executor(crowd, start.wait)
        await asyncio.gather(*(from_a_task() for _ in range(50)), *waiting)
    assert len(found) == 100
    assert set(found) == {(id(IBKRConnector()), "ready")}
    assert middleman.accepted == 1
    assert POOL.targets() == (Target("127.0.0.1", port, 1),)


def test_a_target_is_held_by_one_only() -> None:
    pool, one, other = Pool(), object(), object()
    target = Target("127.0.0.1", 7497, 1)
    pool.claim(target, one)
    pool.claim(target, one)
    with pytest.raises(IBKRConnectionError, match=r"127\.0\.0\.1:7497 with client id 1"):
        pool.claim(target, other)
    pool.claim(target._replace(client_id=2), other)
    pool.release(one)
    pool.claim(target, other)
    assert set(pool.targets()) == {target, target._replace(client_id=2)}


def test_of_fifty_threads_one_gets_the_target() -> None:
    pool, start, got = Pool(), threading.Barrier(50), []

    def race() -> None:
        me = object()
        start.wait()
        try:
            pool.claim(Target("h", 1, 1), me)
            got.append(me)
        except IBKRConnectionError:
            pass

    threads = [threading.Thread(target=race) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


async def test_a_released_connection_can_be_had_again(middleman: Middleman) -> None:
    connector = await connected(middleman)
    await connector.disconnect()
    assert POOL.targets() == ()
    assert (await connector.connect()).state == "ready"


# --- data only ---------------------------------------------------------------------------------------


@pytest.fixture
def with_data_client_id(own_folders: Path) -> None:
    (own_folders / "ibkr_config.ini").write_text("[connection]\ndata_client_id = 77\n")


@pytest.mark.usefixtures("with_data_client_id")
async def test_history_goes_over_the_second_connection_and_orders_never(middleman: Middleman) -> None:
    connector = await connected(middleman)
    assert connector.get_connection_status().data_state == "read-only"
    for symbol in ("AAPL", "MSFT", "SPY"):
        assert len(await connector.get_market_data(symbol, bar_size="5 mins", duration="1 D")) > 10
    order = await place(connector, ORDER)
    assert order.status in ("submitted", "filled")
    assert middleman.accepted == 2
    assert (middleman.requests_of(77).count(HISTORY), middleman.requests_of(1).count(HISTORY)) == (3, 0)
    assert (middleman.requests_of(77).count(PLACE_ORDER), middleman.requests_of(1).count(PLACE_ORDER)) == (
        0,
        1,
    )
    assert set(POOL.targets()) == {Target("127.0.0.1", middleman.port, number) for number in (1, 77)}


@pytest.mark.usefixtures("with_data_client_id")
async def test_the_data_connection_places_nothing_even_when_it_is_told_to(middleman: Middleman) -> None:
    connector = await connected(middleman)
    engine = connector._engine
    assert engine is not None
    data = engine.session.data
    assert data is not None
    spec = OrderSpec(Contract(265598, "AAPL"), Side.BUY, Decimal(1), OrderType.MKT)
    told: list[Event] = []

    async def try_it() -> None:
        assert isinstance(data._gateway, DataOnlyGateway)
        data._gateway._receive = told.append
        for request in (
            PlaceOrder("ref", 1, Approved(spec)),
            PreviewOrder(2, spec, 1.0),
            CancelOrder("ref", 1),
            GlobalCancel(),
        ):
            data._gateway.perform(request)
        await asyncio.sleep(0)

    await asyncio.wrap_future(engine.begin(try_it()))
    assert told == [
        OrderNotSent("ref", REFUSAL),
        PreviewReported(2, Preview(0.0, f"No preview: {REFUSAL}")),
        MessageReported(NOT_CONNECTED, REFUSAL, 1),
        MessageReported(NOT_CONNECTED, REFUSAL),
    ]
    assert not {"3", "4", "58"} & set(middleman.requests_of(77))


@pytest.mark.usefixtures("with_data_client_id")
async def test_a_data_client_id_in_use_is_told_and_orders_go_on(middleman: Middleman) -> None:
    def in_use(asked: list[str]) -> list[tuple[object, ...]] | None:
        return (
            error("-1", 326, "Unable to connect as the client id is already in use.")
            if asked[2] == "77"
            else None
        )

    middleman.answers["71"] = in_use
    connector = await connected(middleman)
    assert connector.get_connection_status().state == "ready"
    with pytest.raises(IBKRConnectionError, match="same client id"):
        await connector.get_market_data("AAPL")
    assert (await place(connector, ORDER)).status in ("submitted", "filled")


def test_the_data_client_id_is_another_than_the_orders(own_folders: Path) -> None:
    (own_folders / "ibkr_config.ini").write_text("[connection]\nclient_id = 5\ndata_client_id = 5\n")
    with pytest.raises(SettingsError, match="data_client_id is '5'; allowed is another client id"):
        IBKRConnector()


def test_by_default_there_is_no_data_connection(own_folders: Path) -> None:
    assert IBKRConnector()._settings.link.data_client_id is None
