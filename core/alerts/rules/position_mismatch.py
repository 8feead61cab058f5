"""A position that changed without an execution: said once for an account, until both agree or IB's word is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.alerts.rule import Finding
from core.domain.alert import AlertLevel
from core.domain.mismatch import Mismatch

NAMED: Final = 3
"""So many are told one by one."""
_MAY_BE: Final = "exercise, assignment, transfer, corporate action, or an execution that was not told"
_CLEARED: Final = Finding(
    raises=None,
    holds=None,
    title="Position and executions agree",
    measured="IB's position is what our executions give, or was taken as it is",
    limit="no difference",
)


class PositionMismatch:
    """Judged by what complete snapshots show."""

    CAUSE = "position"

    def __init__(self) -> None:
        self.CLEAR_AFTER_S: dict[AlertLevel, float] = {}

    def judge(self, mismatches: Sequence[Mismatch]) -> Finding:
        """All that stand in one account."""
        if not mismatches:
            return _CLEARED
        first, more = mismatches[0], len(mismatches) - NAMED
        told = "; ".join(f"{one.contract.label}: {one.words}" for one in mismatches[:NAMED])
        which = first.contract.label if len(mismatches) == 1 else f"{len(mismatches)} positions"
        return Finding(
            raises=AlertLevel.WARNING,
            holds=AlertLevel.WARNING,
            title=f"{which} changed without an execution",
            measured=(
                f"{told}{f'; and {more} more' if more > 0 else ''}. It may be: {_MAY_BE}."
                " Until both agree only orders that close pass there; acknowledging takes IB's figures"
            ),
            limit="no difference",
        )
