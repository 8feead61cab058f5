"""The whole stack in simulated sessions; and that the harness itself would notice if something were wrong."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.connector import Connector
from core.desk import Desk
from core.domain.events import Event, MessageReported, SocketOpened
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderState, Overlay
from core.domain.requests import PlaceOrder, Request
from core.orders import blotter, terms
from core.orders.ids import OrderIds
from core.orders.ledger import Ledger
from core.orders.tracker import Tracker
from core.simulator.exchange import Exchange
from core.simulator.faults import FAULTS
from core.simulator.hub import Hub
from core.soak import check, elsewhere, faults, many, session, trader, world
from core.soak.check import Intent, Verdict
from core.soak.faults import CATALOGUE, Planned
from core.soak.session import Outcome
from core.spawn import spawn
from core.tws.callbacks import Inbox

FIRST_SEED = 20_261_122
SESSIONS = 300
WORKERS = 2


@pytest.mark.timeout(600)
def test_no_order_is_lost_doubled_or_misreported_in_three_hundred_sessions() -> None:
    tally = many.run(SESSIONS, FIRST_SEED, WORKERS)
    assert not tally.failed, "\n".join(many.told(one, many.shrink(one)) for one in tally.failed[:3])
    assert tally.sessions == SESSIONS
    assert tally.orders > 10 * SESSIONS
    assert sum(tally.faults.values()) > SESSIONS


def test_one_seed_is_one_session_byte_for_byte(tmp_path: Path) -> None:
    first, again = (many.trace(7, tmp_path / name) for name in ("first", "again"))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "first").stat().st_size > 10_000
    assert first == again


def test_another_process_runs_the_same_session(tmp_path: Path) -> None:
    here = [session.run(seed) for seed in range(11, 11 + many.CHUNK + 1)]
    there: list[Outcome] = []
    many.run(many.CHUNK + 1, 11, 2, there.append)
    assert there == here


def test_a_session_has_ten_to_forty_orders_and_up_to_six_faults_of_the_whole_catalogue() -> None:
    plans = [session.plan(seed) for seed in range(2000)]
    orders = [sum(deed.what == "order" for deed in deeds) for deeds, _ in plans]
    assert (min(orders), max(orders)) == (10, 40)
    assert {len(planned) for _, planned in plans} == set(range(session.MOST_FAULTS + 1))
    assert {one.name for _, planned in plans for one in planned} == set(CATALOGUE)


def test_the_catalogue_has_every_fault_of_the_simulated_gateway() -> None:
    assert set(FAULTS) < set(CATALOGUE)


def test_what_a_fault_draws_is_its_own() -> None:
    one = Planned("delay", 1.0, 2.0, 3)
    assert one.chance().random() == one.chance().random()
    assert one.chance().random() != replace(one, seed=4).chance().random()
    assert faults.draw(Random(1), 60.0, 6) == faults.draw(Random(1), 60.0, 6)
    assert trader.draw(Random(1)) == trader.draw(Random(1))


# --- the harness is proven on planted bugs ---------------------------------------------------------------

BREAKS = [Planned("network: reset", at_s, 1.0, 1) for at_s in (3.0, 6.0, 9.0, 12.0)]
BUSY = 4
"""A seed with enough to do for a bug to show."""
FICKLE = 710
"""One with many changes of mind."""
OTHER_LOGINS = ("app: other login", "gateway: other login")
"""Elsewhere, and at the same address."""
PATIENT = 12
"""One that has not ended when the latest refusals come."""


def _wrong(planned: list[Planned]) -> str:
    return "\n".join(session.run(BUSY, planned).wrong)


def test_nothing_is_wrong_without_a_planted_bug() -> None:
    assert _wrong(BREAKS) == ""


def test_a_desk_that_resends_after_a_break_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Request] = []
    step, carry_out = Connector._step, Connector._carry_out

    def remembers(self: Connector, request: Request) -> None:
        if isinstance(request, PlaceOrder):
            sent.append(request)
        carry_out(self, request)

    def resends(self: Connector, event: Event) -> None:
        step(self, event)
        if isinstance(event, SocketOpened):
            for request in sent[-3:]:
                carry_out(self, request)

    monkeypatch.setattr(Connector, "_carry_out", remembers)
    monkeypatch.setattr(Connector, "_step", resends)
    assert "times, and modified" in _wrong(BREAKS)


def test_a_ledger_that_loses_a_fill_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    add, told = Ledger.add, Counter[str]()

    def loses(self: Ledger, execution: Execution) -> Any:
        told[execution.key] += 1
        if int(execution.key.split(".")[1], 16) % 3 == 0:
            return False
        return add(self, execution)

    monkeypatch.setattr(Ledger, "add", loses)
    assert "is missing" in _wrong([])


def test_ids_that_begin_anew_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    take = OrderIds.take
    monkeypatch.setattr(OrderIds, "take", lambda self: min(take(self), 3))
    assert "was used for" in _wrong([])


def test_an_order_that_goes_out_as_another_client_or_to_another_login_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = {name: [Planned(name, 6.0, 5.0, 1)] for name in ("app: other client", *OTHER_LOGINS)}
    assert [_wrong(planned) for planned in away.values()] == ["", "", ""]
    monkeypatch.setattr(blotter, "why_not_changed", lambda order, here, doing: "")
    assert "was sent by clients [1, 2]" in _wrong(away["app: other client"])
    for name in OTHER_LOGINS:
        assert "was sent to another login" in _wrong(away[name])


@pytest.mark.parametrize("name", OTHER_LOGINS)
def test_an_order_that_is_judged_by_what_another_login_lists_is_caught(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [Planned(name, 6.0, 40.0, 1)]
    assert _wrong(away) == ""
    monkeypatch.setattr(blotter, "why_not_listed", lambda order, here: "")
    assert "and another login made it in doubt" in _wrong(away)


@pytest.mark.parametrize(
    ("now", "is_wrong"),
    [
        (Verdict(OrderState.WORKING, Decimal(0)), False),
        (Verdict(OrderState.IN_DOUBT, Decimal(0)), True),
        (Verdict(OrderState.NOT_PLACED, Decimal(0)), True),
        (Verdict(OrderState.WORKING, Decimal(5)), True),
        (Verdict(OrderState.CANCELLED, Decimal(0)), True),
    ],
)
def test_whatever_another_login_makes_of_an_order_is_wrong(now: Verdict, is_wrong: bool) -> None:
    assert (
        bool(check.judged({"SOAK-7": Verdict(OrderState.WORKING, Decimal(0))}, {"SOAK-7": now})) is is_wrong
    )


def test_what_was_not_sent_yet_may_be_given_up_elsewhere_too() -> None:
    given_up = {"SOAK-7": Verdict(OrderState.NOT_PLACED, Decimal(0))}
    assert check.judged({"SOAK-7": Verdict(OrderState.INTENT, Decimal(0))}, given_up) == []
    assert check.judged({"SOAK-7": Verdict(OrderState.WORKING, Decimal(0))}, {}) == []


@pytest.mark.parametrize(
    "others",
    [
        [("gateway: other login", 4.0, 10.0), ("gateway: restart", 6.0, 4.0)],
        [("gateway: restart", 4.0, 10.0), ("gateway: other login", 6.0, 4.0)],
        [("gateway: other login", 4.0, 10.0), ("app: other login", 6.0, 4.0)],
        [("app: other login", 4.0, 10.0), ("gateway: other login", 6.0, 4.0)],
        [("app: other login", 4.0, 10.0), ("app: other client", 6.0, 0.0)],
        [("gateway: other login", 4.0, 10.0), ("app: crash", 6.0, 8.0)],
        [("gateway: other login", 4.0, 1.0), ("gateway: other login", 12.0, 1.0)],
    ],
)
def test_an_absence_may_fall_into_another(others: list[tuple[str, float, float]]) -> None:
    assert _wrong([Planned(name, at_s, lasts_s, 1) for name, at_s, lasts_s in others]) == ""


# --- another login ----------------------------------------------------------------------------------------


def _busy_elsewhere() -> Exchange:
    found = (elsewhere.market(seed, world.MONDAY_S + 20.0) for seed in range(20))
    return next(one for one in found if one.executions())


def test_another_login_has_an_account_of_its_own_and_trades_under_our_numbers() -> None:
    market = _busy_elsewhere()
    traded = {(one.order.client_id, one.order.order_id) for one in market.executions()}
    assert {client_id for client_id, _ in traded} == {check.CLIENT_ID, check.OTHER_CLIENT_ID}
    assert {1, 2, 3} < {order_id for _, order_id in traded}
    assert {one.order.account for one in market.executions()} == set(elsewhere.ACCOUNTS)
    assert not set(elsewhere.ACCOUNTS) & set(Exchange(1, world.MONDAY_S).accounts)
    assert [(one.client_id, one.status) for one in market.open_orders()] == [
        (elsewhere.STRANGER, "Submitted")
    ]


def test_another_logins_executions_have_numbers_that_ours_never_reach() -> None:
    market = _busy_elsewhere()
    theirs = max(int(one.exec_id.split(".")[1], 16) for one in market.executions())
    first_of_ours = int(world.MONDAY_S) & 0xFFFFFFF
    assert theirs + session.HEAL_WITHIN_S < first_of_ours


def test_another_login_is_found_as_it_was_left() -> None:
    market = _busy_elsewhere()
    again = elsewhere.market(1, world.MONDAY_S + 60.0, json.dumps(market.state()))
    assert [one.exec_id for one in again.executions()] == [one.exec_id for one in market.executions()]
    assert [one.perm_id for one in again.open_orders()] == [one.perm_id for one in market.open_orders()]


def test_another_login_may_have_traded_nothing() -> None:
    # Then IB's next id there is below all of ours, as if it had never seen them.
    sizes = {len(elsewhere.market(seed, world.MONDAY_S).executions()) > 0 for seed in range(10)}
    assert sizes == {True, False}


# --- what else is planted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("named_by", [{7: {1, 2}}, {7: {2}}, {7: {-1}}, {7: {1}, 8: {1}}])
def test_an_order_is_sent_by_the_client_that_it_was_meant_for(named_by: dict[int, set[int]]) -> None:
    """Also where the placing itself never arrived: the change of another client would place it."""
    meant = {"SOAK-7": Intent("SOAK-7", 7, client_id=1)}
    assert check.sent_by_its_client(meant, {7: {1}}) == []
    assert len(check.sent_by_its_client(meant, named_by)) == 1


def test_orders_go_out_as_the_other_client_too() -> None:
    with pytest.MonkeyPatch.context() as patch:
        seen: dict[str, Intent] = {}
        sent_by = check.sent_by_its_client

        def looks(intents: dict[str, Intent], named_by: dict[int, set[int]]) -> list[str]:
            seen.update(intents)
            return sent_by(intents, named_by)

        patch.setattr(check, "sent_by_its_client", looks)
        assert _wrong([Planned("app: other client", 2.0, 10.0, 1)]) == ""
    assert {one.client_id for one in seen.values()} == {check.CLIENT_ID, check.OTHER_CLIENT_ID}


@pytest.mark.parametrize(
    ("seed", "name", "drawn"), [(FICKLE, "change-refused", 2), (PATIENT, "change-refused-late", 14)]
)
def test_an_order_that_is_shown_rejected_for_the_refusal_of_a_change_is_caught(
    seed: int, name: str, drawn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [Planned(name, at_s, 10.0, drawn) for at_s in (1.0, 11.0)]
    assert session.run(seed, refused).wrong == ()
    monkeypatch.setattr(
        Tracker, "_concerns_modification", lambda self, order, kind: order.modify is not Overlay.NONE
    )
    assert "what was refused was a change" in "".join(session.run(seed, refused).wrong)


def test_how_late_the_refusal_of_a_change_comes_is_drawn() -> None:
    def after_s(drawn: int) -> float:
        told: list[float] = []
        later = Hub.later

        def notes(self: Hub, delay_s: float, deed: Callable[[], None]) -> None:
            told.append(delay_s)
            later(self, delay_s, deed)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Hub, "later", notes)
            session.run(FICKLE, [Planned("change-refused", 1.0, 20.0, drawn)])
        return told[0]

    low_s, high_s = faults.LATE_S["change-refused"]
    first_s, other_s = after_s(2), after_s(14)
    assert low_s < first_s != other_s < high_s


def test_a_size_that_is_overwritten_with_0_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "SIZELESS", 1.0)
    assert _wrong(BREAKS) == ""
    told = terms._told
    monkeypatch.setattr(
        terms, "_told", lambda ours, theirs: told(ours, theirs) | {"quantity": theirs.quantity}
    )
    assert "the gateway held it for" in _wrong(BREAKS)


@pytest.mark.parametrize(
    ("seed", "blind_to"),
    [(800, "display_size"), (804, "good_till"), (803, "trail_amount"), (800, "trail_percent")],
)
def test_a_term_that_was_changed_in_tws_and_is_not_adopted_is_caught(
    seed: int, blind_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [Planned("tws-changes", at_s, 1.0, 1) for at_s in (5.0, 12.0)]
    assert session.run(seed, changes).wrong == ()
    told = terms._told

    def overlooks(ours: OrderSpec, theirs: OrderSpec) -> dict[str, Any]:
        return {name: value for name, value in told(ours, theirs).items() if name != blind_to}

    monkeypatch.setattr(terms, "_told", overlooks)
    assert "is shown with terms" in "".join(session.run(seed, changes).wrong)


def test_a_picture_that_never_satisfies_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    reconcile = blotter.Blotter.reconcile

    def doubts(self: blotter.Blotter, *told: Any) -> bool:
        proves = reconcile(self, *told)
        self.pull = True
        return proves

    monkeypatch.setattr(blotter.Blotter, "reconcile", doubts)
    assert "IB's lists are read" in _wrong([])


def test_a_task_that_is_left_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = Connector.connect

    def leaves_one(self: Connector, *target: Any) -> None:
        spawn(asyncio.sleep(10_000.0), "forgotten")
        connect(self, *target)

    monkeypatch.setattr(Connector, "connect", leaves_one)
    assert "tasks were left: forgotten" in _wrong([])


def test_a_timer_that_is_left_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connector, "_call_off_timer", lambda self: None)
    assert "timers were left" in _wrong([])


def test_our_own_fault_is_a_failure_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Desk.step

    def stumbles(self: Desk, event: Event, now_s: float) -> list[Request]:
        if isinstance(event, MessageReported):
            raise RuntimeError("a planted bug")
        return step(self, event, now_s)

    monkeypatch.setattr(Desk, "step", stumbles)
    assert "a planted bug" in _wrong([])


def test_a_message_that_we_cannot_read_is_a_failure_unless_a_fault_spoilt_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumbles(self: Inbox, *_: object) -> None:
        raise RuntimeError("a planted bug")

    monkeypatch.setattr(Inbox, "commissionReport", stumbles)
    assert "could not be read" in _wrong([])


def test_a_failure_is_told_with_its_seed_and_only_the_faults_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def breaks_the_rules(world: Any, planned: Planned) -> None:
        world.tap.placed[999].append("SOAK-nobody")

    monkeypatch.setitem(CATALOGUE, "slices", breaks_the_rules)
    planned = [Planned(name, at_s, 1.0, 1) for at_s, name in enumerate(("delay", "slices", "kill"))]
    failed = session.run(BUSY, planned)
    needed = many.shrink(failed)
    assert [one.name for one in needed] == ["slices"]
    words = many.told(failed, needed)
    assert f"seed {BUSY}: order 999 was sent as SOAK-nobody, and nobody meant it" in words
    assert f"ibdesk soak --seed {BUSY} --sessions 1 --trace FILE" in words


def test_what_is_lost_in_a_cycle_is_found_at_the_sessions_end_and_no_earlier() -> None:
    class Knot:
        itself: Knot

    assert gc.isenabled()
    with session.sparing_the_collector():
        assert not gc.isenabled()
        knot = Knot()
        knot.itself = knot
        lost = weakref.ref(knot)
        del knot
        assert lost() is not None
    assert lost() is None
    assert gc.isenabled()


def test_what_grew_old_in_one_session_is_gone_when_the_next_begins() -> None:
    """A world that reached the oldest generation stayed for ever: ten thousand of them took all the memory there was."""

    class Knot:
        itself: Knot

    knot = Knot()
    knot.itself = knot
    old = weakref.ref(knot)
    gc.collect()  # it is held, so it moves to the oldest generation
    del knot
    with session.sparing_the_collector():
        assert old() is None


def test_the_collector_is_on_again_after_a_session_that_broke() -> None:
    with pytest.raises(RuntimeError), session.sparing_the_collector():
        raise RuntimeError
    assert gc.isenabled()
