"""Which orders are listed: by state, by side and by words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.domain.order import Order, Side
from gui.widgets.order_words import owner_words, reason_words, state_words

STATES = (("all", "All"), ("working", "Working"), ("done", "Done"))
SIDES = (("", "Both"), ("BUY", "Buy"), ("SELL", "Sell"))


@dataclass
class Filter:
    """`words` must all be in what an order says of itself: contract, side, type, state, owner, ids, reason."""

    state: str = "all"
    side: str = ""
    words: str = ""
    _read: dict[str, tuple[Order, str]] = field(default_factory=dict)

    @property
    def narrows(self) -> bool:
        """Something beyond the state is asked for."""
        return bool(self.side or self.words.strip())

    def of(self, orders: Iterable[Order]) -> list[Order]:
        if self.state == "all" and not self.narrows:
            return list(orders)
        asked = self.words.casefold().split()
        side = Side(self.side) if self.side else None
        listed = []
        for one in orders:
            if self.state != "all" and one.is_live is not (self.state == "working"):
                continue
            if side is not None and one.spec.side is not side:
                continue
            if asked:
                said = self._said(one)
                if not all(word in said for word in asked):
                    continue
            listed.append(one)
        return listed

    def _said(self, order: Order) -> str:
        """Orders are frozen: what one says is read once, until there is a newer one."""
        known = self._read.get(order.order_ref)
        if known is not None and known[0] is order:
            return known[1]
        spec = order.spec
        parts = (
            spec.sentence(),
            spec.contract.symbol,
            state_words(order),
            owner_words(order),
            reason_words(order),
        )
        ids = (order.order_ref, order.order_id, order.perm_id, spec.account)
        said = " ".join(str(part) for part in (*parts, *ids) if part).casefold()
        self._read[order.order_ref] = (order, said)
        return said
