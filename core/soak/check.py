"""What must hold when all is healed and quiet: what the app shows is what the gateway holds, order by order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Final, NamedTuple

from core.desk import Desk
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Overlay
from core.orders.lifecycle import REJECTED_LIVES
from core.simulator.model import Execution as TheirExecution
from core.simulator.model import Market
from core.simulator.model import Order as TheirOrder

CLIENT_ID: Final = 1
OTHER_CLIENT_ID: Final = 2
"""The trader connects under another client id for a while, and orders then too."""
_CLIENTS: Final = (CLIENT_ID, OTHER_CLIENT_ID)


@dataclass(slots=True)
class Intent:
    """What the trader was told had been taken on."""

    order_ref: str
    order_id: int
    modifications: int = 0
    cancels: int = 0
    replaces: str = ""
    """The order that was to be cancelled first."""
    client_id: int = CLIENT_ID
    """As whom the trader was connected then."""


@dataclass(slots=True)
class Facts:
    """What is compared: what the app shows, what the gateway holds, what was meant, what went over the wire."""

    desk: Desk
    market: Market
    intents: Mapping[str, Intent]
    placed: Mapping[int, list[str]]
    """The order references of every placeOrder that reached the gateway, by order id."""
    refused: Container[int]
    """Order ids about which the gateway told an error."""
    lied: bool = False
    """The app was told something that the gateway never knew."""
    withheld: bool = False
    """Lists were told as complete that were not: what did not agree meanwhile must agree by now."""
    sizeless: bool = False
    """Completed orders are told with a quantity of 0."""
    elsewhere: Container[str] = ()
    """Accounts of another login: what the app knows of them this gateway cannot know."""
    early: bool = False
    """Too soon for the proof that an order never arrived: it takes half a minute."""


_S = OrderState
_OPEN: dict[str, frozenset[OrderState]] = {
    "PendingSubmit": frozenset({_S.ACCEPTED}),
    "ApiPending": frozenset({_S.ACCEPTED}),
    "PreSubmitted": frozenset({_S.HELD, _S.WORKING}),
    "Submitted": frozenset({_S.WORKING}),
    "PendingCancel": frozenset({_S.WORKING, _S.HELD}),
}
_OVER: dict[str, frozenset[OrderState]] = {
    "Filled": frozenset({_S.FILLED}),
    "Cancelled": frozenset({_S.CANCELLED}),
    "ApiCancelled": frozenset({_S.CANCELLED}),
    "Inactive": frozenset({_S.INACTIVE, _S.REJECTED, _S.CANCELLED}),
}
_UNPRICED = frozenset({OrderType.MTL})
"""Its price is the market's: only the quantity can be compared."""
_NEVER_THERE = frozenset({_S.NOT_PLACED, _S.DENIED})


def sent(intents: Mapping[str, Intent], placed: Mapping[int, list[str]]) -> list[str]:
    """What went over the wire: nothing twice, no id twice, nothing that nobody meant."""
    wrong = []
    meant = {(one.order_id, one.order_ref): one for one in intents.values()}
    for order_id, refs in placed.items():
        names = set(refs)
        intent = meant.get((order_id, refs[0]))
        if len(names) > 1:
            wrong.append(f"order id {order_id} was used for {sorted(names)}")
        elif intent is None:
            wrong.append(f"order {order_id} was sent as {refs[0]}, and nobody meant it")
        elif len(refs) > 1 + intent.modifications:
            times = f"{len(refs)} times, and modified {intent.modifications} times"
            wrong.append(f"{intent.order_ref} was sent {times}")
    sent_as = Counter(ref for refs in placed.values() for ref in set(refs))
    wrong += [f"{ref} was sent under {count} order ids" for ref, count in sent_as.items() if count > 1]
    return wrong


def sent_by_its_client(intents: Mapping[str, Intent], named_by: Mapping[int, set[int]]) -> list[str]:
    """An order id is its client's own: under another's it would be another order, also where the first never arrived."""
    meant = {one.order_id: one.client_id for one in intents.values()}
    return [
        f"order {order_id} of client {meant.get(order_id)} was sent by clients {sorted(found)}"
        for order_id, found in named_by.items()
        if found != {meant.get(order_id)}
    ]


