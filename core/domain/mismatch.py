"""A position that IB reports and our executions do not explain."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.contract import Contract


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Nothing is invented to explain it: it stands until both agree again, or the trader takes IB's figure."""

    account: str
    contract: Contract
    reported: Decimal
    """What IB says is held."""
    expected: Decimal
    """What was held at the start, and every execution since."""
    start: Decimal
    """What must have been held at the start for IB's figure to be right."""
    since_s: float

    @property
    def words(self) -> str:
        """Both figures and the difference: IB reports 300, our executions give 250: 50 more."""
        by = self.reported - self.expected
        return (
            f"IB reports {_plain(self.reported)}, our executions give {_plain(self.expected)}:"
            f" {_plain(abs(by))} {'more' if by > 0 else 'less'}"
        )


def _plain(quantity: Decimal) -> str:
    text = f"{quantity:,f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text
