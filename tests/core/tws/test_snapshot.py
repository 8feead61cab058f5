"""Reading everything back: complete, or honest about what is missing; never wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.events import (
    AccountReported,
    CommissionReported,
    ExecutionReported,
    MessageReported,
    OrderReported,
    PnlReported,
    PortfolioReported,
    PositionReported,
    ProbeAnswered,
    ProbeUnanswered,
    SnapshotCompleted,
)
from core.domain.requests import Probe, SubscribeAccount, TakeSnapshot

POSITION = (61, 3, "DU1234567", 265598, "AAPL", "STK", "", 0, "", "", "", "USD", "AAPL", "NMS", 100, 150.25)
ORDER_IDS, OPEN_ORDERS, EXECUTIONS, COMPLETED, POSITIONS = "8", "16", "7", "99", "61"


@pytest.fixture
def answering(scripted, open_order, exec_details):
    """A gateway with one order, one fill and one position."""
    scripted.answers |= {
        ORDER_IDS: lambda _: [(9, 1, 12)],
        OPEN_ORDERS: lambda _: [
            open_order(),
            (3, 7, "PreSubmitted", 40, 60, 150.2, 600745656, 0, 150.2, 1, "", 0),
            (53, 1),
        ],
        EXECUTIONS: lambda fields: [
            exec_details(fields[2]),
            (59, 1, "0001.01", 1.05, "USD", 12.5, 0, ""),
            (55, 1, fields[2]),
        ],
        COMPLETED: lambda _: [(102,)],
        POSITIONS: lambda _: [POSITION, (62, 1)],
    }
    return scripted


async def test_a_snapshot_holds_every_part(connected, answering, tws, told) -> None:
    await connected()
    tws.perform(TakeSnapshot(5.0))
    taken = await told.first(SnapshotCompleted)
    assert (taken.missing, taken.next_order_id, taken.completed) == ((), 12, ())
    (order,), (execution,), (position,) = taken.orders, taken.executions, taken.positions
    assert (order.order_ref, order.filled) == ("ours-1", 40)
    assert (execution.quantity, execution.commission, execution.realised_pnl) == (
        100,
        Decimal("1.05"),
        Decimal("12.5"),
    )
    assert (position.quantity, position.avg_cost, position.contract.exchange) == (
        100,
        Decimal("150.25"),
        "SMART",
    )
    assert [message[0] for message in answering.heard[1:]] == [
        ORDER_IDS,
        OPEN_ORDERS,
        EXECUTIONS,
        COMPLETED,
        POSITIONS,
    ]


async def test_fills_of_a_snapshot_are_not_told_as_new(connected, answering, tws, told) -> None:
    await connected()
    tws.perform(TakeSnapshot(5.0))
    await told.first(SnapshotCompleted)
    assert told.all(ExecutionReported) == []
    assert told.all(CommissionReported) == []


@pytest.mark.parametrize(
    ("mute", "missing"),
    [
        (ORDER_IDS, "order ids"),
        (OPEN_ORDERS, "open orders"),
        (EXECUTIONS, "executions"),
        (COMPLETED, "completed orders"),
        (POSITIONS, "positions"),
    ],
)
async def test_a_part_that_never_comes_is_named_and_the_others_are_still_read(
    connected, answering, tws, told, mute: str, missing: str
) -> None:
    await connected()
    del answering.answers[mute]
    tws.perform(TakeSnapshot(0.4))
    assert (await told.first(SnapshotCompleted)).missing == (missing,)


async def test_a_part_refused_is_missing_at_once(connected, answering, tws, told) -> None:
    await connected()
    answering.answers[EXECUTIONS] = lambda fields: [(4, 2, fields[2], 321, "Error validating request", "")]
    tws.perform(TakeSnapshot(60.0))
    assert (await told.first(SnapshotCompleted)).missing == ("executions",)


async def test_everything_mute_ends_at_the_deadline(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(TakeSnapshot(0.2))
    assert len((await told.first(SnapshotCompleted)).missing) == 5


async def test_an_order_that_fills_meanwhile_is_not_shown_open(connected, answering, tws, told) -> None:
    await connected()
    answering.answers[COMPLETED] = lambda _: [
        (3, 7, "Filled", 100, 0, 150.25, 600745656, 0, 150.25, 1, "", 0),
        (102,),
    ]
    tws.perform(TakeSnapshot(5.0))
    (order,) = (await told.first(SnapshotCompleted)).orders
    assert (order.status, order.filled) == ("Filled", 100)


async def test_what_was_open_before_is_no_part_of_a_later_snapshot(
    connected, answering, tws, told, open_order
) -> None:
    await connected()
    answering.say(open_order(order_id=3, perm_id=33, order_ref="old"), POSITION)
    await told.first(PositionReported)
    answering.answers |= {OPEN_ORDERS: lambda _: [(53, 1)], POSITIONS: lambda _: [(62, 1)]}
    tws.perform(TakeSnapshot(5.0))
    taken = await told.first(SnapshotCompleted)
    assert (taken.orders, taken.positions, taken.missing) == ((), (), ())


async def test_a_late_end_of_an_earlier_request_cannot_empty_a_later_snapshot(
    connected, answering, tws, told, open_order
) -> None:
    await connected()
    answering.answers[OPEN_ORDERS] = lambda _: [open_order()]
    tws.perform(TakeSnapshot(0.4))
    assert (await told.first(SnapshotCompleted)).missing == ("open orders",)
    told.events.clear()
    answering.answers[OPEN_ORDERS] = lambda _: [(53, 1)]
    tws.perform(TakeSnapshot(5.0))
    taken = await told.first(SnapshotCompleted)
    assert [order.order_ref for order in taken.orders] == ["ours-1"]


async def test_a_row_of_an_earlier_list_that_is_not_told_again_proves_nothing(
    connected, answering, tws, told, open_order
) -> None:
    """It may be over since, or the end may be the earlier list's: the part is read once more."""
    await connected()
    answering.answers[OPEN_ORDERS] = lambda _: [open_order()]
    tws.perform(TakeSnapshot(0.4))
    await told.first(SnapshotCompleted)
    answering.answers[OPEN_ORDERS] = lambda _: [(53, 1)]
    for missing, listed in ((("open orders",), 1), ((), 0)):
        told.events.clear()
        tws.perform(TakeSnapshot(5.0))
        taken = await told.first(SnapshotCompleted)
        assert (taken.missing, len(taken.orders)) == (missing, listed)


