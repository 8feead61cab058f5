"""Whether what IB says is held is what was held at the start and every execution since.

A start is "the position less all executions that are known": as long as nothing but executions moves a position
it stays the same, whichever day they are of and in whatever order they come. It is judged by complete snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from core.domain.contract import Contract, SecType
from core.domain.events import PositionAccepted, PositionReported, SnapshotCompleted
from core.domain.execution import Execution
from core.domain.mismatch import Mismatch

Key = tuple[str, int]

LOOK_AGAIN_S = 5.0
"""A difference is looked at again after this long, and believed no sooner."""
BOUNDARY_S = 10.0
"""A fill this little later than a start, by a clock that is not ours, may have been in that position already."""
NEW_BOOK_S = 8 * 3600.0
"""A simulator that was not looked at for so long has most likely been started afresh."""
MOVES_MOST = 100
"""Moves of one position that no execution explains, kept to recognise executions that are heard later."""
_SAME = Decimal("0.000001")
_NOT_HELD = frozenset({SecType.BAG, SecType.CASH})
"""A combination is held by its legs; a currency is cash."""
_ZERO = Decimal(0)


class _Counted(NamedTuple):
    """What one execution did to a position, in its newest revision."""

    key: Key
    revision: int
    quantity: Decimal
    at_s: float


@dataclass(slots=True)
class _Doubt:
    """A difference that one complete snapshot showed: a fill may just be on its way."""

    start: Decimal
    since_s: float
    late: list[_Counted] = field(default_factory=list)
    """Executions heard since, which may be that difference."""


@dataclass(slots=True)
class _Holding:
    """One contract of one account."""

    contract: Contract
    traded: Decimal = _ZERO
    reported: Decimal = _ZERO
    """IB's last word, of a snapshot or not."""
    start: Decimal = _ZERO
    doubt: _Doubt | None = None
    mismatch: Mismatch | None = None
    taken_at_s: float | None = None
    """When the start was taken, until a later snapshot agrees with it."""
    late: list[_Counted] = field(default_factory=list)
    """Executions heard since it was taken, and perhaps part of it: IB's figure has not moved with them yet."""
    moves: list[Decimal] = field(default_factory=list)
    """By how much IB's figure has moved since then, where no execution known so far explained it."""

    @property
    def before(self) -> Decimal:
        """What must have been held at the start for IB's figure to be right."""
        return self.reported - self.traded


