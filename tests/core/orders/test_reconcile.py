"""What complete snapshots prove, and what they do not: absence, revival, requests that did not take."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from core.domain.events import ExecutionReported, OrderReported, SnapshotCompleted
from core.domain.order import OrderState, Overlay, Settlement
from core.orders.blotter import Blotter
from core.orders.lifecycle import Fact, Wish
from tests.core.orders.test_blotter import SPEC, execution, order, report, sent, snapshot, status, working

S = OrderState
DAY_S = 86_400.0


def lost_and_back(blotter: Blotter, lost_s: float = 1.0, up_s: float = 10.0) -> Blotter:
    blotter.link_lost(lost_s)
    blotter.link_up(up_s)
    return blotter


def read(blotter: Blotter, at_s: float, **parts: object) -> None:
    """A snapshot that took half a second."""
    blotter.reconcile(snapshot(took_s=0.5, **parts), at_s)


# --- the proof of absence ---------------------------------------------------------------------------


def test_two_snapshots_and_an_unused_id_prove_that_nothing_was_placed() -> None:
    blotter = lost_and_back(sent())
    read(blotter, 36.0, next_order_id=1)
    assert order(blotter).state is S.IN_DOUBT
    read(blotter, 42.0, next_order_id=1)
    assert order(blotter).state is S.NOT_PLACED
    assert "never reached IB" in order(blotter).reason


@pytest.mark.parametrize(
    ("first_s", "second_s"),
    [(36.0, 40.0), (12.0, 39.0)],
    ids=["less than five seconds apart", "less than thirty seconds after the link came up"],
)
def test_a_proof_that_came_too_soon_is_none(first_s: float, second_s: float) -> None:
    blotter = lost_and_back(sent())
    read(blotter, first_s, next_order_id=1)
    read(blotter, second_s, next_order_id=1)
    assert order(blotter).state is S.IN_DOUBT
    read(blotter, 60.0, next_order_id=1)
    assert order(blotter).state is S.NOT_PLACED


@pytest.mark.parametrize("next_order_id", [2, None], ids=["IB may have seen it", "IB did not say"])
def test_without_the_ids_proof_the_trader_decides(next_order_id: int | None) -> None:
    blotter = lost_and_back(sent())
    for at_s in (36.0, 42.0, 80.0):
        read(blotter, at_s, next_order_id=next_order_id)
    assert order(blotter).state is S.IN_DOUBT
    laid_out = blotter.doubt("r1", 80.0)
    assert laid_out is not None
    assert laid_out.choices == tuple(Settlement)
    assert any("order id" in fact for fact in laid_out.known)
    blotter.settle("r1", Settlement.NOT_PLACED, 81.0)
    assert order(blotter).state is S.NOT_PLACED


def test_an_execution_that_belongs_to_no_order_keeps_the_doubt() -> None:
    blotter = lost_and_back(sent())
    stray = replace(execution(1), order_id=0, perm_id=0, client_id=0)
    for at_s in (36.0, 42.0):
        read(blotter, at_s, next_order_id=1, executions=(stray,))
    assert order(blotter).state is S.IN_DOUBT


@pytest.mark.parametrize("midnight", ["2026-01-14 00:00-05:00", "2026-07-14 00:00-04:00"])
def test_a_proof_may_not_span_midnight_in_new_york(midnight: str) -> None:
    midnight_s = datetime.fromisoformat(midnight).timestamp()
    blotter = Blotter()
    blotter.client_id = 7
    blotter.intend("r1", 1, SPEC, midnight_s - 20)
    blotter.written("r1", midnight_s - 20)
    lost_and_back(blotter, midnight_s - 15, midnight_s - 10)
    for after_s in (36.0, 42.0):
        read(blotter, midnight_s + after_s, next_order_id=1)
    assert order(blotter).state is S.IN_DOUBT


def test_a_link_lost_between_two_snapshots_starts_the_proof_anew() -> None:
    blotter = lost_and_back(sent())
    read(blotter, 36.0, next_order_id=1)
    lost_and_back(blotter, 37.0, 38.0)
    read(blotter, 70.0, next_order_id=1)
    assert order(blotter).state is S.IN_DOUBT
    read(blotter, 76.0, next_order_id=1)
    assert order(blotter).state is S.NOT_PLACED


def test_while_the_proof_may_come_the_lists_are_read_every_five_seconds() -> None:
    blotter = lost_and_back(sent())
    read(blotter, 36.0, next_order_id=1)
    assert blotter.due_at_s == 41.0
    blotter.woke(41.0)
    assert blotter.pull
    read(blotter, 42.0, next_order_id=2)
    assert blotter.due_at_s == 72.0


def test_nothing_may_be_said_of_a_doubt_before_the_lists_were_read() -> None:
    blotter = lost_and_back(sent())
    laid_out = blotter.doubt("r1", 11.0)
    assert laid_out is not None
    assert laid_out.choices == ()
    assert laid_out.why_not
    assert blotter.doubt("unknown", 11.0) is None


def test_an_order_of_another_gateway_is_not_judged_by_this_ones_lists() -> None:
    blotter = Blotter()
    blotter.client_id, blotter.gateway = 7, "IB"
    blotter.intend("r1", 1, SPEC, 0.0)
    blotter.written("r1", 0.1)
    lost_and_back(blotter)
    blotter.gateway = "simulator 127.0.0.1:5000"
    for at_s in (36.0, 42.0):
        read(blotter, at_s, next_order_id=1)
    assert order(blotter).state is S.IN_DOUBT


# --- absent, and IB had answered --------------------------------------------------------------------


def test_a_working_order_that_is_missing_from_the_lists_is_in_doubt() -> None:
    blotter = working()
    read(blotter, 20.0)
    assert order(blotter).state is S.IN_DOUBT
    assert "neither as open nor as done" in order(blotter).reason
    assert blotter.alarms


def test_an_accepted_order_is_looked_for_twice() -> None:
    blotter = sent()
    blotter.status_reported(status("PendingSubmit"), 0.2)
    read(blotter, 20.0)
    assert (order(blotter).state, blotter.pull) == (S.ACCEPTED, True)
    read(blotter, 26.0)
    assert order(blotter).state is S.IN_DOUBT


def test_an_inactive_order_that_is_missing_stays_until_another_day_was_read() -> None:
    blotter = sent()
    blotter.status_reported(status("Inactive"), 0.2)
    read(blotter, 20.0)
    read(blotter, 26.0)
    assert order(blotter).state is S.INACTIVE
    read(blotter, DAY_S + 20.0)
    assert (order(blotter).state, order(blotter).sealed) == (S.CANCELLED, True)


def test_what_is_over_is_sealed_on_another_day_and_then_only_fills_count() -> None:
    blotter = working()
    blotter.status_reported(status("Cancelled"), 1.0)
    read(blotter, 20.0)
    assert not order(blotter).sealed
    read(blotter, DAY_S + 20.0)
    assert order(blotter).sealed
    assert blotter.newly_sealed == ["r1"]
    blotter.status_reported(status("Submitted"), DAY_S + 21.0)
    assert order(blotter).state is S.CANCELLED
    blotter.executed_event(ExecutionReported(execution(1)), DAY_S + 22.0)
    assert order(blotter).filled == 50


def test_an_order_of_somebody_else_that_ib_lists_no_more_is_over_without_a_doubt() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.link_up(0.0)
    blotter.reported(OrderReported(5, 77, 3, "", SPEC, "Submitted"), 1.0)
    read(blotter, 20.0)
    [foreign] = blotter.orders()
    assert foreign.state is S.WORKING
    read(blotter, 26.0)
    [foreign] = blotter.orders()
    assert (foreign.state, foreign.owner) == (S.CANCELLED, "client 3")


# --- listed, and it should not be -------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["Cancelled", "Filled"])
def test_an_order_that_ended_while_the_snapshot_was_taken_is_not_revived_by_it(ended: str) -> None:
    blotter = working()
    if ended == "Filled":
        blotter.executed_event(ExecutionReported(execution(1, 100)), 10.2)
    else:
        blotter.status_reported(status(ended), 10.2)
    before = order(blotter).state
    blotter.alarms.clear()
    blotter.reconcile(snapshot(orders=(report(),), took_s=0.4), 10.4)
    assert (order(blotter).state, blotter.pull, blotter.alarms) == (before, True, [])


@pytest.mark.parametrize("ended", ["Cancelled", "Filled"])
def test_an_order_that_ib_still_lists_is_alive_whatever_was_believed(ended: str) -> None:
    blotter = working()
    if ended == "Filled":
        blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
        blotter.executed_event(ExecutionReported(execution(1, 40, revision=2)), 1.1)
    else:
        blotter.status_reported(status(ended), 1.0)
    read(blotter, 10.0, orders=(report(),))
    assert order(blotter).state is S.WORKING
    assert "believed" in order(blotter).alarm
    assert blotter.wish("r1", Fact.CANCEL_ASKED)[0] is Wish.SEND


def test_a_cancelled_order_may_be_cancelled_again_when_something_is_odd() -> None:
    blotter = working()
    blotter.status_reported(status("Cancelled"), 1.0)
    assert blotter.wish("r1", Fact.CANCEL_ASKED)[0] is Wish.BLOCK
    blotter.executed_event(ExecutionReported(execution(1)), 1.5)
    assert blotter.wish("r1", Fact.CANCEL_ASKED)[0] is Wish.SEND


def test_ib_lists_it_as_filled_although_its_executions_are_from_another_day() -> None:
    blotter = working()
    done = report("Filled", completed=True)
    read(blotter, 10.0, completed=(done,))
    assert (order(blotter).state, order(blotter).filled) == (S.FILLED, 0)
    assert any("executions are not in today's list" in words for words in blotter.alarms)
    assert not blotter.pull


def test_an_order_that_a_list_calls_inactive_and_completed_is_over() -> None:
    blotter = working()
    read(blotter, 10.0, completed=(report("Inactive", completed=True, completed_words="Expired"),))
    assert (order(blotter).state, order(blotter).reason) == (S.CANCELLED, "Expired")


# --- requests that nobody answered ------------------------------------------------------------------


def test_a_cancel_that_did_not_take_is_said_and_may_be_asked_again() -> None:
    blotter = working()
    blotter.request_cancel("r1", 1.0)
    blotter.woke(11.5)
    assert order(blotter).cancel is Overlay.IN_DOUBT
    read(blotter, 13.0, orders=(report(),))
    assert (order(blotter).state, order(blotter).cancel) == (S.WORKING, Overlay.NONE)
    assert any("the cancel did not take" in words for words in blotter.alarms)


def test_a_modification_that_did_not_take_leaves_the_old_terms() -> None:
    blotter = working()
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(151)), 1.0)
    blotter.link_lost(2.0)
    blotter.link_up(5.0)
    assert order(blotter).modify is Overlay.IN_DOUBT
    read(blotter, 6.0, orders=(report(),))
    assert (order(blotter).modify, order(blotter).spec.limit_price) == (Overlay.NONE, Decimal(150))
    assert any("the modification did not take" in words for words in blotter.alarms)


def test_a_modification_that_did_take_is_confirmed_by_the_list() -> None:
    blotter = working()
    wanted = replace(SPEC, limit_price=Decimal(151))
    blotter.request_modify("r1", wanted, 1.0)
    blotter.link_lost(2.0)
    blotter.link_up(5.0)
    read(blotter, 6.0, orders=(report(spec=wanted),))
    assert (order(blotter).modify, order(blotter).spec.limit_price) == (Overlay.NONE, Decimal(151))
    assert not any("did not take" in words for words in blotter.alarms)


def test_a_snapshot_that_lacks_a_part_is_never_given_to_the_blotter() -> None:
    # The desk keeps it away: see `lacks`, which the spare parts are not.
    whole = SnapshotCompleted(1, (), (), (), (), missing=("order ids", "completed orders"))
    broken = SnapshotCompleted(1, (), (), (), (), missing=("executions",))
    assert (whole.lacks, broken.lacks) == ((), ("executions",))


def test_an_order_that_left_the_lanes_is_in_doubt_when_the_link_falls_and_one_that_did_not_is_not() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    for number, reference in enumerate(("waiting", "gone"), 1):
        blotter.intend(reference, number, SPEC, 0.0)
    blotter.granted("gone")
    blotter.link_lost(0.1)
    states = {one.order_ref: one.state for one in blotter.orders()}
    assert states == {"waiting": S.NOT_PLACED, "gone": S.IN_DOUBT}
    blotter.withdrawn("gone", "The connection is closed.", 0.2)
    gone = blotter.order("gone")
    assert gone is not None
    assert gone.state is S.NOT_PLACED


def test_a_cancel_of_a_moment_ago_is_not_judged_by_a_list() -> None:
    """Said not to have taken a twentieth of a second later, it would then be heard of by its Cancelled."""
    blotter = working()
    blotter.request_cancel("r1", 1.0)
    blotter.reconcile(snapshot(orders=(report(),), took_s=0.01), 1.05)
    assert (order(blotter).cancel, blotter.alarms) == (Overlay.REQUESTED, [])


# --- what a list does not prove ---------------------------------------------------------------------


@pytest.mark.parametrize("up_s", [None, 19.8], ids=["still out of reach", "back while it was being read"])
def test_a_gateway_that_is_cut_off_from_ib_proves_nothing(up_s: float | None) -> None:
    """After 1100 TWS answers from memory: neither absence nor presence is IB's word, a fill is."""
    blotter = working()
    blotter.request_cancel("r1", 0.5)
    blotter.link_lost(1.0)
    blotter.reported(report(), 19.6)
    if up_s is not None:
        blotter.link_up(up_s)
    read(blotter, 20.0, orders=(report(),), executions=(execution(1),))
    assert (order(blotter).cancel, order(blotter).stale, order(blotter).filled) == (
        Overlay.IN_DOUBT,
        True,
        50,
    )
    read(blotter, 20.1)
    assert order(blotter).state is S.WORKING
    assert blotter.pull is (up_s is not None)
    blotter.link_up(21.0)
    read(blotter, 22.0, orders=(report(),))
    assert (order(blotter).cancel, order(blotter).stale) == (Overlay.NONE, False)


