"""Depth, time and sales, and scans on the wire: one subscription each, ended as it began."""

from __future__ import annotations

import pytest

from core.domain.contract import Contract
from core.domain.depth import DepthChange, DepthStep
from core.domain.events import (
    DepthGarbled,
    DepthReported,
    DepthReset,
    MessageReported,
    PrintsReported,
    ScanReported,
    StreamRefused,
)
from core.domain.requests import CancelStream, RequestScan, SubscribeStream
from core.domain.scan import Scan
from core.domain.stream import StreamKind

APPLE = Contract(265598, "AAPL")
DEPTH, TAPE = StreamKind.DEPTH, StreamKind.TAPE
AT_S = 1_780_498_800
LATER = (4, 2, -1, 2104, "OK:usfarm", "")


async def subscribed(scripted, tws, kind: StreamKind, contract: Contract = APPLE) -> int:
    tws.perform(SubscribeStream(kind, contract))
    if kind is DEPTH:
        return int((await scripted.hears(10))[2])
    return int((await scripted.hears(97))[1])


async def test_the_rows_of_a_packet_are_one_event_in_their_order(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH)
    scripted.say(
        (13, 1, line, 0, "NASDAQ", 0, 1, 150.24, 300, 1),
        (13, 1, line, 0, "ARCA", 0, 0, 150.26, 200, 1),
        (12, 1, line, 0, 1, 1, 150.25, 100),
    )
    assert await told.first(DepthReported) == DepthReported(
        265598,
        (
            DepthChange(0, DepthStep.INSERT, True, 150.24, 300, "NASDAQ"),
            DepthChange(0, DepthStep.INSERT, False, 150.26, 200, "ARCA"),
            DepthChange(0, DepthStep.UPDATE, True, 150.25, 100, ""),
        ),
    )


@pytest.mark.parametrize(("exchange", "smart"), [("SMART", "1"), ("ISLAND", "0")])
async def test_a_routed_contract_asks_for_the_smart_book_and_ends_it_as_such(
    connected, scripted, tws, exchange: str, smart: str
) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH, Contract(265598, "AAPL", exchange=exchange))
    asked = await scripted.hears(10)
    assert asked[16] == smart
    tws.perform(CancelStream(DEPTH, 265598))
    assert await scripted.hears(11) == ["11", "1", str(line), smart]


async def test_rows_that_make_no_sense_are_counted(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH)
    scripted.say(
        (12, 1, line, 0, 9, 1, 150.25, 100),
        (12, 1, line, 0, 0, 7, 150.25, 100),
        (12, 1, line, 0, 0, 1, "nan", 100),
        (12, 1, line, 0, 0, 1, 150.25, -5),
        (12, 1, line + 1, 0, 0, 1, 150.25, 5),
        LATER,
    )
    await told.first(MessageReported)
    assert told.all(DepthReported) == []
    assert tws.counts["depth rows that make no sense"] == 4
    assert tws.counts["late depth"] == 1


@pytest.mark.parametrize(
    "lost", [(12, 1, "LINE", 0, 9, 1, 150.25, 100), (13, 1, "LINE", "?!", "ARCA", 0, 1, 150.25, 100, 1)]
)
async def test_a_row_that_cannot_be_read_is_told_for_the_book_is_wrong_from_then_on(
    connected, scripted, tws, told, lost
) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH)
    scripted.say(tuple(line if field == "LINE" else field for field in lost))
    await told.first(DepthGarbled)


async def test_a_row_is_deleted_by_its_place_whatever_its_price_says(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH)
    scripted.say((12, 1, line, 3, 2, 1, "1.7976931348623157E308", -1))
    event = await told.first(DepthReported)
    assert event.changes == (DepthChange(3, DepthStep.DELETE, True, 0.0, 0.0, ""),)


async def test_a_print_that_cannot_be_read_spoils_no_other(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, TAPE)
    scripted.say((99, line, 1, AT_S, "?!", 100, 0, "ISLAND", ""), (12, 1, line, "?!"), LATER)
    await told.first(MessageReported)
    assert told.all(DepthGarbled) == []
    assert tws.counts["undecodable"] == 2