class Reconciliation:
    """By account and contract. `changed` collects the keys whose mismatch came, went or moved; `news` what is told."""

    def __init__(self) -> None:
        self.changed: set[Key] = set()
        self.news: list[str] = []
        self._holdings: dict[Key, _Holding] = {}
        self._counted: dict[str, _Counted] = {}
        self._gateways: dict[str, str] = {}
        """Whose book an account's starts are of; an account without a row has no start yet."""
        self._accounts: tuple[str, ...] = ()
        self._gateway = ""
        self._next_ids: dict[str, int] = {}
        self._read_at_s: float | None = None
        self._look_at_s: float | None = None

    # --- reading -----------------------------------------------------------------------------------

    def mismatch(self, account: str, con_id: int) -> Mismatch | None:
        holding = self._holdings.get((account, con_id))
        return holding.mismatch if holding else None

    def mismatches(self) -> tuple[Mismatch, ...]:
        return tuple(one.mismatch for one in self._holdings.values() if one.mismatch is not None)

    @property
    def due_at_s(self) -> float | None:
        """When IB's lists should be read again because of a difference."""
        return self._look_at_s

    # --- facts -------------------------------------------------------------------------------------

    def opened(
        self, accounts: tuple[str, ...], gateway: str, simulator: bool, next_order_id: int, now_s: float
    ) -> None:
        """Connected. Another gateway's book of an account, or a simulator's new one, begins with a new start."""
        idle = self._read_at_s is None or now_s - self._read_at_s > NEW_BOOK_S
        afresh = simulator and (next_order_id < self._next_ids.get(gateway, 0) or idle)
        self._accounts, self._gateway = accounts, gateway
        self._next_ids[gateway] = next_order_id
        for account in accounts:
            if afresh or self._gateways.get(account, gateway) != gateway:
                self._forget(account)

    def executed(self, execution: Execution) -> None:
        """Count an execution; said again or late it changes nothing, a correction replaces what it corrects."""
        known = self._counted.get(execution.key)
        if execution.contract.sec_type in _NOT_HELD or (known and known.revision >= execution.revision):
            return
        holding = self._holding(execution.account, execution.contract)
        counted = _Counted(
            (execution.account, execution.contract.con_id),
            execution.revision,
            execution.quantity * execution.side.sign,
            execution.at.timestamp(),
        )
        self._counted[execution.key] = counted
        holding.traded += counted.quantity - (known.quantity if known else _ZERO)
        if known is None and holding.taken_at_s is not None and not _has_moved(holding, counted):
            holding.late.append(counted)
        if known is None and holding.doubt is not None:
            holding.doubt.late.append(counted)

    def position_reported(self, event: PositionReported, now_s: float) -> None:
        """Between snapshots: what does not agree is a reason to look, and no more."""
        if event.contract.sec_type in _NOT_HELD:
            return
        holding = self._holding(event.account, event.contract)
        moved, holding.reported = event.quantity - holding.reported, event.quantity
        if _same(holding.before, holding.start):
            holding.late.clear()  # IB's figure has moved with them: they were no part of the start
        elif moved and holding.taken_at_s is not None and len(holding.moves) < MOVES_MOST:
            holding.moves.append(moved)
        if event.account in self._gateways and not _is_settled(holding) and self._look_at_s is None:
            self._look_at_s = now_s + LOOK_AGAIN_S

    def reconcile(self, snapshot: SnapshotCompleted, now_s: float) -> None:
        """One complete snapshot: its positions against its executions and those that were known before."""
        for execution in snapshot.executions:
            self.executed(execution)
        listed = [one for one in snapshot.positions if one.contract.sec_type not in _NOT_HELD]
        quantities = {(one.account, one.contract.con_id): one.quantity for one in listed}
        for one in listed:
            self._holding(one.account, one.contract)
        self._look_at_s = None
        self._read_at_s = now_s
        self._next_ids[self._gateway] = snapshot.next_order_id or self._next_ids.get(self._gateway, 0)
        accounts = {*self._accounts, *(one.account for one in listed)}
        for key, holding in self._holdings.items():
            if key[0] not in accounts:
                continue  # another login's: these lists say nothing about it
            holding.reported = quantities.get(key, _ZERO)
            if key[0] in self._gateways:
                self._judge(key, holding, now_s)
            else:
                _begin(holding, holding.before, now_s)
        self._gateways.update(dict.fromkeys(accounts, self._gateway))

    def accepted(self, event: PositionAccepted, now_s: float) -> None:
        """The trader takes IB's figure: it is the new start."""
        holding = self._holdings.get((event.account, event.con_id))
        if holding is not None:
            _begin(holding, event.start, now_s)
            self._show((event.account, event.con_id), holding, None)

    # --- the clock ---------------------------------------------------------------------------------

    def woke(self, now_s: float) -> bool:
        """Whether IB's lists are to be read again: something still does not agree."""
        if self._look_at_s is None or now_s < self._look_at_s:
            return False
        self._look_at_s = None
        return any(
            key[0] in self._gateways and not _is_settled(holding) for key, holding in self._holdings.items()
        )

    def restarted(self) -> None:
        """Read back from a journal: what was to be looked at then is asked for anyway."""
        self._look_at_s = None
        self.news.clear()

    # --- inside ------------------------------------------------------------------------------------

    def _judge(self, key: Key, holding: _Holding, now_s: float) -> None:
        before = holding.before
        if _same(before, holding.start) or _was_part(holding, before):
            holding.start, holding.doubt, holding.taken_at_s = before, None, None
            holding.late.clear()
            holding.moves.clear()
            self._show(key, holding, None)
        elif not holding.reported and _has_expired(holding.contract, now_s):
            self.news.append(f"{holding.contract.label}: IB does not list it any more; it has expired.")
            _begin(holding, before, now_s)
            self._show(key, holding, None)
        elif holding.mismatch is not None and _same(before, holding.mismatch.start):
            holding.doubt = None
            self._show(key, holding, self._described(key, holding, holding.mismatch.since_s))
        elif holding.doubt is None or not _same(before, holding.doubt.start) or _was_a_fill(holding):
            holding.doubt = _Doubt(before, now_s)
            self._look_at_s = now_s + LOOK_AGAIN_S
        elif now_s - holding.doubt.since_s < LOOK_AGAIN_S:
            self._look_at_s = holding.doubt.since_s + LOOK_AGAIN_S
        else:
            holding.doubt = None
            self._show(key, holding, self._described(key, holding, now_s))

    @staticmethod
    def _described(key: Key, holding: _Holding, since_s: float) -> Mismatch:
        expected = holding.start + holding.traded
        return Mismatch(key[0], holding.contract, holding.reported, expected, holding.before, since_s)

    def _show(self, key: Key, holding: _Holding, mismatch: Mismatch | None) -> None:
        if holding.mismatch != mismatch:
            holding.mismatch = mismatch
            self.changed.add(key)

    def _holding(self, account: str, contract: Contract) -> _Holding:
        return self._holdings.setdefault((account, contract.con_id), _Holding(contract))

    def _forget(self, account: str) -> None:
        self._gateways.pop(account, None)
        for key, holding in self._holdings.items():
            if key[0] == account:
                holding.doubt = None
                self._show(key, holding, None)


