"""What the pit must not forget, and how it goes on with it after a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

from core.simulator.matching.conditions import EVERY_S, cancels_by_condition
from core.simulator.matching.floor import FOREVER, Working
from core.simulator.matching.kinds import CLOSE, KINDS, Kind, auction_of
from core.simulator.matching.pit import CANCEL, Pit
from core.simulator.matching.waiting import ACCEPT, AUCTION, CHECK, EXPIRE, LOCATE, LOCATE_S, SUBMIT

Codec = Callable[[Any], Any]

UNSAVED: Final = ("kind", "amendment")
"""A kind is known by its order's type; a change that was under way is lost, as it is with TWS."""


class Memory(Pit):
    """A pit that can say what it knows, in plain values, and be told again."""

    def remembered(self, encode: Codec) -> dict[str, Any]:
        return {
            "orders": [
                {
                    one.name: encode(getattr(working, one.name))
                    for one in fields(Working)
                    if one.name not in UNSAVED
                }
                for working in self._known.values()
            ],
            "last_ids": {str(client_id): last for client_id, last in self._last_id.items()},
            "perm_id": self._perm_id,
            "draws": self._draws,
        }

    def recall(self, saved: Mapping[str, Any], decode: Codec, fresh_day: bool) -> None:
        """Go on with what was working; finished orders are told of until the day is over."""
        orders = [self._recalled(one, decode) for one in saved["orders"]]
        self._last_id = {int(client_id): int(last) for client_id, last in saved["last_ids"].items()}
        self._perm_id, self._draws = int(saved["perm_id"]), int(saved["draws"])
        for one in orders:
            if one.order.done:
                if not fresh_day:
                    self._known[one.key] = one
                continue
            self._enlist(one)
            if one.transmitted:
                self._resume(one)

    @staticmethod
    def _recalled(saved: Mapping[str, Any], decode: Codec) -> Working:
        values = {name: decode(value) for name, value in saved.items()}
        order = values["order"]
        return Working(kind=KINDS.get(order.order_type, Kind("")), **values)

    def _resume(self, one: Working) -> None:
        now_s, order = self._floor.now_s, one.order
        one.stands_at = None  # whoever was behind it has gone past
        if one.expires_s < FOREVER:
            if auction_of(order) == CLOSE:
                self._schedule(max(one.expires_s, now_s), AUCTION, one)
            self._schedule(max(one.expires_s, now_s), EXPIRE, one)
        if order.status == "PendingCancel":
            self._due(CANCEL, one)
        elif order.status == "PendingSubmit":
            self._due(ACCEPT, one)
        elif order.why_held == LOCATE:
            self._schedule(now_s + LOCATE_S, LOCATE, one)
        elif not one.live and not one.armed and one.freed:
            self._due(SUBMIT, one)
        if cancels_by_condition(order) and one.freed:
            self._schedule(now_s + EVERY_S, CHECK, one)
