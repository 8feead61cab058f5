"""The table of order life: complete, and right where it matters."""

import pytest

from core.domain.order import OrderState
from core.orders.lifecycle import STATUS_FACTS, TRANSITIONS, Fact

CELLS = [(state, fact) for state in OrderState for fact in Fact]


@pytest.mark.parametrize(("state", "fact"), CELLS)
def test_every_state_answers_every_fact(state: OrderState, fact: Fact) -> None:
    move = TRANSITIONS[state][fact]
    assert move.to is None or isinstance(move.to, OrderState)


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.DENIED])
def test_executions_that_add_up_fill_an_order_in_any_state(state: OrderState) -> None:
    move = TRANSITIONS[state][Fact.FILLED_UP]
    assert move.to is OrderState.FILLED or state is OrderState.FILLED


@pytest.mark.parametrize("state", list(OrderState))
def test_a_filled_status_alone_never_fills_an_order(state: OrderState) -> None:
    assert TRANSITIONS[state][Fact.FILLED_STATUS].to is not OrderState.FILLED


@pytest.mark.parametrize(
    "state", [OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.NOT_PLACED]
)
def test_a_late_fill_is_never_silent(state: OrderState) -> None:
    assert TRANSITIONS[state][Fact.EXECUTED].alarm


def test_a_status_that_lags_behind_does_not_take_a_working_order_back() -> None:
    for fact in (Fact.PENDING, Fact.HELD):
        assert TRANSITIONS[OrderState.WORKING][fact].to is None


def test_only_proof_ends_a_doubt_as_not_placed() -> None:
    moves = TRANSITIONS[OrderState.IN_DOUBT]
    assert [fact for fact in Fact if moves[fact].to is OrderState.NOT_PLACED] == [Fact.NEVER_SEEN]


def test_inactive_is_not_the_end() -> None:
    assert TRANSITIONS[OrderState.INACTIVE][Fact.WORKING].to is OrderState.WORKING
    assert not OrderState.INACTIVE.is_final


def test_ibs_words_for_a_pending_cancel_are_not_states() -> None:
    assert "PendingCancel" not in STATUS_FACTS
