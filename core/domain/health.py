"""How the desk's own organs are, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """The journal as the desk knows it: well until a write has failed."""

    trouble: str = ""
    """Why it cannot be written, in words with advice; "" while it can. Then no new order is sent."""
    since_s: float | None = None
    """Desk seconds of the last change; `None` before there was any."""

    @property
    def is_well(self) -> bool:
        return not self.trouble
