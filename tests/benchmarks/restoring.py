"""From the start of a process to the view of what its journal holds: 10,000 rows, a thousand orders' lives."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from core.domain.contract import Contract
from core.domain.events import (
    CommissionReported,
    ConnectAsked,
    Event,
    ExecutionReported,
    OrderReported,
    OrderSent,
    OrderStatusReported,
    PositionReported,
    SocketOpened,
)
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.verdict import Approved
from core.journal import Journal
from core.journal.recording import INTENT, Recorder, intent_fields
from core.soak.kills import Process

STARTS = 5
ORDERS = 1_000
"""Ten rows each."""
OVER_S = 20 * 86_400.0
"""The time over which they were placed."""
_NOBODY = "1"
"""A port where no gateway listens: the view comes before anybody is asked."""

AAPL = Contract(265598, "AAPL")
SPEC = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, Decimal(150), account="DU1")


def start_to_view() -> list[float]:
    """Seconds; the first start only warms the caches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        _write(path)
        return [_once(path) for _ in range(STARTS + 1)][1:]


def _once(path: Path) -> float:
    state = str(path.with_name("gateway.json"))
    process = Process("core.soak.victim", "--port", _NOBODY, "--journal", str(path), "--state", state)
    try:
        said = process.said()
        taken_s = process.age_s()
    finally:
        process.kill()
    if said is None or said["at"] != "view" or said["orders"] != ORDERS:
        raise RuntimeError(f"it showed {said}, not {ORDERS} orders")
    return taken_s


def _write(path: Path) -> None:
    recorder, began_s = Recorder(), time.time() - OVER_S
    now_s = began_s
    with closing(Journal(path, threaded=False, clock_ns=lambda: int(now_s * 1e9))) as journal:
        for number in range(1, ORDERS + 1):
            now_s = began_s + OVER_S * number / ORDERS
            intent = PlaceOrder(f"R{number}", number, Approved(replace(SPEC, quantity=Decimal(number))))
            journal.commit(INTENT, intent.order_ref, intent_fields(intent, 1, "IB", now_s))
            facts = [
                recorder.row(fact, now_s, lambda _, ref=intent.order_ref: ref)  # type: ignore[misc]
                for fact in _life(intent, now_s)
            ]
            journal.record_all([row for row in facts if row is not None])


def _life(intent: PlaceOrder, now_s: float) -> list[Event]:
    number, ref, spec = intent.order_id, intent.order_ref, intent.approved.spec
    perm_id, quantity, none = number + 9_000, spec.quantity, Decimal(0)
    at = datetime.fromtimestamp(now_s, UTC)
    fill = Execution(
        *(f"1.{number}.1.01", "DU1", AAPL, Side.BUY, quantity, Decimal(150), at, number, perm_id, 1, ref)
    )
    link = [ConnectAsked("127.0.0.1", 4002, 1), SocketOpened(178, ("DU1",), 1, simulator=False)]
    return [
        *(link if number == 1 else ()),
        OrderSent(ref),
        OrderReported(number, perm_id, 1, ref, spec, "PreSubmitted"),
        OrderStatusReported(number, perm_id, 1, "PreSubmitted", none, quantity, None),
        OrderReported(number, perm_id, 1, ref, spec, "Submitted"),
        OrderStatusReported(number, perm_id, 1, "Submitted", none, quantity, None),
        ExecutionReported(fill),
        CommissionReported(fill.exec_id, Decimal(1), "USD", None),
        OrderStatusReported(number, perm_id, 1, "Filled", quantity, none, Decimal(150)),
        PositionReported("DU1", AAPL, Decimal(number), None),
    ]
