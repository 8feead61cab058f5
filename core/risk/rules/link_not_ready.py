"""No order while the link is not proven: down, not read back, IBKR out of reach, or gone quiet."""

from __future__ import annotations

from core.domain.link import HEARD_WITHIN_S, Broker, LinkView, Socket
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "LinkNotReady"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    link = view.link
    if not _is_up(link):
        return Objection(NAME, link.state, "ready", f"No order can be sent now: {link.words}")
    quiet_s = view.now_s - (link.last_heard_s if link.last_heard_s is not None else view.now_s)
    if quiet_s > HEARD_WITHIN_S:
        words = (
            f"The gateway has been silent for {quiet_s:.0f} s and may be gone: IBDesk is asking it now."
            " Send again as soon as it has answered."
        )
        return Objection(NAME, f"{quiet_s:.0f} s", f"{HEARD_WITHIN_S:.0f} s", words)
    return None


def _is_up(link: LinkView) -> bool:
    parts_well = link.socket is Socket.UP and link.broker is Broker.UP and link.synchronised
    # A link that is up but may not send is told by ReadOnly, in its own words.
    return parts_well and link.state in ("ready", "read-only")
