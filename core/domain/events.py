"""What has happened: facts in the past tense, the only thing that goes into the desk.

Those that come from the gateway are made in `core.tws.inbound` alone; absent numbers are `None`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.depth import DepthChange
from core.domain.execution import Execution
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, Settlement
from core.domain.preview import Preview
from core.domain.quote import Bar, BarKey, QuoteReport
from core.domain.replacement import Replacement
from core.domain.scan import Scan, ScanRow
from core.domain.stream import StreamKind
from core.domain.tape import Print
from core.domain.trading import TradingState

# --- the trader and the clock ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectAsked:
    """The trader, or the app at its start, wants the link up; also "retry now"."""

    host: str
    port: int
    client_id: int
    profile: str = "custom"
    kind: str = ""
    """What the profile claims: simulator, paper, live, or "" where nobody said."""
    account: str = ""
    """The account to trade; "" takes the first."""


@dataclass(frozen=True, slots=True)
class DisconnectAsked:
    """The trader wants the link down, and it stays down."""


@dataclass(frozen=True, slots=True)
class Woke:
    """A requested `Wake` came due; carries nothing, the desk looks at the clock."""


# --- the link -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The handshake is complete: version known, accounts told, first valid order id given."""

    server_version: int
    accounts: tuple[str, ...]
    next_order_id: int
    simulator: bool
    """The gateway proved to be our simulator."""


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    fault: LinkFault
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The socket ended, whoever ended it."""

    fault: LinkFault
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeAnswered:
    """The gateway answered reqCurrentTime."""

    round_trip_s: float
    gateway_time_s: float | None = None
    """What its clock says, in whole epoch seconds."""


@dataclass(frozen=True, slots=True)
class ProbeUnanswered:
    """It did not, within the deadline."""

    deadline_s: float


@dataclass(frozen=True, slots=True)
class MessageReported:
    """IB's error() callback: a code and a text. `order_id` when it is about an order, else `None`."""

    code: int
    text: str
    order_id: int | None = None
    advanced: str = ""


# --- contracts and market data ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContractsReported:
    """Contract details that answer `query`: empty when there is no such contract."""

    query: ContractQuery
    details: tuple[ContractDetails, ...]
    code: int | None = None
    text: str = ""
    cached_at_s: float | None = None
    """When IB told it, where it comes from our own disk because nobody else can be asked."""


