"""Ticks: whatever the pulse, what a client puts together of them is what the market shows."""

from __future__ import annotations

import numpy as np
import pytest

from core.simulator.exchange import Exchange
from core.simulator.hub import Hub
from core.simulator.model import Quote, Run, RunStep
from core.simulator.wire.frames import frame_fields
from core.simulator.wire.runs import write_run
from core.simulator.wire.ticks import DELAYED_IDS, LIVE_IDS, TickIds, TickWriter, whole_messages
from tests.core.simulator.fake_market import NOW_S
from tests.core.simulator.wire_client import WireClient

AAPL, SPY, EURUSD, SPX, ES = 265598, 756733, 12087792, 416904, 1_800_002_612
PRICES = {"1": "bid", "2": "ask", "4": "last", "6": "high", "7": "low", "9": "close", "14": "open"}
SIZES = {"0": "bid_size", "3": "ask_size", "5": "last_size", "8": "volume"}


def put_together(heard: list[list[str]], req_id: str) -> dict[str, float]:
    """The last value of everything that was told of one line."""
    found: dict[str, float] = {}
    for fields in heard:
        if fields[0] == "1" and fields[2] == req_id:
            found[PRICES[fields[3]]] = float(fields[4])
        elif fields[0] == "2" and fields[2] == req_id:
            found[SIZES[fields[3]]] = float(fields[4])
    return found


def shown(quote: Quote) -> dict[str, float]:
    names = [*PRICES.values(), *SIZES.values()]
    values = {name: getattr(quote, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None}


@pytest.mark.parametrize("pulse_s", [0.05, 0.25, 1.0, 7.0])
def test_a_client_s_quote_is_the_market_s(pulse_s: float) -> None:
    hub = Hub(Exchange(4, NOW_S))
    client = WireClient(hub)
    contracts = {"1": AAPL, "22": SPY, "333": EURUSD, "4": SPX, "5": ES}
    for req_id, con_id in contracts.items():
        listing = hub.market.listing(con_id)
        assert listing is not None
        exchange = listing.contract.exchange
        named = (str(con_id), "", "", "", "0", "", "", exchange, "", "USD", "", "")
        client.ask("1", "11", req_id, *named, "0", "", "0", "0", "")
    for _ in range(int(150 / pulse_s)):
        client.after(pulse_s)
    for req_id, con_id in contracts.items():
        told, now = put_together(client.heard, req_id), shown(hub.market.quote(con_id))
        assert {name: now[name] for name in told} == told
        if con_id != SPX:
            assert told.keys() >= {"bid", "ask", "bid_size", "ask_size"}


def test_two_clients_with_ids_of_any_width_are_told_the_same() -> None:
    hub = Hub(Exchange(4, NOW_S))
    clients = [WireClient(hub, number) for number in (1, 2)]
    named = (str(AAPL), "", "", "", "0", "", "", "SMART", "", "USD", "", "")
    for client, req_id in zip(clients, ("7", "123456789"), strict=True):
        client.ask("1", "11", req_id, *named, "0", "233", "0", "0", "")
        client.heard.clear()
    for _ in range(200):
        hub.advance(hub.market.now_s + 0.25)
    one, other = ([fields[3:] for fields in client.heard] for client in clients)
    assert one == other
    assert len(one) > 100


def test_lengths_are_right_for_every_width_and_kind() -> None:
    was = Quote(1, 0.0, None, 0, -1.25, 7, 2.0, 1, 10, None, 2.0, 2.0, None)
    now = Quote(1, 3.0, 0.00005, 250_000, None, 0, 3.0, 1, 999_999_999, 2.5, 3.0, 1.5, 2.25, True)
    for ids in (LIVE_IDS, DELAYED_IDS):
        for req_id in (b"1", b"2147483647"):
            data = TickWriter().ticks(None, was, True, ids, req_id) + TickWriter().ticks(
                was, now, True, ids, req_id
            )
            assert all(one.endswith(b"\0") and req_id in one for one in whole_messages(data))
            assert b"".join(whole_messages(data)) == data


@pytest.mark.parametrize("con_id", [AAPL, SPY, EURUSD, SPX, ES])
@pytest.mark.parametrize(("ids", "req_id"), [(LIVE_IDS, b"7"), (DELAYED_IDS, b"2147483647")])
def test_what_is_written_at_once_is_what_is_written_one_by_one(
    con_id: int, ids: TickIds, req_id: bytes
) -> None:
    exchange = Exchange(4, NOW_S)
    exchange.watch(con_id)
    exchange.advance(NOW_S + 1)
    steps = [n for at in range(8, 1240) for n in exchange.advance(NOW_S + at / 4) if isinstance(n, RunStep)]
    run = steps[-1].run
    written, writer = write_run(run, ids, req_id), TickWriter()
    assert written.text[: written.cuts[1]] == b""
    for at in range(1, len(run.at_s)):
        alone = writer.ticks(run.quote(at - 1), run.quote(at), run.printed[at], ids, req_id)
        assert written.text[written.cuts[at] : written.cuts[at + 1]] == alone
    assert len(written.text) > 5_000


def test_a_run_in_which_nothing_new_is_shown_writes_nothing() -> None:
    prices, counts = np.full((5, 2), 1.25), np.full((4, 2), 5)
    run = Run(1, np.array((0.0, 60.0)), prices, counts, 1.0, 1.0, 2, [False, False], [False, False])
    assert write_run(run, LIVE_IDS, b"9") == (b"", [0, 0, 0])


def test_a_side_that_empties_and_a_price_that_is_a_whole_number_are_written_right() -> None:
    prices = np.array([[0.05, 0.0, 100.0], [1.5, 1.5, 1.55], [0.0] * 3, [0.0] * 3, [0.0] * 3])
    counts = np.array([[7, 0, 1200], [3, 3, 3], [0] * 3, [0] * 3])
    run = Run(1, np.arange(3.0), prices, counts, None, None, 2, [False] * 3, [True] * 3)
    text, cuts = write_run(run, LIVE_IDS, b"9")
    told = [text[cuts[at] : cuts[at + 1]] for at in (1, 2)]
    heard = [[frame_fields(one) for one in whole_messages(data)] for data in told]
    assert heard[0] == [["1", "6", "9", "1", "-1", "0", "1"], ["2", "6", "9", "0", "0"]]
    assert heard[1][0] == ["1", "6", "9", "1", "100", "1200", "1"]
    assert heard[1][2] == ["1", "6", "9", "2", "1.55", "3", "1"]
