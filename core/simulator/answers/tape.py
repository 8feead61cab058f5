"""Tick by tick data and market depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.simulator.model import Listing, Quote, Shown
from core.simulator.peer import Answer, Peer, resolve
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked

# --- Tick by tick -------------------------------------------------------------------------------

_TAPE: Final = "tape"


def _prints(kind: int) -> Callable[[Peer, int, Listing], Callable[[Quote, bool], None]]:
    def begin(peer: Peer, req_id: int, listing: Listing) -> Callable[[Quote, bool], None]:
        exchange = (listing.contract.primary_exchange or listing.contract.exchange).split(",")[0]

        def show(quote: Quote, printed: bool) -> None:
            if printed and quote.last is not None:
                at = int(quote.at_s)
                peer.send(messages.print_by_tick(req_id, kind, at, quote.last, quote.last_size, exchange, ""))

        return show

    return begin


def _quotes(peer: Peer, req_id: int, listing: Listing) -> Callable[[Quote, bool], None]:
    shown: list[tuple[object, ...]] = [()]

    def show(quote: Quote, _printed: bool) -> None:
        now = (quote.bid, quote.ask, quote.bid_size, quote.ask_size)
        if now != shown[0] and quote.bid is not None and quote.ask is not None:
            shown[0] = now
            peer.send(
                messages.quote_by_tick(
                    req_id, int(quote.at_s), quote.bid, quote.ask, quote.bid_size, quote.ask_size
                )
            )

    return show


def _midpoints(peer: Peer, req_id: int, listing: Listing) -> Callable[[Quote, bool], None]:
    shown: list[float | None] = [None]

    def show(quote: Quote, _printed: bool) -> None:
        if quote.bid is None or quote.ask is None:
            return
        middle = round((quote.bid + quote.ask) / 2, 8)
        if middle != shown[0]:
            shown[0] = middle
            peer.send(messages.midpoint_by_tick(req_id, int(quote.at_s), middle))

    return show


_KINDS: Final = {
    "Last": _prints(1),
    "AllLast": _prints(2),
    "BidAsk": _quotes,
    "MidPoint": _midpoints,
}


def tick_by_tick(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    begin = _KINDS.get(asked.text("tickType"))
    if begin is None:
        peer.error(
            asked.req_id, 321, "Error validating request.-'cO' : cause - Tick-by-tick data type is not valid."
        )
        return
    if listing.contract.sec_type in ("OPT", "FOP"):
        peer.error(
            asked.req_id,
            10189,
            f"Failed to request tick-by-tick data.No market data permissions for {listing.contract.exchange} {listing.contract.sec_type}",
        )
        return
    too_soon = peer.pace.tape_too_soon(listing.contract.con_id, peer.gateway.clock_s)
    if too_soon or peer.subscriptions.count(_TAPE) >= peer.gateway.limits.tapes:
        peer.error(asked.req_id, 10190, "Max number of tick-by-tick requests has been reached.")
        return
    show = begin(peer, asked.req_id, listing)
    con_id = listing.contract.con_id
    peer.subscriptions.watch((_TAPE, asked.req_id), con_id, lambda new: show(new.quote, new.printed))
    show(peer.market.quote(listing.contract.con_id), True)


def cancel_tick_by_tick(peer: Peer, asked: Asked) -> None:
    if not peer.subscriptions.cancel((_TAPE, asked.req_id)):
        peer.error(asked.req_id, 300, f"Can't find EId with tickerId:{asked.req_id}")


# --- Depth --------------------------------------------------------------------------------------

MAX_ROWS: Final = 60
_DEPTH: Final = "depth"

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1

_Level = tuple[float, float, str]


@dataclass(slots=True)
class _Depth:
    """One client's view of the market's book, told row by row."""

    peer: Peer
    req_id: int
    listing: Listing
    rows: int
    smart: bool
    sides: dict[int, list[_Level]] = field(default_factory=lambda: {ASK: [], BID: []})

    def show(self, _new: Shown | None = None) -> None:
        book = self.peer.market.book(self.listing.contract.con_id, self.rows)
        for side, levels in ((BID, book.bids), (ASK, book.asks)):
            now = [(one.price, one.size, one.maker if self.smart else "") for one in levels]
            self._tell(side, self.sides[side], now)
            self.sides[side] = now

    def begin_anew(self) -> None:
        """Show the whole book again to a client that has been told to empty it."""
        self.sides = {ASK: [], BID: []}
        self.show()

    def _tell(self, side: int, was: list[_Level], now: list[_Level]) -> None:
        for at, level in enumerate(now):
            if at >= len(was):
                self._send(at, INSERT, side, level)
            elif was[at] != level:
                self._send(at, UPDATE, side, level)
        for at in range(len(was) - 1, len(now) - 1, -1):
            self._send(at, DELETE, side, (0.0, 0, was[at][2]))

    def _send(self, at: int, operation: int, side: int, level: _Level) -> None:
        value, size, maker = level
        if self.smart:
            self.peer.send(
                messages.depth_row_of(self.req_id, at, maker, operation, side, value, size, smart=True)
            )
        else:
            self.peer.send(messages.depth_row(self.req_id, at, operation, side, value, size))


def depth(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    if listing.contract.con_id in peer.gateway.unsubscribed:
        peer.error(
            asked.req_id,
            354,
            "Requested market data is not subscribed.Deep market data is not supported for this combination of security type/exchange",
        )
        return
    if listing.contract.sec_type == "IND":
        peer.error(
            asked.req_id,
            10092,
            "Deep market data is not supported for this combination of security type/exchange",
        )
        return
    if peer.subscriptions.count(_DEPTH) >= peer.gateway.limits.books:
        peer.error(
            asked.req_id,
            309,
            f"Max number ({peer.gateway.limits.books}) of market depth requests has been reached",
        )
        return
    rows = min(max(asked.whole("rows"), 1), MAX_ROWS)
    book = _Depth(peer, asked.req_id, listing, rows, asked.flag("smartDepth"))
    if book.smart:
        peer.error(asked.req_id, 2152, f"Exchanges - Depth: {listing.valid_exchanges}; Top: ")
    peer.subscriptions.watch((_DEPTH, asked.req_id), listing.contract.con_id, book.show)
    book.show()
    peer.books[asked.req_id] = book.begin_anew


def cancel_depth(peer: Peer, asked: Asked) -> None:
    if not peer.subscriptions.cancel((_DEPTH, asked.req_id)):
        peer.error(asked.req_id, 310, f"Can't find the subscribed market depth with tickerId:{asked.req_id}")


ANSWERS: dict[int, Answer] = {
    10: depth,
    11: cancel_depth,
    97: tick_by_tick,
    98: cancel_tick_by_tick,
}
