"""Whose order a message is about: our reference, then the permanent id, then client and order id."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.contract import Contract, SecType
from core.domain.events import ExecutionReported, MessageReported, OrderReported, OrderStatusReported
from core.domain.execution import Execution
from core.domain.order import OrderState, Overlay, Settlement, Side
from core.orders.blotter import Blotter
from core.orders.ids import OrderIds
from core.orders.lifecycle import Fact, Wish
from tests.core.orders.test_blotter import (
    AAPL,
    SPEC,
    execution,
    order,
    report,
    sent,
    snapshot,
    status,
    working,
)

S = OrderState


def second(word: str = "Submitted") -> OrderReported:
    """The same intent under another permanent id."""
    return replace(report(word), perm_id=901)


def in_conflict() -> Blotter:
    blotter = working()
    blotter.reported(second(), 1.0)
    return blotter


# --- two permanent ids for one intent ---------------------------------------------------------------


def test_a_second_permanent_id_is_a_conflict_and_loud() -> None:
    blotter = in_conflict()
    assert order(blotter).state is S.CONFLICT
    assert [leg.perm_id for leg in order(blotter).legs] == [900, 901]
    assert any("works it twice" in words for words in blotter.alarms)
    assert len(blotter.orders()) == 1


def test_in_a_conflict_each_leg_keeps_its_own_terms() -> None:
    """Soak seed 15003525: the modification was confirmed after the second permanent id had been told."""
    blotter = in_conflict()
    blotter.request_modify("r1", more := replace(SPEC, quantity=Decimal(101)), 1.1)
    blotter.reported(replace(report(), spec=more), 1.2)
    now = order(blotter)
    assert (now.spec.quantity, now.modify, now.external) == (101, Overlay.NONE, "")
    assert [leg.spec and leg.spec.quantity for leg in now.legs] == [101, 100]


def test_what_is_told_of_a_second_leg_changes_no_terms_of_the_order() -> None:
    blotter = in_conflict()
    blotter.reported(replace(second(), spec=replace(SPEC, quantity=Decimal(101))), 1.2)
    now = order(blotter)
    assert (now.spec.quantity, now.external) == (100, "")
    assert [leg.spec and leg.spec.quantity for leg in now.legs] == [None, 101]


def test_quantities_of_both_legs_add_up_and_too_much_is_an_alarm() -> None:
    blotter = in_conflict()
    blotter.executed_event(ExecutionReported(execution(1, 60)), 2.0)
    blotter.executed_event(ExecutionReported(replace(execution(2, 60), perm_id=901, order_ref="r1")), 2.1)
    assert order(blotter).filled == 120
    assert any("than was ordered" in words for words in blotter.alarms)


def test_a_conflict_ends_when_every_leg_is_over() -> None:
    blotter = in_conflict()
    blotter.status_reported(status("Cancelled"), 2.0)
    assert order(blotter).state is S.CONFLICT
    blotter.executed_event(ExecutionReported(replace(execution(1, 100), perm_id=901)), 3.0)
    blotter.status_reported(status("Filled", perm_id=901), 3.1)
    assert (order(blotter).state, order(blotter).filled) == (S.FILLED, 100)


def test_a_leg_that_is_said_to_be_filled_waits_for_its_executions() -> None:
    blotter = in_conflict()
    blotter.status_reported(status("Cancelled"), 2.0)
    blotter.status_reported(status("Filled", perm_id=901), 2.1)
    assert (order(blotter).state, blotter.pull) == (S.CONFLICT, True)
    blotter.executed_event(ExecutionReported(replace(execution(1, 100), perm_id=901)), 3.0)
    assert order(blotter).state is S.FILLED


def test_a_message_that_names_only_the_order_id_ends_a_leg_when_one_is_left() -> None:
    blotter = in_conflict()
    blotter.message_reported(MessageReported(202, "Order Canceled", 1), 2.0)
    assert (order(blotter).state, blotter.pull) == (S.CONFLICT, True)
    blotter.status_reported(status("Cancelled"), 2.1)
    blotter.message_reported(MessageReported(202, "Order Canceled", 1), 2.2)
    assert order(blotter).state is S.CANCELLED


def test_a_conflict_is_cancelled_and_never_modified() -> None:
    blotter = in_conflict()
    assert blotter.wish("r1", Fact.CANCEL_ASKED)[0] is Wish.SEND
    assert "twice" in blotter.wish("r1", Fact.MODIFY_ASKED)[1]
    blotter.request_cancel("r1", 2.0)
    blotter.message_reported(MessageReported(10148, "cannot be cancelled", 1), 2.1)
    assert (order(blotter).cancel, blotter.pull) == (Overlay.NONE, True)


def test_an_execution_alone_tells_of_the_second_leg() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(replace(execution(1, 100), perm_id=901, order_ref="r1")), 1.0)
    assert order(blotter).state is S.CONFLICT
    assert order(blotter).filled == 100


def test_a_snapshot_that_lists_both_legs_keeps_the_conflict() -> None:
    blotter = working()
    blotter.reconcile(snapshot(orders=(report(), second())), 20.0)
    assert order(blotter).state is S.CONFLICT


def test_a_cancel_that_took_at_neither_leg_is_said_and_may_be_asked_again() -> None:
    blotter = in_conflict()
    blotter.request_cancel("r1", 2.0)
    blotter.woke(12.5)
    assert order(blotter).cancel is Overlay.IN_DOUBT
    for one in (report(), second()):
        blotter.reported(one, 20.0)  # the lists' own rows, as they come in
    blotter.reconcile(snapshot(orders=(report(), second()), took_s=0.1), 20.05)
    assert (order(blotter).state, order(blotter).cancel) == (S.CONFLICT, Overlay.NONE)
    assert sum("the cancel did not take" in words for words in blotter.alarms) == 1


def test_a_cancel_of_both_legs_that_is_asked_while_the_lists_are_read_waits_on() -> None:
    blotter = in_conflict()
    blotter.request_cancel("r1", 20.0)
    blotter.reconcile(snapshot(orders=(report(), second()), took_s=0.1), 20.05)
    assert order(blotter).cancel is Overlay.REQUESTED


# --- not the same order -----------------------------------------------------------------------------


def test_another_order_that_bears_our_number_is_another_order() -> None:
    blotter = sent()
    selling = OrderReported(1, 950, 7, "", replace(SPEC, side=Side.SELL), "Submitted")
    blotter.reported(selling, 1.0)
    assert order(blotter).state is S.SENT
    assert len(blotter.orders()) == 2


def test_a_report_that_names_no_contract_number_is_matched_by_the_symbol() -> None:
    blotter = sent()
    nameless = replace(AAPL, con_id=0)
    blotter.reported(OrderReported(1, 900, 7, "", replace(SPEC, contract=nameless), "Submitted"), 1.0)
    assert (order(blotter).state, len(blotter.orders())) == (S.WORKING, 1)
    other = replace(nameless, symbol="MSFT")
    blotter.reported(OrderReported(1, 0, 7, "", replace(SPEC, contract=other), "Submitted"), 2.0)
    assert len(blotter.orders()) == 2


def test_a_status_with_a_permanent_id_that_is_not_known_asks_again() -> None:
    blotter = working()
    blotter.status_reported(status("Cancelled", perm_id=999), 1.0)
    assert (order(blotter).state, blotter.pull) == (S.WORKING, True)


def test_orders_of_others_with_the_same_text_stay_apart() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    for perm_id in (77, 78):
        blotter.reported(OrderReported(0, perm_id, 0, "hedge", SPEC, "Submitted"), 1.0)
    assert [one.perm_id for one in blotter.orders()] == [78, 77]
    assert all(one.owner == "TWS" for one in blotter.orders())


@pytest.mark.parametrize(("client_id", "who"), [(0, "TWS"), (3, "client 3")])
def test_what_others_placed_may_not_be_touched_from_here(client_id: int, who: str) -> None:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.reported(OrderReported(5, 77, client_id, "", SPEC, "Submitted"), 1.0)
    [foreign] = blotter.orders()
    for fact in (Fact.CANCEL_ASKED, Fact.MODIFY_ASKED):
        wish, words = blotter.wish(foreign.order_ref, fact)
        assert wish is Wish.BLOCK
        assert who in words


def test_ids_never_run_backwards_and_a_journal_raises_them() -> None:
    ids = OrderIds(101)
    assert ids.take() == 101
    ids.raise_floor(7)
    assert ids.take() == 102
    assert ids.at_least(OrderIds(500)).take() == 500


# --- terms ------------------------------------------------------------------------------------------


def test_terms_that_others_changed_are_adopted_and_shown() -> None:
    blotter = working()
    blotter.reported(report(spec=replace(SPEC, limit_price=Decimal(151), quantity=Decimal(80))), 1.0)
    assert order(blotter).spec.limit_price == Decimal(151)
    assert order(blotter).external == "quantity 100 to 80, limit 150 to 151"
    assert any("changed at IB" in words for words in blotter.news)


def test_terms_that_ib_does_not_tell_are_still_those_that_were_asked_for() -> None:
    blotter = sent()
    blotter.reported(report(spec=replace(SPEC, limit_price=None)), 1.0)
    assert (order(blotter).spec.limit_price, order(blotter).external) == (Decimal(150), "")


def test_a_modification_is_no_change_by_others() -> None:
    blotter = working()
    wanted = replace(SPEC, limit_price=Decimal(151))
    blotter.request_modify("r1", wanted, 1.0)
    blotter.reported(report(spec=wanted), 1.1)
    assert order(blotter).external == ""


# --- executions -------------------------------------------------------------------------------------


def test_an_execution_that_comes_before_its_order_is_claimed_by_it() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    early = replace(execution(1, 40), order_id=5, perm_id=77, client_id=3)
    blotter.executed_event(ExecutionReported(early), 1.0)
    assert blotter.pull
    blotter.reported(OrderReported(5, 77, 3, "", SPEC, "Submitted"), 1.1)
    [foreign] = blotter.orders()
    assert (foreign.filled, foreign.avg_fill_price) == (40, 150)


def test_only_the_combination_itself_fills_a_combination() -> None:
    bag = Contract(28812380, "AAPL", SecType.BAG)
    blotter = Blotter()
    blotter.client_id = 7
    blotter.intend("r1", 1, replace(SPEC, contract=bag, quantity=Decimal(2)), 0.0)
    blotter.written("r1", 0.1)
    whole = replace(execution(1, 1), contract=bag, exec_id="0001.0001.01.01")
    legs = [
        replace(execution(1, 1), exec_id=f"0001.0001.01.{leg:02}.01", contract=AAPL, side=side)
        for leg, side in ((2, Side.BUY), (3, Side.SELL))
    ]
    for one in (*legs, whole, *legs):
        blotter.executed_event(ExecutionReported(one), 1.0)
    assert (order(blotter).filled, order(blotter).state) == (1, S.WORKING)
    assert len(blotter.ledger.executions()) == 3


def test_a_combinations_leg_that_is_told_first_fills_nothing_and_changes_no_state() -> None:
    bag = Contract(28812380, "AAPL", SecType.BAG)
    blotter = Blotter()
    blotter.client_id = 7
    blotter.intend("r1", 1, replace(SPEC, contract=bag, quantity=Decimal(2)), 0.0)
    blotter.written("r1", 0.1)
    legs = [
        replace(execution(1, 2), exec_id=f"0001.0001.01.{leg:02}.01", contract=AAPL, side=side)
        for leg, side in ((2, Side.BUY), (3, Side.SELL))
    ]
    for one in legs:
        blotter.executed_event(ExecutionReported(one), 1.0)
        assert (order(blotter).filled, order(blotter).avg_fill_price) == (0, None)
        # The order is neither filled by its leg nor working because of it: it waits for its own fill.
        assert (order(blotter).state, order(blotter).alarm) == (S.SENT, "")
    whole = replace(execution(1, 2), contract=bag, exec_id="0001.0001.01.01")
    blotter.executed_event(ExecutionReported(whole), 1.1)
    assert (order(blotter).filled, order(blotter).state) == (2, S.FILLED)


def test_a_bust_takes_a_fill_back_and_is_loud() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 0, revision=2)), 1.1)
    assert (order(blotter).filled, order(blotter).avg_fill_price) == (0, None)
    assert "taken back" in order(blotter).alarm
    assert blotter.pull


def test_a_correction_of_the_price_alone_changes_the_average_and_nothing_else() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
    corrected = replace(execution(1, 100, revision=2), price=Decimal("149.5"))
    blotter.executed_event(ExecutionReported(corrected), 1.1)
    assert (order(blotter).state, order(blotter).avg_fill_price) == (S.FILLED, Decimal("149.5"))
    assert not blotter.alarms


# --- messages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "state", "expected"),
    [
        (201, "Submitted", S.REJECTED),
        (321, "Submitted", S.WORKING),  # it ends requests; this order IB already had
        (321, "", S.REJECTED),
        (512, "", S.IN_DOUBT),
        (100, "", S.IN_DOUBT),
        (10328, "Submitted", S.IN_DOUBT),
        (399, "Submitted", S.WORKING),
        (10349, "Submitted", S.WORKING),
        (202, "Submitted", S.CANCELLED),
    ],
)
def test_a_code_does_what_its_class_says(code: int, state: str, expected: OrderState) -> None:
    blotter = sent()
    if state:
        blotter.status_reported(status(state), 0.2)
    blotter.message_reported(MessageReported(code, "words", 1), 0.3)
    assert order(blotter).state is expected


def test_an_uncertain_code_while_a_cancel_is_asked_doubts_the_cancel_only() -> None:
    blotter = working()
    blotter.request_cancel("r1", 1.0)
    blotter.message_reported(MessageReported(515, "sending error", 1), 1.1)
    assert (order(blotter).state, order(blotter).cancel) == (S.WORKING, Overlay.IN_DOUBT)


def test_a_refusal_after_a_fill_ends_nothing() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(execution(1)), 1.0)
    blotter.message_reported(MessageReported(201, "rejected", 1), 1.1)
    assert (order(blotter).state, order(blotter).filled, blotter.pull) == (S.WORKING, 50, True)


def test_a_status_says_why_an_order_is_held() -> None:
    blotter = sent()
    held = OrderStatusReported(1, 900, 7, "PreSubmitted", Decimal(0), Decimal(100), None, "locate")
    blotter.status_reported(held, 0.2)
    assert order(blotter).reason == "Held: locate."


# --- a reference or an id that was given out twice ----------------------------------------------------

SOLD = replace(execution(7, 40), side=Side.SELL, order_ref="r1", perm_id=None)
OTHER = replace(execution(7, 40), contract=Contract(272093, "MSFT"), perm_id=None)


@pytest.mark.parametrize("stray", [SOLD, OTHER], ids=["our reference, sold", "our id, another contract"])
def test_an_execution_of_another_side_or_contract_fills_no_order_of_ours(stray: Execution) -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(stray), 1.0)
    assert (order(blotter).filled, blotter.pull) == (0, True)
    assert blotter.ledger.owner(stray.key) == ""


def test_the_permanent_id_is_believed_before_the_contract() -> None:
    """IB may tell an execution under another contract id than the order's, as of a CFD; permId is its own."""
    blotter = working()
    blotter.executed_event(ExecutionReported(replace(OTHER, perm_id=900)), 1.0)
    assert order(blotter).filled == 40


