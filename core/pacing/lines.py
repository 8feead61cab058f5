"""Market-data lines: one per contract however many panels watch it, never more than IB gives."""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.contract import Contract


class Lines:
    """Owners by contract; a line is open while it has an owner."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._contracts: dict[int, Contract] = {}
        self._owners: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._contracts)

    def __contains__(self, con_id: int) -> bool:
        return con_id in self._contracts

    def contracts(self) -> Iterator[Contract]:
        """Every watched contract, first watched first."""
        return iter(tuple(self._contracts.values()))

    @property
    def full(self) -> bool:
        return len(self._contracts) >= self.limit

    def watch(self, contract: Contract, owner: str) -> bool:
        """True when this needs a new line; the caller has looked at `full` before."""
        self._owners.setdefault(contract.con_id, set()).add(owner)
        if contract.con_id in self._contracts:
            return False
        self._contracts[contract.con_id] = contract
        return True

    def unwatch(self, con_id: int, owner: str) -> bool:
        """True when the last owner left and the line is to be cancelled."""
        owners = self._owners.get(con_id)
        if owners is None:
            return False
        owners.discard(owner)
        if owners:
            return False
        del self._owners[con_id]
        return self._contracts.pop(con_id, None) is not None

    def route(self, contract: Contract) -> bool:
        """Take over the exchange of a line that had none; true when it can be opened now."""
        known = self._contracts.get(contract.con_id)
        if known is None or known.exchange or not contract.exchange:
            return False
        self._contracts[contract.con_id] = contract
        return True
