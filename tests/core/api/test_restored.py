"""What a start shows of the days before: executions and their orders, bounded by days and by rows."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.api.assemble import assemble
from core.domain.contract import Contract
from core.domain.events import (
    CommissionReported,
    ConnectAsked,
    Event,
    ExecutionReported,
    OrderSent,
    OrderStatusReported,
    SocketOpened,
)
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.verdict import Approved
from core.journal import Journal
from core.journal.recording import INTENT, Recorder, intent_fields
from core.settings import load

AAPL = Contract(265598, "AAPL")
SPEC = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, Decimal(150), account="DU1")
DAY_S = 86_400.0


class Past:
    """A journal as an IBDesk of earlier days has left it: each life was bought, filled and charged."""

    def __init__(self, path: Path) -> None:
        self.path, self.now_s = path, time.time()
        self._at_s, self._number = self.now_s, 0

    def holds(self, *ages_days: float) -> list[str]:
        recorder = Recorder()
        with closing(Journal(self.path, threaded=False, clock_ns=lambda: int(self._at_s * 1e9))) as journal:

            def told(event: Event, ref: str = "") -> None:
                row = recorder.row(event, self._at_s, lambda _: ref)
                assert row is not None
                journal.record(*row)

            refs = []
            for age in ages_days:
                self._at_s = self.now_s - age * DAY_S
                self._number += 1
                number, ref = self._number, f"R{self._number}"
                refs.append(ref)
                told(ConnectAsked("127.0.0.1", 4002, 1))
                told(SocketOpened(178, ("DU1",), number, simulator=False))
                intent = PlaceOrder(ref, number, Approved(SPEC))
                journal.commit(INTENT, ref, intent_fields(intent, 1, "IB", self._at_s))
                told(OrderSent(ref), ref)
                at = datetime.fromtimestamp(self._at_s, UTC)
                fill = Execution(
                    f"1.{number}.1.01", "DU1", AAPL, Side.BUY, SPEC.quantity, Decimal(150), at, number, 900, 1
                )
                fill = replace(fill, perm_id=900 + number, order_ref=ref)
                told(ExecutionReported(fill), ref)
                told(CommissionReported(fill.exec_id, Decimal(1), "USD", None), ref)
                done = (number, fill.perm_id, 1, "Filled", SPEC.quantity, Decimal(0), Decimal(150))
                told(OrderStatusReported(*done), ref)
                journal.record("sealed", ref, ())
        return refs

    def shown(self) -> dict[str, OrderState]:
        """The orders of the executions that a start shows, newest first, with their state."""
        with closing(Journal(self.path)) as journal:
            desk = assemble(load(), journal=journal).desk
            found = {}
            for one in desk.executions():
                assert one.commission == 1
                order = desk.order(one.order_ref)
                assert order is not None
                assert order.filled == one.quantity
                found[one.order_ref] = order.state
            return found


@pytest.fixture
def past(own_folders: Path, tmp_path: Path) -> Past:
    return Past(tmp_path / "journal.sqlite")


def test_executions_of_earlier_days_are_shown_with_their_orders(past: Past) -> None:
    _, of_three_weeks, of_last_week, of_today = past.holds(31, 21, 7, 0.1)
    assert list(past.shown().items()) == [
        (of_today, OrderState.FILLED),
        (of_last_week, OrderState.FILLED),
        (of_three_weeks, OrderState.FILLED),
    ]


def test_of_many_rows_the_newest_are_shown(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    _, of_last_week, of_today = past.holds(21, 7, 0.1)
    monkeypatch.setitem(assemble.__globals__, "RESTORED_ROWS", 16)
    assert list(past.shown()) == [of_today, of_last_week]


def test_today_and_the_day_before_are_shown_however_many_rows_there_are(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, of_yesterday, of_today = past.holds(21, 1.5, 0.1)
    monkeypatch.setitem(assemble.__globals__, "RESTORED_ROWS", 1)
    assert list(past.shown()) == [of_today, of_yesterday]
