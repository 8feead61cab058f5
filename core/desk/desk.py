"""Routing: each fact to the book it concerns, each wish through the gate, requests out through the lanes."""

from __future__ import annotations

from collections.abc import Callable

from core.desk.reconciling import Reconciling
from core.domain.codes import BROKER_BACK, CodeClass, code_class, in_words
from core.domain.events import (
    AccountReported,
    BarReported,
    BarsRefused,
    BarsReported,
    CancelRequested,
    CommissionReported,
    ConnectAsked,
    ConnectFailed,
    ContractsFound,
    ContractsReported,
    DepthGarbled,
    DepthReported,
    DepthReset,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentDenied,
    IntentRefused,
    IntentRestored,
    JournalReported,
    LinkLost,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderSettled,
    OrderStatusReported,
    PnlReported,
    PortfolioReported,
    PositionAccepted,
    PositionReported,
    PreviewReported,
    PrintsReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuoteRefused,
    QuotesGarbled,
    QuotesReported,
    ReplacementChanged,
    ScanReported,
    SnapshotCompleted,
    SocketOpened,
    StreamRefused,
    TradingChanged,
    Woke,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import Broker
from core.domain.requests import Record, Request
from core.link.farms import GOOD_NEWS

_QUIET: frozenset[type[Event]] = frozenset({QuotesReported, BarReported, DepthReported, PrintsReported})


class Desk(Reconciling):
    """One desk, one connection. `new_ref` and `jitter` are the only chance in it, and come from outside."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        new_ref: Callable[[], str],
        jitter: Callable[[], float],
        next_order_id: int = 1,
    ) -> None:
        super().__init__(
            link,
            limits,
            permissions,
            now_s=now_s,
            new_ref=new_ref,
            jitter=jitter,
            next_order_id=next_order_id,
        )
        self._routes = self._routing_table()

    # --- the trader's wishes -----------------------------------------------------------------------

    def arm(self, typed: str, now_s: float) -> str:
        """Let orders go to a gateway that is not proven harmless; "" when armed, else in words why not."""
        self.now_s = max(self.now_s, now_s)
        refusal = self._link.arm(typed, self.now_s)
        if not refusal:
            self._tell_arming("armed", "Armed: orders go to a gateway that is not proven harmless.")
        return refusal

    def disarm(self, now_s: float) -> None:
        """No order goes to such a gateway any more; working orders stay as they are."""
        self.now_s = max(self.now_s, now_s)
        if self.link.armed:
            self._link.disarm(self.now_s)
            self._tell_arming("disarmed", "Disarmed.")

    def _tell_arming(self, what: str, words: str) -> None:
        link = self.link
        self._note("warning", words)
        where = (("host", link.host), ("port", str(link.port)), ("mode", link.mode.value))
        self._to_do.append(Record(what, link.account, where))

    def acknowledge(self, alert_id: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._watch.acknowledge(alert_id, self.now_s)
        for alert in self._watch.alerts():
            if alert.alert_id == alert_id:
                self._take_reported(alert)
        return self._finish([])

    # --- facts -------------------------------------------------------------------------------------

    def step(self, event: Event, now_s: float) -> list[Request]:
        """Take in one fact; what comes out is to be done in order."""
        self.now_s = max(self.now_s, now_s)
        out = self._routes[type(event)](event)
        # Quotes and growing bars come by the thousand and never ask for anything.
        return [] if type(event) in _QUIET else self._finish(out or [])

    def _routing_table(self) -> dict[type[Event], Callable[..., list[Request] | None]]:
        """Who takes which fact; a fact without a row is our own fault and raises KeyError."""
        return {
            ConnectAsked: self._connect_asked,
            DisconnectAsked: self._disconnect_asked,
            Woke: self._woke,
            SocketOpened: self._socket_opened,
            ConnectFailed: self._connect_failed,
            LinkLost: self._link_lost,
            ProbeAnswered: self._heard(lambda e: self._link.probe_answered(e, self.now_s)),
            ProbeUnanswered: self._probe_unanswered,
            MessageReported: self._heard(self._message_reported),
            ContractsReported: self._heard(self._contracts_reported),
            ContractsFound: self._heard(self._contracts_found),
            QuotesReported: self._heard(lambda e: self._quotes.reported(e.quotes, self.now_s)),
            QuoteRefused: self._heard(self._quote_refused),
            QuotesGarbled: self._heard(self._quotes_garbled),
            DepthReported: self._heard(self._depth_reported),
            DepthReset: self._heard(self._depth_reset),
            DepthGarbled: self._heard(self._depth_garbled),
            PrintsReported: self._heard(self._prints_reported),
            StreamRefused: self._heard(self._stream_refused),
            ScanReported: self._heard(self._scan_reported),
            BarsReported: self._heard(self._bars_reported),
            BarReported: self._heard(self._bar_reported),
            BarsRefused: self._heard(self._bars_refused),
            IntentCommitted: self._intent_committed,
            IntentRefused: self._intent_refused,
            JournalReported: self._journal_reported,
            PreviewReported: self._heard(self._preview_reported),
            TradingChanged: self._trading_restored,
            ReplacementChanged: self._replacement_restored,
            OrderSent: lambda e: self._blotter.written(e.order_ref, self.now_s),
            OrderNotSent: self._order_not_sent,
            IntentRestored: self._intent_restored,
            IntentDenied: self._intent_denied,
            CancelRequested: self._cancel_restored,
            OrderSettled: self._order_settled,
            OrderReported: self._heard(self._order_reported),
            OrderStatusReported: self._heard(self._order_status_reported),
            ExecutionReported: self._heard(self._execution_reported),
            CommissionReported: self._heard(self._commission_reported),
            SnapshotCompleted: self._heard(self._snapshot_completed),
            PositionReported: self._heard(self._position_reported),
            PositionAccepted: self._position_accepted,
            PortfolioReported: self._heard(lambda e: self._positions.marked(e, self.now_s)),
            AccountReported: self._heard(self._account_reported),
            PnlReported: self._heard(lambda e: self._accounts.pnl_reported(e, self.now_s)),
        }

    def _heard(self, handle: Callable[..., list[Request] | None]) -> Callable[..., list[Request] | None]:
        """Whatever comes from the gateway also proves that it is alive."""

        def handler(event: Event) -> list[Request] | None:
            if self._link.is_open:  # a refusal made up for a closed socket proves nothing
                self._link.heard(self.now_s)
            return handle(event)

        return handler

    # --- facts: the link ---------------------------------------------------------------------------

    def _connect_asked(self, event: ConnectAsked) -> list[Request]:
        before = self._link.view.socket
        out = self._link.connect_asked(event, self.now_s)
        if out and before is not self._link.view.socket:
            self._lose_sight()
        return out

    def _disconnect_asked(self, event: DisconnectAsked) -> list[Request]:
        self._lose_sight()
        return self._link.disconnect_asked(self.now_s)

    def _woke(self, event: Woke) -> list[Request]:
        self._wake_at_s = None
        was_open = self._link.is_open
        out = self._link.woke(self.now_s)
        if was_open and not self._link.is_open:  # it left a gateway that does not say how IBKR is
            self._lose_sight()
        self._blotter.woke(self.now_s)
        self._look_at_positions()
        self._watch.judge(self._accounts.accounts(), self.now_s)
        self._judge_feed()
        return out

    def _socket_opened(self, event: SocketOpened) -> list[Request]:
        self._link.heard(self.now_s)
        self._ids.raise_floor(event.next_order_id)
        link = self._link.view
        self._blotter.client_id = link.client_id
        self._blotter.accounts = event.accounts
        self._blotter.gateway = f"simulator {link.host}:{link.port}" if event.simulator else "IB"
        self._book_opened(event)
        out = self._link.opened(event, self.now_s)
        if self._link.is_open:  # else nobody wanted it any more
            self._blotter.link_up(self.now_s)
            self._subscribe_again()
        return out

    def _connect_failed(self, event: ConnectFailed) -> list[Request]:
        return self._link.connect_failed(event, self.now_s)

    def _link_lost(self, event: LinkLost) -> list[Request]:
        out = self._link.lost(event, self.now_s)
        if not self._link.is_open:
            self._lose_sight()
        return out

    def _probe_unanswered(self, event: ProbeUnanswered) -> list[Request]:
        out = self._link.probe_unanswered(event, self.now_s)
        if out:
            self._lose_sight()
        return out

    def _lose_sight(self) -> None:
        """Nothing shown is fresh any more, nothing queued may be sent later."""
        self._orders_unproven()
        self._lose_feed(self._lanes.clear())

    def _message_reported(self, event: MessageReported) -> list[Request]:
        was_open, was_up = self._link.is_open, self._link.view.broker is Broker.UP
        out = self._link.message_reported(event, self.now_s)
        if was_open and not self._link.is_open:  # 1300: it drops us
            self._lose_sight()
        elif event.code in BROKER_BACK:
            self._blotter.link_up(self.now_s)
        elif was_up and self._link.view.broker is not Broker.UP:  # 1100, 2110
            self._orders_unproven()
        news = self._link.farm_reported(event, self.now_s)
        if news is not None and news.came_back:
            self._farm_came_back(news.farm.kind)
        if event.order_id is not None:
            self._blotter.message_reported(event, self.now_s)
        self._feed_reported(event.code)
        kind = code_class(event.code)
        if kind is not CodeClass.NOTICE and event.code not in GOOD_NEWS:
            level = "info" if kind is CodeClass.CANCELLED else "warning"
            self._note(level, in_words(event.code, event.text))
        return out

    def _snapshot_completed(self, event: SnapshotCompleted) -> list[Request]:
        if event.lacks:
            self._blotter.read_executions(event, self.now_s)
        else:
            self._ids.raise_floor(event.next_order_id or 0)
            if not self._blotter.reconcile(event, self.now_s):
                return []
            self._positions_read(event)
        out = self._link.snapshot_completed(event.lacks, self.now_s)
        return out if event.lacks else [*out, *self._kill_on()]

    # --- facts: orders and account -----------------------------------------------------------------

    def _order_reported(self, event: OrderReported) -> None:
        self._blotter.reported(event, self.now_s)

    def _commission_reported(self, event: CommissionReported) -> None:
        self._blotter.commission_reported(event)

    def _account_reported(self, event: AccountReported) -> None:
        self._accounts.reported(event, self.now_s)
        self._watch.judge(self._accounts.accounts(), self.now_s)
        self._link.account_reported(event.account, self.now_s)