def test_an_order_of_the_other_side_with_our_reference_is_one_more_order_and_stays_one() -> None:
    blotter = working()
    sell = replace(report(), perm_id=905, spec=replace(SPEC, side=Side.SELL))
    for at_s in (1.0, 1.1, 1.2):
        blotter.reported(sell, at_s)
        blotter.executed_event(ExecutionReported(replace(SOLD, perm_id=905)), at_s)
    assert (order(blotter).state, order(blotter).filled) == (S.WORKING, 0)
    [other] = [one for one in blotter.orders() if one.order_ref != "r1"]
    assert (other.order_ref, other.state, other.filled) == ("r1-905", S.WORKING, 40)
    blotter.reported(report(), 2.0)
    assert len(blotter.orders()) == 2


# --- a conflict ends ------------------------------------------------------------------------------------


def test_each_leg_of_a_conflict_is_full_by_its_own_quantity() -> None:
    """The change reached one leg alone: the other filled all that it was for."""
    blotter = in_conflict()
    blotter.request_modify("r1", more := replace(SPEC, quantity=Decimal(150)), 1.1)
    blotter.reported(replace(report(), spec=more), 1.2)
    blotter.executed_event(ExecutionReported(replace(execution(1, 100), perm_id=901)), 2.0)
    blotter.pull = False
    blotter.status_reported(status("Filled", perm_id=901), 2.1)
    assert (order(blotter).state, blotter.pull) == (S.CONFLICT, False)
    blotter.status_reported(status("Cancelled"), 3.0)
    assert (order(blotter).state, order(blotter).filled) == (S.CANCELLED, 100)