def nothing_sent(named_by: Mapping[int, set[int]]) -> list[str]:
    """Another login's gateway hears of no order of this one."""
    return [f"order {order_id} was sent to another login" for order_id in named_by]


class Verdict(NamedTuple):
    """What is believed of an order, as far as only its own gateway could tell it."""

    state: OrderState
    filled: Decimal


def verdict(order: Order) -> Verdict:
    return Verdict(order.state, order.filled)


def judged(before: Mapping[str, Verdict], after: Mapping[str, Verdict]) -> list[str]:
    """Orders of which something else is believed since; what was not sent yet may be given up at any time."""
    return [
        f"{ref} was {was.state} ({was.filled}), and another login made it {now.state} ({now.filled})"
        for ref, was in before.items()
        if was.state is not _S.INTENT and (now := after.get(ref, was)) != was
    ]


def agrees(facts: Facts) -> list[str]:
    """Every difference between the app's picture and the gateway's truth, in words."""
    return [
        *_orders(facts),
        *_executions(facts),
        *_positions(facts),
        *_unexplained(facts),
        *_replaced(facts),
        *_cash(facts),
    ]


def remembers(before: Desk, after: Desk) -> list[str]:
    """What the next start would show of the journal alone, before anybody is asked: the same."""
    wrong = []
    shown = {one.order_ref: one for one in after.orders()}
    for one in before.orders():
        again = shown.get(one.order_ref)
        if again is None:
            # Denied because the journal was ill: nothing was sent, and nothing could be written of it.
            if one.state is not _S.DENIED:
                wrong.append(f"the next start does not show {one.order_ref} ({one.state})")
        elif _remembered(again) != _remembered(one):
            wrong.append(f"the next start shows {_remembered(again)}, it was {_remembered(one)}")
    ours, again_ours = ({(e.exec_id, e.quantity, e.price) for e in d.executions()} for d in (before, after))
    wrong += [f"the next start does not show execution {one[0]}" for one in sorted(ours - again_ours)]
    for one in before.orders():
        was, now = before.replacements(one.order_ref), after.replacements(one.order_ref)
        if was != now and all(part.is_over for part in was):
            wrong.append(f"the next start shows {now} of {one.order_ref}, it was {was}")
    held, again_held = (
        {(p.account, p.contract.con_id): p.quantity for p in d.positions()} for d in (before, after)
    )
    if held != again_held:
        wrong.append(f"the next start shows positions {again_held}, they were {held}")
    return wrong


def _remembered(order: Order) -> tuple[str, ...]:
    return (order.order_ref, str(order.state), f"{order.filled:f}", str(order.order_id), str(order.perm_id))


# --- orders -----------------------------------------------------------------------------------------


def _replaced(facts: Facts) -> Iterable[str]:
    """Of an order that was replaced by what was left of it, no more can fill than it was for.

    A gateway that takes a confirmed cancel back is the one excuse, and the app must have raised an alarm for it.
    """
    theirs = {one.order_ref: one for one in (*facts.market.open_orders(), *facts.market.completed_orders())}
    for new in facts.intents.values():
        old = facts.intents.get(new.replaces)
        if old is None or new.modifications or old.modifications or new.order_ref not in theirs:
            continue
        before, after = theirs[old.order_ref], theirs[new.order_ref]
        shown = facts.desk.order(old.order_ref)
        if shown is not None and shown.alarm:
            continue
        if before.status != "Cancelled":
            yield f"{new.order_ref} was placed for {old.order_ref}, which the gateway holds as {before.status}"
        if before.filled + after.quantity > before.quantity:
            sizes = (
                f"{before.filled:f} of {before.quantity:f} were filled, the new one is for {after.quantity:f}"
            )
            yield f"{new.order_ref} was placed for {old.order_ref}: {sizes}"


def _orders(facts: Facts) -> Iterable[str]:
    theirs = [*facts.market.open_orders(), *facts.market.completed_orders()]
    ours = {one.order_ref: one for one in facts.desk.orders()}
    by_ref: dict[str, list[TheirOrder]] = {}
    for one in theirs:
        if one.client_id in _CLIENTS:
            by_ref.setdefault(one.order_ref, []).append(one)
    for ref in by_ref:
        if ref not in facts.intents:
            yield f"the gateway has {ref or 'an order without reference'}, which nobody meant"
    for ref in facts.intents:
        held = by_ref.get(ref, [])
        if len({(one.client_id, one.order_id) for one in held}) > 1 or len(held) > 1:
            yield f"{ref} is at the gateway {len(held)} times"
        order = ours.get(ref)
        if order is None:
            if not held and order_never_mattered(facts, ref):
                continue
            yield f"{ref} is not in the blotter; at the gateway: {_told(held)}"
        elif held:
            yield from _one(facts, order, held[-1])
        else:
            yield from _absent(facts, order)
    yield from _others(facts)


