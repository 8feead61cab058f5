"""One simulated world: a gateway that can die and come back, an app that can, a network between, one clock."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random
from typing import Final

from core.api.assemble import assemble
from core.connector import Connector
from core.desk import Desk
from core.domain.limits import LinkSettings, Permissions, RiskLimits, Threshold
from core.domain.order import OrderState
from core.journal import Journal, JournalError
from core.journal.schema import Fields
from core.settings import Settings
from core.simulator.exchange import Exchange
from core.simulator.model import Market
from core.simulator.peer import Cadence
from core.simulator.record import Recorder
from core.simulator.server import SimulatedGateway
from core.soak import check, elsewhere
from core.soak.check import CLIENT_ID, Facts, Intent
from core.soak.loop import VirtualLoop
from core.soak.network import Network

MONDAY_S: Final = 1_794_841_200.0
"""16 November 2026, 15:00 UTC: a Monday in regular hours; a session ends long before midnight."""
HOST: Final = "127.0.0.1"
PORT: Final = 45_001
FOREIGN_PORT: Final = 45_002
GONE_WITHIN_S: Final = 1.0
"""So soon a gateway that was left says nothing more, and the journal holds what it said."""
RECORD_LAG_S: Final = 0.02
"""What a writer thread may still owe the disk when the process is killed."""

CADENCE: Final = Cadence(account_s=10.0, pnl_s=5.0, pulse_s=0.25)
"""Account values between the demo's one second and TWS's three minutes, and quotes five times a second, where TWS
tells of a stock's four times: finer ones were half of a session's cost, and no order's fate depends on them."""

_WIDE = Threshold(None, Decimal(10**9))
LIMITS: Final = RiskLimits(
    notional=_WIDE,
    notional_fraction=_WIDE,
    duplicate_s=Threshold(None, Decimal(0)),
    working_per_side=_WIDE,
    orders_per_10_s=_WIDE,
    orders_per_60_s=_WIDE,
)
"""The gate is not what is tried here: it lets pass what a trader would be asked about."""

_HOME: Final = LinkSettings(host=HOST, port=PORT, client_id=CLIENT_ID, kind="simulator")
SETTINGS: Final = Settings(_HOME, LIMITS, Permissions(), {"other login": replace(_HOME, port=FOREIGN_PORT)})
"""The next start shows what was heard at the gateways that have a profile."""


_ORDER_ID: Final = {"3": 1, "4": 2}
"""Where placeOrder and cancelOrder name the order."""


class Tap(Recorder):
    """What went over the wire, as the gateway saw it."""

    def __init__(self) -> None:
        super().__init__(StringIO())
        self.placed: dict[int, list[str]] = defaultdict(list)
        """Order references of every placeOrder that arrived, by order id."""
        self.errors: dict[int, set[int]] = defaultdict(set)
        """Codes that were told about each id."""
        self.named_by: dict[int, set[int]] = defaultdict(set)
        """The clients that placed, changed or cancelled an order of this id."""
        self.reads = 0
        """How often all open orders were asked for."""
        self._clients: dict[int, int] = {}

    def asked(self, connection: int, at_s: float, fields: list[str]) -> None:
        if fields[0] == "71":
            self._clients[connection] = int(fields[2])
        elif fields[0] in ("3", "4"):
            self.named_by[int(fields[_ORDER_ID[fields[0]]])].add(self._clients.get(connection, -1))
        self.reads += fields[0] == "16"
        if fields[0] == "3":
            self.placed[int(fields[1])].append(next((one for one in fields if one.startswith(REF)), ""))

    def told(self, connection: int, at_s: float, data: bytes) -> None:
        kind = data[4:7]
        if kind == b"4\x002":
            fields = data[4:].split(b"\0")
            if len(fields) > 3 and fields[2].isdigit() and fields[3].isdigit():
                self.errors[int(fields[2])].add(int(fields[3]))


UNSETTLED: Final = frozenset({OrderState.INTENT, OrderState.SENT})
"""States in which no order may stay when all is quiet."""

SIZELESS: Final = 0.25
"""In so many sessions the gateway tells completed orders as TWS does."""

REF: Final = "SOAK"
"""How the references of a session begin."""


class DiskFull(JournalError):
    """What a journal says that a fault has made ill."""


