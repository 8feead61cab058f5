"""No new order just before the gateway restarts itself: its answer might never come."""

from __future__ import annotations

from core.domain.link import NIGHTLY_RESTART, Mode
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "GatewayRestartNear"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    window, quiet_s = view.link.next_window, view.limits.restart_quiet_s
    if window is None or window.kind != NIGHTLY_RESTART or view.link.mode is Mode.SIM:
        return None
    left_s = window.starts_at_s - view.now_s
    if left_s > float(quiet_s) or view.now_s > window.ends_at_s:
        return None
    when = f"in {left_s:.0f} s" if left_s > 0 else "now"
    words = f"The gateway restarts itself {when}: no new order until it is back. Orders that work stay at IB."
    return Objection(NAME, when, f"{plain(quiet_s)} s before", words)