def order_never_mattered(facts: Facts, ref: str) -> bool:
    """It never left: nothing at the gateway knows it, and the app has been restarted since."""
    return ref not in {one for refs in facts.placed.values() for one in refs}


def _one(facts: Facts, order: Order, theirs: TheirOrder) -> Iterable[str]:
    name = f"{order.order_ref} ({order.spec.sentence()})"
    allowed = (_OVER if theirs.done else _OPEN).get(theirs.status, frozenset())
    lied = facts.lied and order.state in (_S.WORKING, _S.FILLED, _S.IN_DOUBT, _S.CONFLICT)
    if order.state not in allowed and not lied:
        yield f"{name} is shown {order.state} ({order.reason}), the gateway says {theirs.status}"
    if order.filled != Decimal(repr(theirs.filled)) and not facts.lied:
        yield f"{name} is shown filled {order.filled}, the gateway says {theirs.filled:g}"
    if order.alarm == REJECTED_LIVES and not facts.lied:
        yield f"{name}: {order.alarm} No order is rejected and works: what was refused was a change"
    if theirs.done:
        if not _may_have_shrunk(facts, order) and order.spec.quantity != _exact(theirs.quantity):
            yield f"{name} is over, and the gateway held it for {theirs.quantity:g}"
        return
    if Overlay.NONE not in (order.modify,) or order.cancel is not Overlay.NONE:
        yield f"{name} still waits: modify {order.modify!s}, cancel {order.cancel!s}"
    if order.stale:
        yield f"{name} is shown stale"
    shown, held = _shown_terms(order.spec), _held_terms(theirs)
    told = 1 if order.spec.order_type in _UNPRICED else len(shown)
    if shown[:told] != held[:told]:
        yield f"{name} is shown with terms {shown}, the gateway has {held}"


def _may_have_shrunk(facts: Facts, order: Order) -> bool:
    """Its size changed out of sight, and a gateway that tells none when it is over will never say so."""
    intent = facts.intents.get(order.order_ref)
    is_tied = bool(order.spec.parent_id)  # a sibling's fill in part takes as much off it
    return facts.lied or bool(intent and intent.modifications) or (is_tied and facts.sizeless)


def _shown_terms(spec: OrderSpec) -> tuple[object, ...]:
    """Quantity, limit, stop or trail, trail in per cent, time in force, last moment, shown size."""
    trails = spec.order_type is OrderType.TRAIL
    till = None if spec.good_till is None else f"{spec.good_till.astimezone(UTC):%Y%m%d-%H:%M:%S}"
    aux = spec.trail_amount if trails else spec.stop_price
    prices = (spec.limit_price, aux, spec.trail_percent)
    return (spec.quantity, *prices, spec.tif.value, till, spec.display_size)


def _held_terms(theirs: TheirOrder) -> tuple[object, ...]:
    percent, shown = (theirs.attributes.get(name) for name in ("trailingPercent", "displaySize"))
    return (
        _exact(theirs.quantity),
        _exact(theirs.limit_price),
        _exact(theirs.aux_price),
        None if percent is None else Decimal(str(percent)),
        theirs.tif,
        # A preset that makes it a day order leaves the field, which says nothing then.
        theirs.attributes.get("goodTillDate") if theirs.tif == "GTD" else None,
        None if shown is None else Decimal(str(shown)),
    )


def _absent(facts: Facts, order: Order) -> Iterable[str]:
    """The gateway does not know it: it must be said not to be there, or the doubt must be justified."""
    name = f"{order.order_ref} ({order.spec.sentence()})"
    if order.state in _NEVER_THERE and not order.filled:
        return
    order_id = order.order_id or 0
    if order.state is _S.REJECTED and order_id in facts.refused:
        return
    # Later ids have been taken: the proof that it never arrived cannot be had.
    unprovable = order.client_id != CLIENT_ID or facts.market.next_valid_id(CLIENT_ID) > order_id
    if order.state is _S.IN_DOUBT and (unprovable or facts.early):
        return
    yield f"{name} is shown {order.state} ({order.reason}), and the gateway has never heard of it"


