"""The panels there are, where each stands by default, and how to get its class when it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gui.panel import Panel


class Area(Enum):
    """Where a panel stands until the trader moves it."""

    LEFT = auto()
    LEFT_BELOW = auto()
    CENTRE = auto()
    RIGHT = auto()
    BELOW = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One panel: `module.class_name` is imported when `load` is called, not before."""

    name: str
    title: str
    area: Area
    module: str
    class_name: str
    late: bool = False
    """Loads after the first paint, because what it needs is slow to import."""

    @property
    def load(self) -> Callable[[], type[Panel]]:
        return lambda: cast("type[Panel]", getattr(import_module(self.module), self.class_name))


ROSTER: tuple[Row, ...] = (
    Row("watchlist", "Watchlist", Area.LEFT, "gui.panels.watchlist", "WatchlistPanel"),
    Row("depth", "Depth", Area.LEFT, "gui.panels.depth", "DepthPanel", late=True),
    Row("account", "Account", Area.LEFT_BELOW, "gui.panels.account", "AccountPanel"),
    Row("connection", "Connection", Area.LEFT_BELOW, "gui.panels.connection", "ConnectionPanel"),
    Row("risk", "Risk", Area.LEFT_BELOW, "gui.panels.risk", "RiskPanel"),
    Row("chart", "Chart", Area.CENTRE, "gui.panels.chart", "ChartPanel", late=True),
    Row("ticket", "Order ticket", Area.RIGHT, "gui.panels.ticket", "TicketPanel"),
    Row("orders", "Orders", Area.BELOW, "gui.panels.orders", "OrdersPanel"),
    Row("executions", "Executions", Area.BELOW, "gui.panels.executions", "ExecutionsPanel"),
    Row("positions", "Positions", Area.BELOW, "gui.panels.positions", "PositionsPanel"),
    Row("alerts", "Alerts", Area.BELOW, "gui.panels.alerts", "AlertsPanel"),
    Row("log", "Log", Area.BELOW, "gui.panels.log", "LogPanel"),
)
"""In the order of the View menu; the first panel of an area is the tab in front."""
