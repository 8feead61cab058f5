"""Limits that change while the desk runs: the tighter of each pair holds, what would be looser waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from core.domain.limits import Permissions, RiskLimits, Threshold

K = TypeVar("K")


def tighten(current: RiskLimits, new: RiskLimits) -> tuple[RiskLimits, tuple[str, ...]]:
    """(what holds now, the names of the limits that would be looser and wait for a restart)."""
    return _join(current, new, _LIMITS)


def tighten_permissions(current: Permissions, new: Permissions) -> tuple[Permissions, tuple[str, ...]]:
    return _join(current, new, _PERMISSIONS)


Tighter = Callable[[Any, Any], Any]
P = TypeVar("P", RiskLimits, Permissions)


def _join(current: P, new: P, how: Mapping[str, Tighter]) -> tuple[P, tuple[str, ...]]:
    taken, loosened = {}, []
    for field in fields(current):
        was, wish = getattr(current, field.name), getattr(new, field.name)
        taken[field.name] = how[field.name](was, wish)
        if taken[field.name] != wish:
            loosened.append(field.name)
    return replace(current, **taken), tuple(loosened)


def _least(was: Decimal | None, wish: Decimal | None) -> Decimal | None:
    """`None` is no limit at all."""
    return min((one for one in (was, wish) if one is not None), default=None)


def _most(was: Decimal | None, wish: Decimal | None) -> Decimal | None:
    """Where a larger number is the tighter one; `None` is none."""
    return max((one for one in (was, wish) if one is not None), default=None)


def _pair(was: Threshold, wish: Threshold) -> Threshold:
    hard = _least(was.hard, wish.hard)
    soft = _least(was.soft, wish.soft)
    return Threshold(soft if hard is None or soft is None else min(soft, hard), hard)


def _span(was: Threshold, wish: Threshold) -> Threshold:
    return Threshold(_most(was.soft, wish.soft), _most(was.hard, wish.hard))


def _pairs(was: dict[K, Threshold], wish: dict[K, Threshold]) -> dict[K, Threshold]:
    """A kind that only one of the two limits is limited by that one."""
    free = Threshold(None, None)
    return {kind: _pair(was.get(kind, free), wish.get(kind, free)) for kind in {**was, **wish}}


def _replacing(was: dict[K, Threshold], wish: dict[K, Threshold]) -> dict[K, Threshold]:
    """Limits that stand instead of another: only where both speak can the tighter one be told."""
    return {kind: _pair(limit, wish[kind]) if kind in wish else limit for kind, limit in was.items()}


def _both(was: bool, wish: bool) -> bool:
    return was and wish


def _common(was: frozenset[K], wish: frozenset[K]) -> frozenset[K]:
    return was & wish


def _listed(was: frozenset[K], wish: frozenset[K]) -> frozenset[K]:
    """Empty lists allow everything. Lists with nothing in common keep the old one: an empty one would allow all."""
    if not was or not wish:
        return was or wish
    return was & wish or was


def _either(was: frozenset[K], wish: frozenset[K]) -> frozenset[K]:
    return was | wish


def _stricter_account(was: str, wish: str) -> str:
    return "cash" if "cash" in (was, wish) else wish


def _hours(was: Any, wish: Any) -> Any:
    """Hours where there were none are tighter; between two of them nobody can say."""
    return wish if was is None else was


_LIMITS: dict[str, Tighter] = {
    "quantity": _pairs,
    "notional": _pair,
    "notional_fraction": _pair,
    "notional_by_type": _replacing,
    "notional_fraction_by_type": _replacing,
    "collar": _pairs,
    "spread": _pairs,
    "duplicate_s": _span,
    "portfolio_risk_fraction": _least,
    "quote_age_s": _least,
    "working_per_side": _pair,
    "orders_per_10_s": _pair,
    "orders_per_60_s": _pair,
    "position_fraction": _pair,
    "message_ratio": _pair,
    "margin_excess_fraction": _most,
    "daily_loss": _least,
    "daily_loss_fraction": _least,
    "orders_per_day": _least,
    "restart_quiet_s": _most,
}
_PERMISSIONS: dict[str, Tighter] = {
    "sec_types": _common,
    "exchanges": _listed,
    "restricted_symbols": _either,
    "accounts": _listed,
    "shorting": _both,
    "outside_rth": _both,
    "account_type": _stricter_account,
    "options_level": min,
    "hours": _hours,
}
"""How the tighter of two values is told, for every field."""