@pytest.mark.parametrize("word", ["Filled", "Cancelled"])
def test_an_order_that_ended_while_it_was_listed_is_not_listed_as_open(word: str) -> None:
    blotter = working()
    if word == "Filled":
        blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
    else:
        blotter.status_reported(status(word), 1.0)
    read(blotter, 10.0, orders=(report(word),))
    assert (order(blotter).state, blotter.alarms) == (S[word.upper()], [])


def test_a_quantity_that_is_raised_while_it_fills_is_looked_at_at_once() -> None:
    blotter = working()
    blotter.request_modify("r1", larger := replace(SPEC, quantity=Decimal(150)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.1)
    assert (order(blotter).state, blotter.pull) == (S.FILLED, True)
    blotter.pull = False
    blotter.reported(report(spec=larger), 1.2)
    assert (order(blotter).state, blotter.pull) == (S.FILLED, True)
    read(blotter, 3.0, orders=(report(spec=larger),))
    assert (order(blotter).state, order(blotter).remaining) == (S.WORKING, 50)


def test_a_late_status_of_a_filled_order_is_no_reason_to_look() -> None:
    blotter = working()
    blotter.executed_event(ExecutionReported(execution(1, 100)), 1.0)
    blotter.reported(report(), 1.1)
    assert not blotter.pull


@pytest.mark.parametrize("begin", ["sent", "in doubt"])
def test_a_status_that_is_not_known_says_that_ib_has_the_order(begin: str) -> None:
    blotter = lost_and_back(sent()) if begin == "in doubt" else sent()
    blotter.reported(report("WarnState"), 11.0)
    assert order(blotter).state is S.ACCEPTED
    blotter.reported(report("Submitted"), 11.1)
    blotter.reported(report("WarnState"), 11.2)
    assert order(blotter).state is S.WORKING


# --- fills that IB counts and does not list -----------------------------------------------------------


def test_ib_s_own_figure_counts_where_executions_are_of_an_earlier_day() -> None:
    """An order of yesterday that was partly filled then: its executions are not told any more."""
    blotter = working()
    listed = replace(report(), filled=Decimal(40))
    read(blotter, 10.0, orders=(listed,))
    assert (order(blotter).filled, order(blotter).remaining, order(blotter).alarm) == (0, 60, "")
    read(blotter, 40.0, orders=(listed,))
    assert (
        order(blotter).alarm
        == "IB says that 40 are filled, and lists executions of 0: the others may be older."
    )
    read(blotter, 70.0, orders=(listed,))
    assert len(blotter.alarms) == 1


def test_a_fill_that_is_told_by_its_status_first_is_no_older_one() -> None:
    blotter = working()
    read(blotter, 10.0, orders=(replace(report(), filled=Decimal(40)),))
    blotter.executed_event(ExecutionReported(execution(1, 40)), 10.1)
    read(blotter, 40.0, orders=(replace(report(), filled=Decimal(40)),))
    assert (order(blotter).remaining, order(blotter).alarm) == (60, "")


def test_a_fill_that_is_taken_back_counts_no_more() -> None:
    blotter = working()
    blotter.status_reported(replace(status("Submitted"), filled=Decimal(50)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 50)), 1.1)
    blotter.executed_event(ExecutionReported(execution(1, 0, revision=2)), 2.0)
    assert (order(blotter).filled, order(blotter).remaining) == (0, 100)


