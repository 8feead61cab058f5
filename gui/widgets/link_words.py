"""How the link's states, profiles, farms and windows are named: the same in every place that shows them."""

from __future__ import annotations

from core.domain.link import Farm, LinkView
from gui import format as fmt
from gui.widgets.mark import State

PROFILE_TITLES = {
    "simulator": "Simulator",
    "tws-paper": "TWS paper",
    "tws-live": "TWS live",
    "gateway-paper": "Gateway paper",
    "gateway-live": "Gateway live",
    "custom": "Custom",
}
TITLES: dict[str, tuple[State, str]] = {
    "down": (State.OFF, "Not connected"),
    "waiting": (State.BAD, "No connection"),
    "connecting": (State.BUSY, "Connecting"),
    "syncing": (State.BUSY, "Synchronising"),
    "stale": (State.BAD, "Gone quiet"),
    "broker down": (State.BAD, "IBKR out of reach"),
    "restart window": (State.BUSY, "Restart window"),
    "read-only": (State.BUSY, "Read-only"),
    "ready": (State.GOOD, "Ready"),
}
"""Every public state of the link: its mark and its name."""


COMPETING = (
    "Another session of the same login takes the market data: prices here stand still until it ends. "
    "Log out there, or on the phone, to have them back."
)
_FARM_STATES = (("▲ Data farms down", False), ("Data farms up", True), ("Asleep until asked", None))


def farm_words(farms: tuple[Farm, ...]) -> str:
    """Which of IBKR's farms are well, in words; "" when none was named."""
    return " ".join(
        f"{words}: {', '.join(names)}."
        for words, well in _FARM_STATES
        if (names := [farm.name for farm in farms if farm.well is well])
    )


def farm_lines(farms: tuple[Farm, ...], now_s: float) -> str:
    """A line for each: what it serves, how it is, since when."""
    states = {True: "up", False: "down", None: "asleep until asked"}
    return "\n".join(
        f"{farm.name}: {farm.kind}, {states[farm.well]} since {fmt.recent(farm.since_s, now_s)}"
        for farm in farms
    )


def farms_are_well(farms: tuple[Farm, ...]) -> bool:
    """None is broken; one that sleeps wakes when it is asked."""
    return all(farm.well is not False for farm in farms)


def left(until_s: float, now_s: float) -> str:
    """What a countdown shows: it reaches nought when the time has come, not a second before."""
    return fmt.age(max(0.0, until_s - now_s) + 0.99)


def retry_words(link: LinkView, now_s: float) -> str:
    """What a wait says: Retrying in 8 s (attempt 4); "" when nothing is to be retried."""
    if link.retry_at_s is None:
        return ""
    return f"Retrying in {left(link.retry_at_s, now_s)} (attempt {link.attempt + 1})"


def window_words(link: LinkView, now_s: float) -> str:
    """The window we are in, or how long it is until the next; "" when none is known."""
    window = link.next_window
    if window is None:
        return ""
    name = window.kind[0].upper() + window.kind[1:]
    if link.in_window:
        return f"{name} until {fmt.clock(window.ends_at_s)[:5]} ({left(window.ends_at_s, now_s)} left)"
    return f"{name} in {left(window.starts_at_s, now_s)}, at {fmt.clock(window.starts_at_s)[:5]}"
