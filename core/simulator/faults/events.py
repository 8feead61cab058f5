"""Faults that happen to the gateway: the broker's link, its farms, the trader at TWS itself."""

from __future__ import annotations

from typing import Final

from core.simulator.faults.row import Bites, Fault, table

LOST = 1100
RESTORED_DATA_LOST = 1101
RESTORED_DATA_KEPT = 1102

BROADCASTS = {
    LOST: "Connectivity between IBKR and Trader Workstation has been lost.",
    RESTORED_DATA_LOST: "Connectivity between IBKR and Trader Workstation has been restored- data lost.",
    RESTORED_DATA_KEPT: (
        "Connectivity between IBKR and Trader Workstation has been restored- data maintained. "
        "All data farms are connected: usfarm; ushmds; secdefil."
    ),
    2103: "Market data farm connection is broken:usfarm",
    2104: "Market data farm connection is OK:usfarm",
    2105: "HMDS data farm connection is broken:ushmds",
    2106: "HMDS data farm connection is OK:ushmds",
    2110: (
        "Connectivity between Trader Workstation and server is broken. It will be restored automatically."
    ),
    2157: "Sec-def data farm connection is broken:secdefil",
    2158: "Sec-def data farm connection is OK:secdefil",
}
"""System notices and TWS's words for them."""


def _event(name: str, says: str, amount: float = 0.0, unit: str = "s") -> Fault:
    return Fault(name, says, Bites.EVENT, amount=amount, unit=unit if amount else "")


EVENTS: Final = table(
    _event("outage-data-lost", "1100, after this time 1101: orders wait, data must be asked for again.", 5.0),
    _event("outage-data-kept", "1100, after this time 1102: orders wait, data goes on.", 5.0),
    _event("server-broken", "2110, after this time 1102.", 5.0),
    _event("market-data-farm", "2103 and no ticks; after this time 2104.", 5.0),
    _event("history-farm", "2105, growing bars end with 10182; after this time 2106.", 5.0),
    _event(
        "competing-session", "10197 ends every market data line; after this time they may be had again.", 10.0
    ),
    _event("depth-reset", "317: every book begins anew."),
    _event("port-changed", "1300 names this port, and every connection ends.", 7496, "port"),
    _event("three-minute-account", "Account values come every 180 s, as TWS sends them."),
    _event("unsolicited-completed", "completedOrder comes unasked for the day's finished orders."),
    _event("tws-cancels", "The trader cancels every working order in TWS."),
    _event("tws-order", "The trader sends an order of one share from TWS, with a negative id."),
    _event(
        "tws-changes",
        "The trader changes every working order in TWS: its trail, its last moment, its shown size.",
    ),
    _event("kill", "Every connection is cut without a word."),
)
