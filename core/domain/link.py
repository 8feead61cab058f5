"""The link to IB as values: two links, told apart, and what the trader is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    NOT_TWS = "not TWS"
    CLIENT_ID_IN_USE = "client id in use"
    TOO_OLD = "too old"
    CLOSED = "closed"
    STOPPED_ANSWERING = "stopped answering"
    SNAPSHOT_FAILED = "snapshot failed"
    ACCOUNT_MISSING = "account missing"
    INTERNAL = "internal"


class Breaker(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class LinkView:
    """All that is shown of the link. Times are desk seconds (epoch); `None` is not yet or not any more."""

    socket: Socket = Socket.DOWN
    broker: Broker = Broker.UNKNOWN
    synchronised: bool = False
    mode: Mode = Mode.UNKNOWN
    read_only_reason: str = ""
    """Why no order may be sent even when all is up; "" when they may."""
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
    fault: LinkFault | None = None
    last_error: str = ""
    advice: str = ""
    farms: tuple[tuple[str, bool], ...] = ()
    """Each farm's name and whether it is well."""
    timeline: tuple[tuple[float, str], ...] = ()
    """The last events, oldest first."""
    state: str = "down"
    """The public word: "ready" only when an order could be sent now."""
    words: str = "Not connected."
    """The state as a sentence, with the next step."""

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"
