"""Positions against executions: what does not agree is told, held to closing, and settled by IB or the trader."""

from __future__ import annotations

from core.alerts.rules import MISMATCH_ROSTER
from core.desk.dealing import Dealing
from core.desk.replacing import Replacing
from core.domain.alert import Alert
from core.domain.due import earliest
from core.domain.events import (
    ExecutionReported,
    PositionAccepted,
    PositionReported,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.mismatch import Mismatch
from core.domain.requests import Record, Request
from core.domain.topics import Topic

_CAUSES = frozenset(rule.CAUSE for rule in MISMATCH_ROSTER)


class Reconciling(Replacing):
    """Keeps the book that compares them up to date; nothing is ever invented to make them agree."""

    def _book_opened(self, event: SocketOpened) -> None:
        self._reconciliation.opened(
            event.accounts, self._blotter.gateway, event.simulator, event.next_order_id, self.now_s
        )

    def _execution_reported(self, event: ExecutionReported) -> None:
        super()._execution_reported(event)
        self._reconciliation.executed(event.execution)

    def _position_reported(self, event: PositionReported) -> None:
        self._positions.reported(event, self.now_s)
        self._reconciliation.position_reported(event, self.now_s)

    def _positions_read(self, event: SnapshotCompleted) -> None:
        """A complete snapshot: what it does not list is not held any more."""
        self._positions.replace_all(event.positions, self.now_s)
        self._reconciliation.reconcile(event, self.now_s)

    def _position_accepted(self, event: PositionAccepted) -> None:
        self._reconciliation.accepted(event, self.now_s)

    def _look_at_positions(self) -> None:
        if self._reconciliation.woke(self.now_s):
            self._link.resnapshot(self.now_s)

    def _take_reported(self, alert: Alert) -> None:
        """The trader has read of them: IB's figures are where we begin again, and the journal says so."""
        if alert.cause not in _CAUSES:
            return
        for one in self._mismatches_of(alert.account):
            told = PositionAccepted(one.account, one.contract.con_id, one.reported, one.start)
            self._position_accepted(told)
            self._to_do.append(Record("position accepted", one.contract.label, fact=told))

    def _mismatches_of(self, account: str) -> list[Mismatch]:
        return [one for one in self.mismatches() if one.account == account]

    def resume(self, before: Dealing) -> None:
        super().resume(before)
        self._reconciliation = before._reconciliation
        self._reconciliation.restarted()
        self._reconciliation.changed.update(
            (one.account, one.contract.con_id) for one in self._reconciliation.mismatches()
        )

    def _due_at_s(self) -> float | None:
        return earliest(super()._due_at_s(), self._reconciliation.due_at_s)

    def _finish(self, out: list[Request]) -> list[Request]:
        book = self._reconciliation
        if not book.changed and not book.news:
            return super()._finish(out)
        for account in sorted({account for account, _ in book.changed}):
            for rule in MISMATCH_ROSTER:
                self._watch.found(rule, account, rule.judge(self._mismatches_of(account)), self.now_s)
        for key in book.changed:
            self._touch(Topic.POSITION, key)
        book.changed.clear()
        for words in book.news:
            self._note("info", words)
        book.news.clear()
        return super()._finish(out)
