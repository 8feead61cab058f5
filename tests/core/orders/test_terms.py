"""What was asked, what IB holds, and what a hand in TWS changed: told from one another, term by term."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.domain.conditions import TriggerMethod
from core.domain.events import ExecutionReported, MessageReported
from core.domain.order import OrderSpec, OrderState, OrderType, Overlay, Tif
from core.orders.blotter import Blotter
from core.orders.terms import confirms, differences, merged
from tests.core.orders.test_blotter import SPEC, execution, order, report, snapshot, status

S = OrderState
TRAIL = replace(SPEC, order_type=OrderType.TRAIL, limit_price=None, trail_amount=Decimal("0.50"))
PERCENT = replace(TRAIL, trail_amount=None, trail_percent=Decimal("1.5"))
TRAIL_LIMIT = replace(TRAIL, order_type=OrderType.TRAIL_LIMIT, limit_price=Decimal(149))
PEGGED = replace(SPEC, order_type=OrderType.REL, offset=Decimal("0.02"))
NOON, LATER = (datetime(2026, 12, day, 17, tzinfo=UTC) for day in (1, 2))
DATED = replace(SPEC, tif=Tif.GTD, good_till=NOON)

CHANGES: list[tuple[OrderSpec, dict[str, Any], str]] = [
    (TRAIL, {"trail_amount": Decimal(1)}, "trailing amount 0.5 to 1"),
    (PERCENT, {"trail_percent": Decimal(2)}, "trailing per cent 1.5 to 2"),
    (PEGGED, {"offset": Decimal("0.05")}, "offset 0.02 to 0.05"),
    (DATED, {"good_till": LATER}, "good till 2026-12-01 17:00 UTC to 2026-12-02 17:00 UTC"),
    (SPEC, {"good_after": NOON}, "not before none to 2026-12-01 17:00 UTC"),
    (SPEC, {"display_size": Decimal(10)}, "part shown none to 10"),
    (SPEC, {"hidden": True}, "hidden False to True"),
    (
        SPEC,
        {"trigger_method": TriggerMethod.LAST},
        "trigger method IB's default for the contract to the last trade",
    ),
]


def working(spec: OrderSpec) -> Blotter:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.link_up(0.0)
    blotter.intend("r1", 1, spec, 0.0)
    blotter.written("r1", 0.1)
    blotter.reported(report(spec=spec), 0.2)
    return blotter


@pytest.mark.parametrize(
    ("spec", "change", "words"), CHANGES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_term_that_was_changed_in_tws_is_adopted_and_said(
    spec: OrderSpec, change: dict[str, Any], words: str
) -> None:
    blotter = working(spec)
    blotter.reported(report(spec=replace(spec, **change)), 1.0)
    assert order(blotter).external == words
    assert order(blotter).spec == replace(spec, **change)


@pytest.mark.parametrize(
    ("spec", "change", "words"), CHANGES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_an_open_order_of_before_confirms_no_change_of_it(
    spec: OrderSpec, change: dict[str, Any], words: str
) -> None:
    """Asked to be changed back: what IB tells still bears the term that is to go."""
    blotter = working(changed := replace(spec, **change))
    blotter.request_modify("r1", spec, 1.0)
    blotter.reported(report(spec=changed), 1.1)
    assert (order(blotter).modify, order(blotter).pending) == (Overlay.REQUESTED, spec), words
    blotter.reported(report(spec=spec), 1.2)
    assert (order(blotter).modify, order(blotter).spec, order(blotter).external) == (Overlay.NONE, spec, "")


@pytest.mark.parametrize("spec", [TRAIL, PERCENT, TRAIL_LIMIT])
def test_what_ib_moves_with_the_market_is_nobody_s_change(spec: OrderSpec) -> None:
    blotter = working(replace(spec, stop_price=Decimal(149)))
    moved = {"limit_price": Decimal(150)} if spec is TRAIL_LIMIT else {}
    blotter.reported(report(spec=replace(spec, stop_price=Decimal("149.75"), **moved)), 1.0)
    assert (order(blotter).external, order(blotter).spec.stop_price) == ("", Decimal("149.75"))


def test_what_ib_works_out_of_what_was_given_is_no_change() -> None:
    """Of a limit its offset, of a percentage the amount."""
    told = replace(TRAIL_LIMIT, limit_price=None, limit_offset=Decimal(1))
    assert merged(TRAIL_LIMIT, told, fully=False) == TRAIL_LIMIT
    assert merged(PERCENT, replace(PERCENT, trail_amount=Decimal(2)), fully=False) == PERCENT
    assert merged(TRAIL, replace(TRAIL, trail_percent=Decimal(1)), fully=False) == TRAIL


def test_an_amount_made_a_percentage_in_tws_is_one_no_more() -> None:
    assert merged(TRAIL, PERCENT, fully=False) == PERCENT
    assert differences(TRAIL, PERCENT) == "trailing amount 0.5 to none, trailing per cent none to 1.5"


def test_attributes_that_a_gateway_does_not_tell_are_still_those_that_were_asked_for() -> None:
    asked = replace(DATED, display_size=Decimal(10), hidden=True, good_after=NOON)
    silent = replace(SPEC, tif=Tif.GTD)
    assert merged(asked, silent, fully=False) == asked
    assert confirms(silent, asked, replace(asked, limit_price=Decimal(149)))


# --- a quantity that is not told ----------------------------------------------------------------------


def done(word: str, filled: int, spec: OrderSpec, **more: Any) -> Any:
    told = replace(spec, quantity=Decimal(0))
    return replace(
        report(word, told), order_id=0, client_id=None, completed=True, filled=Decimal(filled), **more
    )


def test_a_completed_order_told_with_a_quantity_of_0_keeps_the_size_that_was_asked_for() -> None:
    blotter = working(SPEC)
    blotter.executed_event(ExecutionReported(execution(1, 30)), 1.0)
    blotter.reconcile(snapshot(took_s=0.1, completed=(done("Cancelled", 30, SPEC),)), 10.0)
    now = order(blotter)
    assert (now.spec.quantity, now.filled, now.state, now.alarm) == (100, 30, S.CANCELLED, "")


def test_executions_that_are_missing_of_a_completed_order_are_missed_whatever_its_quantity() -> None:
    blotter = working(SPEC)
    blotter.reconcile(snapshot(took_s=0.1, completed=(done("Filled", 100, SPEC),)), 10.0)
    assert (order(blotter).state, order(blotter).filled, order(blotter).spec.quantity) == (S.FILLED, 0, 100)
    assert any("executions are not in today's list" in words for words in blotter.alarms)


@pytest.mark.parametrize(("word", "size"), [("Filled", 30), ("Cancelled", 0)])
def test_a_completed_order_of_others_has_the_size_that_filled_or_none(word: str, size: int) -> None:
    blotter = Blotter()
    blotter.link_up(0.0)
    mine = replace(execution(1, 30), order_ref="", client_id=3)
    blotter.reconcile(
        snapshot(took_s=0.1, executions=(mine,), completed=(done(word, 30, SPEC, order_ref=""),)), 10.0
    )
    [found] = blotter.orders()
    assert (found.spec.quantity, found.filled, found.state) == (size, 30, S[word.upper()])
    assert blotter.alarms == []
    assert found.spec.sentence().startswith("BUY 30 AAPL" if size else "BUY AAPL")


def test_an_order_for_a_sum_of_money_ends_by_its_status_and_is_not_overfilled() -> None:
    blotter = Blotter()
    money = replace(report(spec=replace(SPEC, quantity=Decimal(0))), client_id=3, order_ref="")
    blotter.reported(money, 1.0)
    for number in (1, 2):
        blotter.executed_event(ExecutionReported(replace(execution(number, 40), client_id=3)), 2.0)
    [found] = blotter.orders()
    assert (found.state, found.filled, found.remaining) == (S.WORKING, 80, 0)
    blotter.status_reported(replace(status("Filled"), client_id=3, filled=Decimal(80)), 3.0)
    assert (blotter.orders()[0].state, blotter.alarms) == (S.FILLED, [])


# --- refusals that come twice or late ------------------------------------------------------------------

REFUSED = MessageReported(201, "Order rejected - reason: price", 1)


@pytest.mark.parametrize("when", ["twice", "after it was confirmed", "while a second is under way"])
def test_a_refusal_of_a_change_that_comes_late_ends_no_order(when: str) -> None:
    blotter = working(SPEC)
    lower = replace(SPEC, limit_price=Decimal(149))
    blotter.request_modify("r1", lower, 1.0)
    if when == "twice":
        blotter.message_reported(REFUSED, 1.1)
    else:
        blotter.reported(report(spec=lower), 1.1)
    if when == "while a second is under way":
        blotter.request_modify("r1", SPEC, 1.2)
    blotter.pull = False
    blotter.message_reported(REFUSED, 1.3)
    assert (order(blotter).state, order(blotter).modify, blotter.pull) == (S.WORKING, Overlay.NONE, True)
    blotter.reconcile(snapshot(took_s=0.1, orders=(report(),)), 3.0)
    assert (order(blotter).state, order(blotter).spec.limit_price) == (S.WORKING, 150)


def test_a_refusal_after_a_change_that_ended_the_order_after_all_is_found_out_by_ib_s_lists() -> None:
    blotter = working(SPEC)
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(149)), 1.0)
    blotter.message_reported(REFUSED, 1.1)
    for at_s in (10.0, 16.0):
        blotter.reconcile(snapshot(took_s=0.1), at_s)
    assert (order(blotter).state, order(blotter).code) == (S.REJECTED, 201)


def test_a_refusal_of_a_change_is_not_held_against_an_order_that_worked_on() -> None:
    """It vanished much later, and how it ended is not known."""
    blotter = working(SPEC)
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(149)), 1.0)
    blotter.message_reported(REFUSED, 1.1)
    blotter.status_reported(status("Submitted"), 2.0)
    for at_s in (10.0, 16.0):
        blotter.reconcile(snapshot(took_s=0.1), at_s)
    assert order(blotter).state is S.IN_DOUBT


def test_a_refusal_of_an_order_whose_change_only_waits_to_be_sent_ends_it() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    blotter.intend("r1", 1, SPEC, 0.0)
    blotter.written("r1", 0.1)
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(149)), 0.2)
    blotter.message_reported(REFUSED, 0.3)
    assert order(blotter).state is S.REJECTED


def test_a_refusal_is_not_believed_of_an_order_of_which_ib_counted_fills() -> None:
    blotter = working(SPEC)
    blotter.status_reported(replace(status("Submitted"), filled=Decimal(60)), 0.5)
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(149)), 1.0)
    blotter.message_reported(REFUSED, 1.1)
    for at_s in (10.0, 16.0):
        blotter.reconcile(snapshot(took_s=0.1), at_s)
    assert order(blotter).state is S.IN_DOUBT


@pytest.mark.parametrize("added", [{"hidden": True}, {"display_size": Decimal(10)}, {"good_after": NOON}])
def test_an_attribute_that_was_added_is_confirmed_by_its_own_word_alone(added: dict[str, Any]) -> None:
    blotter = working(SPEC)
    blotter.request_modify("r1", wanted := replace(SPEC, **added), 1.0)
    blotter.reported(report(), 1.1)
    assert order(blotter).modify is Overlay.REQUESTED
    blotter.reported(report(spec=wanted), 1.2)
    assert (order(blotter).modify, order(blotter).spec) == (Overlay.NONE, wanted)


def test_an_order_that_is_made_a_day_order_has_no_last_moment_any_more() -> None:
    blotter = working(DATED)
    blotter.reported(report(spec=replace(DATED, tif=Tif.DAY, good_till=None)), 1.0)
    assert (order(blotter).spec.tif, order(blotter).spec.good_till) == (Tif.DAY, None)


def test_a_correction_of_an_order_for_a_sum_of_money_is_no_bust() -> None:
    blotter = Blotter()
    blotter.reported(replace(report(spec=replace(SPEC, quantity=Decimal(0))), client_id=3, order_ref=""), 1.0)
    blotter.executed_event(ExecutionReported(replace(execution(1, 40), client_id=3)), 2.0)
    blotter.status_reported(replace(status("Filled"), client_id=3, filled=Decimal(40)), 3.0)
    blotter.executed_event(ExecutionReported(replace(execution(1, 41, revision=2), client_id=3)), 4.0)
    assert (blotter.orders()[0].filled, blotter.alarms) == (41, [])


def test_a_refusal_of_an_order_whose_change_never_left_ends_it() -> None:
    blotter = working(SPEC)
    blotter.request_modify("r1", replace(SPEC, limit_price=Decimal(149)), 1.0)
    blotter.withdrawn("r1", "The journal cannot be written.", 1.1)
    blotter.message_reported(REFUSED, 1.2)
    assert order(blotter).state is S.REJECTED


def test_a_change_that_never_left_takes_nothing_from_one_that_did() -> None:
    blotter = working(SPEC)
    blotter.request_modify("r1", lower := replace(SPEC, limit_price=Decimal(149)), 1.0)
    blotter.reported(report(spec=lower), 1.1)
    blotter.request_modify("r1", SPEC, 1.2)
    blotter.withdrawn("r1", "The journal cannot be written.", 1.3)
    blotter.message_reported(REFUSED, 1.4)
    assert order(blotter).state is S.WORKING
