"""What the answers may use: one connected client, and the gateway it is connected to."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final, Protocol

from core.simulator.faults import Faults
from core.simulator.model import Contract, Listing, Market, Notice
from core.simulator.pacing import Limits, Pace
from core.simulator.subscriptions import Subscriptions
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked
from core.simulator.wire.ticks import TickWriter, whole_messages


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often, in market seconds, what repeats is sent. TWS sends account values every 180 s."""

    account_s: float = 1.0
    summary_s: float = 3.0
    pnl_s: float = 1.0
    growing_bar_s: float = 1.0
    pulse_s: float = 0.05
    """From one moment of the market to the next, by the clock of the gateway."""


class Gateway(Protocol):
    """The gateway as one client's session sees it; implemented by `hub.Hub`."""

    market: Market
    faults: Faults
    cadence: Cadence
    limits: Limits
    ticks: TickWriter
    unsubscribed: Container[int]
    competing: bool
    """Whether another session of the user has the market data."""
    is_cut_off: bool
    """Whether the broker is out of reach, so that orders wait."""
    master_client_id: int | None
    """The client that hears of every client's orders."""

    @property
    def clock_s(self) -> float:
        """The caller's own time, which the market's may outrun."""
        ...

    def perform(self, notices: Sequence[Notice]) -> None:
        """Tell every client that may know what has just happened."""
        ...

    def client_in_use(self, client_id: int) -> bool: ...
    def next_valid_id(self, client_id: int) -> int: ...
    def keep(self, request: Callable[[], None]) -> None:
        """Do it once the broker is in reach again."""
        ...

    def later(self, delay_s: float, deed: Callable[[], None]) -> None:
        """Do it after `delay_s` of the caller's time."""
        ...


BY_HAND: Final = -1
"""The market's name for orders that were entered in TWS itself, by no API client."""

BOUND_FROM: Final = 1_000
"""Such an order's id for client 0 is negative and beyond this: those before it are the broker's own."""


class Peer:
    """One client that has named itself: its version, its ids, its subscriptions, its way out."""

    def __init__(self, gateway: Gateway, version: int, write: Callable[[bytes], None]) -> None:
        self.gateway = gateway
        self.version = version
        self.client_id = -1
        self.data_type = 1
        self.auto_open_orders = False
        self.bound: set[int] = set()
        """Orders entered in TWS that this client has been bound to, by the market's id."""
        self.books: dict[int, Callable[[], None]] = {}
        """What begins each market depth anew, by the client's id of it."""
        self.paced_by_gateway = False
        self.pace = Pace(gateway.limits)
        self.tell_completed: Callable[[], None] = lambda: None
        self.subscriptions = Subscriptions(gateway.market)
        self._write = write

    @property
    def market(self) -> Market:
        return self.gateway.market

    @property
    def now_s(self) -> float:
        """The market's own time."""
        return self.gateway.market.now_s

    def send(self, *frames: bytes) -> None:
        faults = self.gateway.faults
        if not faults.switches and not faults.dropped:
            for one in frames:
                self._write(one)
            return
        for one in frames:
            for told in faults.told(one, self.client_id):
                self._write(told)

    def tell(self, messages: bytes) -> None:
        """Send whole messages that were written as one: each of them alone where a fault may change it."""
        faults = self.gateway.faults
        if faults.switches or faults.dropped:
            self.send(*whole_messages(messages))
        else:
            self._write(messages)

    def greet(self, frame: bytes) -> None:
        """The one message without an id: no fault of messages knows it."""
        self._write(frame)

    def error(self, req_id: int, code: int, text: str, advanced_json: str = "") -> None:
        self.send(messages.error(self.version, req_id, code, text, advanced_json))

    def account_named(self, name: str) -> str | None:
        """The account that `name` means: the first when empty, None when it is not ours."""
        accounts = self.market.accounts
        if not name:
            return accounts[0]
        return name if name in accounts else None


Answer = Callable[[Peer, Asked], None]
"""Answers one request of one client."""


# --- Contracts, as every request with one needs them --------------------------------------------

NO_SUCH_CONTRACT = "No security definition has been found for the request"


def underlyings(market: Market) -> list[Listing]:
    """All that is listed but futures and options: asked letter by letter, as each one's own come first."""
    found = (listing for letter in ascii_uppercase for listing in market.matching(letter))
    return list({listing.contract.con_id: listing for listing in found}.values())


PLEASE_ENTER_EXCHANGE = "Please enter exchange"


def resolve(
    peer: Peer, req_id: int, wanted: Contract, missing: str = PLEASE_ENTER_EXCHANGE
) -> Listing | None:
    """The one listing that `wanted` names, None after telling the client why there is not one.

    `missing` is what TWS says of a contract without an exchange, which it wants even with a conId.
    """
    if not wanted.exchange:
        peer.error(req_id, 321, f"Error validating request.-'bS' : cause - {missing}")
        return None
    found = peer.market.listings(wanted)
    if not found:
        peer.error(req_id, 200, NO_SUCH_CONTRACT)
        return None
    if len(found) > 1:
        named = wanted.local_symbol or wanted.symbol
        peer.error(req_id, 200, f"The contract description specified for {named} is ambiguous.")
        return None
    return found[0]
