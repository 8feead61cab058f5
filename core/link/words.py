"""What the trader is told of each fault: what happened, and the next step."""

from __future__ import annotations

from core.domain.link import LinkFault

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
        "In TWS look for an open question about this connection, or restart it.",
    ),
    LinkFault.NOT_TWS: (
        "{where} is not a TWS or IB Gateway: it does not speak its protocol.",
        "Check the port: 7497 and 7496 are TWS, 4002 and 4001 are IB Gateway.",
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
    LinkFault.SNAPSHOT_FAILED: (
        "{where} did not tell all orders and positions.",
        "IBDesk asks again; no order can be sent until the answer is complete.",
    ),
    LinkFault.ACCOUNT_MISSING: (
        "The account set for this desk is not one of those {where} offers.",
        "Correct the account in the settings.",
    ),
    LinkFault.INTERNAL: (
        "The connection failed inside IBDesk.",
        "The log has the details; please report it.",
    ),
}
"""A row for every fault; `{where}` is host and port."""


SIMULATOR_ADVICE: dict[LinkFault, tuple[str, str]] = {
    LinkFault.REFUSED: ("The simulated gateway is not running.", "Start it again."),
    LinkFault.CLOSED: ("The simulated gateway has ended.", "Start it again."),
}
"""What differs where the profile says that the gateway is our own simulator."""


def sentence(fault: LinkFault, host: str, port: int, kind: str = "") -> tuple[str, str]:
    """(what happened, what to do) for the trader; `kind` is what the profile claims the gateway to be."""
    table = ADVICE | SIMULATOR_ADVICE if kind == "simulator" else ADVICE
    what, advice = table[fault]
    return what.format(where=f"{host}:{port}"), advice
