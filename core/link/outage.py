"""IBKR out of the gateway's reach: its end is not always told (Lean #960), so the gateway is asked anew."""

from __future__ import annotations

WAITS_S = (120.0, 240.0, 480.0, 900.0)
"""After each fresh word of the outage; longer each time that connecting anew only brought the same word."""


class Outage:
    """How long to wait for the word that IBKR is back."""

    def __init__(self) -> None:
        self._asked = 0
        self.due_at_s: float | None = None

    def told(self, now_s: float) -> None:
        """The gateway says that IBKR is out of reach; saying it again is news of it."""
        self.due_at_s = now_s + WAITS_S[min(self._asked, len(WAITS_S) - 1)]

    def ask(self, now_s: float) -> bool:
        """True when the gateway is to be asked anew; it counts as asked."""
        if self.due_at_s is None or now_s < self.due_at_s:
            return False
        self._asked += 1
        self.stop()
        return True

    def stop(self) -> None:
        """No connection, nobody to wait for."""
        self.due_at_s = None

    def over(self) -> None:
        """IBKR is within reach."""
        self.stop()
        self._asked = 0
