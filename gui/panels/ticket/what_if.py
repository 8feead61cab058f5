"""The what-if of a review: asked once, waited for so long, and told as missing where it is missing."""

from __future__ import annotations

from dataclasses import replace

from core.domain.order import Order, OrderSpec
from core.risk.margin import cushion
from core.risk.previews import DEADLINE_S
from gui.bridge import Bridge
from gui.panels.ticket.cushion_bar import CushionShown

_GRACE_S = 1.0
"""The desk's own answer to the deadline comes a moment after it."""


class WhatIf:
    """One order's preview, from the asking to the answer."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._spec: OrderSpec | None = None
        self._asked_at_s = 0.0
        self._refusal = ""

    def ask(self, spec: OrderSpec) -> None:
        """Once at review; what is known and fresh is not asked again."""
        self._spec, self._asked_at_s, self._refusal = spec, self._bridge.now_s(), ""
        if self._bridge.desk.preview_of(spec) is None:
            self._refusal = self._bridge.ask_preview(spec)

    def forget(self) -> None:
        self._spec = None

    def shown(self, spec: OrderSpec, modifies: Order | None, *, reviewed: bool) -> CushionShown:
        """The cushion as it is to be shown for `spec`: IB's figures, or an estimate and why it is one."""
        desk = self._bridge.desk
        details = desk.details(spec.contract.con_id)
        # The desk fills in the exchange where nobody said one; its previews are kept under the whole order.
        bare = details is not None and not spec.contract.exchange
        whole = replace(spec, contract=details.contract) if details is not None and bare else spec
        found = cushion(whole, desk, modifies)
        if found.previewed:
            return CushionShown(found, "IB's what-if")
        if modifies is not None:
            return CushionShown(found, found.doubt or "estimate; IB previews no change")
        if not reviewed:
            return CushionShown(found, found.doubt or "estimate")
        words, tone = self._state(spec)
        return CushionShown(found, words, tone)

    def _state(self, spec: OrderSpec) -> tuple[str, str]:
        preview = self._bridge.desk.preview_of(spec)
        if preview is not None and preview.refusal:
            return _no_preview(preview.refusal), "warning"
        if self._refusal:
            return _no_preview(self._refusal), "warning"
        if self._spec == spec and self._bridge.now_s() - self._asked_at_s <= DEADLINE_S + _GRACE_S:
            return "estimate; asking IB…", "dim"
        return _no_preview("IB has not answered."), "warning"


def _no_preview(why: str) -> str:
    reason = why.removeprefix("No preview: ").strip()
    return f"No preview, an estimate: {reason}"
