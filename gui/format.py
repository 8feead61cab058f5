"""Numbers, ages and times as the trader reads them: pure text, `DASH` for what is absent, a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from core.domain.contract import ContractDetails

DASH = "–"
MINUS = "−"
Number = float | Decimal

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def price(value: Number | None, details: ContractDetails | None) -> str:
    """A price with the digits its contract trades in; without details, as many as it carries (2 to 6)."""
    if not _is_number(value):
        return DASH
    digits = _own_decimals(value) if details is None else details.decimals
    return _grouped(value, digits)


def quantity(value: Number | None) -> str:
    """Shares, contracts or units: grouped, with a fraction only where there is one."""
    if not _is_number(value):
        return DASH
    text = f"{value:,.8f}".rstrip("0").rstrip(".")
    return _true_minus("0" if text == "-0" else text)


def signed_quantity(value: Number | None) -> str:
    return _with_sign(value, quantity)


def money(value: Number | None, currency: str = "", decimals: int = 2) -> str:
    """15,025.00, or with a currency $15,025.00 or CHF 15,025.00."""
    if not _is_number(value):
        return DASH
    digits = _grouped(value if value >= 0 else -value, decimals)
    unit = _SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{MINUS if _shows_negative(value, decimals) else ''}{unit}{digits}"


def signed_money(value: Number | None, currency: str = "", decimals: int = 2) -> str:
    """Like `money`, with its + or − said: the sign never rests on colour alone."""
    return _with_sign(value, lambda number: money(number, currency, decimals), decimals)


def change(value: Number | None, details: ContractDetails | None) -> str:
    """A price difference with its sign, in the contract's digits."""
    digits = 2 if details is None else details.decimals
    return _with_sign(value, lambda number: price(number, details), digits)


def percent(fraction: Number | None, decimals: int = 2) -> str:
    """0.0123 is 1.23 %."""
    return DASH if not _is_number(fraction) else f"{_grouped(float(fraction) * 100, decimals)} %"


def signed_percent(fraction: Number | None, decimals: int = 2) -> str:
    return _with_sign(fraction, lambda number: percent(number, decimals), decimals + 2)


def signed_points(value: Number | None) -> str:
    """Basis points, to a tenth: +0.4, −12.0."""
    return _with_sign(value, lambda number: _grouped(number, 1), 1)


def compact(volume: Number | None) -> str:
    """1.23M, 45.6K, 789: three digits are enough to compare by eye."""
    if not _is_number(volume):
        return DASH
    size = float(volume)
    for edge, letter in _STEPS:
        # 999,950 reads 1.00M: the rounding must not print 1000K.
        if abs(size) >= edge * 0.9995:
            scaled = size / edge
            return _true_minus(
                f"{scaled:.{2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0}f}{letter}"
            )
    return quantity(round(size, 2))


def age(seconds: float | None) -> str:
    """How long ago, to the coarseness that matters: 3 s, 2 m 05 s, 1 h 12 m, 3 d."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def clock(epoch_s: float | None) -> str:
    """Time of day in the trader's zone: 14:03:09."""
    return DASH if epoch_s is None else _local(epoch_s).strftime("%H:%M:%S")


def clock_ms(epoch_s: float | None) -> str:
    """14:03:09.250, for flight records and logs."""
    return DASH if epoch_s is None else _local(epoch_s).strftime("%H:%M:%S.%f")[:-3]


def date_time(at: datetime | float | None) -> str:
    """2026-11-22 14:03:09 in the trader's zone, from an aware datetime or epoch seconds."""
    return DASH if at is None else _local(at).strftime("%Y-%m-%d %H:%M:%S")


def recent(at: datetime | float | None, now_s: float) -> str:
    """The time of day if it is today's, else with the day in front."""
    if at is None:
        return DASH
    moment = _local(at)
    same_day = moment.date() == _local(now_s).date()
    return moment.strftime("%H:%M:%S" if same_day else "%d %b %H:%M:%S")


def day_of(at: datetime | float) -> date:
    """The day in the trader's zone."""
    return _local(at).date()


def milliseconds(value: float | None) -> str:
    """A round trip: 0.4 ms, 12 ms."""
    if value is None or not math.isfinite(value):
        return DASH
    return f"{value:.1f} ms" if value < 9.95 else f"{value:.0f} ms"


def mask_account(account: str) -> str:
    """An account as it may be shown to a room: its kind and its last digits."""
    return account if len(account) <= 5 else f"{account[:2]}•••{account[-3:]}"


def plain(text: str) -> str:
    """Shown text as other programs read it (CSV): ASCII minus, nothing for a dash."""
    return "" if text == DASH else text.replace(MINUS, "-")


def _local(at: datetime | float) -> datetime:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return moment.astimezone()


def _is_number(value: Number | None) -> TypeGuard[Number]:
    return value is not None and math.isfinite(value)


def _own_decimals(value: Number) -> int:
    exact = value if isinstance(value, Decimal) else Decimal(repr(round(float(value), 6)))
    exponent = exact.normalize().as_tuple().exponent
    return min(6, max(2, -exponent if isinstance(exponent, int) else 2))


def _grouped(value: Number, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return _true_minus(text if _shows_negative(value, decimals) else text.lstrip("-"))


def _shows_negative(value: Number, decimals: int) -> bool:
    """False for what rounds to nought: −0.00 is a thing nobody should read."""
    return value < 0 and not _shows_nought(value, decimals)


def _shows_nought(value: Number, decimals: int) -> bool:
    return not f"{value:.{decimals}f}".strip("-0.")


def _with_sign(value: Number | None, text: Callable[[Number], str], decimals: int = 8) -> str:
    if not _is_number(value):
        return DASH
    grows = value > 0 and not _shows_nought(value, decimals)
    return f"+{text(value)}" if grows else text(value)


def _true_minus(text: str) -> str:
    return text.replace("-", MINUS)
