"""Faults of what a client asks: `core.simulator.session` and the answers to orders meet them."""

from __future__ import annotations

from typing import Final

from core.simulator.faults.row import Bites, Fault, table


def _request(name: str, says: str, *messages: str, amount: float = 0.0, unit: str = "") -> Fault:
    return Fault(name, says, Bites.REQUEST, frozenset(messages), amount, unit)


REQUESTS: Final = table(
    _request("mute", "A request gets no answer."),
    _request("swallow-order", "An order is read and forgotten: no answer, no order.", "3"),
    _request("swallow-cancel", "The cancel of an order is read and forgotten.", "4", "58"),
    _request("rate-breach", "A request is refused with error 100; at the third the connection ends."),
    _request("client-id-in-use", "A client that names itself hears 326 and is closed.", "71"),
    _request("tif-amended", "A preset makes the order a DAY order, with 10349.", "3"),
    _request(
        "change-refused",
        "A change of a working order is refused with 201 at once, and once more after this time.",
        "3",
        amount=2.0,
        unit="s",
    ),
    _request(
        "change-refused-late",
        "A change of a working order is read and forgotten, and refused with 201 only after this time.",
        "3",
        amount=6.0,
        unit="s",
    ),
    _request("size-amended", "The order's size is halved, with 481.", "3"),
    _request(
        "fill-after-cancel",
        "A cancel is confirmed though the order works on for this time.",
        "4",
        amount=5.0,
        unit="s",
    ),
    _request("cancel-fill-race", "A limit order fills as its cancel comes.", "4"),
)
