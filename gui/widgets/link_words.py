"""How the link's states, profiles and farms are named: the same in every place that shows them."""

from __future__ import annotations

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
    "read-only": (State.BUSY, "Read-only"),
    "ready": (State.GOOD, "Ready"),
}
"""Every public state of the link: its mark and its name."""


def farm_words(farms: tuple[tuple[str, bool], ...]) -> str:
    """Which of IBKR's farms are well, in words."""
    bad = [name for name, well in farms if not well]
    if bad:
        return (
            f"▲ Data farms down: {', '.join(bad)}. Up: {', '.join(n for n, well in farms if well) or 'none'}."
        )
    return f"Data farms up: {', '.join(name for name, _ in farms)}."
