"""Orders at the market: set off, matched with the book and with one another, filled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from core.simulator.hours import utc
from core.simulator.matching import algos
from core.simulator.matching.fills import (
    ADDED,
    AUCTIONED,
    Fill,
    Offer,
    Shown,
    queue_ahead,
    reaches,
    stand,
    take,
)
from core.simulator.matching.floor import FOREVER, Floor, Working
from core.simulator.matching.groups import Groups
from core.simulator.matching.kinds import AT_ONCE, KINDS, OPEN, auction_of
from core.simulator.matching.pegs import NOWHERE, benchmark, capped, pegged
from core.simulator.matching.roll import BY_SYSTEM
from core.simulator.matching.triggers import (
    adjusted,
    first_stop,
    limit_offset,
    limit_when_set_off,
    reached,
    trail,
)
from core.simulator.model import BookLevel, Notice, OrderChanged, Quote
from core.simulator.tape.path import noise

DEEP: Final = 20
"""How many levels of the others' book an order can take at once."""

IMPROVED_ABOVE: Final = 0.6
"""Smart-routed orders are improved where the draw (about normal) is beyond this."""


class Trading(Groups):
    """Matches what works with what the tape shows."""

    def __init__(self, floor: Floor, seed: int) -> None:
        super().__init__(floor, seed)
        self._taken: dict[int, tuple[float, dict[tuple[str, float], float]]] = {}

    def meet(self, con_id: int, quote: Quote, printed: int) -> list[Notice]:
        """The market shows this: set off and match what waits for it, best price first, then oldest."""
        notices: list[Notice] = []
        waiting = [self._known[key] for key in self._by_con_id.get(con_id, ())]
        for one in sorted(waiting, key=self._priority) if len(waiting) > 1 else waiting:
            if one.armed:
                notices += self._watch_trigger(one, quote, bool(printed))
            elif one.live:
                notices += self._match(one, quote, printed)
        return notices

    @staticmethod
    def _priority(one: Working) -> float:
        limit = one.limit if one.limit is not None else one.order.limit_price
        if not one.live or limit is None or not one.kind.priced:
            return -math.inf
        return -limit if one.action == "BUY" else limit

    # --- setting off --------------------------------------------------------------------------------

    def _watch_trigger(self, one: Working, quote: Quote, printed: bool) -> Iterator[Notice]:
        con_id = one.order.contract.con_id
        if quote.halted or not self._floor.is_open(con_id, not one.order.outside_rth):
            return
        ticks = self._floor.ticks(con_id)
        new = adjusted(one, quote, printed, ticks)
        if new is not None:
            one.order, one.kind, one.adjusted = new, KINDS[new.order_type], True
            one.stop, one.offset = first_stop(new, quote, ticks), limit_offset(new)
            yield OrderChanged(new)
        if reached(one, quote, printed):
            one.armed = False
            one.limit = limit_when_set_off(one, ticks)
            yield from self._go_live(one)
        else:
            trail(one, quote, ticks)

    def _go_live(self, one: Working) -> Iterator[Notice]:
        quote = self._floor.quote(one.order.contract.con_id)
        one.live, one.began_s, one.volume_before = True, self._floor.now_s, quote.volume
        one.order = one.order.with_(status="Submitted", why_held="")
        yield OrderChanged(one.order)
        yield from self._match(one, quote, 0)
        if one.order.tif in AT_ONCE and not one.order.done:
            yield from self._end(one, "Cancelled", BY_SYSTEM)

    def _auction(self, one: Working) -> Iterator[Notice]:
        """The auction's one price: all of the order trades, or nothing and it is cancelled."""
        order = one.order
        if order.status not in ("PreSubmitted", "Submitted") or one.order.done:
            return
        quote = self._floor.quote(order.contract.con_id)
        price = quote.open if auction_of(order) == OPEN else self._closing(quote)
        limit = order.limit_price if one.kind.priced else None
        if price is None or quote.halted or not reaches(one.action, limit, price):
            yield from self._end(one, "Cancelled", BY_SYSTEM)
            return
        one.live = True
        one.order = order.with_(status="Submitted")
        yield OrderChanged(one.order)
        yield from self._fill(one, Fill(order.remaining, price, AUCTIONED))

    def _closing(self, quote: Quote) -> float | None:
        """What the closing auction comes to; a CFD, that has no trades, closes where it is marked."""
        if quote.last is not None or quote.bid is None or quote.ask is None:
            return quote.last
        return self._floor.ticks(quote.con_id).nearest((quote.bid + quote.ask) / 2)

    # --- matching -----------------------------------------------------------------------------------

    def _match(self, one: Working, quote: Quote, printed: int) -> Iterator[Notice]:
        order = one.order
        con_id = order.contract.con_id
        if order.done or quote.halted or not self._floor.is_open(con_id, not order.outside_rth):
            return
        wanted = self._wanted(one)
        if wanted <= 0:
            return
        limit = self._limit(one, quote)
        shown = self._shown(one, quote, printed, wanted)
        fills = self._fills(one, wanted, limit, shown)
        one.resting = True
        if not self._enough(one, sum(fill.quantity for fill in fills)):
            return
        for fill in fills:
            if one.order.done or one.order.remaining < fill.quantity:
                break
            yield from self._trade(one, fill, shown)

    def _fills(self, one: Working, wanted: float, limit: float | None, shown: Shown) -> list[Fill]:
        action = one.action
        if not one.resting or limit is None:
            return take(action, wanted, limit, shown)
        discretion = float(str(one.order.attributes.get("discretionaryAmt") or 0.0))
        if discretion:
            most = limit + discretion if action == "BUY" else limit - discretion
            if found := take(action, wanted, most, shown):
                return found
        self._queue(one, limit, shown)
        display = float(str(one.order.attributes.get("displaySize") or wanted))
        fill, one.ahead = stand(action, min(wanted, display), limit, shown, one.ahead)
        return [fill] if fill else []

    def _queue(self, one: Working, limit: float, shown: Shown) -> None:
        """Find the order's place: behind what stands at its price, and always last when it is hidden."""
        quote = shown.quote
        if one.stands_at == limit and not one.order.attributes.get("hidden"):
            best, size = (quote.bid, quote.bid_size) if one.action == "BUY" else (quote.ask, quote.ask_size)
            # Those ahead may leave: there are never more of them than are shown.
            one.ahead = min(one.ahead, size) if best == limit else one.ahead
            return
        book = self._floor.others(one.order.contract.con_id, DEEP)
        one.ahead = queue_ahead(one.action, limit, quote, book.bids if one.action == "BUY" else book.asks)
        one.stands_at = limit

    def _enough(self, one: Working, quantity: float) -> bool:
        """Whether an order that takes all or nothing, or a least, gets it."""
        order = one.order
        if order.tif == "FOK" or order.attributes.get("allOrNone"):
            return quantity >= order.remaining - 1e-9
        least = float(str(order.attributes.get("minQty") or 0.0))
        return bool(order.filled) or quantity >= min(least, order.remaining)

    def _wanted(self, one: Working) -> float:
        """How much may trade now: less than what remains for children of a part and for algorithms."""
        order = one.order
        most = order.quantity if one.share >= 1 else math.floor(order.quantity * one.share + 1e-6)
        if order.attributes.get("algoStrategy"):
            quote = self._floor.quote(order.contract.con_id)
            ends_s = one.expires_s
            if ends_s == FOREVER:
                ends_s = self._floor.closes_s(order.contract.con_id, True, self._floor.now_s)
            volume = quote.volume - one.volume_before
            most = min(most, algos.released(order, one.began_s, ends_s, self._floor.now_s, volume))
        return max(round(most - order.filled, 8), 0.0)

    def _limit(self, one: Working, quote: Quote) -> float | None:
        """The price at which the order works now, `None` at any."""
        if one.limit is not None:
            return one.limit
        order, ticks = one.order, self._floor.ticks(one.order.contract.con_id)
        if one.kind.peg is not None:
            found = pegged(one.kind.peg, order, quote, ticks)
            if one.kind.snaps and math.isfinite(found):
                one.limit = found
            return found
        if order.order_type == "PEG BENCH":
            reference = self._floor.quote(int(str(order.attributes["referenceContractId"])))
            found_at = benchmark(order, reference, ticks)
            return NOWHERE[one.action] if found_at is None else capped(order, found_at)
        if order.order_type == "MTL":
            best = quote.ask if one.action == "BUY" else quote.bid
            return NOWHERE[one.action] if best is None else best
        patient = algos.price(order, quote, ticks, self._floor.now_s - one.began_s)
        if patient is not None:
            return patient
        return order.limit_price if one.kind.priced else None

    def _shown(self, one: Working, quote: Quote, printed: int, wanted: float) -> Shown:
        con_id, action = one.order.contract.con_id, one.action
        seen_s, taken = self._taken.get(con_id, (0.0, {}))
        if seen_s != quote.at_s:
            taken = {}
            self._taken[con_id] = quote.at_s, taken
        shown = Shown(quote, printed, taken)
        if one.resting and one.kind.priced:
            return shown
        price, size = shown.best(action)
        behind: tuple[BookLevel, ...] = ()
        if price is not None and size < wanted:
            book = self._floor.others(con_id, DEEP)
            behind = book.asks if action == "BUY" else book.bids
        better = self._improvement(one, quote) if size >= wanted else 0.0
        return Shown(quote, printed, taken, behind, self._own_offers(one, quote), better)

    def _improvement(self, one: Working, quote: Quote) -> float:
        """A tick, now and then, where a smart-routed order of a small size meets a wide market."""
        contract = one.order.contract
        if contract.exchange != "SMART" or quote.bid is None or quote.ask is None:
            return 0.0
        step = self._floor.ticks(contract.con_id).step(quote.bid)
        lucky = abs(noise(self._seed, one.order.perm_id, int(quote.at_s))) > IMPROVED_ABOVE
        return step if lucky and quote.ask - quote.bid > 1.5 * step else 0.0

    def _own_offers(self, one: Working, quote: Quote) -> tuple[Offer, ...]:
        """Our own clients' orders that stand on the other side, best first."""
        keys = self._by_con_id.get(one.order.contract.con_id, ())
        if len(keys) < 2:
            return ()
        found = [
            Offer(price, size, other)
            for other, price, size in self._standing(one.order.contract.con_id, quote, visible=False)
            if other.action != one.action and not other.order.attributes.get("allOrNone")
        ]
        return tuple(sorted(found, key=lambda offer: offer.price, reverse=one.action == "SELL"))

    def _standing(self, con_id: int, quote: Quote, visible: bool) -> Iterator[tuple[Working, float, float]]:
        """Orders of our clients that rest in the book, with price and size."""
        for key in self._by_con_id.get(con_id, ()):
            other = self._known[key]
            if not (other.live and other.resting) or other.order.status == "PendingCancel":
                continue
            limit, size = self._limit(other, quote), self._wanted(other)
            if limit is None or not math.isfinite(limit) or size <= 0:
                continue
            if visible:
                if other.order.attributes.get("hidden"):
                    continue
                size = min(size, float(str(other.order.attributes.get("displaySize") or size)))
            yield other, limit, size

    def own_book(self, con_id: int, quote: Quote) -> list[tuple[str, float, float]]:
        """(BUY or SELL, price, size) of what our clients show in the book."""
        standing = self._standing(con_id, quote, visible=True)
        return [(one.action, price, size) for one, price, size in standing]

    # --- filling ------------------------------------------------------------------------------------

    def _trade(self, one: Working, fill: Fill, shown: Shown) -> Iterator[Notice]:
        """One fill, and with it the fill of the own order on its other side."""
        counterpart: Working | None = fill.counterpart
        if counterpart is not None:
            if counterpart.order.done or counterpart.order.remaining < fill.quantity:
                return
            yield from self._fill(counterpart, Fill(fill.quantity, fill.price, ADDED))
            if one.order.done:
                return
        elif fill.at is not None:
            used = one.action, fill.at
            shown.taken[used] = shown.taken.get(used, 0.0) + fill.quantity
        yield from self._fill(one, fill)

    def _fill(self, one: Working, fill: Fill) -> Iterator[Notice]:
        execution, notices = self._floor.record(one.order, fill, one.charged)
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
        if one.order.order_type == "MTL" and one.limit is None and not done:
            # What a market-to-limit order does not get at once waits at the price of its first fill.
            one.limit = fill.price
            one.order = one.order.with_(limit_price=fill.price)
        yield notices[0]
        yield OrderChanged(one.order, duplicates=1)
        yield from notices[1:]
        if done:
            self._leave(one)
        yield from self._relatives(one, fill.quantity)
