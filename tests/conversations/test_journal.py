"""What the journal keeps of a day is the day: replayed through a desk it gives the same books."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.events import CommissionReported, OrderSent
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.verdict import Ask
from core.journal import Journal
from core.journal.replay import replay
from core.simulator.server import SimulatedGateway
from core.tws.gateway import TwsGateway
from tests.conversations.conftest import Trader

refs = count()


def made_desk(now_s: float) -> Desk:
    return Desk(
        LinkSettings(kind="simulator"),
        RiskLimits(),
        Permissions(),
        now_s=now_s,
        new_ref=lambda: f"journalled-{next(refs)}",
        jitter=lambda: 0.5,
    )


@pytest.fixture
def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = Journal(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
async def start(journal: Journal) -> AsyncIterator[Callable[[], Trader]]:
    """Starts the app as often as asked: each time a new desk that knows what the journal tells it."""
    clock = SteadyClock()
    made: list[Connector] = []

    def begin() -> Trader:
        desk = made_desk(clock())
        desk.resume(replayed(journal))
        connector = Connector(desk, TwsGateway, journal, clock)
        made.append(connector)
        return Trader(connector)

    yield begin
    for connector in made:
        await connector.close()


def replayed(journal: Journal) -> Desk:
    desk = made_desk(0.0)
    for now_s, event in replay(journal.entries()):
        desk.step(event, now_s)
    return desk


def books(desk: Desk) -> tuple[object, ...]:
    orders = {order.order_ref: order for order in desk.orders()}
    positions = {
        (held.account, held.contract.con_id): (held.quantity, held.avg_cost) for held in desk.positions()
    }
    return orders, desk.executions(), positions


def placed(trader: Trader, spec: OrderSpec) -> str:
    verdict = trader.connector.submit(spec)
    if isinstance(verdict, Ask):
        verdict = trader.connector.submit(spec, frozenset(one.rule for one in verdict.objections))
    assert isinstance(verdict, PlaceOrder), verdict
    return verdict.order_ref


async def a_day(trader: Trader, port: int) -> None:
    """Bought, rested, modified, cancelled, refused, read back."""
    await trader.is_ready(port)
    apple = await trader.watches("AAPL")
    bought = placed(trader, OrderSpec(apple, Side.BUY, Decimal(10), OrderType.MKT))
    await trader.hears(CommissionReported)
    await trader.sees(lambda desk: desk.order(bought).state is OrderState.FILLED)
    details = trader.desk.details(apple.con_id)
    far = details.round_to_tick(trader.desk.quote(apple.con_id).bid * 0.97)
    resting = OrderSpec(apple, Side.BUY, Decimal(10), OrderType.LMT, limit_price=far)
    first, second = placed(trader, resting), placed(trader, replace(resting, quantity=Decimal(7)))
    await trader.sees(lambda desk: desk.order(second).state is OrderState.WORKING)
    lower = replace(trader.desk.order(first).spec, limit_price=details.next_tick(far, -5))
    changed = trader.connector.modify(first, lower)
    assert isinstance(changed, PlaceOrder), changed
    await trader.sees(lambda desk: desk.order(first).spec.limit_price == lower.limit_price)
    assert trader.connector.cancel(first) is None
    await trader.sees(lambda desk: desk.order(first).state is OrderState.CANCELLED)
    trader.connector.submit(replace(resting, quantity=Decimal(-1)))


async def test_a_day_replayed_gives_the_same_books(
    start, journal: Journal, simulator: SimulatedGateway
) -> None:
    trader = start()
    await trader.connector.start()
    await a_day(trader, simulator.port)
    assert len(trader.desk.orders()) == 4
    assert books(replayed(journal)) == books(trader.desk)
    trader.connector.disconnect()
    assert books(replayed(journal)) == books(trader.desk)
    await trader.is_ready(simulator.port)
    assert books(replayed(journal)) == books(trader.desk)
    assert journal.verify().is_whole


async def test_a_start_after_an_end_shows_the_journal_and_then_the_truth(
    start, journal: Journal, simulator: SimulatedGateway
) -> None:
    trader = start()
    await trader.connector.start()
    await a_day(trader, simulator.port)
    before, executions, _ = books(trader.desk)
    await trader.connector.close()
    again = start()
    shown = {order.order_ref: order for order in again.desk.orders()}
    assert shown.keys() == before.keys()
    assert again.desk.executions() == executions
    (live,) = [order for order in shown.values() if order.is_live]
    assert (live.state, live.stale) == (OrderState.WORKING, True)
    assert "None is confirmed" in again.desk.notes()[-1].words
    await again.connector.start()
    await again.is_ready(simulator.port)
    assert not again.desk.order(live.order_ref).stale
    assert again.connector.cancel(live.order_ref) is None
    await again.sees(lambda desk: desk.order(live.order_ref).state is OrderState.CANCELLED)


async def test_an_intent_whose_end_nobody_saw_is_in_doubt_until_the_gateway_was_read(
    start, journal: Journal, simulator: SimulatedGateway
) -> None:
    trader = start()
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    order_ref = placed(trader, OrderSpec(apple, Side.BUY, Decimal(10), OrderType.MKT))
    # The program dies here: the bytes are with the system, and nothing more is written down.
    lasting = [row for row in journal.entries() if row.kind != "sent"]
    await trader.hears(OrderSent)
    desk = made_desk(0.0)
    for now_s, event in replay(lasting):
        desk.step(event, now_s)
    again = made_desk(trader.connector.now_s())
    again.resume(desk)
    assert again.order(order_ref).state is OrderState.IN_DOUBT
    await trader.sees(lambda desk: desk.order(order_ref).state is OrderState.FILLED)
    await trader.connector.close()
    third = start()
    await third.connector.start()
    await third.is_ready(simulator.port)
    await third.sees(lambda desk: desk.order(order_ref).state is OrderState.FILLED)
