"""What a risk rule is, and the plain words its numbers are told in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Protocol

from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

WHAT_TO_DO_ABOUT_A_LIMIT = "or raise the limit in Settings (risk_config.yaml) and start again"


class Rule(Protocol):
    """One file of `core.risk.rules`: its name, and what it has against an order."""

    NAME: str

    def object(self, spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
        """`None` when this rule has nothing to say; `modifies` is the order whose new terms `spec` is."""
        ...


def breach(measured: Decimal, limit: Threshold) -> tuple[bool, Decimal] | None:
    """(whether it is hard, the limit that was passed); `None` within the limits."""
    if limit.hard is not None and measured > limit.hard:
        return True, limit.hard
    if limit.soft is not None and measured > limit.soft:
        return False, limit.soft
    return None


def only_reduces(spec: OrderSpec, modifies: Order | None) -> bool:
    """A modification that makes the order smaller and changes nothing else carries no new risk."""
    if modifies is None or spec.quantity > modifies.spec.quantity:
        return False
    return replace(spec, quantity=modifies.spec.quantity, transmit=True) == replace(
        modifies.spec, contract=spec.contract, transmit=True
    )


def left_to_fill(spec: OrderSpec, modifies: Order | None) -> Decimal:
    """What the order could still execute: its quantity without what a modified order already filled."""
    filled = modifies.filled if modifies else Decimal(0)
    return max(Decimal(0), spec.quantity - filled)


def at(view: DeskView) -> datetime:
    """The desk's time as an aware moment."""
    return datetime.fromtimestamp(view.now_s, UTC)


def exact(price: float) -> Decimal:
    """A quote's price as a number to reckon with, free of binary dust."""
    return Decimal(f"{price:.10g}")


def plain(value: Decimal, places: int | None = None) -> str:
    """12,500 or 150.25; with `places`, at most so many digits after the point."""
    with localcontext(prec=100):
        rounded = value if places is None else round(value, places)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_text(value: Decimal) -> str:
    """A price as it is read on a screen: 150.25, 150.20, 1.08455."""
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{min(places, 8)}f}"


def percent(fraction: Decimal, extra: int = 0) -> str:
    """4.2 %, 0.35 %, 120 %; `extra` digits on demand."""
    hundredths = fraction * 100
    places = 0 if abs(hundredths) >= 100 else 1 if abs(hundredths) >= 1 else 2
    return f"{plain(hundredths, places + extra)} %"


def money(amount: Decimal, currency: str, extra: int = 0) -> str:
    """25,000 USD; cents only where they matter."""
    return f"{plain(amount, extra if abs(amount) >= 100 else 2)} {currency}".rstrip()


def told_apart(tell: Callable[[Decimal, int], str], measured: Decimal, limit: Decimal) -> tuple[str, str]:
    """Both numbers as `tell` writes them, with as many digits as it takes to see that they differ."""
    for extra in range(4):
        if tell(measured, extra) != tell(limit, extra):
            break
    return tell(measured, extra), tell(limit, extra)


def objected(objections: tuple[Objection, ...]) -> tuple[tuple[str, str], ...]:
    """Objections as the journal keeps them: rule, measured value and limit, in words."""
    return tuple((one.rule, f"{one.measured}; limit {one.limit}. {one.words}") for one in objections)
