"""The public door: `from core.api import IBKRConnector`; and the parts put together for whoever builds on them."""

from core.api.assemble import assemble, open_journal
from core.api.controls import Controls
from core.api.door import IBKRConnector
from core.api.embedded import Simulator, start_simulator, stop_simulator
from core.api.examination import Examination, Finding
from core.api.examiner import examine
from core.api.request import Refused
from core.api.results import (
    AccountSummary,
    Bar,
    ConnectionStatus,
    MarketData,
    OrderStatus,
    PlacedOrder,
    Position,
    Positions,
    ScanRow,
)

__all__ = [
    "AccountSummary",
    "Bar",
    "ConnectionStatus",
    "Controls",
    "Examination",
    "Finding",
    "IBKRConnector",
    "MarketData",
    "OrderStatus",
    "PlacedOrder",
    "Position",
    "Positions",
    "Refused",
    "ScanRow",
    "Simulator",
    "assemble",
    "examine",
    "open_journal",
    "start_simulator",
    "stop_simulator",
]
