"""The heartbeat: a probe every few seconds, never two at once, and one out of turn when somebody doubts."""

from __future__ import annotations


class Heartbeat:
    """When the gateway last said anything, and when it is to be asked next."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._asked = False
        self.heard_s: float | None = None
        self.due_at_s: float | None = None

    def start(self, now_s: float) -> None:
        """The link is open: ask in a while."""
        self._asked = False
        self.due_at_s = now_s + self._every_s

    def stop(self) -> None:
        self._asked = False
        self.due_at_s = None

    def beat(self, now_s: float) -> bool:
        """True when a probe is due; it counts as sent."""
        if self.due_at_s is None or now_s < self.due_at_s:
            return False
        return self._ask(now_s)

    def doubt(self, now_s: float) -> bool:
        """True when a probe is to be sent at once: there is a link and none is under way."""
        return self.due_at_s is not None and not self._asked and self._ask(now_s)

    def answered(self) -> None:
        self._asked = False

    def _ask(self, now_s: float) -> bool:
        # The beat counts from the asking, not from the answer: what falls silent is found in time whatever
        # the round trip is.
        self.due_at_s = now_s + self._every_s
        asked, self._asked = self._asked, True
        return not asked
