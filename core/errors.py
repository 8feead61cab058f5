"""What the public door raises.

    IBKRError
        IBKRConnectionError
            CircuitOpenError
            NotSynchronisedError
        OrderError
            OrderDenied        by us, nothing was sent
            OrderRejected      by IB
            OrderInDoubt       sent, and nobody has said what became of it
        MarketDataError
            PacingError
            NotSubscribedError
            StaleDataError
        AccountError
        SettingsError

Inside the deciding ranks refusals are values (`core.domain.verdict`), not these.
"""

from __future__ import annotations


class IBKRError(Exception):
    """What happened, IB's code if there is one, what the user can do, and whether to try again."""

    retry_is_safe = True

    def __init__(
        self, what: str, *, advice: str = "", code: int | None = None, retry_is_safe: bool | None = None
    ) -> None:
        self.what = what
        self.advice = advice
        self.code = code
        if retry_is_safe is not None:
            self.retry_is_safe = retry_is_safe
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [self.what, self.advice, f"(IB {self.code})" if self.code is not None else ""]
        return " ".join(part for part in parts if part)


class IBKRConnectionError(IBKRError):
    """The gateway cannot be reached, or the link is not up."""


class CircuitOpenError(IBKRConnectionError):
    """Too many failures in a row: the next attempt waits for the breaker."""


class NotSynchronisedError(IBKRConnectionError):
    """The socket is up but the desk has not yet read back positions and orders."""


class OrderError(IBKRError):
    """Something about an order; `order_id` where there is one to ask about."""

    def __init__(
        self,
        what: str,
        *,
        advice: str = "",
        code: int | None = None,
        retry_is_safe: bool | None = None,
        order_id: int | None = None,
    ) -> None:
        self.order_id = order_id
        super().__init__(what, advice=advice, code=code, retry_is_safe=retry_is_safe)


class OrderDenied(OrderError):
    """Our own gate refused; nothing was sent."""


class OrderRejected(OrderError):
    """IB refused the order."""


class OrderInDoubt(OrderError):
    """The order may or may not be at IB; sending it again could double it."""

    retry_is_safe = False


class MarketDataError(IBKRError):
    """Market data could not be had."""


class PacingError(MarketDataError):
    """IB's request limits would be, or were, exceeded."""


class NotSubscribedError(MarketDataError):
    """The account has no subscription for this data."""


class StaleDataError(MarketDataError):
    """Only old data is at hand."""


class AccountError(IBKRError):
    """Account values could not be had."""


class SettingsError(IBKRError):
    """A setting is wrong: names its file, key, value and what is allowed."""

    retry_is_safe = False