def _others(facts: Facts) -> Iterable[str]:
    """What was done in TWS is shown too, and nothing is shown that is not there."""
    perms = {one.perm_id: one for one in facts.market.open_orders()}
    live = facts.desk.live_orders()
    # An order in conflict is shown with everything that IB works for it.
    legs = {leg.perm_id for one in live for leg in one.legs if not leg.state.is_final}
    shown = {one.perm_id for one in live} | legs
    for perm_id, theirs in perms.items():
        if perm_id not in shown:
            yield f"the gateway works {theirs.order_ref or perm_id} ({theirs.status}), which is not shown"
    if facts.lied:
        return
    here = (one for one in live if one.spec.account not in facts.elsewhere)
    for order in here:
        if order.state is not _S.IN_DOUBT and order.perm_id not in perms and not _is_inactive(facts, order):
            yield f"{order.order_ref} is shown {order.state}, and the gateway does not work it"


def _is_inactive(facts: Facts, order: Order) -> bool:
    return order.state is _S.INACTIVE


def _told(held: list[TheirOrder]) -> str:
    return ", ".join(f"{one.status} {one.filled:g}/{one.quantity:g}" for one in held) or "nothing"


# --- executions, positions, cash --------------------------------------------------------------------


def _key(exec_id: str) -> str:
    return exec_id.rsplit(".", 1)[0]


def _executions(facts: Facts) -> Iterable[str]:
    theirs = {_key(one.exec_id): one for one in facts.market.executions()}
    ours = {one.key: one for one in facts.desk.executions() if one.account not in facts.elsewhere}
    for key, their in theirs.items():
        our = ours.get(key)
        if our is None:
            yield f"execution {their.exec_id} ({_words(their)}) is missing"
        elif not facts.lied and (
            our.quantity != _exact(their.shares)
            or our.price != _exact(their.price)
            or our.exec_id != their.exec_id
        ):
            yield f"execution {their.exec_id} is shown as {our.quantity} at {our.price}, is {_words(their)}"
    for key, ours_only in ours.items():
        if key not in theirs and not facts.lied:
            yield f"execution {ours_only.exec_id} is shown, and the gateway has none"
    if len({one.exec_id for one in facts.desk.executions()}) != len(facts.desk.executions()):
        yield "an execution is shown twice"


def _words(one: TheirExecution) -> str:
    return f"{one.side} {one.shares:g} {one.order.contract.symbol} at {one.price:g}"


def _positions(facts: Facts) -> Iterable[str]:
    for account in facts.market.accounts:
        theirs = {
            one.contract.con_id: _exact(one.quantity)
            for one in facts.market.positions(account)
            if one.quantity
        }
        ours = {one.contract.con_id: one.quantity for one in facts.desk.positions() if one.account == account}
        for con_id in sorted(theirs.keys() | ours.keys()):
            if theirs.get(con_id, 0) != ours.get(con_id, 0):
                yield f"position in {con_id} is shown {ours.get(con_id, 0)}, is {theirs.get(con_id, 0)}"


def _unexplained(facts: Facts) -> Iterable[str]:
    """Every position of a session is made by executions: whoever was told otherwise, even once, was told wrong.

    Unless the lists themselves disagreed: then it was rightly said, and must have been taken back.
    """
    if facts.lied:
        return
    for alert in facts.desk.alerts():
        if alert.cause == "position" and (alert.is_active or not facts.withheld):
            yield f"a mismatch was told where there is none: {alert.title}. {alert.measured}"


def _cash(facts: Facts) -> Iterable[str]:
    for account in facts.market.accounts:
        summary = facts.desk.account(account)
        ours = dict(summary.cash_by_currency) if summary is not None else {}
        for tag, value, currency in facts.market.account_values(account):
            if tag == "TotalCashBalance" and currency not in ("", "BASE"):
                shown = ours.get(currency)
                if shown is None or shown != Decimal(value):
                    yield f"cash is shown {shown} {currency}, is {value}"


def _exact(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(repr(number))
