"""What no gateway can make of us: more memory than a cap, a wait without an end, a message nobody carries out."""

from __future__ import annotations

import ast
import asyncio
import socket
from pathlib import Path
from typing import get_args

import pytest

import core.connector
import core.tws
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    AccountReported,
    BarsRefused,
    BarsReported,
    ConnectFailed,
    ContractsFound,
    ContractsReported,
    LinkLost,
    MessageReported,
    OrderReported,
    PositionReported,
    ProbeUnanswered,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.link import LinkFault
from core.domain.quote import BarKey
from core.domain.requests import (
    Connect,
    Disconnect,
    Probe,
    RequestBars,
    RequestContracts,
    SearchContracts,
    SubscribeAccount,
    TakeSnapshot,
    WireRequest,
)
from core.tws import guard, session, snapshot
from core.tws.gateway import _UNSENT

APPLE = Contract(265598, "AAPL", primary_exchange="NASDAQ")
KEY = BarKey(265598, "1 min")
OPEN_ORDERS, EXECUTIONS, POSITIONS = "16", "7", "61"
NOTHING_THERE = {
    "8": lambda _: [(9, 1, 12)],
    OPEN_ORDERS: lambda _: [(53, 1)],
    EXECUTIONS: lambda fields: [(55, 1, fields[2])],
    "99": lambda _: [(102,)],
    POSITIONS: lambda _: [(62, 1)],
}
"""A snapshot of a gateway without orders, executions or positions."""
NEEDS_NO_ANSWER = {"CancelQuotes", "CancelBars", "CancelStream"}


def position(con_id: int) -> tuple[object, ...]:
    return (61, 3, "DU1234567", con_id, "AAPL", "STK", "", 0, "", "", "", "USD", "AAPL", "NMS", 1, 150.25)


# --- the table of requests -----------------------------------------------------------------------------


async def test_every_request_of_the_desk_has_someone_who_carries_it_out(connected, tws) -> None:
    await connected()
    assert set(tws._session._performers) == set(get_args(WireRequest))


def test_every_request_that_could_not_be_written_is_answered_all_the_same() -> None:
    answered = {kind.__name__ for kind in _UNSENT}
    assert {kind.__name__ for kind in get_args(WireRequest)} == answered | NEEDS_NO_ANSWER


# --- memory --------------------------------------------------------------------------------------------


async def test_a_flood_before_the_handshake_is_over_is_no_tws(scripted, tws, told) -> None:
    flood = [(4, 2, -1, 2104, f"farm {number}", "") for number in range(session._EARLY_MOST + 1)]
    scripted.answers["71"] = lambda _: flood
    tws.perform(Connect("127.0.0.1", scripted.port, 1, 5.0))
    assert (await told.first(ConnectFailed)).fault is LinkFault.NOT_TWS


async def test_a_message_of_a_million_empty_fields_ends_the_connection(scripted, connected, told) -> None:
    await connected()
    body = b"\0" * (guard.FIELDS_MOST + 1)
    scripted.say(len(body).to_bytes(4) + body)
    assert "fields" in (await told.first(LinkLost)).detail