def test_a_leg_that_a_list_calls_filled_needs_no_executions_of_an_earlier_day() -> None:
    blotter = in_conflict()
    blotter.status_reported(status("Cancelled"), 2.0)
    filled = replace(second("Filled"), completed=True)
    blotter.reconcile(snapshot(completed=(filled,), took_s=0.1), 10.0)
    assert (order(blotter).state, blotter.pull) == (S.FILLED, False)
    assert any("executions are not in today's list" in words for words in blotter.alarms)


def test_ib_is_not_asked_again_and_again_for_executions_that_its_list_does_not_hold() -> None:
    blotter = in_conflict()
    filled = replace(second("Filled"), completed=True)
    for at_s in (10.0, 40.0):
        blotter.reported(report(), at_s)  # a list's open rows are told as they come
        blotter.reconcile(snapshot(orders=(report(),), completed=(filled,), took_s=0.1), at_s + 0.05)
    assert (order(blotter).state, blotter.pull) == (S.CONFLICT, False)
    blotter.pull = False
    blotter.reported(report(), 70.0)
    assert not blotter.pull
    blotter.status_reported(status("Cancelled"), 71.0)
    assert order(blotter).state is S.FILLED


def test_a_conflict_that_ib_lists_no_more_is_laid_out_and_can_be_settled() -> None:
    blotter = in_conflict()
    for at_s in (10.0, 16.0):
        blotter.reconcile(snapshot(took_s=0.1), at_s)
        assert not blotter.pull
    laid_out = blotter.doubt("r1", 16.0)
    assert laid_out is not None
    assert laid_out.choices == (Settlement.CANCELLED,)
    blotter.settle("r1", Settlement.CANCELLED, 17.0)
    assert (order(blotter).state, order(blotter).is_live) == (S.CANCELLED, False)
    assert [leg.state for leg in order(blotter).legs] == [S.CANCELLED, S.CANCELLED]
    assert blotter.doubt("r1", 18.0) is None


