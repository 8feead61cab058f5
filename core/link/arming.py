"""Arming: typed words, each session anew, before an order may go to what is not proven harmless."""

from __future__ import annotations

from core.domain.link import Mode


def phrase_for(mode: Mode, account: str) -> str:
    """What must be typed; "" where nothing needs arming."""
    return f"TRADE LIVE {account}" if mode is Mode.LIVE and account else ""


class Arming:
    """Armed for one phrase only: another account, another place or a wanted end disarms."""

    def __init__(self) -> None:
        self.phrase = ""
        self._armed_for = ""

    @property
    def armed(self) -> bool:
        return bool(self.phrase) and self._armed_for == self.phrase

    def need(self, phrase: str) -> None:
        """What the gateway at hand asks for; the same one as before the link fell stays armed."""
        self.phrase = phrase
        if self._armed_for != phrase:
            self._armed_for = ""

    def disarm(self) -> None:
        self._armed_for = ""

    def arm(self, typed: str) -> str:
        """ "" when armed now, else in words why not."""
        if not self.phrase:
            return "Nothing needs arming here."
        if typed.strip() != self.phrase:
            return f"Nothing was armed: type exactly {self.phrase}."
        self._armed_for = self.phrase
        return ""
