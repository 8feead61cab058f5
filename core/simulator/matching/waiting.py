"""Orders before they work: accepted, held for a parent, a time, a session or a condition; and expiry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.simulator.catalogue.terms import HARD_TO_BORROW
from core.simulator.matching.conditions import (
    EVERY_S,
    cancels_by_condition,
    conditions,
    met,
    submits_by_condition,
)
from core.simulator.matching.floor import FOREVER, Working, refused, will_wait
from core.simulator.matching.kinds import (
    AT_ONCE,
    CLOSE,
    EXPIRING,
    OPEN,
    auction_of,
    good_after_s,
    good_till_s,
)
from core.simulator.matching.roll import BY_SYSTEM, Roll
from core.simulator.matching.triggers import first_stop, limit_offset
from core.simulator.model import Notice, Order, OrderChanged

ACCEPT, SUBMIT, CHECK, AUCTION, EXPIRE = "accept", "submit", "check", "auction", "expire"
LOCATE: Final = "locate"

LOCATE_S: Final = 20.0
"""How long the broker looks for shares that are hard to borrow."""

LOCATING: Final = (
    "Order held while securities are located - the shares of this order are not immediately available for "
    "short sale. The order will be held while we attempt to locate the shares."
)

OPENING_S: Final = 0.5
"""How long after the open the opening auction's price is known."""

IGNORED_OUTSIDE_RTH: Final = (
    "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and "
    "destination. PlaceOrder is now being processed."
)


