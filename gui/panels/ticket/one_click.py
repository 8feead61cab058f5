"""Armed one-click: off in every new session, on by the trader's hand, off again when nothing happens for a while."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.link import LinkView
from gui import format as fmt
from gui.widgets.deliberate import DeliberateButton

IDLE_S = 300.0
"""So long without an edit or an order, and it disarms itself."""


class OneClick:
    """Whether Return and the one button send at once, without the review in between."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._armed_for: tuple[object, ...] | None = None
        self._used_at_s = 0.0
        self.button = DeliberateButton("1-click", "one-click", "quiet")
        self.button.setCheckable(True)
        self._say()

    @property
    def armed(self) -> bool:
        return self._armed_for is not None

    def arm(self, link: LinkView) -> None:
        """For this account at this gateway only."""
        self._armed_for, self._used_at_s = _place(link), self._now_s()
        self._say()

    def disarm(self) -> None:
        self._armed_for = None
        self._say()

    def used(self) -> None:
        """The trader did something: the time begins anew."""
        self._used_at_s = self._now_s()

    def look(self, link: LinkView) -> str:
        """Disarms where it must; why, in words, or "" while all is as it was."""
        if self._armed_for is None:
            return ""
        why = ""
        if not link.is_ready:
            why = "the link is not ready"
        elif _place(link) != self._armed_for:
            why = "the account or the gateway is another one"
        elif self._now_s() - self._used_at_s >= IDLE_S:
            why = f"nothing happened for {fmt.age(IDLE_S)}"
        if why:
            self.disarm()
            return f"One-click is off: {why}."
        self._say()
        return ""

    def _say(self) -> None:
        left = IDLE_S - (self._now_s() - self._used_at_s)
        self.button.setChecked(self.armed)
        self.button.say("1-click on" if self.armed else "1-click", "danger" if self.armed else "quiet")
        self.button.setToolTip(
            f"Orders without an open question go at once. Off by itself in {fmt.age(left)} without use."
            if self.armed
            else "Send without the review, while this is on. It goes off by itself after 5 minutes without use."
        )


def _place(link: LinkView) -> tuple[object, ...]:
    return link.mode, link.account, link.host, link.port
