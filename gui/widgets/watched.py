"""The quotes a panel holds while it shows them, and lets go when it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.domain.contract import Contract


class Watched:
    """Keeps exactly the wanted contracts watched, under one owner's name."""

    def __init__(
        self, watch: Callable[[Contract, str], None], unwatch: Callable[[int, str], None], owner: str
    ) -> None:
        self._watch, self._unwatch, self._owner = watch, unwatch, owner
        self._held: set[int] = set()

    @property
    def con_ids(self) -> frozenset[int]:
        return frozenset(self._held)

    def only(self, contracts: Iterable[Contract]) -> None:
        """Watch these and no others."""
        wanted = {contract.con_id: contract for contract in contracts if contract.con_id > 0}
        for con_id in self._held - wanted.keys():
            self._unwatch(con_id, self._owner)
        for con_id in wanted.keys() - self._held:
            self._watch(wanted[con_id], self._owner)
        self._held = set(wanted)