def test_a_leg_that_is_listed_as_over_does_not_stand_for_the_one_that_is_gone() -> None:
    blotter = in_conflict()
    gone = replace(second("Cancelled"), completed=True)
    for at_s in (10.0, 16.0):
        blotter.reconcile(snapshot(completed=(gone,), took_s=0.1), at_s)
    laid_out = blotter.doubt("r1", 16.0)
    assert laid_out is not None
    assert laid_out.choices == (Settlement.CANCELLED,)


def test_a_conflict_that_is_over_waits_for_no_modification() -> None:
    blotter = in_conflict()
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(151)), 1.1)
    for perm_id in (900, 901):
        blotter.status_reported(status("Cancelled", perm_id=perm_id), 2.0)
    assert (order(blotter).state, order(blotter).modify, order(blotter).pending) == (
        S.CANCELLED,
        Overlay.NONE,
        None,
    )


def test_fills_that_ib_counted_of_a_leg_that_is_over_are_asked_for_once() -> None:
    blotter = in_conflict()
    blotter.pull = False
    ended = replace(status("Cancelled", perm_id=901), filled=Decimal(60))
    blotter.status_reported(ended, 2.0)
    assert blotter.pull
    blotter.pull = False
    blotter.status_reported(ended, 2.1)
    assert not blotter.pull
