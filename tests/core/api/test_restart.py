"""A start after an end: the journal is shown at once, the gateway is asked, and every order has its verdict."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from core.api.assemble import assemble
from core.connector import Connector
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.verdict import Ask
from core.journal import Journal
from core.settings import Settings, load
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader, simulator  # noqa: F401

S = OrderState


@pytest.fixture
def gateway(simulator: SimulatedGateway) -> SimulatedGateway:  # noqa: F811
    return simulator


@pytest.fixture
def settings(gateway: SimulatedGateway) -> Settings:
    loaded = load()
    link = replace(loaded.link, port=gateway.port, kind="simulator", profile="simulator")
    return replace(loaded, link=link)


async def started(settings: Settings, journal: Journal) -> Trader:
    connector = assemble(settings, journal=journal)
    await connector.start()
    return Trader(connector)


def placed(connector: Connector, spec: OrderSpec) -> str:
    verdict = connector.submit(spec)
    if isinstance(verdict, Ask):
        verdict = connector.submit(spec, frozenset(one.rule for one in verdict.objections))
    assert isinstance(verdict, PlaceOrder), verdict
    return verdict.order_ref


async def test_a_killed_program_starts_with_what_it_knew_and_ends_with_the_truth(
    settings: Settings, gateway: SimulatedGateway, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    first = await started(settings, journal)
    await first.is_ready(gateway.port)
    apple = await first.watches("AAPL")
    details = first.desk.details(apple.con_id)
    quote = first.desk.quote(apple.con_id)
    assert details is not None
    assert quote is not None
    far = details.round_to_tick(quote.bid * 0.97)
    resting = placed(first.connector, OrderSpec(apple, Side.BUY, Decimal(10), OrderType.LMT, far))
    await first.sees(lambda desk: desk.order(resting).state is S.WORKING)
    unanswered = placed(first.connector, OrderSpec(apple, Side.BUY, Decimal(10), OrderType.MKT))
    used = max(one.order_id or 0 for one in first.desk.orders())
    # Killed in this moment: nothing of the answer to the second order is heard, nothing is closed in order.
    assert first.connector._gateway is not None
    await first.connector._gateway.close()
    journal.close()

    again = Journal(path)
    second = await started(settings, again)
    shown = {one.order_ref: one for one in second.desk.orders()}
    assert (shown[resting].state, shown[resting].stale) == (S.WORKING, True)
    assert shown[unanswered].state is S.IN_DOUBT
    assert not second.desk.link.is_ready
    await second.is_ready(gateway.port)
    await second.sees(lambda desk: desk.order(unanswered).state is S.FILLED)
    await second.sees(lambda desk: not desk.order(resting).stale)
    assert second.desk.order(resting).own
    apple = await second.watches("AAPL")
    third = placed(second.connector, OrderSpec(apple, Side.SELL, Decimal(10), OrderType.MKT))
    assert (second.desk.order(third).order_id or 0) > used
    await second.connector.close()
    again.close()
    await first.connector.close()


async def test_a_start_with_another_gateway_leaves_a_simulators_orders_out(
    settings: Settings, gateway: SimulatedGateway, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    first = await started(settings, journal)
    await first.is_ready(gateway.port)
    apple = await first.watches("AAPL")
    placed(first.connector, OrderSpec(apple, Side.BUY, Decimal(10), OrderType.MKT))
    await first.connector.close()
    elsewhere = replace(settings, link=replace(settings.link, port=0))
    second = await started(elsewhere, journal)
    assert second.desk.orders() == ()
    await second.connector.close()
    journal.close()


def test_a_journal_that_cannot_be_had_still_shows_the_desk_and_says_so(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    place = tmp_path / "journal.sqlite"
    place.mkdir()
    connector = assemble(settings, journal_path=place)
    assert connector.desk.orders() == ()
    assert "no orders can be sent" in caplog.text
    connector.disconnect()
    assert "could not be opened" in connector.desk.journal.trouble
