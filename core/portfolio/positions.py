"""The position book: the gateway's word, by account and contract."""

from __future__ import annotations

from core.domain.events import PortfolioReported, PositionReported
from core.domain.position import Position
from core.domain.replacing import replace

Key = tuple[str, int]


class PositionBook:
    """`changed` collects the keys touched since it was last cleared."""

    def __init__(self) -> None:
        self.changed: set[Key] = set()
        self._positions: dict[Key, Position] = {}

    def positions(self) -> tuple[Position, ...]:
        """Those that hold something, by contract."""
        held = (one for one in self._positions.values() if one.quantity)
        return tuple(sorted(held, key=lambda one: (one.account, one.contract.label)))

    def position(self, account: str, con_id: int) -> Position | None:
        return self._positions.get((account, con_id))

    def reported(self, event: PositionReported, now_s: float) -> None:
        known = self._positions.get((event.account, event.contract.con_id))
        fresh = known or Position(event.account, event.contract, event.quantity)
        if known is not None and known.quantity != event.quantity:
            # The marks belonged to another quantity: better none than wrong ones.
            fresh = replace(fresh, market_value=None, unrealised_pnl=None)
        self._keep(replace(fresh, quantity=event.quantity, avg_cost=event.avg_cost, reported_at_s=now_s))

    def marked(self, event: PortfolioReported, now_s: float) -> None:
        self._keep(
            Position(
                event.account,
                event.contract,
                event.quantity,
                event.avg_cost,
                event.market_price,
                event.market_value,
                event.unrealised_pnl,
                event.realised_pnl,
                now_s,
            )
        )

    def replace_all(self, reports: tuple[PositionReported, ...], now_s: float) -> None:
        """A complete snapshot: what it does not list is not held any more."""
        listed = {(one.account, one.contract.con_id) for one in reports}
        for one in reports:
            self.reported(one, now_s)
        for key in [key for key in self._positions if key not in listed]:
            del self._positions[key]
            self.changed.add(key)

    def _keep(self, position: Position) -> None:
        key = (position.account, position.contract.con_id)
        self._positions[key] = position
        self.changed.add(key)
