"""The kinds of value a setting may have: each reads what a file or the environment says, or tells what is allowed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?)*\.?\Z"
)
_YES = {"yes": True, "no": False}


def _reader(read: Callable[[Any], object], allowed: str) -> BeforeValidator:
    """Whatever goes wrong in `read`, the user is told `allowed`."""

    def validate(value: Any) -> object:
        try:
            return read(value)
        except (ValueError, InvalidOperation, TypeError) as fault:
            raise ValueError(allowed) from fault

    return BeforeValidator(validate)


def _number(value: Any) -> Decimal:
    # True is a number to Python, and 0x10, 1_000 or "١" to its parsers: none is to a trader.
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError
    text = str(value).strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?", text, re.ASCII) and not isinstance(value, float):
        raise ValueError
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


def number(above: str, to: str, *, none: bool = False) -> BeforeValidator:
    """A number over `above` and at most `to`."""
    low, high = Decimal(above), Decimal(to)

    def read(value: Any) -> Decimal | None:
        if none and value is None:
            return None
        found = _number(value)
        if not low < found <= high:
            raise ValueError
        return found

    allowed = f"a number above {low:,f}, at most {high:,f}"
    return _reader(read, f"{allowed}, or null" if none else allowed)


def whole(low: int, high: int, *, none: bool = False) -> BeforeValidator:
    """A whole number from `low` to `high`."""

    def read(value: Any) -> int | None:
        if none and value is None:
            return None
        found = _number(value)
        if found != int(found) or not low <= found <= high:
            raise ValueError
        return int(found)

    allowed = f"a whole number from {low:,} to {high:,}"
    return _reader(read, f"{allowed}, or null" if none else allowed)


def whole_or_nothing(low: int, high: int) -> BeforeValidator:
    """A whole number from `low` to `high`; an empty value is none."""

    def read(value: Any) -> int | None:
        if value is None or value == "":
            return None
        found = _number(value)
        if found != int(found) or not low <= found <= high:
            raise ValueError
        return int(found)

    return _reader(read, f"a whole number from {low:,} to {high:,}, or nothing")


def fraction(to: str) -> BeforeValidator:
    """0.5 or "50 %"; more than 1 only with the sign, because 25 could mean either. null is no limit."""
    high = Decimal(to)

    def read(value: Any) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, str) and value.strip().endswith("%"):
            found = _number(value.strip()[:-1].strip()) / 100
        else:
            found = _number(value)
            if found > 1:
                raise ValueError
        if not 0 < found <= high:
            raise ValueError
        return found

    return _reader(
        read, f'a fraction above 0 up to 1 (0.5), or per cent with the sign up to {high:.0%} ("50 %")'
    )


def yes_or_no() -> BeforeValidator:
    def read(value: Any) -> bool:
        return value if isinstance(value, bool) else _YES[str(value).strip().lower()]

    def safely(value: Any) -> bool:
        try:
            return read(value)
        except KeyError as fault:
            raise ValueError from fault

    return _reader(safely, "yes or no")


def one_of(*words: str) -> BeforeValidator:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return _reader(read, f"one of {', '.join(words)}")


def text(pattern: str, allowed: str) -> BeforeValidator:
    """Text that matches the whole `pattern`."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError
        return value

    return _reader(read, allowed)


def zone(*, none: bool = False) -> BeforeValidator:
    """A time zone by its full name; with `none` also nothing."""

    def read(value: Any) -> str:
        if none and value == "":
            return ""
        try:
            ZoneInfo(value)
        except (KeyError, OSError) as fault:  # ZoneInfoNotFoundError is a KeyError
            raise ValueError from fault
        return str(value)

    return _reader(read, "a time zone such as America/New_York" + (", or nothing" if none else ""))


def host() -> BeforeValidator:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            # What looks like an IPv4 address and is none is a typing error, not a name.
            if not _HOST.fullmatch(value) or re.fullmatch(r"[0-9.]+", value):
                raise
            return value

    return _reader(read, "a host name or an IP address")


def member(kinds: type[Enum], without: frozenset[Any] = frozenset()) -> BeforeValidator:
    """One of an enum's values."""
    words = [str(kind.value) for kind in kinds if kind not in without]

    def read(value: Any) -> Enum:
        if value not in words:
            raise ValueError
        return kinds(value)

    return _reader(read, f"one of {', '.join(words)}")


def is_loopback(name: str) -> bool:
    """Whether a host is this computer itself, without asking any name server."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