def _begin(holding: _Holding, start: Decimal, now_s: float) -> None:
    holding.start, holding.taken_at_s, holding.doubt = start, now_s, None
    holding.late.clear()
    holding.moves.clear()


def _has_moved(holding: _Holding, fill: _Counted) -> bool:
    """Whether IB's figure has moved by this fill since the start was taken: then it was no part of it."""
    taken_at_s = holding.taken_at_s
    if taken_at_s is None or fill.at_s < taken_at_s or fill.quantity not in holding.moves:
        return False
    holding.moves.remove(fill.quantity)
    return True


def _is_settled(holding: _Holding) -> bool:
    """Nothing new to look at: it agrees, or it is shown not to."""
    shown = holding.mismatch is not None and _same(holding.before, holding.mismatch.start)
    return shown or _same(holding.before, holding.start) or _was_part(holding, holding.before)


def _was_part(holding: _Holding, before: Decimal) -> bool:
    """Whether the difference is fills that were in the position when the start was taken, and were heard of later."""
    taken_at_s = holding.taken_at_s
    return taken_at_s is not None and _comes_to(holding.start - before, holding.late, taken_at_s)


def _was_a_fill(holding: _Holding) -> bool:
    """Whether the doubt has been answered by fills heard of since: then what differs now is another one."""
    doubt = holding.doubt
    return doubt is not None and _comes_to(doubt.start - holding.start, doubt.late, doubt.since_s)


def _comes_to(quantity: Decimal, late: Iterable[_Counted], at_s: float) -> bool:
    """Whether the first so many of those fills make `quantity`: IB books them in the order in which they happen."""
    filled = _ZERO
    for one in sorted(late, key=lambda one: one.at_s):
        if one.at_s > at_s + BOUNDARY_S:
            break
        filled += one.quantity
        if _same(filled, quantity):
            return True
    return False


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < _SAME


def _has_expired(contract: Contract, now_s: float) -> bool:
    today = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d")
    return len(contract.expiry) == 8 and contract.expiry <= today