class SoakJournal(Journal):
    """The real journal, and a writer that is a little behind: what it owes is lost when the process is killed."""

    def __init__(self, path: Path, loop: VirtualLoop, clock: Callable[[], float]) -> None:
        self._loop = loop
        self._owed: list[tuple[str, str, Fields]] = []
        self._paying: asyncio.TimerHandle | None = None
        self.dead = False
        self.ill = False
        super().__init__(path, threaded=False, clock_ns=lambda: int(clock() * 1e9))

    def commit(self, kind: str, subject: str, fields: Fields) -> None:
        if self.ill:
            raise DiskFull("The journal cannot be written.", advice="Make room on the disk.")
        if not self.dead:
            self._pay()
            super().commit(kind, subject, fields)

    def record(self, kind: str, subject: str, fields: Fields) -> None:
        if self.dead:
            return
        if self._paying is None:
            self._paying = self._loop.call_later(RECORD_LAG_S, self._pay)
        self._owed.append((kind, subject, fields))

    def _pay(self) -> None:
        if self._paying is not None:
            self._paying.cancel()
            self._paying = None
        owed, self._owed = self._owed, []
        self.record_all(owed)

    def close(self) -> None:
        """An orderly end."""
        if not self.dead:
            self._pay()
            self.dead = True
        super().close()

    def kill(self) -> None:
        self._owed.clear()
        self.close()


