"""What the trader is told of each fault: what happened, and the next step."""

from __future__ import annotations

from core.domain.link import LinkFault, LinkView

ADVICE: dict[LinkFault, tuple[str, str]] = {
    LinkFault.REFUSED: (
        "Nothing is listening on {where}.",
        "Start TWS or IB Gateway, then Configure > API > Enable ActiveX and Socket Clients.",
    ),
    LinkFault.UNREACHABLE: (
        "{where} cannot be reached.",
        "Check the host name and the network.",
    ),
    LinkFault.MUTE: (
        "{where} accepts the connection but says nothing.",
        "In TWS look for an open question about this connection. Check the port: another program may own it. "
        "If TWS hangs, restart it.",
    ),
    LinkFault.SLOW: (
        "{where} began to shake hands and did not finish in time.",
        "It may be starting up or very busy. If it stays so, restart it.",
    ),
    LinkFault.NOT_TWS: (
        "{where} is not a TWS or IB Gateway: it does not speak its protocol.",
        "Another program has that port. Check it: 7497 and 7496 are TWS, 4002 and 4001 are IB Gateway.",
    ),
    LinkFault.CLIENT_ID_IN_USE: (
        "Another program is connected to {where} with the same client id.",
        "End that program, or choose another client id. IBDesk never changes it by itself.",
    ),
    LinkFault.TOO_OLD: (
        "{where} is too old for this program.",
        "Update TWS or IB Gateway.",
    ),
    LinkFault.CLOSED: (
        "{where} closed the connection.",
        "If it was restarted or logged off, it comes back by itself.",
    ),
    LinkFault.STOPPED_ANSWERING: (
        "{where} stopped answering.",
        "If it hangs, restart it.",
    ),
    LinkFault.OUTAGE_UNTOLD: (
        "{where} has not said that IBKR's servers are back.",
        "IBDesk connects anew, so that it says what holds now.",
    ),
    LinkFault.SNAPSHOT_FAILED: (
        "{where} did not tell all orders and positions.",
        "IBDesk asks again; no order can be sent until the answer is complete.",
    ),
    LinkFault.ACCOUNT_MISSING: (
        "The account set for this desk is not one of those {where} offers.",
        "Correct the account in the settings.",
    ),
    LinkFault.PORT_CHANGED: (
        "The gateway moved its API away from {where} and did not say where to.",
        "Look up the port in TWS under Configure > API > Settings, and set it in the connection panel.",
    ),
    LinkFault.INTERNAL: (
        "The connection failed inside IBDesk.",
        "The log has the details; please report it.",
    ),
}
"""A row for every fault; `{where}` is host and port."""


SIMULATOR_ADVICE: dict[LinkFault, tuple[str, str]] = {
    LinkFault.REFUSED: ("The simulated gateway is not running.", "Start it again."),
    LinkFault.CLOSED: (
        "The simulated gateway closed the connection.",
        "It is tried again by itself. If it has ended, start it again.",
    ),
}
"""What differs where the profile says that the gateway is our own simulator."""


def sentence(fault: LinkFault, host: str, port: int, kind: str = "") -> tuple[str, str]:
    """(what happened, what to do) for the trader; `kind` is what the profile claims the gateway to be."""
    table = ADVICE | SIMULATOR_ADVICE if kind == "simulator" else ADVICE
    what, advice = table[fault]
    return what.format(where=f"{host}:{port}"), advice


READ_ONLY_SWITCH = "The read-only switch is on in the settings."


def unknown_account(account: str) -> str:
    return f"Account {account} is not managed by this gateway."


def unproven(doubt: str) -> str:
    """Read-only until armed; `doubt` is what keeps the gateway from being proven harmless."""
    return (
        f"Read-only: this gateway is not proven to be the simulator or a paper account ({doubt}). "
        "To trade all the same, arm it in the connection panel."
    )


def state_words(view: LinkView, blocked: str) -> str:
    """The state as a sentence, with the next step; `blocked` is why no order goes out for now."""
    where = f"{view.host}:{view.port}"
    table = {
        "down": "Not connected.",
        "waiting": f"{view.last_error} {view.advice}",
        "connecting": f"{view.last_error} Connecting to {where} (attempt {view.attempt}).",
        "syncing": f"Reading back orders and positions from {where}.",
        "stale": f"{view.last_error} {view.advice}",
        "broker down": "TWS is there, but IBKR's servers are out of its reach. It reconnects by itself.",
        "restart window": blocked,
        "read-only": view.read_only_reason,
        "ready": f"Connected to {where}.",
    }
    return table[view.state].strip()
