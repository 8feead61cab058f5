"""Faults of the network between a client and the gateway; `core.simulator.cable` makes them felt."""

from __future__ import annotations

from typing import Final

from core.simulator.faults.row import Bites, Fault, table


def _network(name: str, says: str, amount: float = 0.0, unit: str = "") -> Fault:
    return Fault(name, says, Bites.NETWORK, amount=amount, unit=unit)


NETWORK: Final = table(
    _network("refuse", "A new connection is closed at once."),
    _network("accept-and-mute", "A new connection is accepted and never answered."),
    _network("slow-greeting", "The greeting comes byte by byte over this time.", 3.0, "s"),
    _network("drop-before", "The connection breaks before what just came is read: it is lost."),
    _network("drop-after", "The connection breaks once this much was sent, in mid-message.", 500, "bytes"),
    _network("reset", "The connection is reset (RST), what is on its way is lost."),
    _network("end", "The connection is ended politely (FIN)."),
    _network("stop-reading", "Half open: what a client sends is never read again."),
    _network("stop-writing", "Half open: nothing is ever sent again, the connection stays."),
    _network("delay", "Everything comes this much later, and up to half as much again.", 0.2, "s"),
    _network("slices", "A message comes in pieces of one byte."),
    _network("coalesce", "What is sent within this time comes in one piece.", 0.25, "s"),
)
