"""A contract past its last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import at

NAME = "ContractExpired"
LAST_MOMENT = timedelta(hours=36)
"""From the expiry day's midnight UTC until that day has ended everywhere; IB knows the exact hour."""


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    expiry = spec.contract.expiry
    if not expiry:
        return None
    try:
        day = datetime.strptime(expiry, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        words = f"The contract's expiry, {expiry!r}, is no date, so the order cannot be checked. Pick the contract again."
        return Objection(NAME, expiry, "a date", words)
    if at(view) <= day + LAST_MOMENT:
        return None
    words = f"{spec.contract.label} expired on {day:%Y-%m-%d}. Choose a later one."
    return Objection(NAME, f"{day:%Y-%m-%d}", "not expired", words)
