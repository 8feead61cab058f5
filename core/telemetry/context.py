"""Correlation: which order, which connection a line is about, without passing it along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ids: ContextVar[dict[str, str] | None] = ContextVar("correlation", default=None)


def current() -> dict[str, str]:
    """The ids that hold here."""
    return dict(_ids.get() or {})


@contextmanager
def correlated(**ids: object) -> Iterator[None]:
    """Every line logged inside carries these ids: `with correlated(order_ref=ref): ...`."""
    token = _ids.set(current() | {name: str(value) for name, value in ids.items()})
    try:
        yield
    finally:
        _ids.reset(token)
