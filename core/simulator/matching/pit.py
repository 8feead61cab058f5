"""The pit: every order's life, from its arrival to its end, as notices in IB's sequence.

Time passes through the floor's agenda: each phase is a step due some tens of milliseconds later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from core.simulator.hours import utc
from core.simulator.matching import checks
from core.simulator.matching.fills import Fill, Shown, match
from core.simulator.matching.floor import Floor, Key, Working, amended, cancels, refused, related, will_wait
from core.simulator.matching.kinds import ALIASES, AT_ONCE, EXPIRING, KINDS, Kind, good_till_s
from core.simulator.model import (
    Listing,
    Notice,
    Order,
    OrderChanged,
    Quote,
    Refused,
    WhatIfAnswered,
)
from core.simulator.tape.path import noise

ACCEPT, SUBMIT, CANCEL, AMEND, EXPIRE = "accept", "submit", "cancel", "amend", "expire"
LATENCY_S: Final = (0.020, 0.060)

CANCELLED: Final = "Order Canceled - reason:"
IGNORED_OUTSIDE_RTH: Final = (
    "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and "
    "destination. PlaceOrder is now being processed."
)


class Pit:
    """All orders of all clients."""

    def __init__(self, floor: Floor, seed: int) -> None:
        self._floor, self._seed = floor, seed
        self._known: dict[Key, Working] = {}
        self._last_id: dict[int, int] = {}
        self._by_con_id: dict[int, list[Key]] = {}
        self._taken: dict[int, tuple[float, dict[str, float]]] = {}
        self._perm_id = 1_000_000_000 + abs(int(noise(seed) * 1e8))
        self._draws = 0
        self._steps: dict[str, Callable[[Working], Iterator[Notice]]] = {
            ACCEPT: self._accept,
            SUBMIT: self._submit,
            CANCEL: self._cancel_due,
            AMEND: self._amend_due,
            EXPIRE: self._expire,
        }

    # --- questions ----------------------------------------------------------------------------------

    def next_id(self, client_id: int) -> int:
        return self._last_id.get(client_id, 0) + 1

    def open_orders(self) -> list[Order]:
        return [one.order for one in self._known.values() if not one.order.done]

    def completed_orders(self) -> list[Order]:
        return [one.order for one in self._known.values() if one.order.done]

    def trades_in(self, con_id: int) -> bool:
        return bool(self._by_con_id.get(con_id))

    def forget_completed(self) -> None:
        """A new day: yesterday's finished orders are no longer told of."""
        self._known = {key: one for key, one in self._known.items() if not one.order.done}

    # --- requests -----------------------------------------------------------------------------------

    def place(self, order: Order) -> list[Notice]:
        order = self._normalised(order)
        key = order.client_id, order.order_id
        known = self._known.get(key)
        if known is not None and not order.what_if:
            return list(self._amend(known, order))
        if order.order_id <= self._last_id.get(order.client_id, 0):
            return [refused(order, 103, "Duplicate order id")]
        listing = self._floor.listing(order.contract.con_id)
        if listing is None:
            return [refused(order, 200, "No security definition has been found for the request")]
        refusal = checks.refusal(order, self._context(order, listing))
        preview = None if refusal else self._floor.preview(order)
        if preview is not None and order.what_if:
            self._last_id[order.client_id] = order.order_id
            return [WhatIfAnswered(order.with_(status="PreSubmitted"), preview)]
        refusal = refusal or (checks.margin_refusal(preview) if preview else None)
        return self._refuse(order, refusal) if refusal else list(self._enter(order))

    def cancel(self, client_id: int, order_id: int) -> list[Notice]:
        one = self._known.get((client_id, order_id))
        about = f"OrderId {order_id} that needs to be cancelled"
        if one is None:
            return [Refused(client_id, order_id, 10147, f"{about} is not found.")]
        if one.order.done or one.order.status == "PendingCancel":
            state = one.order.status
            return [Refused(client_id, order_id, 10148, f"{about} can not be cancelled, state: {state}.")]
        if not one.transmitted:
            return list(self._end(one, "Cancelled", "Cancelled by Trader"))
        one.order = one.order.with_(status="PendingCancel")
        self._due(CANCEL, one)
        return [OrderChanged(one.order, open_order=False)]

    def cancel_all(self) -> list[Notice]:
        working = [o for o in self.open_orders() if o.status != "PendingCancel"]
        return [notice for order in working for notice in self.cancel(order.client_id, order.order_id)]

    def step(self, what: str, key: Key) -> list[Notice]:
        """A phase that was scheduled is due."""
        one = self._known.get(key)
        return [] if one is None else list(self._steps[what](one))

    def meet(self, con_id: int, quote: Quote, printed: int) -> list[Notice]:
        """The market shows this: trigger and match what waits for it, oldest first."""
        notices: list[Notice] = []
        for key in tuple(self._by_con_id.get(con_id, ())):
            one = self._known[key]
            if one.armed and self._triggered(one, quote, bool(printed)):
                notices += self._elect(one)
            elif one.live:
                notices += self._match(one, quote, printed)
        return notices

    # --- arrival ------------------------------------------------------------------------------------

    def _normalised(self, order: Order) -> Order:
        account = order.account or (self._floor.accounts[0] if len(self._floor.accounts) == 1 else "")
        kind = ALIASES.get(order.order_type, order.order_type)
        return order.with_(account=account, order_type=kind, tif=order.tif or "DAY")

    def _context(self, order: Order, listing: Listing) -> checks.Context:
        con_id = listing.contract.con_id
        on_side = [o for o in self.open_orders() if o.contract.con_id == con_id and o.action == order.action]
        parent = self._known.get((order.client_id, order.parent_id))
        known = parent is not None and (not parent.order.done or parent.order.status == "Filled")
        return checks.Context(listing, self._floor.ticks(con_id), self._floor.accounts, len(on_side), known)

    def _refuse(self, order: Order, refusal: checks.Refusal) -> list[Notice]:
        notices: list[Notice] = [refused(order, refusal.code, refusal.text)]
        if refusal.books and not order.what_if:
            order = self._numbered(order).with_(
                status="Inactive", completed_at=utc(self._floor.now_s), completed_status="Inactive"
            )
            self._known[order.client_id, order.order_id] = Working(
                order, KINDS.get(order.order_type, Kind(""))
            )
            notices.append(OrderChanged(order))
        return notices

    def _numbered(self, order: Order) -> Order:
        self._last_id[order.client_id] = max(order.order_id, self._last_id.get(order.client_id, 0))
        self._perm_id += 1
        return order.with_(perm_id=self._perm_id)

    def _enter(self, order: Order) -> Iterator[Notice]:
        order = self._numbered(order).with_(status="PendingSubmit")
        one = Working(order, KINDS[order.order_type])
        self._known[order.client_id, order.order_id] = one
        self._by_con_id.setdefault(order.contract.con_id, []).append((order.client_id, order.order_id))
        self._floor.watch(order.contract.con_id)
        yield OrderChanged(order)
        if order.transmit:
            self._transmit_family(one)

    def _transmit_family(self, one: Working) -> None:
        """The last order of a bracket sends those that were held for it, parent first."""
        parent_id = one.order.parent_id or one.order.order_id
        for other in self._family(one.order.client_id, parent_id):
            if not other.transmitted and (one.order.parent_id or other is one):
                other.transmitted = True
                self._due(ACCEPT, other)

    def _family(self, client_id: int, parent_id: int) -> list[Working]:
        """Parent and children, in the order in which they came."""
        return [
            one
            for one in self._known.values()
            if one.order.client_id == client_id and parent_id in (one.order.order_id, one.order.parent_id)
        ]

    # --- phases -------------------------------------------------------------------------------------

    def _due(self, what: str, one: Working) -> None:
        self._draws += 1
        low, high = LATENCY_S
        share = min(abs(noise(self._seed, self._draws)) / 2, 1.0)
        self._schedule(self._floor.now_s + low + share * (high - low), what, one)

    def _schedule(self, due_s: float, what: str, one: Working) -> None:
        self._floor.schedule(due_s, what, (one.order.client_id, one.order.order_id))

    def _accept(self, one: Working) -> Iterator[Notice]:
        order = one.order
        if order.status != "PendingSubmit":
            return
        waits = self._waits_for_parent(order)
        held = [word for word, held in (("child", waits), ("trigger", one.kind.trigger)) if held]
        one.order = order = order.with_(status="PreSubmitted", why_held=",".join(held))
        yield OrderChanged(order)
        if order.outside_rth and (order.order_type == "MKT" or order.tif in AT_ONCE):
            one.order = order.with_(outside_rth=False)
            yield refused(order, 2109, IGNORED_OUTSIDE_RTH)
        if not waits:
            yield from self._open_or_wait(one)

    def _waits_for_parent(self, order: Order) -> bool:
        parent = self._known.get((order.client_id, order.parent_id)) if order.parent_id else None
        return parent is not None and parent.order.status != "Filled"

    def _open_or_wait(self, one: Working) -> Iterator[Notice]:
        """To the market in a moment, or when it opens."""
        order, floor = one.order, self._floor
        con_id, regular_only = order.contract.con_id, not order.outside_rth
        starts_s = floor.now_s
        if floor.is_open(con_id, regular_only):
            self._due(SUBMIT, one)
        else:
            starts_s, words = floor.next_open(con_id, regular_only)
            self._schedule(starts_s, SUBMIT, one)
            yield refused(order, 399, will_wait(order, words))
        if order.tif == "DAY":
            self._schedule(floor.closes_s(con_id, regular_only, starts_s), EXPIRE, one)
        elif order.tif == "GTD":
            self._schedule(good_till_s(order) or starts_s, EXPIRE, one)

    def _submit(self, one: Working) -> Iterator[Notice]:
        if one.order.status not in ("PreSubmitted", "Submitted") or one.live or one.armed:
            return
        con_id, regular_only = one.order.contract.con_id, not one.order.outside_rth
        if not self._floor.is_open(con_id, regular_only):
            self._schedule(self._floor.next_open(con_id, regular_only)[0], SUBMIT, one)
        elif one.kind.trigger:
            one.armed = True
            one.order = one.order.with_(why_held="trigger")
        else:
            yield from self._go_live(one)

    def _triggered(self, one: Working, quote: Quote, printed: bool) -> bool:
        regular_only = not one.order.outside_rth
        if one.kind.trigger is None or not self._floor.is_open(one.order.contract.con_id, regular_only):
            return False
        return one.kind.trigger(one.order, quote, printed)

    def _elect(self, one: Working) -> Iterator[Notice]:
        one.armed = False
        yield from self._go_live(one)

    def _go_live(self, one: Working) -> Iterator[Notice]:
        one.live = True
        one.order = one.order.with_(status="Submitted", why_held="")
        yield OrderChanged(one.order)
        yield from self._match(one, self._floor.quote(one.order.contract.con_id), 0)
        if one.order.tif in AT_ONCE and not one.order.done:
            yield from self._end(one, "Cancelled", "Cancelled by System")

    # --- matching -----------------------------------------------------------------------------------

    def _match(self, one: Working, quote: Quote, printed: int) -> Iterator[Notice]:
        order = one.order
        con_id = order.contract.con_id
        if order.done or not self._floor.is_open(con_id, not order.outside_rth):
            return
        taken = self._taken_of(con_id, quote.at_s)
        side = "BUY" if order.action == "BUY" else "SELL"
        limit = order.limit_price if one.kind.limit else None
        shown = Shown(quote, printed, taken)
        fill = match(order.with_(action=side), limit, shown, one.resting)
        one.resting = True
        if fill is None or (order.tif == "FOK" and fill.quantity < order.remaining):
            return
        taken[side] = taken.get(side, 0.0) + fill.quantity
        yield from self._fill(one, fill)

    def _taken_of(self, con_id: int, at_s: float) -> dict[str, float]:
        """What has been taken of the sizes shown at `at_s`."""
        seen_s, taken = self._taken.get(con_id, (0.0, {}))
        if seen_s != at_s:
            taken = {}
            self._taken[con_id] = at_s, taken
        return taken

    def _fill(self, one: Working, fill: Fill) -> Iterator[Notice]:
        execution, notices = self._floor.book(one.order, fill, one.charged)
        one.charged += execution.commission
        filled = execution.cumulative
        done = filled >= one.order.quantity - 1e-9
        one.order = one.order.with_(
            filled=filled,
            avg_fill_price=execution.avg_price,
            last_fill_price=fill.price,
            status="Filled" if done else one.order.status,
            completed_at=utc(self._floor.now_s) if done else None,
            completed_status=f"Filled Size: {filled:g}" if done else "",
        )
        yield notices[0]
        yield OrderChanged(one.order, duplicates=1)
        yield from notices[1:]
        if done:
            self._leave(one)
        yield from self._relatives(one, fill.quantity, done)

    def _relatives(self, one: Working, quantity: float, done: bool) -> Iterator[Notice]:
        """A parent that is filled frees its children; a sibling's or group's fill reduces the others."""
        for other in tuple(self._known.values()):
            order = other.order
            if order.done or other is one or not related(one.order, order):
                continue
            if order.parent_id == one.order.order_id:
                if done and other.transmitted and order.status == "PreSubmitted":
                    other.order = order.with_(why_held="trigger" if other.kind.trigger else "")
                    yield from self._open_or_wait(other)
            elif cancels(one.order) or done or order.remaining <= quantity:
                yield from self._end(other, "Cancelled", "Cancelled by System")
            else:
                other.order = order.with_(quantity=order.quantity - quantity)
                yield OrderChanged(other.order)

    # --- change and end -----------------------------------------------------------------------------

    def _amend(self, one: Working, new: Order) -> Iterator[Notice]:
        old = one.order
        if old.status == "Filled":
            yield refused(new, 104, "Cannot modify a filled order.")
        elif old.done:
            yield refused(new, 103, "Duplicate order id")
        elif old.status == "PendingCancel":
            yield refused(new, 2102, "Unable to modify this order as it is still being processed.")
        elif (refusal := self._amendment_refusal(old, new)) is not None:
            yield refused(new, refusal.code, refusal.text)
        elif not one.transmitted:
            one.order = amended(old, new)
            yield OrderChanged(one.order)
            if new.transmit:
                self._transmit_family(one)
        else:
            one.amendment = new
            self._due(AMEND, one)

    def _amendment_refusal(self, old: Order, new: Order) -> checks.Refusal | None:
        listing = self._floor.listing(old.contract.con_id)
        assert listing is not None
        context = replace(self._context(new, listing), working_on_side=0, parent_known=True)
        found = checks.amendment_refusal(old, new) or checks.refusal(new, context)
        if found is not None or new.quantity <= old.quantity:
            return found
        return checks.margin_refusal(self._floor.preview(new.with_(filled=old.filled)))

    def _amend_due(self, one: Working) -> Iterator[Notice]:
        new, one.amendment = one.amendment, None
        if new is None:
            return
        if one.order.status == "Filled":
            yield refused(new, 104, "Cannot modify a filled order.")
        elif not one.order.done and one.order.status != "PendingCancel":
            one.order = amended(one.order, new)
            one.resting = False
            yield OrderChanged(one.order)
            if one.order.remaining <= 0:
                yield from self._end(one, "Filled", f"Filled Size: {one.order.filled:g}")
            elif one.live:
                yield from self._match(one, self._floor.quote(one.order.contract.con_id), 0)

    def _cancel_due(self, one: Working) -> Iterator[Notice]:
        order = one.order
        if not order.done:
            yield from self._end(one, "Cancelled", "Cancelled by Trader")
        elif order.status == "Filled":
            about = f"OrderId {order.order_id} that needs to be cancelled"
            yield refused(order, 10148, f"{about} can not be cancelled, state: Filled.")

    def _expire(self, one: Working) -> Iterator[Notice]:
        if not one.order.done and one.order.tif in EXPIRING:
            yield from self._end(one, "Cancelled", "Cancelled by System")

    def _end(self, one: Working, status: str, words: str) -> Iterator[Notice]:
        one.order = one.order.with_(
            status=status, why_held="", completed_at=utc(self._floor.now_s), completed_status=words
        )
        self._leave(one)
        yield OrderChanged(one.order, open_order=status == "Filled")
        if status != "Cancelled":
            return
        yield refused(one.order, 202, CANCELLED)
        for other in self._family(one.order.client_id, one.order.order_id):
            if other is not one and not other.order.done and not one.order.filled:
                yield from self._end(other, "Cancelled", "Cancelled by System")

    def _leave(self, one: Working) -> None:
        one.live = one.armed = False
        con_id = one.order.contract.con_id
        self._by_con_id[con_id].remove((one.order.client_id, one.order.order_id))
        self._floor.unwatch(con_id)
