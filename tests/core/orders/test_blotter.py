"""The blotter believes executions, doubts silence, and never loses an order."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.domain.contract import Contract
from core.domain.events import (
    CommissionReported,
    ExecutionReported,
    MessageReported,
    OrderReported,
    OrderStatusReported,
    SnapshotCompleted,
)
from core.domain.execution import Execution
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Overlay, Side
from core.orders.blotter import Blotter

AAPL = Contract(265598, "AAPL")
SPEC = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, limit_price=Decimal("150"), account="DU1")
AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def execution(number: int, quantity: int = 50, revision: int = 1) -> Execution:
    return Execution(
        exec_id=f"0001.{number:04}.01.{revision:02}",
        account="DU1",
        contract=AAPL,
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal("150"),
        at=AT,
        order_id=1,
        perm_id=900,
        client_id=7,
    )


def status(word: str, *, perm_id: int | None = 900) -> OrderStatusReported:
    return OrderStatusReported(1, perm_id, 7, word, Decimal(0), Decimal(100), None)


def report(word: str = "Submitted", spec: OrderSpec = SPEC, **more: object) -> OrderReported:
    return OrderReported(1, 900, 7, "r1", spec, word, **more)  # type: ignore[arg-type]


def snapshot(**parts: object) -> SnapshotCompleted:
    empty: dict[str, object] = {
        "next_order_id": 2,
        "orders": (),
        "executions": (),
        "completed": (),
        "positions": (),
    }
    return SnapshotCompleted(**(empty | parts))  # type: ignore[arg-type]


def sent() -> Blotter:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.link_up(0.0)
    blotter.intend("r1", 1, SPEC, 0.0)
    blotter.written("r1", 0.1)
    return blotter


def working() -> Blotter:
    blotter = sent()
    blotter.reported(report(), 0.2)
    return blotter


def order(blotter: Blotter) -> Order:
    found = blotter.order("r1")
    assert found is not None
    return found


def test_an_order_goes_from_intent_to_filled_by_its_executions() -> None:
    blotter = sent()
    for word in ("PendingSubmit", "PreSubmitted", "Submitted", "Submitted"):
        blotter.status_reported(status(word), 1.0)
    assert order(blotter).state is OrderState.WORKING
    blotter.executed_event(ExecutionReported(execution(1)), 2.0)
    assert (order(blotter).filled, order(blotter).state) == (Decimal(50), OrderState.WORKING)
    blotter.executed_event(ExecutionReported(execution(2)), 3.0)
    assert order(blotter).state is OrderState.FILLED
    assert order(blotter).avg_fill_price == Decimal(150)


def test_a_market_order_may_fill_without_any_status() -> None:
    blotter = sent()
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
    assert order(blotter).state is OrderState.FILLED


def test_a_filled_status_without_executions_asks_for_them() -> None:
    blotter = working()
    blotter.status_reported(status("Filled"), 1.0)
    assert order(blotter).state is OrderState.WORKING
    assert blotter.pull


def test_a_fill_that_crosses_a_cancel_still_counts() -> None:
    blotter = working()
    blotter.request_cancel("r1", 1.0)
    blotter.status_reported(status("Cancelled"), 1.1)
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.2)
    assert order(blotter).state is OrderState.FILLED
    assert blotter.alarms


def test_more_fills_than_were_ordered_raise_an_alarm() -> None:
    blotter = working()
    for number in (1, 2, 3):
        blotter.executed_event(ExecutionReported(execution(number)), 1.0)
    assert order(blotter).filled == Decimal(150)
    assert any("More was filled than was ordered" in words for words in blotter.alarms)
    assert order(blotter).alarm


def test_a_correction_replaces_the_fill_it_corrects() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(execution(1, 60, revision=1)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 40, revision=2)), 1.1)
    blotter.executed_event(ExecutionReported(execution(1, 60, revision=1)), 1.2)
    assert order(blotter).filled == Decimal(40)


def test_a_fill_that_is_told_twice_is_news_once() -> None:
    blotter = working()
    assert blotter.executed_event(ExecutionReported(execution(1)), 1.0)
    assert not blotter.executed_event(ExecutionReported(execution(1)), 1.1)


def test_a_fill_that_is_the_first_answer_brings_the_permanent_id() -> None:
    blotter = sent()
    blotter.executed_event(ExecutionReported(execution(1)), 1.0)
    assert order(blotter).perm_id == 900
    blotter.status_reported(replace(status("Cancelled"), order_id=0, client_id=0), 2.0)
    assert order(blotter).state is OrderState.CANCELLED


def test_a_warning_changes_no_state_and_an_unknown_code_asks_again() -> None:
    blotter = working()
    blotter.message_reported(MessageReported(399, "will not be placed until the open", 1), 1.0)
    assert order(blotter).state is OrderState.WORKING
    assert not blotter.pull
    blotter.message_reported(MessageReported(98765, "odd", 1), 1.1)
    assert order(blotter).state is OrderState.WORKING
    assert blotter.pull


def test_a_rejection_says_why() -> None:
    blotter = sent()
    blotter.message_reported(MessageReported(201, "Order rejected - reason: margin", 1), 1.0)
    assert order(blotter).state is OrderState.REJECTED
    assert "margin" in order(blotter).reason


def test_a_failed_modification_leaves_the_order_working() -> None:
    blotter = working()
    blotter.request_modify("r1", SPEC, 1.0)
    blotter.message_reported(MessageReported(201, "too far", 1), 1.1)
    assert order(blotter).state is OrderState.WORKING
    assert order(blotter).modify is Overlay.NONE


def test_a_modification_is_confirmed_by_the_terms_ib_holds() -> None:
    blotter = working()
    wanted = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, Decimal("151"), account="DU1")
    blotter.request_modify("r1", wanted, 1.0)
    blotter.reported(report(), 1.1)
    assert order(blotter).modify is Overlay.REQUESTED
    blotter.reported(report(spec=wanted), 1.2)
    assert order(blotter).modify is Overlay.NONE
    assert order(blotter).spec.limit_price == Decimal("151")


def test_an_order_without_an_answer_is_in_doubt_after_five_seconds() -> None:
    blotter = sent()
    assert blotter.due_at_s == 5.1
    blotter.woke(5.2)
    assert order(blotter).state is OrderState.IN_DOUBT
    assert blotter.pull


def test_a_lost_link_leaves_working_orders_working_and_unanswered_ones_in_doubt() -> None:
    blotter = working()
    blotter.intend("r2", 2, SPEC, 1.0)
    blotter.written("r2", 1.0)
    blotter.link_lost(1.1)
    assert (order(blotter).state, order(blotter).stale) == (OrderState.WORKING, True)
    second = blotter.order("r2")
    assert second is not None
    assert second.state is OrderState.IN_DOUBT


def test_an_order_that_ib_has_seen_but_does_not_list_stays_in_doubt() -> None:
    blotter = working()
    blotter.link_lost(0.5)
    blotter.link_up(10.0)
    blotter.reconcile(snapshot(next_order_id=1), 20.0)
    assert order(blotter).state is OrderState.IN_DOUBT


def test_an_order_placed_while_a_snapshot_was_taken_is_left_alone() -> None:
    blotter = sent()
    blotter.reconcile(snapshot(next_order_id=1), 0.3)
    assert order(blotter).state is OrderState.SENT
    assert blotter.pull


def test_fills_of_an_outage_are_found_by_the_reconcile() -> None:
    blotter = working()
    blotter.link_lost(0.5)
    blotter.reconcile(
        snapshot(executions=(execution(1, 100),), completed=(report("Filled", completed=True),)), 9.0
    )
    assert order(blotter).state is OrderState.FILLED


def test_orders_of_others_are_shown_as_foreign() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.reported(OrderReported(5, 77, 0, "", SPEC, "Submitted"), 1.0)
    [foreign] = blotter.orders()
    assert (foreign.own, foreign.state) == (False, OrderState.WORKING)


def test_a_commission_that_comes_before_its_execution_is_not_lost() -> None:
    blotter = working()
    blotter.commission_reported(CommissionReported(execution(1).exec_id, Decimal("1.25"), "USD", None))
    blotter.executed_event(ExecutionReported(execution(1)), 1.0)
    assert blotter.ledger.executions()[0].commission == Decimal("1.25")


def test_a_refused_cancel_leaves_the_order_working_and_asks_again() -> None:
    blotter = working()
    blotter.request_cancel("r1", 1.0)
    blotter.message_reported(MessageReported(10148, "state: Filled", 1), 1.1)
    assert (order(blotter).state, order(blotter).cancel) == (OrderState.WORKING, Overlay.NONE)
    assert blotter.pull
