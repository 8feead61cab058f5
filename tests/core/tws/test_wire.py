"""Request ids, and which codes end a request."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest

from core.domain.events import Event, MessageReported
from core.telemetry.context import current
from core.tws.codes import CANCEL_ECHOES, LINE_MAY_LIVE, is_advisory
from core.tws.wire import Wire


@pytest.fixture
async def wire() -> Wire:
    told: list[Event] = []
    made = Wire(None, told.append, asyncio.get_running_loop(), Counter())  # type: ignore[arg-type]
    made.told = told  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("next_order_id", [1, 5_000, 40_000_000, 2_100_000_000, 2_147_483_000])
async def test_no_request_id_can_be_the_next_order_id(wire: Wire, next_order_id: int) -> None:
    wire.keep_apart_from(next_order_id)
    numbers = [wire.ask(lambda *_: None) for _ in range(1000)]
    assert not set(range(next_order_id, next_order_id + 1000)) & set(numbers)
    assert max(numbers) < 2**31
    assert all(map(wire.is_request, numbers))
    assert not wire.is_request(next_order_id)


@pytest.mark.parametrize("code", [2104, 2174, 2176, 10167, 10090, 399])
async def test_an_advisory_ends_nothing(wire: Wire, code: int) -> None:
    ended: list[int] = []
    number = wire.ask(lambda code, _: ended.append(code))
    wire.refuse(number, code, "words")
    assert ended == []
    assert wire.told == [MessageReported(code, "words")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", [162, 165, 200, 321, 354, 10168, 10197, 99999])
async def test_whatever_else_is_said_about_a_request_ends_it(wire: Wire, code: int) -> None:
    ended: list[int] = []
    number = wire.ask(lambda code, _: ended.append(code))
    wire.refuse(number, code, "words")
    assert ended == [code]


def test_the_tables_do_not_contradict_each_other() -> None:
    assert not any(map(is_advisory, CANCEL_ECHOES | LINE_MAY_LIVE))


async def test_what_a_socket_says_is_logged_under_the_number_of_its_connection(
    connected, scripted, tws, told
) -> None:
    seen: list[dict[str, str]] = []

    class Spy(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(current())

    spy = Spy()
    logging.getLogger("core.tws.guard").addHandler(spy)
    try:
        await connected()
        scripted.say((5, "garbage"), (4, 2, -1, 2104, "OK", ""))
        await told.first(MessageReported)
    finally:
        logging.getLogger("core.tws.guard").removeHandler(spy)
    assert seen == [{"connection": "1"}]
