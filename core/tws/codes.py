"""IB's codes as the adapter needs them: does this code end the request it answers?

What a code means for an order, and what the trader is told, is the desk's table, not this one.
"""

from __future__ import annotations

from core.domain.link import LinkFault

_NEWS = frozenset({399, 10090, 10167})
"""Advisories outside IB's own range of warnings: data flows all the same."""

LINE_MAY_LIVE = frozenset({10089, 10091})
"""Refusals after which delayed ticks may still come: the line is kept until it is cancelled."""

CANCEL_ECHOES = frozenset({162, 300, 310, 365, 366, 10185})
"""Answers to our own cancels of what had ended already."""

HANDSHAKE_FAULTS = {
    326: LinkFault.CLIENT_ID_IN_USE,
    501: LinkFault.CLIENT_ID_IN_USE,
    503: LinkFault.TOO_OLD,
    506: LinkFault.TOO_OLD,
}
"""Codes that end a handshake at once, before the gateway gets round to closing."""

NOT_CONNECTED = 504


def is_advisory(code: int) -> bool:
    """Whether the request that `code` is about goes on: IB's warnings are 2100 to 2199 and a few more."""
    return 2100 <= code < 2200 or code in _NEWS