async def test_317_empties_the_book_and_what_follows_fills_it(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, DEPTH)
    scripted.say(
        (12, 1, line, 0, 0, 1, 1.0, 100),
        (4, 2, line, 317, "Market depth data has been RESET.", ""),
        (12, 1, line, 0, 0, 1, 150.25, 100),
    )
    await told.first(DepthReported, lambda event: event.changes[-1].price == 150.25)
    kinds = [type(event) for event in told.events if isinstance(event, DepthReported | DepthReset)]
    assert kinds[-2:] == [DepthReset, DepthReported]
    last = told.all(DepthReported)[-1]
    assert [change.price for change in last.changes] == [150.25]


@pytest.mark.parametrize("kind", StreamKind)
async def test_a_refusal_ends_the_stream_and_asks_for_no_cancel(connected, scripted, tws, told, kind) -> None:
    await connected()
    line = await subscribed(scripted, tws, kind)
    scripted.say((4, 2, line, 354, "No.", ""))
    assert await told.first(StreamRefused) == StreamRefused(kind, 265598, 354, "No.")
    tws.perform(CancelStream(kind, 265598))
    tws.perform(SubscribeStream(DEPTH, Contract(1, "SPY")))
    await scripted.hears(10, 2 if kind is DEPTH else 1)
    assert [message[0] for message in scripted.heard if message[0] in ("11", "98")] == []


async def test_prints_of_a_packet_are_one_event(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws, TAPE)
    scripted.say(
        (99, line, 2, AT_S, 150.25, 100, 0, "ARCA", ""),
        (99, line, 2, AT_S, 150.26, 7, 2, "FINRA", "I"),
        (99, line, 2, AT_S, "nan", 7, 0, "FINRA", ""),
        (99, line, 2, 10**15, 150.0, 7, 0, "FINRA", ""),
    )
    event = await told.first(PrintsReported)
    assert [(one.price, one.size, one.exchange, one.conditions, one.unreported) for one in event.prints] == [
        (150.25, 100, "ARCA", "", False),
        (150.26, 7, "FINRA", "I", True),
    ]
    assert event.prints[0].at.timestamp() == AT_S
    assert tws.counts["prints that make no sense"] == 2
    tws.perform(CancelStream(TAPE, 265598))
    assert await scripted.hears(98) == ["98", str(line)]


def row(line: int, *symbols: str) -> tuple[object, ...]:
    rows = (
        (rank, rank + 1, name, "STK", "", 0, "", "SMART", "USD", name, "NMS", "NMS", "", "", "", "")
        for rank, name in enumerate(symbols)
    )
    return (20, 3, line, len(symbols), *(field for one in rows for field in one))


async def test_a_scan_is_heard_once_and_then_ended(connected, scripted, tws, told) -> None:
    await connected()
    scan = Scan("TOP_PERC_GAIN", rows=5, price_above=3.0)
    tws.perform(RequestScan(scan, 5.0))
    asked = await scripted.hears(22)
    assert asked[2:7] == ["5", "STK", "STK.US.MAJOR", "TOP_PERC_GAIN", "3.0"]
    line = int(asked[1])
    scripted.say(row(line, "AAPL", "KO"), row(line, "KO", "AAPL"), LATER)
    event = await told.first(ScanReported)
    assert [(one.rank, one.contract.symbol) for one in event.rows] == [(0, "AAPL"), (1, "KO")]
    assert await scripted.hears(23) == ["23", "1", str(line)]
    await told.first(MessageReported)
    assert len(told.all(ScanReported)) == 1


async def test_a_scan_that_ib_refuses_brings_its_words(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(RequestScan(Scan("NONSENSE"), 5.0))
    line = int((await scripted.hears(22))[1])
    scripted.say((4, 2, line, 162, "Scan code NONSENSE is not known.", ""))
    event = await told.first(ScanReported)
    assert (event.rows, event.code, event.text) == ((), 162, "Scan code NONSENSE is not known.")


async def test_a_scan_that_nobody_answers_is_ended_and_told(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(RequestScan(Scan("MOST_ACTIVE"), 0.01))
    event = await told.first(ScanReported)
    assert (event.rows, event.code) == ((), None)
    assert "did not answer" in event.text
    await scripted.hears(23)
