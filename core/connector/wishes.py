"""What the trader and the window wish, each carried to the desk at once and out again as requests."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.connector.pump import GATE_CLOSED, Pump
from core.domain.bracket import GroupSpec
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    BarsReported,
    ConnectAsked,
    ContractsReported,
    DisconnectAsked,
    IntentRefused,
    Woke,
)
from core.domain.flight import FlightRow
from core.domain.limits import Permissions, RiskLimits
from core.domain.order import OrderSpec, Settlement
from core.domain.quote import BarKey
from core.domain.requests import PlaceOrder
from core.domain.scan import Scan
from core.domain.verdict import Ask, Denied, Objection

log = logging.getLogger(__name__)

_JUDGING_FAILED = Objection(
    rule="Own fault",
    measured="the order could not be judged",
    limit="a verdict of every rule",
    words="IBDesk failed while judging this order, so nothing was sent. The log has the details.",
)


class Connector(Pump):
    """Carries events in and requests out. The desk is the only thing that knows anything."""

    # --- the link -----------------------------------------------------------------------------------

    def connect(
        self, host: str, port: int, client_id: int, profile: str = "custom", kind: str = "", account: str = ""
    ) -> None:
        self.receive(ConnectAsked(host, port, client_id, profile, kind, account))

    def disconnect(self) -> None:
        self.receive(DisconnectAsked())

    def arm(self, typed: str) -> str:
        """Let orders go to a gateway that is not proven harmless; "" when armed, else in words why not."""
        refusal = self.desk.arm(typed, self.now_s())
        self.receive(Woke())
        return refusal

    def disarm(self) -> None:
        self.desk.disarm(self.now_s())
        self.receive(Woke())

    # --- orders -------------------------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge, commit to the journal, send: in one go, so nothing can change in between."""
        return self._intend(lambda: self.desk.submit(spec, self.now_s(), acknowledged))

    def modify(
        self, order_ref: str, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        return self._intend(lambda: self.desk.modify(order_ref, spec, self.now_s(), acknowledged))

    def submit_group(
        self, group: GroupSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | tuple[PlaceOrder, ...]:
        """Orders that go together: every intent is in the journal before the first byte, or none goes."""
        if self._gate_closed:
            return Denied((GATE_CLOSED,))
        try:
            verdict = self.desk.submit_group(group, self.now_s(), acknowledged)
        except Exception:
            log.exception("the desk failed while judging a group of orders")
            return Denied((_JUDGING_FAILED,))
        if isinstance(verdict, tuple):
            self._send_group(verdict)
        else:
            self._perform(self.desk.pending())
        self._announce()
        return verdict

    def _send_group(self, places: tuple[PlaceOrder, ...]) -> None:
        answers = [self._committed(place) for place in places]
        refused = next((one for one in answers if isinstance(one, IntentRefused)), None)
        for place, answer in zip(places, answers, strict=True):
            self.receive(IntentRefused(place.order_ref, refused.reason) if refused else answer)

    def cancel(self, order_ref: str) -> Denied | None:
        """Cancels pass whatever else is wrong."""
        answer = self.desk.cancel(order_ref, self.now_s())
        if isinstance(answer, Denied):
            self._announce()
            return answer
        self._perform(answer)
        return None

    def cancel_and_replace(
        self, order_ref: str, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | None:
        """Cancel an order, and place `spec` once IB has said that it is gone; `None` when that is under way."""
        if self._gate_closed:
            return Denied((GATE_CLOSED,))
        try:
            answer = self.desk.cancel_and_replace(order_ref, spec, self.now_s(), acknowledged)
        except Exception:
            log.exception("the desk failed while judging a replacement")
            return Denied((_JUDGING_FAILED,))
        if isinstance(answer, list):
            self._perform(answer)
            return None
        self._perform(self.desk.pending())
        return answer

    def flight(self, order_ref: str) -> tuple[FlightRow, ...]:
        """An order's life from the journal, oldest first; empty when there is none, or it cannot be read."""
        read = getattr(self._journal, "flight", None)
        if read is None:
            return ()
        try:
            return tuple(read(order_ref))
        except Exception:
            log.exception("the journal could not be read for %s", order_ref)
            return ()

    def settle(self, order_ref: str, settlement: Settlement) -> Denied | None:
        """The trader has looked in TWS and says how an order in doubt ended."""
        answer = self.desk.settle(order_ref, settlement, self.now_s())
        if isinstance(answer, Denied):
            return answer
        self._perform(answer)
        return None

    def _intend(self, judge: Callable[[], Denied | Ask | PlaceOrder]) -> Denied | Ask | PlaceOrder:
        if self._gate_closed:
            return Denied((GATE_CLOSED,))
        try:
            verdict = judge()
        except Exception:
            log.exception("the desk failed while judging an order")
            return Denied((_JUDGING_FAILED,))
        if isinstance(verdict, PlaceOrder):
            self.receive(self._committed(verdict))
        else:
            self._perform(self.desk.pending())
        self._announce()
        return verdict

    # --- the trading state, what-ifs, limits ----------------------------------------------------------

    def ask_preview(self, spec: OrderSpec) -> str:
        """Ask IB what an order would do; "" when it is asked, else in words why there is no preview."""
        answer = self.desk.ask_preview(spec, self.now_s())
        if isinstance(answer, str):
            return answer
        self._perform(answer)
        return ""

    def halt(self, reason: str) -> None:
        self._perform(self.desk.halt(reason, self.now_s()))

    def reduce_only(self, reason: str) -> None:
        self._perform(self.desk.reduce_only(reason, self.now_s()))

    def resume_trading(self, typed: str) -> str:
        """Trade again; "" when it is so, else in words why not."""
        refusal = self.desk.resume_trading(typed, self.now_s())
        self._perform(self.desk.pending())
        return refusal

    def kill(self) -> None:
        """Halt, then cancel every own order."""
        self._perform(self.desk.kill(self.now_s()))

    def cancel_everywhere(self) -> str:
        """Cancel every order of the login, whoever placed it; "" when IB was asked, else in words why not."""
        answer = self.desk.cancel_everywhere(self.now_s())
        if isinstance(answer, str):
            return answer
        self._perform(answer)
        return ""

    def note(self, level: str, words: str) -> None:
        """A line for the log panel: info, warning or error."""
        self.desk.note(level, words, self.now_s())
        self._announce()

    def take_limits(self, limits: RiskLimits, permissions: Permissions) -> tuple[str, ...]:
        """Tighter ones hold at once; the names of those that wait for the next start."""
        left = self.desk.take_limits(limits, permissions, self.now_s())
        self._perform(self.desk.pending())
        return left

    # --- contracts, quotes, bars, alerts ------------------------------------------------------------

    def watch(self, contract: Contract, owner: str) -> None:
        self._perform(self.desk.watch(contract, owner, self.now_s()))

    def unwatch(self, con_id: int, owner: str) -> None:
        self._perform(self.desk.unwatch(con_id, owner, self.now_s()))

    def watch_depth(self, contract: Contract, owner: str) -> None:
        self._perform(self.desk.watch_depth(contract, owner, self.now_s()))

    def unwatch_depth(self, con_id: int, owner: str) -> None:
        self._perform(self.desk.unwatch_depth(con_id, owner, self.now_s()))

    def watch_tape(self, contract: Contract, owner: str) -> None:
        self._perform(self.desk.watch_tape(contract, owner, self.now_s()))

    def unwatch_tape(self, con_id: int, owner: str) -> None:
        self._perform(self.desk.unwatch_tape(con_id, owner, self.now_s()))

    def scan(self, scan: Scan) -> str:
        """Rank the market once; "" when it is asked for, answered by ScanReported, else in words why not."""
        answer = self.desk.scan(scan, self.now_s())
        if isinstance(answer, str):
            return answer
        self._perform(answer)
        return ""

    def find(self, query: ContractQuery) -> None:
        self._perform(self.desk.find(query, self.now_s()))
        if not self.is_open and (kept := self.recall_contracts(query)) is not None:
            self.receive(ContractsReported(query, kept.content, cached_at_s=kept.told_at_s))

    def search(self, text: str) -> None:
        self._perform(self.desk.search(text, self.now_s()))

    def load_bars(self, key: BarKey, contract: Contract, duration: str, live: bool) -> None:
        self._perform(self.desk.load_bars(key, contract, duration, live, self.now_s()))
        if not self.is_open and (kept := self.recall_bars(key)) is not None:
            self.receive(BarsReported(key, kept.content, kept.told_at_s))

    def drop_bars(self, key: BarKey) -> None:
        self._perform(self.desk.drop_bars(key, self.now_s()))

    def acknowledge(self, alert_id: str) -> None:
        self._perform(self.desk.acknowledge(alert_id, self.now_s()))