@dataclass(slots=True)
class World:
    """All that a session is made of; the faults act on it, the checks read it."""

    seed: int
    loop: VirtualLoop
    network: Network
    folder: Path
    settings: Settings = SETTINGS
    epoch_s: float = MONDAY_S
    tap: Tap = field(default_factory=Tap)
    intents: dict[str, Intent] = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    withheld: bool = False
    """Faults that told the app something that the gateway never knew."""
    gateway: SimulatedGateway | None = None
    connector: Connector | None = None
    journal: SoakJournal | None = None
    state: str = ""
    """The gateway's state file."""
    client_id: int = CLIENT_ID
    """As whom the trader connects now."""
    port: int = PORT
    """And where."""
    foreign: SimulatedGateway | None = None
    """The gateway of another login, with a book and an account of its own, while there is one."""
    foreign_tap: Tap = field(default_factory=Tap)
    foreign_state: str = ""
    judged_away: list[str] = field(default_factory=list)
    """What became of orders while another login's gateway was all that could be heard."""
    _homecomings: int = 0
    _refs: int = 0
    jitter: Random = field(init=False)
    sizeless: bool = field(init=False)
    """All through the session completed orders are told with a quantity of 0."""

    def __post_init__(self) -> None:
        self.jitter = Random(f"{self.seed} jitter")
        self.sizeless = Random(f"{self.seed} manners").random() < SIZELESS

    def now_s(self) -> float:
        return self.epoch_s + self.loop.time()

    @property
    def desk(self) -> Desk | None:
        return self.connector.desk if self.connector is not None else None

    @property
    def market(self) -> Market:
        assert self.gateway is not None
        return self.gateway.hub.market

    def facts(self) -> Facts:
        assert self.connector is not None
        tap = self.tap
        desk = self.connector.desk
        return Facts(
            desk,
            self.market,
            self.intents,
            tap.placed,
            tap.errors,
            bool(self.lies),
            withheld=self.withheld,
            sizeless=self.sizeless,
            elsewhere=elsewhere.ACCOUNTS,
        )

    # --- the gateway --------------------------------------------------------------------------------

    async def start_gateway(self) -> None:
        exchange = Exchange(self.seed, self.now_s())
        if self.state:
            exchange.restore(json.loads(self.state))
        self.gateway = SimulatedGateway(
            HOST, PORT, seed=self.seed, market=exchange, cadence=CADENCE, recorder=self.tap, clock=self.now_s
        )
        self._mind_manners()
        await self.gateway.start()

    def _mind_manners(self) -> None:
        if self.gateway is not None and self.sizeless:
            self.gateway.hub.faults.switch_on("no-completed-size")

    async def crash_gateway(self) -> None:
        """Its process ends, the system closes its sockets; what it saves at every change of an order is left."""
        gateway, self.gateway = self.gateway, None
        if gateway is not None:
            self.state = json.dumps(gateway.hub.market.state())  # type: ignore[attr-defined]
            self.network.reset_all()
            await gateway.stop()

    async def bring_gateway_back(self) -> None:
        """Unless somebody did so already, or another login's has its place for a while."""
        if self.gateway is None and not self.network.listens(PORT):
            await self.start_gateway()

    # --- the app ------------------------------------------------------------------------------------

    async def start_app(self, *, connects: bool = True) -> None:
        self.journal = SoakJournal(self.folder / "journal.sqlite", self.loop, self.now_s)
        self.connector = assemble(
            self.settings,
            journal=self.journal,
            clock=self.now_s,
            refs=self._new_ref,
            jitter=self.jitter.random,
        )
        if connects:
            await self.connector.start()
            self.connect()

    def connect(self) -> None:
        assert self.connector is not None
        self.connector.connect(HOST, self.port, self.client_id, "simulator", "simulator")

    def is_home(self) -> bool:
        """Connected to the login whose book is compared, or on the way there."""
        return self.port == PORT and (self.foreign is None or self.foreign.port != PORT)

    def reconnect(self, *, client_id: int = CLIENT_ID, port: int = PORT) -> None:
        """The trader connects as somebody else, or elsewhere; after a restart of the app it is the same."""
        self.client_id, self.port = client_id, port
        self._homecomings += self.is_home()
        if self.connector is not None:
            self.connector.disconnect()
            self.connect()

    async def open_foreign(self, port: int = FOREIGN_PORT) -> None:
        """Another login's gateway, at a port of its own or in place of the one whose book is compared."""
        self.foreign = SimulatedGateway(
            HOST,
            port,
            seed=self.seed + 1,
            market=elsewhere.market(self.seed + 1, self.now_s(), self.foreign_state),
            cadence=CADENCE,
            recorder=self.foreign_tap,
            clock=self.now_s,
        )
        await self.foreign.start()

    async def close_foreign(self) -> None:
        foreign, self.foreign = self.foreign, None
        if foreign is not None:
            self.foreign_state = json.dumps(foreign.hub.market.state())  # type: ignore[attr-defined]
            if foreign.port == PORT:
                self.network.reset_all()
            await foreign.stop()

    async def stay_away(self, span_s: float) -> None:
        """What another login's gateway says is nothing to our orders: meanwhile none is judged, none fills."""
        await asyncio.sleep(GONE_WITHIN_S)
        before, homecomings = self._verdicts(), self._homecomings
        await asyncio.sleep(span_s)
        if self._homecomings == homecomings:
            self.judged_away += check.judged(before, self._verdicts())

    def _verdicts(self) -> dict[str, check.Verdict]:
        orders = () if self.desk is None else self.desk.orders()
        return {one.order_ref: check.verdict(one) for one in orders if one.order_ref in self.intents}

    def _new_ref(self) -> str:
        self._refs += 1
        return f"{REF}{self.seed}-{self._refs:05}"

    async def crash_app(self) -> None:
        """kill -9: nothing more is written anywhere, the system closes the socket."""
        connector, self.connector = self.connector, None
        journal, self.journal = self.journal, None
        if connector is None or journal is None:
            return
        journal.kill()
        await connector.close()

    async def quit_app(self) -> None:
        connector, self.connector = self.connector, None
        journal, self.journal = self.journal, None
        if connector is None or journal is None:
            return
        connector.disconnect()
        await connector.close()
        journal.close()

    def resume_trading(self) -> None:
        """The trader types what undoes his kill switch, if it is thrown: it outlives the app's restarts."""
        if self.connector is not None and (phrase := self.connector.desk.trading.phrase):
            self.connector.resume_trading(phrase)

    # --- the end of all troubles --------------------------------------------------------------------

    def calm(self) -> None:
        """Every fault is over."""
        weather = self.network.weather
        weather.slices = weather.refusing = weather.unreachable = False
        weather.latency_s = weather.jitter_s = 0.0002
        self.network.bury()
        if self.journal is not None:
            self.journal.ill = False
        self.resume_trading()
        if self.gateway is not None:
            self.gateway.hub.faults.switch_off()
            self.gateway.hub.cadence = CADENCE
            self._mind_manners()
