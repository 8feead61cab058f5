"""What can be practised on the simulator, as menu and strip name it: one table."""

from __future__ import annotations

from dataclasses import dataclass

CALM = "calm"
OUTAGE = "outage"
"""Ours, and no scenario of the gateway's: its connections are cut and refused for a while."""
MEND = "mend"
OUTAGE_S = 8.0


@dataclass(frozen=True, slots=True)
class Exercise:
    """One thing to practise: `name` is the gateway's own."""

    name: str
    title: str
    words: str
    of_link: bool = False
    """It happens to the connection rather than to prices."""


EXERCISES: tuple[Exercise, ...] = (
    Exercise("trend", "Rising market", "Shares rise by three per cent within an hour."),
    Exercise(
        "flash-crash", "Flash crash", "Everything falls by a tenth in half a minute and is back in two."
    ),
    Exercise(
        "gap-open", "Gap at the open", "The market jumps six per cent lower, through every stop in between."
    ),
    Exercise(
        "halted-stock",
        "Halted stock",
        "NVDA is halted after 20 s; two minutes later it trades a tenth lower.",
    ),
    Exercise(
        "illiquid-options",
        "Illiquid options",
        "Options are quoted eight times as wide, for a contract or two.",
    ),
    Exercise(
        "margin-call",
        "Margin call",
        "The largest holding slides: 25, 10, 5 and 0 % margin left within a minute, then the broker sells.",
    ),
    Exercise(
        OUTAGE, "Broken connection", f"Cut and refused for {OUTAGE_S:.0f} s. Orders keep working there.", True
    ),
    Exercise(
        "nightly-reset",
        "Nightly reset",
        "From 10 s on IBKR's servers are away for 30 s, as every night.",
        True,
    ),
    Exercise(
        "weekly-login",
        "Weekly login",
        "After 10 s the gateway logs itself out for a minute, as every Sunday.",
        True,
    ),
    Exercise(
        "competing-session",
        "Competing session",
        "After 10 s the same user logs in on a phone, which takes the prices for 30 s.",
        True,
    ),
    Exercise("delayed-only", "Delayed data", "The account has no live prices, only delayed ones.", True),
    Exercise(
        "reconnect-storm",
        "Reconnect storm",
        "From 10 s on every connection is cut every 5 s, ten times.",
        True,
    ),
)
"""In the order of the menu; "Back to calm" comes before them."""

BY_NAME = {one.name: one for one in EXERCISES}