async def test_a_row_of_an_earlier_list_that_is_told_again_counts(
    connected, answering, tws, told, open_order
) -> None:
    await connected()
    answering.answers[OPEN_ORDERS] = lambda _: [open_order()]
    tws.perform(TakeSnapshot(0.4))
    await told.first(SnapshotCompleted)
    told.events.clear()
    answering.answers[OPEN_ORDERS] = lambda _: [open_order(), (53, 1)]
    tws.perform(TakeSnapshot(5.0))
    taken = await told.first(SnapshotCompleted)
    assert (taken.missing, len(taken.orders)) == ((), 1)


async def test_a_second_snapshot_waits_for_the_first(connected, answering, tws, told) -> None:
    await connected()
    tws.perform(TakeSnapshot(5.0))
    tws.perform(TakeSnapshot(5.0))
    await answering.hears(61, 2)
    await told.first(SnapshotCompleted, lambda _: len(told.all(SnapshotCompleted)) == 2)
    kinds = [message[0] for message in answering.heard[1:]]
    assert kinds == [ORDER_IDS, OPEN_ORDERS, EXECUTIONS, COMPLETED, POSITIONS] * 2


async def test_an_execution_that_answers_too_late_still_counts(
    connected, answering, tws, told, exec_details
) -> None:
    await connected()
    answering.answers[EXECUTIONS] = lambda _: []
    tws.perform(TakeSnapshot(0.2))
    await told.first(SnapshotCompleted)
    answering.say(exec_details((await answering.hears(7))[2]))
    assert (await told.first(ExecutionReported)).replayed