async def test_market_rules_nobody_asked_for_are_not_kept(connected, scripted, tws, told) -> None:
    await connected()
    scripted.say(*[(93, rule, 1, 0, 0.01) for rule in range(50)], (4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    assert tws._rules == {}
    assert tws.counts["late market rules"] == 50


async def test_positions_without_end_make_the_snapshot_prove_nothing(
    connected, scripted, tws, told, monkeypatch
) -> None:
    monkeypatch.setattr(snapshot, "ROWS_MOST", 20)
    await connected()
    scripted.answers |= NOTHING_THERE | {
        POSITIONS: lambda _: [*map(position, range(1, 101)), (62, 1)],
    }
    tws.perform(TakeSnapshot(5.0))
    taken = await told.first(SnapshotCompleted)
    assert taken.missing == ("positions",)
    assert len(taken.positions) == len(told.all(PositionReported)) == 20
    assert tws.counts["positions beyond the cap"] == 80


async def test_server_text_of_megabytes_arrives_short(connected, scripted, told) -> None:
    await connected()
    scripted.say((4, 2, -1, 2104, "news " * 1_000_000, ""))
    assert len((await told.first(MessageReported)).text) <= 2000


async def test_names_lose_their_control_characters(connected, scripted, told) -> None:
    await connected()
    contract = (7, "AA\x1b[2JPL", "STK", "", 0, "", "", "N\nQ", "U\tSD", "A\u202eB", "\x07NMS")
    scripted.say((61, 3, "DU1\n234567", *contract, 1, 1))
    told_of = await told.first(PositionReported)
    names = (
        told_of.account,
        told_of.contract.symbol,
        told_of.contract.currency,
        told_of.contract.local_symbol,
    )
    assert names == ("DU1234567", "AA[2JPL", "USD", "AB")


async def test_unreadable_messages_are_logged_ever_more_sparingly(connected, scripted, told, caplog) -> None:
    await connected()
    scripted.say(*[(59, "garbage")] * 5000, (4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    assert 20 <= len([one for one in caplog.records if "unreadable" in one.message]) <= 30


# --- what could not be read ----------------------------------------------------------------------------


async def test_a_row_that_cannot_be_read_makes_the_snapshot_prove_nothing(
    connected, scripted, tws, told, open_order
) -> None:
    await connected()
    scripted.answers |= NOTHING_THERE | {OPEN_ORDERS: lambda _: [open_order(), (5, "garbage"), (53, 1)]}
    tws.perform(TakeSnapshot(5.0))
    assert (await told.first(SnapshotCompleted)).missing == ("open orders",)
    told.events.clear()
    scripted.answers[OPEN_ORDERS] = lambda _: [open_order(), (53, 1)]
    tws.perform(TakeSnapshot(5.0))
    assert (await told.first(SnapshotCompleted)).missing == ()


async def test_a_report_about_an_order_that_cannot_be_read_has_everything_read_back_once(
    connected, scripted, tws, told
) -> None:
    await connected()
    scripted.say((11, "garbage"), (3, "x"), (11, "garbage"))
    await scripted.hears(8)
    scripted.answers["8"] = lambda _: [(9, 1, 12)]
    scripted.say((9, 1, 12))
    await scripted.hears(16)
    assert len([fields for fields in scripted.heard if fields[0] == "8"]) == 1


# --- nothing waits for ever ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [162, 165, 321, 200])
async def test_a_code_that_ends_history_ends_it_at_once(connected, scripted, tws, told, code: int) -> None:
    await connected()
    scripted.answers["20"] = lambda fields: [(4, 2, fields[1], code, "words", "")]
    tws.perform(RequestBars(KEY, APPLE, "1 D", False, 60.0))
    assert (await told.first(BarsRefused)).code == code


@pytest.mark.parametrize("code", [2174, 2176, 10167])
async def test_a_warning_lets_history_go_on_and_its_deadline_ends_it(
    connected, scripted, tws, told, code: int
) -> None:
    await connected()
    scripted.answers["20"] = lambda fields: [(4, 2, fields[1], code, "words", "")]
    tws.perform(RequestBars(KEY, APPLE, "1 D", False, 0.2))
    assert (await told.first(MessageReported)).code == code
    assert (await told.first(BarsRefused)).code is None
    assert told.all(BarsReported) == []


@pytest.mark.parametrize("code", [2176, 2174])
async def test_a_warning_before_the_answer_does_not_spoil_it(connected, scripted, tws, told, code) -> None:
    await connected()
    scripted.answers["9"] = lambda fields: [
        (4, 2, fields[2], code, "words", ""),
        (52, 1, fields[2]),
    ]
    tws.perform(RequestContracts(ContractQuery("AAPL")))
    answer = await told.first(ContractsReported)
    assert (answer.code, answer.details) == (None, ())


async def test_searches_go_out_one_at_a_time_and_each_is_answered(connected, scripted, tws, told) -> None:
    await connected()
    for text in ("A", "AA", "A", "AAP"):
        tws.perform(SearchContracts(text))
    await scripted.hears(81)
    scripted.say((4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    assert [fields[2] for fields in scripted.heard if fields[0] == "81"] == ["A"]
    scripted.answers["81"] = lambda fields: [(79, fields[1], 0)]
    scripted.say((79, (await scripted.hears(81))[1], 0))
    await told.first(ContractsFound, lambda event: event.text == "AAP")
    assert [event.text for event in told.all(ContractsFound)] == ["A", "AA", "AAP"]


async def test_mute_searches_all_end_at_the_deadline_and_late_answers_are_counted(
    connected, scripted, tws, told
) -> None:
    await connected()
    tws.perform(SearchContracts("A"))
    tws.perform(SearchContracts("B"))
    first = (await scripted.hears(81))[1]
    await told.first(ContractsFound, lambda event: event.text == "B")
    scripted.say((79, first, 0), (4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    assert tws.counts["late searches"] == 1


async def test_a_search_refused_makes_way_for_the_next(connected, scripted, tws, told) -> None:
    await connected()
    scripted.answers["81"] = lambda fields: [(4, 2, fields[1], 321, "no", "")]
    tws.perform(SearchContracts("A"))
    tws.perform(SearchContracts("B"))
    await told.first(ContractsFound, lambda event: event.text == "B")


async def test_an_account_that_stays_silent_is_asked_for_again(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    await scripted.hears(6, times=3)
    asked = [fields[2] for fields in scripted.heard if fields[0] == "6"]
    assert asked[:3] == ["1", "0", "1"]
    scripted.say((6, 2, "NetLiquidation", "1", "USD", "DU1234567"))
    await told.first(AccountReported)
    assert tws._session._wire._timers == set()


async def test_values_of_another_account_are_counted_not_believed(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    scripted.say((6, 2, "Cushion", "0", "", "DU9"), (6, 2, "Cushion", "1", "", "DU1234567"))
    assert await told.first(AccountReported) == AccountReported("DU1234567", (("Cushion", "1", ""),))
    assert tws.counts["late account values"] == 1


async def test_profit_and_loss_refused_leaves_no_request_behind(connected, scripted, tws, told) -> None:
    await connected()
    scripted.answers["92"] = lambda fields: [(4, 2, fields[1], 321, "no", "")]
    tws.perform(SubscribeAccount("DU1234567"))
    await told.first(MessageReported)
    assert tws._session._wire._asked == {}


async def test_a_closed_connection_leaves_no_timer_and_no_request(connected, tws, open_order) -> None:
    await connected()
    carried = tws._session
    for request in (
        Probe(60.0),
        TakeSnapshot(60.0),
        SubscribeAccount("DU1234567"),
        RequestContracts(ContractQuery("AAPL")),
        SearchContracts("A"),
        RequestBars(KEY, APPLE, "1 D", True, 60.0),
    ):
        tws.perform(request)
    await tws.close()
    assert (carried._wire._timers, carried._wire._asked) == (set(), {})
    assert [task.get_name() for task in asyncio.all_tasks() if "connect to" in task.get_name()] == []


async def test_closing_waits_for_an_attempt_that_was_given_up_a_moment_before(scripted, tws) -> None:
    tws.perform(Connect("127.0.0.1", scripted.port, 1, 60.0))
    await asyncio.sleep(0)
    tws.perform(Disconnect())
    await tws.close()
    assert [task.get_name() for task in asyncio.all_tasks() if "connect to" in task.get_name()] == []


# --- the socket ----------------------------------------------------------------------------------------


async def test_the_socket_sends_at_once_and_watches_for_a_peer_that_vanished(connected, tws) -> None:
    await connected()
    sock = tws._session._client.conn.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_a_gateway_that_does_not_read_costs_little_and_is_left_at_once(tws, told) -> None:
    """Unsent bytes are bounded, and a new connection does not wait for the old one to take them."""
    held: list[asyncio.StreamWriter] = []

    async def greet_and_stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.readexactly(4)
        body = b"178\x0020261122 10:00:00 EST\0"
        ready = b"15\x001\0DU1\0", b"9\x001\x007\0"
        writer.write(b"".join(len(one).to_bytes(4) + one for one in (body, *ready)))
        writer.transport.pause_reading()

    server = await asyncio.start_server(greet_and_stop, "127.0.0.1", 0)
    where = Connect("127.0.0.1", server.sockets[0].getsockname()[1], 1, 5.0)
    tws.perform(where)
    await told.first(SocketOpened)
    for number in range(100):
        tws.perform(RequestContracts(ContractQuery(f"{number}" + "x" * 200_000)))
    refused = await told.first(ContractsReported)
    assert "does not read" in refused.text
    tws.perform(Probe(60.0))
    await told.first(ProbeUnanswered)
    told.events.clear()
    tws.perform(where)
    await told.first(SocketOpened)
    assert told.all(LinkLost) == []
    for writer in held:
        writer.transport.abort()
    server.close()
    await server.wait_closed()


async def test_nothing_an_old_socket_says_reaches_the_new_connection(
    scripted, connected, tws, told, open_order
) -> None:
    await connected()
    old = tws._session._client
    await connected()
    await told.first(SocketOpened, lambda _: len(told.all(SocketOpened)) == 2)
    before = len(told.events)
    body = "\0".join(map(str, open_order())).encode() + b"\0"
    old._onSocketHasData(len(body).to_bytes(4) + body)
    old._onSocketDisconnected("late")
    assert len(told.events) == before
    assert told.all(OrderReported) == []


async def test_a_text_that_would_shift_the_fields_behind_it_is_not_sent(
    connected, scripted, tws, told
) -> None:
    await connected()
    tws.perform(SearchContracts("AAPL\x001"))
    assert (await told.first(ContractsFound)).contracts == ()
    assert [fields for fields in scripted.heard if fields[0] == "81"] == []


# --- what is not there ---------------------------------------------------------------------------------

SOURCES = [*Path(core.tws.__file__).parent.glob("*.py"), *Path(core.connector.__file__).parent.glob("*.py")]
ACTING = {
    f"ib_async{module}.{name}"
    for module, name in (
        ("", "IB"),
        (".ib", "IB"),
        ("", "Wrapper"),
        (".wrapper", "Wrapper"),
        ("", "Watchdog"),
    )
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_only_the_transport_the_codec_and_the_values_of_ib_async_are_used(path: Path) -> None:
    """Its `IB` and `Wrapper` act on codes of their own accord: 1102 would subscribe the account once more."""
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    assert "import ib_async" not in path.read_text()
    assert {f"{node.module}.{name.name}" for node in imports for name in node.names} & ACTING == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_clock_but_the_loops_and_the_one_given(path: Path) -> None:
    """`SteadyClock`'s defaults are the app's own clock; everything else would not run on a virtual loop."""
    called = [
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    assert not {"time.time", "time.monotonic", "time.perf_counter", "asyncio.sleep"} & set(called)
