"""The watch: findings become alerts, once each, with hysteresis and the trader's acknowledgement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.alerts.rule import AlertRule, Cause, Finding
from core.domain.account import AccountSummary
from core.domain.alert import Alert, AlertLevel

HISTORY_LENGTH = 500


class AlertWatch:
    """One active alert per cause and account.

    `changed` collects the ids touched, `records` the (what, alert) pairs the journal must hold.
    """

    def __init__(self, rules: Iterable[AlertRule]) -> None:
        self._rules = tuple(rules)
        self._alerts: dict[str, Alert] = {}
        self._active: dict[tuple[str, str], str] = {}
        self._better_since_s: dict[str, float] = {}
        self._count = 0
        self.changed: set[str] = set()
        self.records: list[tuple[str, Alert]] = []

    def alerts(self) -> tuple[Alert, ...]:
        """Newest first, cleared ones too."""
        return tuple(reversed(self._alerts.values()))

    @property
    def due_at_s(self) -> float | None:
        """When an alert that has become better may clear."""
        return min(self._better_since_s.values(), default=None)

    def judge(self, accounts: Iterable[AccountSummary], now_s: float) -> None:
        """Look at every account with every rule."""
        for account in accounts:
            for rule in self._rules:
                finding = rule.judge(account)
                if finding is not None:
                    self._take(rule, account.account, finding, now_s)
                else:
                    # What cannot be judged cannot be called better either.
                    self._better_since_s.pop(self._active.get((rule.CAUSE, account.account), ""), None)

    def found(self, cause: Cause, account: str, finding: Finding, now_s: float) -> None:
        """A finding that does not come from an account's values."""
        self._take(cause, account, finding, now_s)

    def acknowledge(self, alert_id: str, now_s: float) -> None:
        """The trader has seen it; a higher level will ask again."""
        alert = self._alerts.get(alert_id)
        if alert is not None and alert.acknowledged_at_s is None:
            self._keep(replace(alert, acknowledged_at_s=now_s), "alert acknowledged")

    def _take(self, rule: Cause, account: str, finding: Finding, now_s: float) -> None:
        alert_id = self._active.get((rule.CAUSE, account))
        alert = self._alerts[alert_id] if alert_id is not None else None
        if alert is None:
            if finding.raises is not None:
                self._raise(rule, account, finding, finding.raises, now_s)
            return
        if finding.raises is not None and finding.raises > alert.level:
            self._better_since_s.pop(alert.alert_id, None)
            risen = _told(alert, finding, finding.raises, now_s)
            self._keep(replace(risen, acknowledged_at_s=None), "alert raised")
        elif finding.holds is None or finding.holds < alert.level:
            self._perhaps_clear(rule, alert, finding, now_s)
        else:
            self._better_since_s.pop(alert.alert_id, None)
            self._show(_at_present(alert, finding))

    def _raise(self, rule: Cause, account: str, finding: Finding, level: AlertLevel, now_s: float) -> None:
        self._count += 1
        alert = Alert(
            alert_id=f"{rule.CAUSE}-{account}-{self._count}",
            cause=rule.CAUSE,
            account=account,
            level=level,
            title=finding.title,
            measured=finding.measured,
            limit=finding.limit,
            raised_at_s=now_s,
            changed_at_s=now_s,
            estimated=finding.estimated,
        )
        self._active[rule.CAUSE, account] = alert.alert_id
        self._keep(alert, "alert raised")

    def _perhaps_clear(self, rule: Cause, alert: Alert, finding: Finding, now_s: float) -> None:
        """Better long enough: clear, or fall to the level that still holds."""
        clears_at_s = self._better_since_s.setdefault(
            alert.alert_id, now_s + rule.CLEAR_AFTER_S.get(alert.level, 0.0)
        )
        if now_s < clears_at_s:
            self._show(_at_present(alert, finding))
            return
        del self._better_since_s[alert.alert_id]
        if finding.holds is None:
            del self._active[rule.CAUSE, alert.account]
            present = _at_present(alert, finding)
            cleared = replace(present, cleared_at_s=now_s, changed_at_s=now_s)
            self._keep(cleared, "alert cleared")
        else:
            self._keep(_told(alert, finding, finding.holds, now_s), "alert eased")

    def _keep(self, alert: Alert, what: str) -> None:
        self._show(alert)
        self.records.append((what, alert))
        while len(self._alerts) > HISTORY_LENGTH:
            oldest = next((key for key, one in self._alerts.items() if not one.is_active), None)
            if oldest is None:
                break
            del self._alerts[oldest]

    def _show(self, alert: Alert) -> None:
        if self._alerts.get(alert.alert_id) != alert:
            self._alerts[alert.alert_id] = alert
            self.changed.add(alert.alert_id)


def _at_present(alert: Alert, finding: Finding) -> Alert:
    """Its level holds for now; what it says must be true all the same."""
    return replace(alert, title=finding.title, measured=finding.measured)


def _told(alert: Alert, finding: Finding, level: AlertLevel, now_s: float) -> Alert:
    return replace(
        alert,
        level=level,
        title=finding.title,
        measured=finding.measured,
        limit=finding.limit,
        estimated=finding.estimated,
        changed_at_s=now_s,
    )
