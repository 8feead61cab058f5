"""What-ifs: one at a time, each with a deadline, and answers that are believed for a minute."""

from __future__ import annotations

from core.domain.order import OrderSpec
from core.domain.preview import Preview, plain_order

KEPT_S = 60.0
DEADLINE_S = 5.0


class Previews:
    """Answers by the order they are about; `changed` collects those orders since it was last cleared."""

    def __init__(self) -> None:
        self.changed: set[OrderSpec] = set()
        self._known: dict[OrderSpec, Preview] = {}
        self._asked: dict[int, OrderSpec] = {}

    def of(self, spec: OrderSpec, now_s: float) -> Preview | None:
        found = self._known.get(plain_order(spec))
        return found if found is not None and now_s - found.at_s <= KEPT_S else None

    def asked(self, order_id: int, spec: OrderSpec) -> None:
        self._asked[order_id] = plain_order(spec)

    @property
    def waiting(self) -> OrderSpec | None:
        """The order whose what-if is on its way; IB answers one at a time."""
        return next(iter(self._asked.values()), None)

    def answered(self, order_id: int, preview: Preview) -> bool:
        """False when nobody asked, or the answer came already."""
        spec = self._asked.pop(order_id, None)
        if spec is None:
            return False
        self._forget(preview.at_s)
        self._known[spec] = preview
        self.changed.add(spec)
        return True

    def lost(self, now_s: float) -> None:
        """The link is gone: nothing that was asked will be answered."""
        for order_id in tuple(self._asked):
            self.answered(order_id, Preview(now_s, "No preview: the link was lost."))

    def _forget(self, now_s: float) -> None:
        for spec, one in tuple(self._known.items()):
            if now_s - one.at_s > KEPT_S:
                del self._known[spec]
