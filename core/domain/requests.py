"""What the desk wants done: requests in the imperative, carried out by the connector and `core.tws`."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.contract import Contract, ContractQuery
from core.domain.events import Event
from core.domain.order import OrderSpec
from core.domain.quote import BarKey
from core.domain.scan import Scan
from core.domain.stream import StreamKind
from core.domain.verdict import Approved


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the socket and shake hands; answered by SocketOpened or ConnectFailed."""

    host: str
    port: int
    client_id: int
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Drop the socket at once. No LinkLost answers a wanted end."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Step the desk with `Woke` in `delay_s`; a later Wake replaces an earlier one that is later."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the gateway for its time; answered by ProbeAnswered or ProbeUnanswered."""

    deadline_s: float


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Read back order ids, open orders, executions, completed orders and positions."""

    deadline_s: float


@dataclass(frozen=True, slots=True)
class SubscribeAccount:
    """Account values, portfolio and P&L of one account, from now on."""

    account: str


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Place an approved order, or with a known `order_id` at IB, modify it."""

    order_ref: str
    order_id: int
    approved: Approved
    modifies: bool = False
    perm_id: int | None = None


@dataclass(frozen=True, slots=True)
class CommitIntent:
    """Have the journal hold this intent, as if it had just been wished; answered by IntentCommitted or IntentRefused."""

    place: PlaceOrder


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """Ask IB what an order would do to margin; answered by PreviewReported. Nothing is placed."""

    order_id: int
    spec: OrderSpec
    deadline_s: float


@dataclass(frozen=True, slots=True)
class GlobalCancel:
    """Cancel every order of this login at IB: TWS's own and other programs' too. Each is answered by its own status."""


@dataclass(frozen=True, slots=True)
class CancelOrder:
    order_ref: str
    order_id: int


@dataclass(frozen=True, slots=True)
class RequestContracts:
    query: ContractQuery


@dataclass(frozen=True, slots=True)
class SearchContracts:
    text: str


@dataclass(frozen=True, slots=True)
class SubscribeQuotes:
    contract: Contract
    delayed: bool = False
    """Ask for delayed prices, as there is no subscription to live ones."""


@dataclass(frozen=True, slots=True)
class CancelQuotes:
    con_id: int


@dataclass(frozen=True, slots=True)
class SubscribeStream:
    """Depth, or time and sales, until CancelStream; refused by StreamRefused."""

    kind: StreamKind
    contract: Contract


@dataclass(frozen=True, slots=True)
class CancelStream:
    kind: StreamKind
    con_id: int


@dataclass(frozen=True, slots=True)
class RequestScan:
    """The ranking as it is now; answered by ScanReported."""

    scan: Scan
    deadline_s: float


@dataclass(frozen=True, slots=True)
class RequestBars:
    """History up to now of IB's `duration` ("1 D"); with `live`, updates follow until CancelBars."""

    key: BarKey
    contract: Contract
    duration: str
    live: bool
    deadline_s: float


@dataclass(frozen=True, slots=True)
class CancelBars:
    key: BarKey


@dataclass(frozen=True, slots=True)
class Record:
    """Write to the journal: `kind` and plain values, nothing secret; or a fact that replays, whole."""

    kind: str
    subject: str
    fields: tuple[tuple[str, str], ...] = ()
    fact: Event | None = None


WireRequest = (
    Probe
    | TakeSnapshot
    | SubscribeAccount
    | PlaceOrder
    | CancelOrder
    | GlobalCancel
    | PreviewOrder
    | RequestContracts
    | SearchContracts
    | SubscribeQuotes
    | CancelQuotes
    | SubscribeStream
    | CancelStream
    | RequestScan
    | RequestBars
    | CancelBars
)
"""Those that cost messages to the gateway and therefore pass the pacing lanes."""

Request = WireRequest | Connect | Disconnect | Wake | Record | CommitIntent
