"""The one thing panels know of the core besides its values: reads pass through, changes come once a frame."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.errors import IBKRError

if TYPE_CHECKING:
    import asyncio

    # The first of these bring the gateway's libraries with them, the rest take long: after the first paint.
    from core.api import Examination
    from core.connector import Connector
    from core.desk import Desk
    from core.domain.bracket import GroupSpec
    from core.domain.contract import Contract, ContractQuery
    from core.domain.flight import FlightRow
    from core.domain.link import Mode
    from core.domain.order import OrderSpec, Settlement
    from core.domain.quote import BarKey
    from core.domain.requests import PlaceOrder
    from core.domain.verdict import Ask, Denied

FRAME_MS = 33
"""At most thirty repaints a second, and none while nothing changes."""


class Bridge(QObject):
    """Hands the desk's changes to the panels at most once a frame, and the trader's wishes to the connector.

    Signals:
        changed: the desk's changed keys by topic (`Changes`).
        contract_selected: a `Contract` the trader picked in a watchlist, position or order.
        staged: an order or a group of orders to prefill the ticket with.
        review_staged: the same, to be shown in review at once.
        frame_asked: the chart's bars, as typed: "5m".
        modification_staged: the order_ref of a working order to load into the ticket.
        replacement_staged: the same, to be cancelled and replaced.
        said: level ("info", "warning", "error") and words, for the status bar and the log.
        show_panel: the name of a panel to bring to the front.
    """

    changed = Signal(object)
    contract_selected = Signal(object)
    staged = Signal(object)
    review_staged = Signal(object)
    frame_asked = Signal(str)
    modification_staged = Signal(str)
    replacement_staged = Signal(str)
    said = Signal(str, str)
    show_panel = Signal(str)

    def __init__(
        self,
        connector: Connector,
        profiles: Mapping[str, LinkSettings] | None = None,
        *,
        open_simulator: Callable[[], None] | None = None,
        simulator_runs: Callable[[], bool] = lambda: False,
        parent: QObject | None = None,
    ) -> None:
        """`open_simulator` starts the embedded gateway unless `simulator_runs`, and connects to it."""
        super().__init__(parent)
        self._connector = connector
        self.profiles: dict[str, LinkSettings] = dict(profiles or {})
        self._open_simulator = open_simulator
        self._simulator_runs = simulator_runs
        self.selected: Contract | None = None
        """The contract selected last, for a panel that comes after it was told."""
        self._looking: asyncio.Task[None] | None = None
        self._flushed_at = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.flush)
        connector.listen(self._schedule)

    # --- reading ------------------------------------------------------------------------------

    @property
    def desk(self) -> Desk:
        return self._connector.desk

    def now_s(self) -> float:
        return self._connector.now_s()

    @property
    def account(self) -> str:
        """The account this desk trades; "" until the gateway has told."""
        return self.desk.link.account

    @property
    def mode(self) -> Mode:
        return self.desk.link.mode

    # --- orders -------------------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Ask the gate and, if it approves, send; `acknowledged` names the soft objections taken on."""
        return self._connector.submit(spec, acknowledged)

    def modify(
        self, order_ref: str, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        return self._connector.modify(order_ref, spec, acknowledged)

    def cancel_and_replace(
        self, order_ref: str, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | None:
        """Cancel an order, and place `spec` once IB has said that it is gone; `None` when that is under way."""
        return self._connector.cancel_and_replace(order_ref, spec, acknowledged)

    def cancel(self, order_ref: str) -> Denied | None:
        return self._connector.cancel(order_ref)

    def settle(self, order_ref: str, settlement: Settlement) -> Denied | None:
        """Say how an order in doubt ended, after a look into TWS; `desk.doubt` lays out what is known."""
        return self._connector.settle(order_ref, settlement)

    def flight(self, order_ref: str) -> tuple[FlightRow, ...]:
        """An order's life from the journal, oldest first."""
        return self._connector.flight(order_ref)

    def submit_group(
        self, group: GroupSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | tuple[PlaceOrder, ...]:
        """As `submit`, for orders that go together: all of them or none."""
        return self._connector.submit_group(group, acknowledged)

    def ask_preview(self, spec: OrderSpec) -> str:
        """Ask IB what an order would do; "" when it is asked, else in words why there is no preview."""
        return self._connector.ask_preview(spec)

    def combine(self, legs: tuple[tuple[int, int, str], ...]) -> Contract | str:
        """The combo of (con_id, ratio, side), ready to be traded as any contract; else the words why not."""
        made = self.desk.combine(legs)
        self._schedule()
        return made

    # --- the trading state --------------------------------------------------------------------

    def halt(self, reason: str) -> None:
        self._connector.halt(reason)

    def reduce_only(self, reason: str) -> None:
        self._connector.reduce_only(reason)

    def resume_trading(self, typed: str) -> str:
        """Trade again; "" when it is so, else in words why not."""
        return self._connector.resume_trading(typed)

    def kill(self) -> None:
        """Halt, then cancel every own order."""
        self._connector.kill()

    def cancel_everywhere(self) -> str:
        """Cancel every order of the login, whoever placed it; "" when IB was asked, else in words why not."""
        return self._connector.cancel_everywhere()

    def take_limits(self, limits: RiskLimits, permissions: Permissions) -> tuple[str, ...]:
        """Tighter ones hold at once; the names of those that wait for the next start."""
        return self._connector.take_limits(limits, permissions)

    # --- market data --------------------------------------------------------------------------

    def watch(self, contract: Contract, owner: str) -> None:
        self._connector.watch(contract, owner)

    def unwatch(self, con_id: int, owner: str) -> None:
        self._connector.unwatch(con_id, owner)

    def watch_depth(self, contract: Contract, owner: str) -> None:
        self._connector.watch_depth(contract, owner)

    def unwatch_depth(self, con_id: int, owner: str) -> None:
        self._connector.unwatch_depth(con_id, owner)

    def watch_tape(self, contract: Contract, owner: str) -> None:
        self._connector.watch_tape(contract, owner)

    def unwatch_tape(self, con_id: int, owner: str) -> None:
        self._connector.unwatch_tape(con_id, owner)

    def find(self, query: ContractQuery) -> None:
        self._connector.find(query)

    def search(self, text: str) -> None:
        self._connector.search(text)

    def load_bars(self, key: BarKey, contract: Contract, duration: str, live: bool) -> None:
        self._connector.load_bars(key, contract, duration, live)

    def drop_bars(self, key: BarKey) -> None:
        self._connector.drop_bars(key)

    # --- the link and alerts ------------------------------------------------------------------

    def connect_to(self, profile: str) -> None:
        """Connect to a profile by name; one without a port is the embedded simulator's."""
        settings = self.profiles.get(profile)
        if settings is None:
            self.said.emit("error", f"There is no connection profile called {profile}.")
        elif settings.port:
            where = (settings.host, settings.port, settings.client_id)
            self._connector.connect(*where, profile, settings.kind, settings.account)
        elif self._open_simulator is not None:
            self._open_simulator()
        else:
            self.said.emit("error", f"Profile {profile} has no port to connect to.")

    def connect_with(self, settings: LinkSettings) -> None:
        """Connect to a profile with this host, port, client id and account, from now on."""
        self.profiles[settings.profile] = settings
        self.connect_to(settings.profile)

    def examine(self, settings: LinkSettings, tell: Callable[[Examination | str], None]) -> None:
        """Look at a gateway; `tell` gets what was found, or in words why nothing was. One at a time."""
        # It brings asyncio, which comes after the first paint.
        from core.spawn import spawn

        self.call_off_examination()
        self._looking = spawn(self._examine(settings, tell), "examine the gateway")

    def call_off_examination(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _examine(self, settings: LinkSettings, tell: Callable[[Examination | str], None]) -> None:
        api = importlib.import_module("core.api")
        try:
            found = await api.examine(settings)
        except IBKRError as fault:
            tell(str(fault))
        else:
            tell(found)

    def disconnect_link(self) -> None:
        self._connector.disconnect()

    def retry(self) -> None:
        """Try the same place again now, instead of at the end of the countdown."""
        link = self.desk.link
        if link.port:
            known = self.profiles.get(link.profile, LinkSettings())
            where = (link.host, link.port, link.client_id)
            self._connector.connect(*where, link.profile, known.kind, known.account)
        elif link.profile:
            self.connect_to(link.profile)

    def arm(self, typed: str) -> str:
        """Let orders go to a gateway that is not proven harmless; "" when armed, else in words why not."""
        return self._connector.arm(typed)

    def disarm(self) -> None:
        self._connector.disarm()

    def restart_simulator(self) -> None:
        """Start the embedded simulated gateway again, at the port it had."""
        if self._open_simulator is not None:
            self._open_simulator()

    @property
    def has_simulator(self) -> bool:
        return self._open_simulator is not None

    @property
    def simulator_is_dead(self) -> bool:
        """The desk is to be connected to the embedded gateway, whose process has ended."""
        ours = self.has_simulator and self.desk.link.profile == "simulator"
        return ours and not self._simulator_runs()

    @property
    def can_practise(self) -> bool:
        """The desk is connected, or about to be, to the embedded gateway, and that lives."""
        ours = self.has_simulator and self.desk.link.profile == "simulator"
        return ours and self._simulator_runs()

    def acknowledge(self, alert_id: str) -> None:
        self._connector.acknowledge(alert_id)

    # --- between panels -----------------------------------------------------------------------

    def select(self, contract: Contract) -> None:
        self.selected = contract
        self.contract_selected.emit(contract)

    def stage(self, spec: OrderSpec | GroupSpec) -> None:
        self.staged.emit(spec)

    def stage_for_review(self, wish: OrderSpec | GroupSpec) -> None:
        """Prefill the ticket and open its review, where nothing half-filled is in the way."""
        self.show_panel.emit("ticket")
        self.review_staged.emit(wish)

    def stage_modification(self, order_ref: str) -> None:
        self.modification_staged.emit(order_ref)

    def stage_replacement(self, order_ref: str) -> None:
        self.replacement_staged.emit(order_ref)

    # --- the frame ----------------------------------------------------------------------------

    def flush(self) -> None:
        """Emit what changed since the last time, at once; nothing when nothing did."""
        self._frame.stop()
        self._flushed_at = monotonic()
        changes = self._connector.take_changes()
        if changes:
            self.changed.emit(changes)

    def _schedule(self) -> None:
        if not self._frame.isActive():
            elapsed_ms = (monotonic() - self._flushed_at) * 1000
            # A lone tick in a quiet market is painted at once; a storm waits for its frame.
            self._frame.start(max(0, FRAME_MS - int(elapsed_ms)))
