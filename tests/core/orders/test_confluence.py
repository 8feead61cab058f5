"""Whatever order messages come in, and however often: the same quantity, average and state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.domain.events import ExecutionReported, OrderReported, OrderStatusReported
from core.domain.execution import Execution
from core.domain.order import Order, OrderState
from core.orders.blotter import Blotter
from tests.core.orders.test_blotter import SPEC, execution, order, report, sent, snapshot, status

Message = ExecutionReported | OrderStatusReported | OrderReported
WORDS = ("PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel", "Cancelled", "Filled", "Inactive")


def tell(blotter: Blotter, message: Message, at_s: float) -> None:
    if isinstance(message, ExecutionReported):
        blotter.executed_event(message, at_s)
    elif isinstance(message, OrderStatusReported):
        blotter.status_reported(message, at_s)
    else:
        blotter.reported(message, at_s)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Message], list[Execution], str]:
    """What a gateway may say of one order, and how it stands there at the end."""
    quantities = draw(st.lists(st.integers(1, 60), max_size=4))
    fills = [execution(number, quantity) for number, quantity in enumerate(quantities, 1)]
    revised = [
        replace(one, exec_id=f"{one.key}.02", quantity=Decimal(draw(st.integers(0, 60))))
        for one in fills
        if draw(st.booleans())
    ]
    words = draw(st.lists(st.sampled_from(WORDS), max_size=6))
    messages: list[Message] = [ExecutionReported(one) for one in (*fills, *revised)]
    messages += [status(word) for word in words]
    messages += [report(word) for word in words if draw(st.booleans())]
    newest = {one.key: one for one in (*fills, *revised)}
    end = draw(st.sampled_from(["Submitted", "PreSubmitted", "Cancelled", "Filled"]))
    return messages, list(newest.values()), end


def outcome(messages: Sequence[Message], truth: Sequence[Execution], end: str) -> Order:
    """The messages, and then the reconcile that the desk makes anyway."""
    blotter = sent()
    for number, message in enumerate(messages):
        tell(blotter, message, 1.0 + number / 1000)
    listed = report(end) if end in ("Submitted", "PreSubmitted") else replace(report(end), completed=True)
    parts = {"orders": (listed,)} if not listed.completed else {"completed": (listed,)}
    for at_s in (20.0, 50.0):
        blotter.reconcile(snapshot(executions=tuple(truth), took_s=0.5, **parts), at_s)
    return order(blotter)


@given(lives(), st.data())
def test_any_order_and_any_repetition_ends_the_same(
    life: tuple[list[Message], list[Execution], str], data: st.DataObject
) -> None:
    messages, truth, end = life
    plain = outcome(messages, truth, end)
    again = data.draw(st.lists(st.sampled_from(messages), max_size=10)) if messages else []
    shuffled = data.draw(st.permutations([*messages, *again]))
    other = outcome(shuffled, truth, end)
    assert other.filled == plain.filled == sum(one.quantity for one in truth)
    assert other.avg_fill_price == plain.avg_fill_price
    if plain.filled < SPEC.quantity:
        assert other.state is plain.state


@given(lives())
def test_never_more_filled_than_ordered_without_an_alarm(
    life: tuple[list[Message], list[Execution], str],
) -> None:
    messages, _, _ = life
    blotter = sent()
    for number, message in enumerate(messages):
        tell(blotter, message, 1.0 + number / 1000)
        if order(blotter).filled > SPEC.quantity:
            assert any("than was ordered" in words for words in blotter.alarms)
            break


@given(st.permutations([status("PreSubmitted"), status("Submitted"), status("Filled")]), st.data())
def test_an_order_whose_executions_add_up_ends_filled_in_any_order(
    statuses: list[Message], data: st.DataObject
) -> None:
    fills: list[Message] = [ExecutionReported(execution(1)), ExecutionReported(execution(2))]
    blotter = sent()
    for number, message in enumerate(data.draw(st.permutations([*statuses, *fills, *fills]))):
        tell(blotter, message, 1.0 + number / 1000)
    assert (order(blotter).state, order(blotter).filled) == (OrderState.FILLED, Decimal(100))
    assert not blotter.alarms
