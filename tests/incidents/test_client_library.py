"""Fourteen defects measured in ib_async 2.1.0, replayed above it: E and X as in the README's table.

What its client does with a socket is tried over real TCP, what it would make of orders as a dialogue.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.contract import ContractQuery
from core.domain.events import (
    BarsRefused,
    ContractsReported,
    ExecutionReported,
    LinkLost,
    MessageReported,
    OrderReported,
    QuotesReported,
    SocketOpened,
)
from core.domain.order import OrderState
from core.domain.quote import BarKey
from core.domain.requests import Connect, Disconnect, RequestBars, RequestContracts, SubscribeQuotes
from core.telemetry.masking import clean
from tests.incidents.talk import AAPL, BUY, QUOTE, Talk

S = OrderState


# --- the socket, over real TCP ----------------------------------------------------------------------


async def test_e1_a_frame_of_two_gigabytes_ends_the_link_instead_of_filling_the_memory(
    connected, scripted, told
) -> None:
    await connected()
    scripted.say(b"\x7f\xff\xff\xff" + bytes(1 << 20))
    lost = await told.first(LinkLost)
    assert "protocol" in lost.detail


async def test_e2_broken_messages_cost_themselves_and_nothing_else(
    connected, scripted, told, open_order
) -> None:
    await connected()
    scripted.say(*((kind, "x", "", "nan") for kind in (3, 4, 5, 11, 59, 61) for _ in range(50)), open_order())
    assert (await told.first(OrderReported)).status == "PreSubmitted"
    assert not told.all(LinkLost)


async def test_e3_a_peer_that_stops_reading_holds_up_no_reconnect(connected, scripted, tws, told) -> None:
    await connected()
    tws._session._client.conn.transport.write(bytes(36 << 20))  # nobody takes it
    tws.perform(Disconnect())
    told.events.clear()
    tws.perform(Connect("127.0.0.1", scripted.port, 1, 2.0))
    await told.first(SocketOpened)


async def test_x4_a_burst_of_messages_keeps_no_order_from_being_heard(
    connected, scripted, tws, told, open_order
) -> None:
    await connected()
    tws.perform(SubscribeQuotes(AAPL))
    req_id = (await scripted.hears(1))[2]
    scripted.say(*((1, 6, req_id, 1, 100 + number % 7, 5, 0) for number in range(20_000)), open_order())
    assert await told.first(OrderReported)
    assert told.all(QuotesReported)


async def test_e12_and_x6_what_a_gateway_says_cannot_steer_a_log_and_accounts_are_masked(
    connected, scripted, told
) -> None:
    await connected()
    scripted.say((4, 2, -1, 2104, "\x1b[31mfarm\nroot: all is well\x07", ""))
    said = await told.first(MessageReported)
    assert said.text.isprintable()
    assert "DU1234567" not in clean("filled for DU1234567")


@pytest.mark.parametrize("code", [165, 200, 321, 2174])
async def test_r_a_request_that_is_answered_by_an_error_never_hangs(
    connected, scripted, tws, told, code
) -> None:
    await connected()
    scripted.answers["9"] = lambda fields: [(4, 2, fields[2], code, "words", "")]
    scripted.answers["20"] = lambda fields: [(4, 2, fields[1], code, "words", "")]
    tws.perform(RequestContracts(ContractQuery("AAPL")))
    tws.perform(RequestBars(BarKey(AAPL.con_id, "1 min"), AAPL, "1 D", False, 1.0))
    assert (await told.first(ContractsReported)).details == ()
    assert await told.first(BarsRefused)


# --- orders -----------------------------------------------------------------------------------------


def test_e4_a_mute_gateway_is_not_taken_for_a_working_order() -> None:
    talk = Talk()
    order = talk.place()
    talk.gateway.answers = talk.gateway.reachable = False
    talk.wait(5.5)
    assert talk.order(order.order_ref).state is S.IN_DOUBT
    assert talk.was_told(talk.order(order.order_ref).changed_at_s, "in doubt")
    assert not talk.desk.link.is_ready
    talk.gateway.answers = talk.gateway.reachable = True
    talk.wait(90.0)
    talk.ends(order, S.NOT_PLACED, 0)


WORKS_ON = (
    *(104, 105, 134, 135, 136, 161, 321, 399, 404, 481),
    *(2102, 2109, 2137, 10147, 10148, 10149, 10233, 10311, 10329, 10331, 10333, 10335, 10347, 10349, 98765),
)


@pytest.mark.parametrize("code", WORKS_ON)
def test_e5_a_code_that_is_no_end_leaves_a_working_order_working(code: int) -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.tell(MessageReported(code, "words of IB's", order.order_id))
    assert talk.was_told(at_s, str(code))
    talk.wait(3.0)
    talk.ends(order, S.WORKING, 0)


@pytest.mark.parametrize(("code", "state"), [(201, S.REJECTED), (202, S.CANCELLED)])
def test_e5_a_code_that_is_an_end_ends_it(code: int, state: OrderState) -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.tell(MessageReported(code, "words of IB's", order.order_id))
    assert talk.was_told(at_s, str(code))
    talk.ends(order, state, 0)


def test_e6_a_correction_replaces_the_fill_that_it_corrects() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    fill = talk.fills(order, 60)
    at_s = talk.now_s
    talk.hear(fill)
    assert talk.was_told(at_s, "Bought 60")
    talk.tell(ExecutionReported(replace(fill, exec_id="0001.0001.01.02")), ExecutionReported(fill))
    assert talk.order(order.order_ref).filled == Decimal(60)
    talk.ends(order, S.WORKING, 60)


def test_e7_orders_that_a_drop_swallowed_are_told_from_those_that_arrived() -> None:
    talk = Talk()
    orders = []
    for number in range(8):
        orders.append(talk.place(replace(BUY, quantity=Decimal(10 + number))))
        talk.wait(0.5)
        talk.tell(QuotesReported((QUOTE,)))
    arrived, swallowed = orders[:3], orders[3:]
    talk.gateway.orders = [talk.held(one, 900 + number) for number, one in enumerate(arrived)]
    talk.gateway.next_order_id = arrived[-1].order_id + 1
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, *(f"BUY {10 + number} AAPL" for number in range(8)))
    talk.wait(90.0)
    for order in arrived:
        talk.ends(order, S.WORKING, 0)
    for order in swallowed:
        talk.ends(order, S.NOT_PLACED, 0)
    assert len(talk.placed()) == 8


def test_e8_a_stale_status_changes_nothing_of_a_filled_order() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.hear(talk.fills(order))
    talk.done(order)
    assert talk.was_told(at_s, "Bought 100")
    for word in ("Filled", "Submitted", "PreSubmitted", "Cancelled", "Inactive"):
        talk.tell(talk.status(order, word))
    talk.ends(order, S.FILLED, 100)


def test_x1_an_id_is_used_once_whatever_the_gateway_says_and_however_often_the_program_starts() -> None:
    talk = Talk(next_order_id=102)
    used = [talk.place(replace(BUY, quantity=Decimal(10 + number))).order_id for number in range(3)]
    talk.lose_the_link()
    talk.gateway.next_order_id = 102
    talk.wait(60.0)
    talk.tell(QuotesReported((QUOTE,)))
    used.append(talk.place(replace(BUY, quantity=Decimal(20))).order_id)
    restarted = Talk(next_order_id=102, journal_floor=max(used) + 1)
    used.append(restarted.place().order_id)
    assert used == [102, 103, 104, 105, 106]
    assert talk.was_told(talk.now_s - 60.0, "in doubt")


def test_x2_a_fill_of_an_outage_reaches_the_order_it_belongs_to() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, "closed")
    talk.fills(order, 40)
    talk.wait(20.0)
    assert talk.order(order.order_ref).filled == Decimal(40)
    assert [one.quantity for one in talk.desk.executions()] == [Decimal(40)]
    talk.ends(order, S.WORKING, 40)


def test_x7_bytes_that_a_dead_socket_swallowed_are_a_doubt_and_not_an_order() -> None:
    talk = Talk()
    order = talk.place()  # the write returned as if all were well
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, "in doubt")
    talk.wait(60.0)
    talk.ends(order, S.NOT_PLACED, 0)
    assert len(talk.placed()) == 1


async def test_16_all_three_hangs_of_the_client_library_are_none_here(
    connected, scripted, tws, told, exec_details
) -> None:
    """E3, E1 and R in one life: dropped, back, asked in vain, and a fill is still heard."""
    await connected()
    scripted.say(b"\x7f\xff\xff\xff" + bytes(1 << 16))
    await told.first(LinkLost)
    told.events.clear()
    tws.perform(Connect("127.0.0.1", scripted.port, 1, 2.0))
    await told.first(SocketOpened)
    scripted.answers["9"] = lambda fields: [(4, 2, fields[2], 321, "refused", "")]
    tws.perform(RequestContracts(ContractQuery("AAPL")))
    await told.first(ContractsReported)
    scripted.say(exec_details())
    assert (await told.first(ExecutionReported)).execution.quantity == Decimal(100)
