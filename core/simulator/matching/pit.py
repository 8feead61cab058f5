"""The pit: every order's life, from its arrival to its end, as notices in IB's sequence.

Time passes through the floor's agenda: each phase is a step due some tens of milliseconds later.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from core.simulator.hours import utc
from core.simulator.matching import algos, attributes, checks, conditions
from core.simulator.matching.checks import Refusal
from core.simulator.matching.floor import Floor, Key, Working, amended, refused
from core.simulator.matching.kinds import ALIASES, CRYPTO, KINDS, Kind
from core.simulator.matching.roll import BY_SYSTEM, BY_TRADER
from core.simulator.matching.trading import Trading
from core.simulator.matching.triggers import first_stop, limit_offset
from core.simulator.matching.waiting import ACCEPT, AUCTION, CHECK, EXPIRE, LOCATE, SUBMIT
from core.simulator.model import Listing, Notice, Order, OrderChanged, Refused, WhatIfAnswered

CANCEL, AMEND = "cancel", "amend"

CANCEL_S: Final = "that needs to be cancelled"


class Pit(Trading):
    """What clients ask of their orders."""

    def __init__(self, floor: Floor, seed: int) -> None:
        super().__init__(floor, seed)
        self._steps: dict[str, Callable[[Working], Iterator[Notice]]] = {
            ACCEPT: self._accept,
            SUBMIT: self._submit,
            CHECK: self._check,
            AUCTION: self._auction,
            CANCEL: self._cancel_due,
            AMEND: self._amend_due,
            EXPIRE: self._expire,
            LOCATE: self._located,
        }

    def step(self, what: str, key: Key) -> list[Notice]:
        """A phase that was scheduled is due."""
        one = self._known.get(key)
        return [] if one is None else list(self._steps[what](one))

    # --- placing ------------------------------------------------------------------------------------

    def place(self, order: Order) -> list[Notice]:
        order = self._normalised(order)
        known = self._known.get((order.client_id, order.order_id))
        if known is not None and not order.what_if:
            return list(self._amend(known, order))
        if order.order_id <= self._last_id.get(order.client_id, 0):
            return [refused(order, 103, "Duplicate order id")]
        listing = self._floor.listing(order.contract.con_id)
        if listing is None:
            return [refused(order, 200, "No security definition has been found for the request")]
        order = self._sized(order, listing)
        refusal = self._refusal(order, self._context(order, listing))
        preview = None if refusal else self._floor.preview(order)
        if preview is not None and order.what_if:
            self._last_id[order.client_id] = order.order_id
            return [WhatIfAnswered(order.with_(status="PreSubmitted"), preview)]
        refusal = refusal or (checks.margin_refusal(preview) if preview else None)
        return self._refuse(order, refusal) if refusal else list(self._enter(order))

    def force(self, order: Order) -> list[Notice]:
        """An order of the broker's own: nobody asks whether it may."""
        one = Working(self._numbered(order).with_(status="PendingSubmit"), KINDS[order.order_type])
        one.transmitted = True
        self._enlist(one)
        self._due(ACCEPT, one)
        return [OrderChanged(one.order)]

    def _normalised(self, order: Order) -> Order:
        account = order.account or (self._floor.accounts[0] if len(self._floor.accounts) == 1 else "")
        kind = ALIASES.get(order.order_type, order.order_type)
        return order.with_(account=account, order_type=kind, tif=order.tif or "DAY")

    def _sized(self, order: Order, listing: Listing) -> Order:
        """An order of crypto for a sum of money, by what the sum buys now."""
        cash = order.attributes.get("cashQty")
        if listing.contract.sec_type != CRYPTO or not cash or order.quantity:
            return order
        ask, step = self._floor.quote(listing.contract.con_id).ask, listing.size_increment
        bought = math.floor(float(str(cash)) / ask / step) * step if ask else 0.0
        return order.with_(quantity=round(bought, 8))

    def _context(self, order: Order, listing: Listing) -> checks.Context:
        con_id = listing.contract.con_id
        on_side = [o for o in self.open_orders() if o.contract.con_id == con_id and o.action == order.action]
        parent = self._parent(order)
        known = parent is not None and (not parent.order.done or parent.order.status == "Filled")
        return checks.Context(
            listing,
            self._floor.ticks(con_id),
            self._floor.accounts,
            len(on_side),
            known,
            parent.order.order_type if parent is not None else "",
            listing.contract.sec_type != "IND" and self._floor.quote(con_id).halted,
            self._floor.lists(int(str(order.attributes.get("referenceContractId") or 0))),
            self._closes_in_s(con_id),
            self._floor.held(order.account, con_id) if order.account in self._floor.accounts else 0.0,
        )

    def _closes_in_s(self, con_id: int) -> float:
        if not self._floor.is_open(con_id, True):
            return math.inf
        return self._floor.closes_s(con_id, True, self._floor.now_s) - self._floor.now_s

    def _refusal(self, order: Order, context: checks.Context) -> Refusal | None:
        found = attributes.refusal(order, context)
        if found is not None:
            return found
        sec_type = context.listing.contract.sec_type
        fault = conditions.fault(order, self._floor) or algos.fault(order, sec_type, self._floor.now_s)
        return Refusal(*fault) if fault else None

    def _refuse(self, order: Order, refusal: Refusal) -> list[Notice]:
        notices: list[Notice] = [refused(order, refusal.code, refusal.text)]
        if refusal.books and not order.what_if:
            order = self._numbered(order).with_(
                status="Inactive", completed_at=utc(self._floor.now_s), completed_status="Inactive"
            )
            kind = KINDS.get(order.order_type, Kind(""))
            self._known[order.client_id, order.order_id] = Working(order, kind)
            notices.append(OrderChanged(order))
        return notices

    def _enter(self, order: Order) -> Iterator[Notice]:
        one = Working(self._numbered(order).with_(status="PendingSubmit"), KINDS[order.order_type])
        parent = self._parent(one.order)
        if parent is not None:
            one.share = min(parent.order.filled / parent.order.quantity, 1.0)
        self._enlist(one)
        yield OrderChanged(one.order)
        if order.transmit:
            self._transmit_family(one)

    def _transmit_family(self, one: Working) -> None:
        """The last order of a bracket sends those that were held for it, parent first."""
        parent_id = one.order.parent_id or one.order.order_id
        for other in self._family(one.order.client_id, parent_id):
            if not other.transmitted and (one.order.parent_id or other is one):
                other.transmitted = True
                self._due(ACCEPT, other)

    # --- cancelling ---------------------------------------------------------------------------------

    def cancel(self, client_id: int, order_id: int) -> list[Notice]:
        one = self._known.get((client_id, order_id))
        about = f"OrderId {order_id} {CANCEL_S}"
        if one is None:
            return [Refused(client_id, order_id, 10147, f"{about} is not found.")]
        if one.order.done or one.order.status == "PendingCancel":
            state = one.order.status
            return [Refused(client_id, order_id, 10148, f"{about} can not be cancelled, state: {state}.")]
        if not one.transmitted:
            return list(self._end(one, "Cancelled", BY_TRADER))
        one.order = one.order.with_(status="PendingCancel")
        self._due(CANCEL, one)
        return [OrderChanged(one.order, open_order=False)]

    def cancel_all(self) -> list[Notice]:
        working = [o for o in self.open_orders() if o.status != "PendingCancel"]
        return [notice for order in working for notice in self.cancel(order.client_id, order.order_id)]

    def end_all_in(self, con_id: int, why: str) -> list[Notice]:
        """The contract is no longer listed: nothing works in it any more."""
        keys = tuple(self._by_con_id.get(con_id, ()))
        return [n for key in keys for n in self._end(self._known[key], "Cancelled", BY_SYSTEM, why)]

    def _cancel_due(self, one: Working) -> Iterator[Notice]:
        order = one.order
        if not order.done:
            yield from self._end(one, "Cancelled", BY_TRADER)
        elif order.status == "Filled":
            about = f"OrderId {order.order_id} {CANCEL_S}"
            yield refused(order, 10148, f"{about} can not be cancelled, state: Filled.")

    # --- changing -----------------------------------------------------------------------------------

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

    def _amendment_refusal(self, old: Order, new: Order) -> Refusal | None:
        listing = self._floor.listing(old.contract.con_id)
        assert listing is not None
        context = replace(self._context(new, listing), working_on_side=0, parent_known=True)
        new = new.with_(filled=old.filled)
        found = attributes.amendment_refusal(old, new) or self._refusal(new, context)
        if found is not None or new.quantity <= old.quantity:
            return found
        return checks.margin_refusal(self._floor.preview(new))

    def _amend_due(self, one: Working) -> Iterator[Notice]:
        new, one.amendment = one.amendment, None
        if new is None:
            return
        if one.order.status == "Filled":
            yield refused(new, 104, "Cannot modify a filled order.")
        elif not one.order.done and one.order.status != "PendingCancel":
            one.order = amended(one.order, new)
            yield OrderChanged(one.order)
            if one.order.remaining <= 0:
                yield from self._end(one, "Filled", f"Filled Size: {one.order.filled:g}")
            else:
                yield from self._begin_again(one)

    def _begin_again(self, one: Working) -> Iterator[Notice]:
        """New terms lose their place: the order meets the market as if it had just come."""
        con_id = one.order.contract.con_id
        quote = self._floor.quote(con_id)
        one.resting, one.stands_at = False, None
        one.limit = one.order.limit_price if one.order.order_type == "MTL" and one.order.filled else None
        if one.freed:
            self._set_end(one)
        if one.armed:
            one.stop, one.offset = (
                first_stop(one.order, quote, self._floor.ticks(con_id)),
                limit_offset(one.order),
            )
        elif one.live:
            yield from self._match(one, quote, 0)
        elif one.freed:
            self._due(SUBMIT, one)