class Waiting(Roll):
    """Takes orders from acceptance to the moment at which they go to the market."""

    def _accept(self, one: Working) -> Iterator[Notice]:
        order = one.order
        if order.status != "PendingSubmit":
            return
        waits = self._waits_for_parent(one)
        held = [word for word, held in (("child", waits), ("trigger", one.kind.trigger)) if held]
        one.order = order = order.with_(status="PreSubmitted", why_held=",".join(held))
        one.began_s = self._floor.now_s
        yield OrderChanged(order)
        if order.outside_rth and _regular_only(one):
            one.order = order.with_(outside_rth=False)
            yield refused(order, 2109, IGNORED_OUTSIDE_RTH)
        if waits:
            return
        if self._must_locate(order):
            one.order = order = one.order.with_(why_held=LOCATE)
            yield OrderChanged(order)
            yield refused(order, 404, LOCATING)
            self._schedule(self._floor.now_s + LOCATE_S, LOCATE, one)
        else:
            yield from self._open_or_wait(one)

    def _must_locate(self, order: Order) -> bool:
        """Whether it sells more than is held of a stock that is hard to borrow."""
        contract = order.contract
        if order.action == "BUY" or contract.sec_type != "STK" or contract.symbol not in HARD_TO_BORROW:
            return False
        return self._floor.held(order.account, contract.con_id) < order.quantity

    def _located(self, one: Working) -> Iterator[Notice]:
        """The shares are there: the order goes the way of any other."""
        if one.order.status == "PreSubmitted" and not one.freed:
            one.order = one.order.with_(why_held="")
            yield OrderChanged(one.order)
            yield from self._open_or_wait(one)

    def _waits_for_parent(self, one: Working) -> bool:
        parent = self._parent(one.order)
        return parent is not None and not parent.order.filled

    def _open_or_wait(self, one: Working) -> Iterator[Notice]:
        """To the market in a moment, or when it opens."""
        order, floor = one.order, self._floor
        one.freed = True
        starts_s, words = self._starts(order)
        if words:
            yield refused(order, 399, will_wait(order, words))
        self._set_end(one)
        if starts_s > floor.now_s:
            self._schedule(starts_s, SUBMIT, one)
        else:
            self._due(SUBMIT, one)
        if cancels_by_condition(order):
            self._schedule(floor.now_s + EVERY_S, CHECK, one)

    def _starts(self, order: Order) -> tuple[float, str]:
        """When the order may go to the market, and what IB says of a market that is not open."""
        floor, con_id, regular_only = self._floor, order.contract.con_id, not order.outside_rth
        starts_s, words = max(good_after_s(order) or 0.0, floor.now_s), ""
        if not floor.is_open(con_id, regular_only) or auction_of(order) == OPEN:
            opens_s, words = floor.next_open(con_id, regular_only)
            starts_s = max(starts_s, opens_s)
        return starts_s, words

    def _set_end(self, one: Working) -> None:
        """Have the order expire as its time in force says; a child, once it is freed."""
        order = one.order
        starts_s, _ = self._starts(order)
        ends_s = FOREVER
        if order.tif == "DAY":
            ends_s = self._floor.closes_s(order.contract.con_id, not order.outside_rth, starts_s)
        elif order.tif == "GTD":
            ends_s = good_till_s(order) or starts_s
        if auction_of(order) == CLOSE and ends_s < FOREVER:
            self._schedule(ends_s, AUCTION, one)
        if ends_s < FOREVER and ends_s != one.expires_s:
            self._schedule(ends_s, EXPIRE, one)
        one.expires_s = ends_s

    def _submit(self, one: Working) -> Iterator[Notice]:
        if one.order.status not in ("PreSubmitted", "Submitted") or one.live or one.armed:
            return
        order, floor = one.order, self._floor
        con_id, regular_only = order.contract.con_id, not order.outside_rth
        good_after = good_after_s(order) or 0.0
        if good_after > floor.now_s:
            self._schedule(good_after, SUBMIT, one)
        elif not floor.is_open(con_id, regular_only):
            self._schedule(floor.next_open(con_id, regular_only)[0], SUBMIT, one)
        elif submits_by_condition(order) and not one.met:
            self._schedule(floor.now_s + EVERY_S, CHECK, one)
        elif auction_of(order):
            if auction_of(order) == OPEN:
                self._schedule(floor.now_s + OPENING_S, AUCTION, one)
        elif one.kind.trigger:
            self._arm(one)
        else:
            yield from self._go_live(one)

    def _arm(self, one: Working) -> None:
        con_id = one.order.contract.con_id
        one.armed, one.hits = True, 0
        one.offset = limit_offset(one.order)
        one.stop = first_stop(one.order, self._floor.quote(con_id), self._floor.ticks(con_id))
        terms = one.order.attributes
        if one.kind.trails and one.stop is not None:
            terms = {**terms, "trailStopPrice": one.stop}
        one.order = one.order.with_(why_held="trigger", attributes=terms)

    def _go_live(self, one: Working) -> Iterator[Notice]:
        raise NotImplementedError

    def _check(self, one: Working) -> Iterator[Notice]:
        """Look at the conditions; again in a moment until they hold."""
        if one.order.done or one.met or not conditions(one.order):
            return
        if not self._conditions_hold(one.order, one.began_s):
            self._schedule(self._floor.now_s + EVERY_S, CHECK, one)
        elif cancels_by_condition(one.order):
            yield from self._end(one, "Cancelled", BY_SYSTEM, "Condition met")
        else:
            one.met = True
            yield from self._submit(one)

    def _conditions_hold(self, order: Order, since_s: float) -> bool:
        if not order.attributes.get("conditionsIgnoreRth") and not self._floor.is_open(
            order.contract.con_id, True
        ):
            return False
        return met(order, self._floor, since_s)

    def _expire(self, one: Working) -> Iterator[Notice]:
        due = self._floor.now_s >= one.expires_s - 1e-6
        if due and not one.order.done and one.order.tif in EXPIRING:
            yield from self._end(one, "Cancelled", BY_SYSTEM)


def _regular_only(one: Working) -> bool:
    """Whether the order trades in regular hours whatever it asks for."""
    order = one.order
    if order.attributes.get("liquidation"):
        return False
    return order.order_type == "MKT" or order.tif in AT_ONCE or one.kind.rth_only or bool(auction_of(order))
