"""The orders' panel with ten thousand orders in it, three in ten of them in brackets: the real columns and filters."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from time import perf_counter

from PySide6.QtGui import QImage

from core.domain.events import OrderReported, OrderStatusReported
from core.domain.order import OrderSpec, OrderType, Side
from gui.panels.orders import OrdersPanel
from tests.benchmarks.charts import application
from tests.gui.panels.stand_in import AAPL, ACCOUNT, EVERYTHING, MSFT, NVDA, Floor, floor

ORDERS = 10_000
WORKING = 200
FRAMES = 400
SIZE = (1200, 700)


def scroll_frame() -> list[float]:
    """Further down by a page and a bit, every row of it worded and painted."""
    panel, _ = _panel()
    bar = panel.view.verticalScrollBar()
    return _frames(panel, lambda: bar.setValue((bar.value() + 797) % bar.maximum()))


def status_frame() -> list[float]:
    """One order is told of, in sight, and the desk, the panel and the picture take it in."""
    panel, made = _panel()
    words = ["PreSubmitted", "Submitted"]

    def change() -> None:
        words.reverse()
        made.say(OrderStatusReported(ORDERS, 900_000 + ORDERS, 1, words[0], Decimal(0), Decimal(10), None))
        made.show(panel)

    return _frames(panel, change)


def arrival_frame() -> list[float]:
    """A new order comes: every row moves down by one."""
    panel, made = _panel()
    number = iter(range(ORDERS + 1, 10**9))

    def change() -> None:
        made.say(_report(next(number), "Submitted"))
        made.show(panel)

    return _frames(panel, change)


def _panel() -> tuple[OrdersPanel, Floor]:
    application()
    made = floor()
    made.know(*EVERYTHING)
    made.quote(AAPL, 150.24, 150.26, 150.25)
    panel = OrdersPanel(made.bridge)
    panel.resize(*SIZE)
    panel.show()
    for number in range(1, ORDERS + 1):
        made.say(_report(number, "Submitted" if number > ORDERS - WORKING else "Cancelled"))
    made.show(panel)
    return panel, made


def _report(number: int, status: str) -> OrderReported:
    details = (AAPL, MSFT, NVDA)[number // 10 % 3]
    parent_id = number - number % 10 if number % 10 in (1, 2) and number > 9 else 0
    side = Side.SELL if parent_id else Side.BUY
    price = Decimal(15000 + number % 1000) / 100
    spec = OrderSpec(
        details.contract, side, Decimal(10), OrderType.LMT, price, account=ACCOUNT, parent_id=parent_id
    )
    return OrderReported(number, 900_000 + number, 1, f"b-{number:05}", spec, status)


def _frames(panel: OrdersPanel, change: Callable[[], None]) -> list[float]:
    view = panel.view
    image = QImage(view.size(), QImage.Format.Format_ARGB32_Premultiplied)
    view.render(image)
    samples = []
    for _ in range(FRAMES):
        began = perf_counter()
        change()
        view.render(image)
        samples.append((perf_counter() - began) * 1e3)
    return samples
