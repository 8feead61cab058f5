"""What an alert rule answers, before the watch makes an alert of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.domain.account import AccountSummary
from core.domain.alert import AlertLevel


@dataclass(frozen=True, slots=True)
class Finding:
    """How bad it is now. `raises` is the level reached; `holds` the highest level not yet cleared.

    Between the two lies the hysteresis: an alert at a level between them neither rises nor clears.
    """

    raises: AlertLevel | None
    holds: AlertLevel | None
    title: str
    measured: str
    limit: str
    estimated: bool = False


class Cause(Protocol):
    """One cause of alarm, and how long what is better must have been so."""

    CAUSE: str
    CLEAR_AFTER_S: dict[AlertLevel, float]


class AlertRule(Cause, Protocol):
    """One that is judged from one account's values."""

    def judge(self, account: AccountSummary) -> Finding | None:
        """`None` when the values do not suffice to judge."""
        ...
