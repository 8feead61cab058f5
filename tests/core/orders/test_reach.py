"""Orders of another connection: IB's numbers, lists and cancels are of one client, one login and one gateway alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.events import ExecutionReported, MessageReported
from core.domain.order import Order, OrderState, Overlay, Settlement
from core.orders.blotter import Blotter
from core.orders.lifecycle import Fact, Wish
from tests.core.orders.test_blotter import SPEC, execution, order, report, snapshot, status, working

S = OrderState


def sent_here() -> Blotter:
    """Client 7 of account DU1 has sent an order to IB."""
    blotter = Blotter()
    blotter.client_id, blotter.gateway, blotter.accounts = 7, "IB", ("DU1",)
    blotter.link_up(0.0)
    blotter.intend("r1", 1, SPEC, 0.0)
    blotter.written("r1", 0.1)
    return blotter


def unanswered() -> Blotter:
    """The link was lost before IB answered."""
    blotter = sent_here()
    blotter.link_lost(1.0)
    return blotter


def here(client_id: int = 7, gateway: str = "IB", accounts: tuple[str, ...] = ("DU1",)) -> Blotter:
    """A working order of client 7, account DU1, gateway IB; then connected to what is named."""
    blotter = sent_here()
    blotter.reported(report(), 0.2)
    blotter.link_lost(1.0)
    blotter.client_id, blotter.gateway, blotter.accounts = client_id, gateway, accounts
    blotter.link_up(2.0)
    return blotter


def look(blotter: Blotter, *at_s: float, **parts: object) -> Order:
    for one in at_s:
        blotter.reconcile(snapshot(took_s=0.1, **parts), one)
    return order(blotter)


@pytest.mark.parametrize("fact", [Fact.CANCEL_ASKED, Fact.MODIFY_ASKED])
@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({"client_id": 8}, "placed as client 7, and this connection is client 8"),
        ({"accounts": ("U9",)}, "of account DU1, which is not of this login"),
        ({"gateway": "simulator 127.0.0.1:4002"}, "placed at IB"),
    ],
    ids=["client", "login", "gateway"],
)
def test_an_order_of_another_connection_is_neither_changed_nor_cancelled(
    fact: Fact, there: dict[str, object], words: str
) -> None:
    """To IB the number would be another order of this client: the change of it would be a new one."""
    wish, refusal = here(**there).wish("r1", fact)  # type: ignore[arg-type]
    assert (wish, words in refusal) == (Wish.BLOCK, True), refusal
    assert here().wish("r1", fact)[0] is Wish.SEND


def test_a_login_may_have_several_accounts_and_a_gateway_may_not_say() -> None:
    assert here(accounts=("U9", "DU1")).wish("r1", Fact.CANCEL_ASKED)[0] is Wish.SEND
    assert here(accounts=()).wish("r1", Fact.CANCEL_ASKED)[0] is Wish.SEND


@pytest.mark.parametrize("there", [{"accounts": ("U9",)}, {"gateway": "simulator 127.0.0.1:4002"}])
def test_what_another_login_lists_says_nothing_of_it(there: dict[str, object]) -> None:
    seen = look(here(**there), 40.0, 46.0, 90.0, next_order_id=1)  # type: ignore[arg-type]
    assert (seen.state, seen.stale) == (S.WORKING, True)


@pytest.mark.parametrize("there", [{"accounts": ("U9",)}, {"gateway": "simulator 127.0.0.1:4002"}])
def test_an_unanswered_order_of_another_login_stays_in_doubt_and_is_not_settled_there(
    there: dict[str, object],
) -> None:
    blotter = unanswered()
    blotter.gateway = str(there.get("gateway", "IB"))
    blotter.accounts = there.get("accounts", ("DU1",))  # type: ignore[assignment]
    blotter.link_up(2.0)
    assert look(blotter, 40.0, 46.0, 90.0, next_order_id=1).state is S.IN_DOUBT
    laid_out = blotter.doubt("r1", 90.0)
    assert laid_out is not None
    assert (laid_out.choices, "only a connection to" in laid_out.why_not) == ((), True)


def test_another_client_s_next_id_proves_nothing() -> None:
    """nextValidId is each client's own: id 1 was used by client 7, and client 8 has not used any."""
    blotter = unanswered()
    blotter.client_id = 8
    blotter.link_up(2.0)
    assert look(blotter, 40.0, 46.0, 90.0, next_order_id=1).state is S.IN_DOUBT
    laid_out = blotter.doubt("r1", 90.0)
    assert laid_out is not None
    assert laid_out.choices == tuple(Settlement)


def test_ids_and_permanent_ids_of_another_gateway_are_other_orders() -> None:
    blotter = here(gateway="simulator 127.0.0.1:4002")
    blotter.status_reported(status("Cancelled"), 3.0)
    blotter.executed_event(ExecutionReported(execution(1)), 3.1)
    assert (order(blotter).state, order(blotter).filled) == (S.WORKING, 0)
    other = blotter.reported(replace(report(), order_ref=""), 3.2)
    assert (other.order_ref, other.filled) == ("ib-900", Decimal(50))
    assert order(blotter).filled == 0


def test_another_login_s_order_with_our_number_is_not_ours_though_ours_was_never_answered() -> None:
    """Soak: at the same address somebody else had logged in, whose order of this id was of the same kind."""
    blotter = unanswered()
    blotter.accounts = ("U9",)
    blotter.link_up(2.0)
    theirs = replace(SPEC, account="U9")
    blotter.reported(replace(report(spec=theirs), order_ref=""), 3.0)
    blotter.status_reported(status("Filled"), 3.1)
    blotter.executed_event(ExecutionReported(replace(execution(1, 100), account="U9")), 3.2)
    blotter.message_reported(MessageReported(202, "cancelled", 1), 3.3)
    assert (order(blotter).state, order(blotter).filled) == (S.IN_DOUBT, 0)


def test_an_order_of_tws_that_no_client_is_bound_to_is_not_ours_as_client_0_either() -> None:
    blotter = Blotter()
    blotter.client_id = 0
    unbound = blotter.reported(replace(report(), order_id=0, client_id=0, order_ref=""), 1.0)
    bound = blotter.reported(replace(report(), order_id=-3, perm_id=901, client_id=0, order_ref=""), 1.0)
    assert (unbound.own, bound.own) == (False, True)
    assert blotter.wish(unbound.order_ref, Fact.CANCEL_ASKED)[0] is Wish.BLOCK


def test_a_completed_order_does_not_say_who_placed_it() -> None:
    blotter = Blotter()
    blotter.client_id = 7
    done = replace(report("Cancelled"), order_id=0, client_id=None, order_ref="", completed=True)
    assert blotter.reported(done, 1.0).owner == "not told"


def test_a_known_owner_is_kept_when_the_order_is_over() -> None:
    blotter = working()
    foreign = blotter.reported(replace(report(), order_id=5, perm_id=77, client_id=3, order_ref=""), 1.0)
    done = replace(report("Cancelled"), order_id=0, perm_id=77, client_id=None, order_ref="", completed=True)
    assert blotter.reported(done, 2.0).order_ref == foreign.order_ref
    assert blotter.reported(done, 2.0).owner == "client 3"
    assert order(blotter).modify is Overlay.NONE
