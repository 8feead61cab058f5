"""No order when the desk may look but not trade: the switch, an unarmed live account, a wrong account."""

from __future__ import annotations

from core.domain.link import Mode
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "ReadOnly"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    link = view.link
    if not link.read_only_reason and link.state != "read-only" and link.mode is not Mode.UNKNOWN:
        return None
    reason = link.read_only_reason or "Read-only: it is not known whose money this gateway trades."
    return Objection(NAME, f"{link.mode}, read-only", "trading allowed", reason)
