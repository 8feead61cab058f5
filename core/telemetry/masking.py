"""What may not reach a log: account numbers in full, and characters that would forge or hide a line."""

from __future__ import annotations

import re

_ACCOUNT = re.compile(r"\b(D?[UFI][A-Z]?)\d{1,7}(\d{3})\b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def mask_accounts(text: str) -> str:
    """DU1234567 becomes DU****567."""
    return _ACCOUNT.sub(r"\1****\2", text)


def strip_control(text: str) -> str:
    """One line: line ends, escapes and direction marks become a space."""
    return _CONTROL.sub(" ", text)


def clean(text: str) -> str:
    return mask_accounts(strip_control(text))


def clean_lines(text: str) -> str:
    """A traceback: its lines stay lines, each of them clean."""
    return "\n".join(clean(line) for line in text.splitlines())
