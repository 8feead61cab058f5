"""Depth, time and sales and scans with the real client over TCP, and the gateway's lists against the desk's."""

from __future__ import annotations

from core.domain.contract import ContractQuery
from core.domain.events import PrintsReported, ScanReported
from core.domain.line import LineState
from core.domain.scan import Scan
from core.simulator.server import SimulatedGateway


async def test_a_book_fills_and_its_best_rows_are_the_quote(traders, simulator: SimulatedGateway) -> None:
    trader = traders()
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    trader.connector.watch_depth(apple, "ladder")
    await trader.sees(
        lambda desk: (view := desk.depth(apple.con_id)) and len(view.bids) >= 5 and len(view.asks) >= 5
    )
    view = trader.desk.depth(apple.con_id)
    assert view is not None
    assert view.state is LineState.FLOWING
    assert [row.price for row in view.bids] == sorted((row.price for row in view.bids), reverse=True)
    assert [row.price for row in view.asks] == sorted(row.price for row in view.asks)
    assert view.bids[0].price < view.asks[0].price
    assert trader.desk.pacing.depth_used == 1


async def test_the_tape_prints_trades(traders, simulator: SimulatedGateway) -> None:
    trader = traders()
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    trader.connector.watch_tape(apple, "tape")
    await trader.hears(PrintsReported, lambda event: event.con_id == apple.con_id)
    view = trader.desk.tape(apple.con_id)
    assert view is not None
    assert view.prints
    assert view.prints[0].price > 0


async def test_a_fourth_book_takes_the_place_of_the_first_and_ib_never_says_309(
    traders, simulator: SimulatedGateway
) -> None:
    trader = traders()
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    contracts = [await trader.finds(ContractQuery(symbol)) for symbol in ("AAPL", "MSFT", "SPY", "KO")]
    for contract in contracts:
        trader.connector.watch_depth(contract, "ladder")
    last = contracts[-1].con_id
    await trader.sees(lambda desk: (view := desk.depth(last)) and view.bids)
    first = trader.desk.depth(contracts[0].con_id)
    assert first is not None
    assert first.state is LineState.EVICTED
    assert not [note for note in trader.desk.notes() if "309" in note.words]


async def test_a_scan_brings_its_ranking(traders, simulator: SimulatedGateway) -> None:
    trader = traders()
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    scan = Scan("TOP_PERC_GAIN", rows=10)
    assert trader.connector.scan(scan) == ""
    event = await trader.hears(ScanReported, lambda event: event.scan == scan)
    assert event.code is None
    assert 1 <= len(event.rows) <= 10
    assert [row.rank for row in event.rows] == list(range(len(event.rows)))
    assert trader.desk.pacing.scans_used == 0