@dataclass(frozen=True, slots=True)
class ContractsFound:
    """Search results for `text`, best first; `names` are the long names, "" where not told."""

    text: str
    contracts: tuple[Contract, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotesReported:
    """Every quote that changed in one packet."""

    quotes: tuple[QuoteReport, ...]


@dataclass(frozen=True, slots=True)
class QuoteRefused:
    """No quotes for this contract."""

    con_id: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class QuotesGarbled:
    """A tick could not be read: nobody knows of which line, and IB says it again only when it changes."""


@dataclass(frozen=True, slots=True)
class DepthReported:
    """Every row of a contract's book that changed in one packet, in the order told."""

    con_id: int
    changes: tuple[DepthChange, ...]


@dataclass(frozen=True, slots=True)
class DepthReset:
    """317: the book is empty and is told anew over the same subscription."""

    con_id: int


@dataclass(frozen=True, slots=True)
class DepthGarbled:
    """A row of a book could not be read: every later row may stand in a wrong place."""


@dataclass(frozen=True, slots=True)
class PrintsReported:
    """Every trade of a contract that was printed in one packet, oldest first."""

    con_id: int
    prints: tuple[Print, ...]


@dataclass(frozen=True, slots=True)
class StreamRefused:
    """No depth, or no time and sales, for this contract."""

    kind: StreamKind
    con_id: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class ScanReported:
    """A ranking, best first; with words, and IB's code where it has one, when there is none."""

    scan: Scan
    rows: tuple[ScanRow, ...]
    code: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BarsReported:
    """A whole answer of history, oldest first; live updates follow when they were asked for."""

    key: BarKey
    bars: tuple[Bar, ...]
    cached_at_s: float | None = None
    """When IB told them, where they come from our own disk because nobody else can be asked."""


@dataclass(frozen=True, slots=True)
class BarReported:
    """The growing bar, or the first of a new one."""

    key: BarKey
    bar: Bar


@dataclass(frozen=True, slots=True)
class BarsRefused:
    key: BarKey
    code: int | None
    text: str


# --- orders ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntentCommitted:
    """The journal holds the intent: the order may go."""

    order_ref: str


@dataclass(frozen=True, slots=True)
class IntentRefused:
    """The journal could not hold it: the order must not go."""

    order_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class IntentRestored:
    """An intent read back from the journal: a new order, or with `modifies` new terms for a known one."""

    order_ref: str
    order_id: int
    client_id: int
    spec: OrderSpec
    modifies: bool = False
    gateway: str = ""
    arrival_mid: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IntentDenied:
    """The gate refused an order; nothing was meant to be sent."""

    order_ref: str
    spec: OrderSpec
    reason: str


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The trader asked to cancel."""

    order_ref: str


@dataclass(frozen=True, slots=True)
class OrderSettled:
    """The trader looked in TWS and says how an order in doubt ended."""

    order_ref: str
    settlement: Settlement
    known: str = ""
    """What was known then, in words."""


@dataclass(frozen=True, slots=True)
class JournalReported:
    """Why the journal cannot be written, in words; "" when it can again."""

    trouble: str


@dataclass(frozen=True, slots=True)
class OrderSent:
    """The bytes were handed to a socket that was open."""

    order_ref: str


@dataclass(frozen=True, slots=True)
class OrderNotSent:
    """They were not: the socket was closed, or our own adapter refused."""

    order_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderReported:
    """openOrder (or completedOrder, with `completed`): the order's terms as IB holds them."""

    order_id: int
    perm_id: int | None
    client_id: int | None
    """`None` where IB does not tell it: of completed orders."""
    order_ref: str
    spec: OrderSpec
    status: str
    """IB's own word."""
    filled: Decimal | None = None
    """`None` where IB does not tell it: openOrder itself does not."""
    completed: bool = False
    completed_words: str = ""
    terms: str = ""
    """IB's own words for order type and tif where `spec` has none and comes as the nearest: "TRAIL GTD"."""


@dataclass(frozen=True, slots=True)
class OrderStatusReported:
    """orderStatus: may be missing, doubled, late or stale; never the truth about fills."""

    order_id: int
    perm_id: int | None
    client_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    avg_fill_price: Decimal | None
    why_held: str = ""


@dataclass(frozen=True, slots=True)
class ExecutionReported:
    execution: Execution
    replayed: bool = False
    """Part of a snapshot: it happened earlier."""


@dataclass(frozen=True, slots=True)
class CommissionReported:
    exec_id: str
    commission: Decimal
    currency: str
    realised_pnl: Decimal | None


SPARE_PARTS = frozenset({"order ids", "completed orders"})
"""Some gateways never answer these; executions and open orders tell the same, if less."""


@dataclass(frozen=True, slots=True)
class SnapshotCompleted:
    """One pass of reading everything back. Any part in `lacks` makes it prove nothing."""

    next_order_id: int | None
    orders: tuple[OrderReported, ...]
    executions: tuple[Execution, ...]
    completed: tuple[OrderReported, ...]
    positions: tuple[PositionReported, ...]
    missing: tuple[str, ...] = ()
    took_s: float = 0.0
    """How long ago it was begun: what changed meanwhile it may have missed."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing and nothing else can stand in for."""
        return tuple(part for part in self.missing if part not in SPARE_PARTS)


@dataclass(frozen=True, slots=True)
class PreviewReported:
    """IB's answer to a PreviewOrder, its refusal, or the end of the wait for one."""

    order_id: int
    preview: Preview


@dataclass(frozen=True, slots=True)
class ReplacementChanged:
    """How far a cancel with a new order in its place is: what the journal keeps of it."""

    replacement: Replacement

    @property
    def order_ref(self) -> str:
        return self.replacement.order_ref


@dataclass(frozen=True, slots=True)
class TradingChanged:
    """The trading state as the desk set it: what a restart begins from."""

    state: TradingState
    reason: str
    since_s: float
    lock_day: int | None = None
    """The trading day that a limit locked, by `core.domain.days.session_day`; `None` when none did."""
    kill: tuple[str, ...] = ()
    """The orders that the kill switch is to cancel, by reference, until trading is resumed."""


# --- account ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PositionReported:
    account: str
    contract: Contract
    quantity: Decimal
    avg_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class PositionAccepted:
    """The trader takes a position as IB reports it, although our executions give another."""

    account: str
    con_id: int
    quantity: Decimal
    """What IB reported."""
    start: Decimal
    """What that makes of the position before every execution that is known."""


@dataclass(frozen=True, slots=True)
class PortfolioReported:
    """A position with IB's own marks."""

    account: str
    contract: Contract
    quantity: Decimal
    market_price: Decimal | None
    market_value: Decimal | None
    avg_cost: Decimal | None
    unrealised_pnl: Decimal | None
    realised_pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class AccountReported:
    """Account values as IB sends them: (tag, value, currency), text untouched."""

    account: str
    values: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class PnlReported:
    account: str
    daily: Decimal | None
    unrealised: Decimal | None
    realised: Decimal | None


Event = (
    ConnectAsked
    | DisconnectAsked
    | Woke
    | SocketOpened
    | ConnectFailed
    | LinkLost
    | ProbeAnswered
    | ProbeUnanswered
    | MessageReported
    | ContractsReported
    | ContractsFound
    | QuotesReported
    | QuoteRefused
    | QuotesGarbled
    | DepthReported
    | DepthReset
    | DepthGarbled
    | PrintsReported
    | StreamRefused
    | ScanReported
    | BarsReported
    | BarReported
    | BarsRefused
    | IntentCommitted
    | IntentRefused
    | IntentRestored
    | IntentDenied
    | CancelRequested
    | OrderSettled
    | JournalReported
    | OrderSent
    | OrderNotSent
    | OrderReported
    | OrderStatusReported
    | ExecutionReported
    | CommissionReported
    | SnapshotCompleted
    | PositionReported
    | PositionAccepted
    | PortfolioReported
    | AccountReported
    | PreviewReported
    | ReplacementChanged
    | TradingChanged
    | PnlReported
)


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the log panel: what happened, in words, at a desk time."""

    at_s: float
    level: str  # info, warning, error
    words: str