def test_a_corrected_price_takes_no_fill_back() -> None:
    """IB counts 60, one execution of 20 has come: the others are still out, whatever it is corrected to."""
    blotter = working()
    blotter.status_reported(replace(status("Submitted"), filled=Decimal(60)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 20)), 1.1)
    blotter.executed_event(ExecutionReported(replace(execution(1, 20, revision=2), price=Decimal(151))), 1.2)
    assert order(blotter).remaining == 40


def test_a_late_status_of_before_a_bust_is_put_right_by_the_next_list() -> None:
    blotter = working()
    told = replace(status("Submitted"), filled=Decimal(50))
    blotter.executed_event(ExecutionReported(execution(1, 50)), 1.0)
    blotter.executed_event(ExecutionReported(execution(1, 0, revision=2)), 2.0)
    blotter.status_reported(told, 2.1)
    for at_s in (40.0, 80.0):
        read(blotter, at_s, orders=(replace(report(), filled=Decimal(0)),))
    assert (order(blotter).remaining, order(blotter).alarm) == (100, "")


def test_an_order_of_this_client_id_is_ours_though_it_was_first_seen_from_another() -> None:
    blotter = Blotter()
    blotter.client_id = 1
    blotter.link_up(0.0)
    foreign = blotter.reported(replace(report(), order_ref=""), 1.0)
    assert (foreign.own, foreign.owner) == (False, "client 7")
    blotter.link_lost(2.0)
    blotter.client_id = 7
    blotter.link_up(3.0)
    read(blotter, 4.0, orders=(replace(report(), order_ref=""),))
    assert blotter.orders()[0].own
    assert blotter.wish(foreign.order_ref, Fact.CANCEL_ASKED)[0] is Wish.SEND
