"""The desk's books and what anyone may read of them; nothing here changes any."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import takewhile

from core.alerts.rules import ROSTER as ALERT_RULES
from core.alerts.watch import AlertWatch
from core.domain.account import AccountSummary
from core.domain.alert import Alert
from core.domain.contract import Contract, ContractDetails
from core.domain.events import ContractsFound, Note
from core.domain.execution import Execution
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import LinkView
from core.domain.mismatch import Mismatch
from core.domain.order import Order, OrderSpec
from core.domain.position import Position
from core.domain.preview import Preview
from core.domain.quote import BarKey, Quote
from core.domain.replacement import Replacement
from core.domain.scan import Scan
from core.domain.stream import StreamKind
from core.domain.trading import TradingView
from core.link.machine import LinkMachine
from core.market.bars import BarBook, BarSeries
from core.market.depth import DepthBoard
from core.market.quotes import QuoteBoard
from core.market.tape import TapeBoard
from core.orders.blotter import Blotter
from core.orders.ids import OrderIds
from core.orders.replacements import ReplacementBook
from core.pacing.history import IN_WINDOW
from core.pacing.lanes import Lanes
from core.pacing.lines import Lines
from core.pacing.streams import SCANS_MOST, registries
from core.pacing.view import PacingView
from core.portfolio.account import AccountBook
from core.portfolio.positions import PositionBook
from core.portfolio.reconciliation import Reconciliation
from core.risk.previews import Previews
from core.risk.trading import TradingBook

NOTES_KEPT = 2_000


class Books:
    """Every book of one desk, with the reading side that rules, panels and scripts use.

    Values are frozen, but for `Quote` and `BarSeries`, which change in place: read them, keep nothing.
    """

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        jitter: Callable[[], float],
        next_order_id: int,
    ) -> None:
        self.now_s = now_s
        self.limits = limits
        self.permissions = permissions
        self._limits_wished: tuple[RiskLimits, Permissions] | None = None
        """What was asked for last, by Settings or by the files: the same again is no news."""
        self._link = LinkMachine(link, jitter)
        self._lanes = Lanes(link.messages_per_s, link.burst)
        self._lines = Lines(link.lines)
        self._streams = registries(link.lines)
        self._scans: set[Scan] = set()
        """Asked of IB and not answered yet."""
        self._quotes = QuoteBoard()
        self._depth = DepthBoard()
        self._tape = TapeBoard()
        self._bars = BarBook()
        self._blotter = Blotter()
        self._replacements = ReplacementBook()
        self._ids = OrderIds(next_order_id)
        self._positions = PositionBook()
        self._reconciliation = Reconciliation()
        self._accounts = AccountBook()
        self._watch = AlertWatch(ALERT_RULES)
        self._trading = TradingBook()
        self._previews = Previews()
        self._details: dict[int, ContractDetails] = {}
        self._recalled: set[int] = set()
        """Contracts whose details come from the cache: asked for anew as soon as somebody can be asked."""
        self._searches: dict[str, ContractsFound] = {}
        self._submitted: deque[tuple[float, OrderSpec]] = deque()
        self._notes: deque[Note] = deque(maxlen=NOTES_KEPT)
        self.late_answers = 0
        """As the connector counted them last."""

    # --- the link ----------------------------------------------------------------------------------

    @property
    def link(self) -> LinkView:
        return self._link.view

    @property
    def last_heard_s(self) -> float | None:
        """When the gateway last said anything."""
        return self._link.last_heard_s

    @property
    def pacing(self) -> PacingView:
        rate, now_s = self._lanes.rate, self.now_s
        depth, tape = self._streams[StreamKind.DEPTH], self._streams[StreamKind.TAPE]
        return PacingView(
            message_rate=rate.sent_in_last_s(now_s),
            message_limit=rate.limit(now_s),
            lines_used=self._lines.used,
            lines_limit=self._lines.limit,
            evicted=self._lines.evicted,
            depth_used=depth.used,
            depth_limit=depth.limit,
            tape_used=tape.used,
            tape_limit=tape.limit,
            scans_used=len(self._scans),
            scans_limit=SCANS_MOST,
            queued=self._lanes.queued,
            history_used=self._lanes.history.used(now_s),
            history_limit=IN_WINDOW,
            next_history_s=self._lanes.next_history_s(now_s),
            throttled_until_s=rate.throttled_until_s(now_s),
            late_answers=self.late_answers,
        )

    # --- the market --------------------------------------------------------------------------------

    def quote(self, con_id: int) -> Quote | None:
        return self._quotes.quote(con_id)

    def details(self, con_id: int) -> ContractDetails | None:
        return self._details.get(con_id)

    def contract(self, con_id: int) -> Contract | None:
        known = self._details.get(con_id)
        return known.contract if known else None

    def search_result(self, text: str) -> ContractsFound | None:
        return self._searches.get(text)

    def bars(self, key: BarKey) -> BarSeries | None:
        return self._bars.series(key)

    def bars_as_of_s(self, key: BarKey) -> float | None:
        """When IB told a series that comes from the cache; `None` for one that IB told in this session."""
        return self._bars.as_of_s(key)

    def bars_refusal(self, key: BarKey) -> str:
        """Why the last request for this series came to nothing; "" when it did not."""
        return self._bars.refusal(key)

    # --- orders ------------------------------------------------------------------------------------

    def orders(self) -> tuple[Order, ...]:
        """Newest first."""
        return self._blotter.orders()

    def order(self, order_ref: str) -> Order | None:
        return self._blotter.order(order_ref)

    def replacements(self, order_ref: str) -> tuple[Replacement, ...]:
        """Those that this order is a part of: as the new order, then as the old one."""
        return self._replacements.of(order_ref)

    @property
    def last_gap_s(self) -> float | None:
        """For how long the latest replacement left no order at IB; `None` before there was one."""
        return self._replacements.last_gap_s

    def live_orders(self, con_id: int | None = None) -> tuple[Order, ...]:
        """Those that could still execute, foreign ones too."""
        return self._blotter.live(con_id)

    @property
    def trading(self) -> TradingView:
        """Whether this desk may open, only reduce, or only cancel."""
        return self._trading.view(self.now_s)

    def preview(self, spec: OrderSpec) -> Preview | None:
        """IB's what-if of this very order; `None` when none was asked for in the last minute."""
        return self._previews.of(spec, self.now_s)

    def order_of(self, execution_key: str) -> Order | None:
        """The order that an execution filled; `None` while none is known."""
        return self._blotter.order(self._blotter.ledger.owner(execution_key))

    def executions(self) -> tuple[Execution, ...]:
        """Newest first."""
        return self._blotter.ledger.executions()

    def sent_within(self, seconds: float) -> tuple[tuple[float, OrderSpec], ...]:
        """(when, what) of every new order submitted in the last `seconds`, newest last."""
        recent = takewhile(lambda one: self.now_s - one[0] <= seconds, reversed(self._submitted))
        return tuple(reversed(tuple(recent)))

    # --- the account -------------------------------------------------------------------------------

    def positions(self) -> tuple[Position, ...]:
        return self._positions.positions()

    def position(self, account: str, con_id: int) -> Position | None:
        return self._positions.position(account, con_id)

    def mismatch(self, account: str, con_id: int) -> Mismatch | None:
        """Why IB's figure of a position is not explained by our executions; `None` when it is."""
        return self._reconciliation.mismatch(account, con_id)

    def mismatches(self) -> tuple[Mismatch, ...]:
        return self._reconciliation.mismatches()

    def account(self, account: str) -> AccountSummary | None:
        return self._accounts.account(account)

    def alerts(self) -> tuple[Alert, ...]:
        """Newest first, cleared ones too."""
        return self._watch.alerts()

    def notes(self) -> tuple[Note, ...]:
        """Oldest first."""
        return tuple(self._notes)
