"""The link to IB as values: two links, told apart, and what the trader is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HEARD_WITHIN_S = 5.0
"""An order goes only to a gateway that has said something within this."""
NIGHTLY_RESTART = "nightly restart"
"""The one kind of window that stops orders: the gateway's own."""


class Socket(StrEnum):
    """This app to the gateway."""

    DOWN = "down"
    WAITING = "waiting"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    UP = "up"
    STALE = "stale"


class Broker(StrEnum):
    """The gateway to IBKR."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """Whose money: anything not proven to be the simulator or a paper account is LIVE."""

    SIM = "SIM"
    PAPER = "PAPER"
    LIVE = "LIVE"
    UNKNOWN = "–"


class LinkFault(StrEnum):
    """Why an attempt or a link ended."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    MUTE = "mute"
    SLOW = "slow handshake"
    NOT_TWS = "not TWS"
    CLIENT_ID_IN_USE = "client id in use"
    TOO_OLD = "too old"
    CLOSED = "closed"
    STOPPED_ANSWERING = "stopped answering"
    OUTAGE_UNTOLD = "outage not ended"
    SNAPSHOT_FAILED = "snapshot failed"
    ACCOUNT_MISSING = "account missing"
    PORT_CHANGED = "port changed"
    INTERNAL = "internal"


class Breaker(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class FarmKind(StrEnum):
    """What a farm of IBKR's serves."""

    MARKET_DATA = "market data"
    HISTORY = "history"
    SECURITY_DEFINITION = "security definition"


@dataclass(frozen=True, slots=True)
class Farm:
    """One of IBKR's farms behind the gateway, as last told."""

    name: str
    kind: FarmKind
    well: bool | None
    """`None` while it sleeps until it is asked, or is connecting: neither well nor broken."""
    since_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """A known time at which IBKR or the gateway goes away by itself."""

    kind: str
    """nightly restart, nightly reset, weekly login or weekend maintenance."""
    starts_at_s: float
    ends_at_s: float
    words: str
    """What happens then, and what to do."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """All that is shown of the link. Times are desk seconds (epoch); `None` is not yet or not any more."""

    socket: Socket = Socket.DOWN
    socket_since_s: float = 0.0
    """When `socket` became what it is."""
    broker: Broker = Broker.UNKNOWN
    broker_since_s: float = 0.0
    """When `broker` became what it is."""
    synchronised: bool = False
    mode: Mode = Mode.UNKNOWN
    read_only_reason: str = ""
    """Why no order may be sent even when all is up; "" when they may."""
    armed: bool = False
    """The trader has typed `arm_phrase` in this session: orders may go to what is not proven harmless."""
    arm_phrase: str = ""
    """What must be typed before an order may go: "TRADE LIVE U1234567"; "" when nothing needs arming."""
    account: str = ""
    accounts: tuple[str, ...] = ()
    host: str = ""
    port: int = 0
    client_id: int = 0
    profile: str = ""
    server_version: int | None = None
    latency_ms: float | None = None
    last_heard_s: float | None = None
    since_s: float = 0.0
    """When `state` was entered."""
    lost_at_s: float | None = None
    """Since when nothing shown is fresh; `None` while all is, and before anything ever was."""
    attempt: int = 0
    retry_at_s: float | None = None
    breaker: Breaker = Breaker.CLOSED
    breaker_until_s: float | None = None
    """When the half-open probe is due; `None` unless the breaker is open."""
    client_id_in_use: bool = False
    """The gateway refuses us (326) because another program has our client id."""
    competing: bool = False
    """Another session of the same login takes the market data (10197)."""
    fault: LinkFault | None = None
    last_error: str = ""
    advice: str = ""
    farms: tuple[Farm, ...] = ()
    """Every farm the gateway has named since it was reached, by name."""
    next_window: Window | None = None
    """The one we are in, or else the next."""
    in_window: bool = False
    timeline: tuple[tuple[float, str], ...] = ()
    """The last events, oldest first."""
    state: str = "down"
    """The public word: "ready" only when an order could be sent now."""
    words: str = "Not connected."
    """The state as a sentence, with the next step."""

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"