async def test_a_completed_order_pushed_unasked_is_told(connected, scripted, tws, told) -> None:
    await connected()
    scripted.say(tuple(COMPLETED_ORDER.split("|")), (4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    (order,) = told.all(OrderReported)
    assert (order.completed, order.status, order.filled, order.client_id) == (True, "Cancelled", 0, None)
    assert order.completed_words == "Cancelled by Trader"
    assert tws.counts["undecodable"] == 0


# Recorded from TWS (ib_async issue 128); wire.md 3.5.
COMPLETED_ORDER = (
    "101|756733|SPY|STK||0|?||SMART|USD|SPY|SPY|SELL|100|STP|549.97|550.0|DAY|close_135|DUD193105||0"
    "||1451120741|0|0|0||||||||||0||-1||||||2147483647|0|0||1|0||0|None||0|0|0||0|0||||0|0|0|2147483"
    "647|2147483647||||IB|0|0||0|Cancelled|0|0|0|550.0|1.7976931348623157E308|0|1|0||0|2147483647|0|"
    "Not an insider or substantial shareholder|0|0|9223372036854775807|20250312 14:13:48 US/Eastern|"
    "Cancelled by Trader|||||"
)


# --- account and heartbeat ---------------------------------------------------------------------------


async def test_account_values_of_a_packet_come_together_and_in_order(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    assert await scripted.hears(6) == ["6", "2", "1", "DU1234567"]
    scripted.say(
        (6, 2, "AccountReady", "true", "", "DU1234567"),
        (6, 2, "NetLiquidation", "100000.5", "USD", "DU1234567"),
    )
    event = await told.first(AccountReported)
    assert event.values == (("AccountReady", "true", ""), ("NetLiquidation", "100000.5", "USD"))


@pytest.mark.parametrize(
    "lost",
    [
        (6, 2, "ExcessLiquidity", "90000", "USD"),
        (6, 2, "ExcessLiquidity", "?!", "USD", "DU1234567"),
        (7, 8, "?!", "AAPL"),
    ],
)
async def test_an_account_value_that_cannot_be_read_is_asked_for_again(
    connected, scripted, tws, lost
) -> None:
    """Soak seed 15008281: IB tells a value when it changes, and then not again."""
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    await scripted.hears(6)
    scripted.say(lost, lost)
    await scripted.hears(6, 3)
    asked = [message for message in scripted.heard if message[0] == "6"]
    assert [message[2] for message in asked] == ["1", "0", "1"]


async def test_account_values_that_go_on_being_unreadable_are_asked_for_once_a_minute(
    connected, scripted, tws, told
) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    await scripted.hears(6)
    scripted.answers |= {
        "6": lambda _: [(6, 2, "ExcessLiquidity", "90000", "USD")],
        "49": lambda _: [(49, 1, 1795435200)],
    }
    scripted.say((6, 2, "ExcessLiquidity", "90000", "USD"))
    await scripted.hears(6, 3)
    for answered in (1, 2):  # what follows the second answer has been asked before the next question
        tws.perform(Probe(5.0))
        await told.first(ProbeAnswered, lambda _, times=answered: len(told.all(ProbeAnswered)) == times)
    assert tws.counts["undecodable"] == 3
    assert len([message for message in scripted.heard if message[0] == "6"]) == 3


async def test_profit_and_loss_not_known_yet_is_absent(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    req_id = (await scripted.hears(92))[1]
    scripted.say((94, req_id, 12.5, "1.7976931348623157E308", 0))
    assert await told.first(PnlReported) == PnlReported("DU1234567", Decimal("12.5"), None, Decimal(0))


async def test_subscribing_again_leaves_one_subscription(connected, scripted, tws) -> None:
    await connected()
    tws.perform(SubscribeAccount("DU1234567"))
    first = (await scripted.hears(92))[1]
    tws.perform(SubscribeAccount("DU1234567"))
    assert (await scripted.hears(93))[1] == first


async def test_a_portfolio_line_keeps_its_marks(connected, scripted, told) -> None:
    await connected()
    contract = (495512557, "ES", "FUT", "20261218", 0, "", "50", "CME", "USD", "ESZ6", "ES")
    scripted.say((7, 8, *contract, 2, 6000.25, 600025, 299000.5, 2024, "1.7976931348623157E308", "DU1234567"))
    line = await told.first(PortfolioReported)
    assert (line.contract.exchange, line.contract.multiplier, line.market_price) == (
        "CME",
        50,
        Decimal("6000.25"),
    )
    assert line.realised_pnl is None


async def test_a_heartbeat_is_answered_or_not(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(Probe(0.05))
    await told.first(ProbeUnanswered)
    scripted.answers["49"] = lambda _: [(49, 1, 1795435200)]
    tws.perform(Probe(5.0))
    assert (await told.first(ProbeAnswered)).round_trip_s > 0
