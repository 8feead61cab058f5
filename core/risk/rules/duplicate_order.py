"""The same order twice in a moment is a double click; within a minute, perhaps a mistake."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.preview import plain_order
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "DuplicateOrder"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    limit = view.limits.duplicate_s
    longest = max(limit.soft or Decimal(0), limit.hard or Decimal(0))
    if modifies is not None or not longest:
        return None
    wanted = plain_order(spec)
    same = [sent_s for sent_s, sent in view.sent_within(float(longest)) if plain_order(sent) == wanted]
    if not same:
        return None
    ago = Decimal(f"{max(0.0, view.now_s - same[-1]):.1f}")
    if limit.hard is not None and ago <= limit.hard:
        words = f"The same order was sent {plain(ago)} s ago. Wait {plain(limit.hard)} s if a second one is meant."
        return Objection(NAME, f"{plain(ago)} s", f"{plain(limit.hard)} s", words)
    if limit.soft is None or ago > limit.soft:
        return None
    words = f"The same order was sent {plain(ago)} s ago. Is a second one meant?"
    return Objection(NAME, f"{plain(ago)} s", f"{plain(limit.soft)} s", words, hard=False)
