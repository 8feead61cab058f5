"""A trading day on a clock that is moved by hand: the real desk on one side, a gateway's lists on the other."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from core.desk import Desk
from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.events import (
    AccountReported,
    ConnectAsked,
    ConnectFailed,
    ContractsReported,
    Event,
    ExecutionReported,
    IntentCommitted,
    LinkLost,
    OrderReported,
    OrderSent,
    OrderStatusReported,
    PositionReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.execution import Execution
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import LinkFault
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Side
from core.domain.quote import QuoteKind, QuoteReport
from core.domain.requests import CancelOrder, Connect, PlaceOrder, Probe, Request, TakeSnapshot, Wake
from core.domain.verdict import Ask, Denied

ACCOUNT = "DU1"
CLIENT = 1
AAPL = Contract(265598, "AAPL")
BUY = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, limit_price=Decimal("150.00"))
QUOTE = QuoteReport(
    265598, QuoteKind.LIVE, 149.99, 500, 150.01, 500, 150.0, 100, 1e6, 149.0, 151.0, 148.0, 149.5, False
)
VALUES = (
    ("NetLiquidation", "1000000", "USD"),
    ("ExcessLiquidity", "800000", "USD"),
    ("AvailableFunds", "800000", "USD"),
    ("MaintMarginReq", "100000", "USD"),
    ("InitMarginReq", "100000", "USD"),
    ("GrossPositionValue", "100000", "USD"),
)
NOON_S = datetime(2026, 11, 24, 17, tzinfo=UTC).timestamp()
TOLD_WITHIN_S = 1.0


@dataclass
class Gateway:
    """What IB holds, whether or not anybody hears of it."""

    next_order_id: int = 1
    reachable: bool = True
    answers: bool = True
    orders: list[OrderReported] = field(default_factory=list)
    completed: list[OrderReported] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    position: Decimal = Decimal(0)
    fault: LinkFault = LinkFault.REFUSED

    def snapshot(self) -> SnapshotCompleted:
        held = (PositionReported(ACCOUNT, AAPL, self.position, Decimal(150)),) if self.position else ()
        return SnapshotCompleted(
            self.next_order_id,
            tuple(self.orders),
            tuple(self.executions),
            tuple(self.completed),
            held,
            took_s=0.05,
        )


class Talk:
    """The desk, connected and ready. `asked` is all that it wanted done."""

    def __init__(self, next_order_id: int = 1, journal_floor: int = 1) -> None:
        references = count(1)
        self.now_s = NOON_S
        self.gateway = Gateway(next_order_id)
        self.asked: list[Request] = []
        self._timers: list[tuple[float, int, Event]] = []
        self._ties = count()
        self.desk = Desk(
            LinkSettings(kind="simulator", port=5000, client_id=CLIENT),
            RiskLimits(),
            Permissions(),
            now_s=self.now_s,
            new_ref=lambda: f"ref-{next(references)}",
            jitter=lambda: 0.5,
            next_order_id=journal_floor,
        )
        self.tell(ConnectAsked("127.0.0.1", 5000, CLIENT, "simulator", kind="simulator"))
        self.desk.watch(AAPL, "test", self.now_s)
        self.tell(ContractsReported(ContractQuery(con_id=AAPL.con_id), (ContractDetails(AAPL),)))
        self.tell(QuotesReported((QUOTE,)))
        assert self.desk.link.is_ready, self.desk.link

    # --- time -------------------------------------------------------------------------------------

    def tell(self, *events: Event) -> None:
        """Facts reach the desk, and what it asks for is done."""
        for event in events:
            for request in self.desk.step(event, self.now_s):
                self._do(request)

    def wait(self, seconds: float) -> None:
        """Time passes, and with it whatever was due."""
        end_s = self.now_s + seconds
        while self._timers and self._timers[0][0] <= end_s:
            at_s, _, event = heapq.heappop(self._timers)
            self.now_s = max(self.now_s, at_s)
            self.tell(event)
        self.now_s = end_s

    def _later(self, delay_s: float, event: Event) -> None:
        heapq.heappush(self._timers, (self.now_s + delay_s, next(self._ties), event))

    def _do(self, request: Request) -> None:
        self.asked.append(request)
        gateway = self.gateway
        if isinstance(request, Wake):
            self._later(request.delay_s, Woke())
        elif isinstance(request, Connect):
            self._open()
        elif isinstance(request, TakeSnapshot) and gateway.answers:
            self._later(0.05, gateway.snapshot())
            self.wait(0.05)
        elif isinstance(request, Probe):
            answer = ProbeAnswered(0.001) if gateway.answers else ProbeUnanswered(request.deadline_s)
            self._later(0.001 if gateway.answers else request.deadline_s, answer)

    def _open(self) -> None:
        if not self.gateway.reachable:
            self._later(0.01, ConnectFailed(self.gateway.fault))
            return
        self.tell(
            SocketOpened(178, (ACCOUNT,), self.gateway.next_order_id, simulator=True),
            AccountReported(ACCOUNT, VALUES),
        )

    def lose_the_link(self) -> None:
        self.tell(LinkLost(LinkFault.CLOSED))

    # --- the trader -------------------------------------------------------------------------------

    def place(self, spec: OrderSpec = BUY) -> PlaceOrder:
        """Submit, take on what is asked, commit, and hand the bytes over."""
        verdict = self.try_to_place(spec)
        assert isinstance(verdict, PlaceOrder), verdict
        return verdict

    def try_to_place(self, spec: OrderSpec) -> PlaceOrder | Denied:
        verdict = self.desk.submit(spec, self.now_s)
        if isinstance(verdict, Ask):
            taken_on = frozenset(one.rule for one in verdict.objections)
            verdict = self.desk.submit(spec, self.now_s, taken_on)
        assert not isinstance(verdict, Ask)
        if isinstance(verdict, PlaceOrder):
            self.tell(IntentCommitted(verdict.order_ref))
            if verdict in self.asked:
                self.tell(OrderSent(verdict.order_ref))
        return verdict

    def modify(self, order_ref: str, spec: OrderSpec) -> PlaceOrder | Denied:
        verdict = self.desk.modify(order_ref, spec, self.now_s)
        if isinstance(verdict, Ask):
            taken_on = frozenset(one.rule for one in verdict.objections)
            verdict = self.desk.modify(order_ref, spec, self.now_s, taken_on)
        assert not isinstance(verdict, Ask)
        if isinstance(verdict, PlaceOrder):
            self.tell(IntentCommitted(order_ref))
        return verdict

    def cancel(self, order_ref: str) -> None:
        answer = self.desk.cancel(order_ref, self.now_s)
        assert not isinstance(answer, Denied), answer
        for request in answer:
            self._do(request)

    # --- what IB says -----------------------------------------------------------------------------

    def works(self, place: PlaceOrder, perm_id: int = 900, status: str = "Submitted") -> OrderReported:
        """IB holds the order, and says so."""
        told = self.held(place, perm_id, status)
        self.gateway.orders.append(told)
        self.gateway.next_order_id = max(self.gateway.next_order_id, place.order_id + 1)
        self.tell(told)
        return told

    def held(self, place: PlaceOrder, perm_id: int = 900, status: str = "Submitted") -> OrderReported:
        return OrderReported(place.order_id, perm_id, CLIENT, place.order_ref, place.approved.spec, status)

    def status(self, place: PlaceOrder, word: str, perm_id: int = 900) -> OrderStatusReported:
        return OrderStatusReported(place.order_id, perm_id, CLIENT, word, Decimal(0), Decimal(100), None)

    def fills(self, place: PlaceOrder, quantity: int = 100, number: int = 1, perm_id: int = 900) -> Execution:
        """IB fills some of it: its lists and its position know, the desk has yet to hear."""
        spec = place.approved.spec
        execution = Execution(
            f"0001.{number:04}.01.01",
            ACCOUNT,
            AAPL,
            spec.side,
            Decimal(quantity),
            Decimal(150),
            datetime.fromtimestamp(self.now_s, UTC),
            place.order_id,
            perm_id,
            CLIENT,
            place.order_ref,
        )
        self.gateway.executions.append(execution)
        self.gateway.position += quantity * spec.side.sign
        return execution

    def done(self, place: PlaceOrder, word: str = "Filled", perm_id: int = 900) -> None:
        """It leaves IB's open orders for the completed ones."""
        self.gateway.orders = [one for one in self.gateway.orders if one.perm_id != perm_id]
        self.gateway.completed.append(replace(self.held(place, perm_id, word), completed=True))

    def hear(self, execution: Execution) -> None:
        position = PositionReported(ACCOUNT, AAPL, self.gateway.position, Decimal(150))
        self.tell(ExecutionReported(execution), position)

    # --- what the trader sees ---------------------------------------------------------------------

    def order(self, order_ref: str) -> Order:
        found = self.desk.order(order_ref)
        assert found is not None
        return found

    @property
    def position(self) -> Decimal:
        held = self.desk.position(ACCOUNT, AAPL.con_id)
        return held.quantity if held else Decimal(0)

    def placed(self) -> list[PlaceOrder]:
        """New orders that went out, modifications aside."""
        return [one for one in self.asked if isinstance(one, PlaceOrder) and not one.modifies]

    def cancels(self) -> list[int]:
        return [one.order_id for one in self.asked if isinstance(one, CancelOrder)]

    def was_told(self, since_s: float, *words: str) -> bool:
        """Whether the trader read these words within a second of `since_s`."""
        told = [note.words for note in self.desk.notes() if since_s <= note.at_s <= since_s + TOLD_WITHIN_S]
        told += [said for at_s, said in self.desk.link.timeline if since_s <= at_s <= since_s + TOLD_WITHIN_S]
        return all(any(word in one for one in told) for word in words)

    def ends(self, place: PlaceOrder, state: OrderState, position: int) -> None:
        """The verdict, the position, and that nothing was ever sent twice."""
        assert self.order(place.order_ref).state is state, self.order(place.order_ref)
        assert self.position == self.gateway.position == position
        refs = [one.order_ref for one in self.placed()]
        assert len(refs) == len(set(refs))
