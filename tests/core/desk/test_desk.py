"""The desk as a dialogue: facts and wishes in, requests out."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.desk import Desk
from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.events import (
    AccountReported,
    BarsReported,
    ConnectAsked,
    ContractsReported,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    LinkLost,
    MessageReported,
    OrderReported,
    OrderSent,
    PositionReported,
    ProbeAnswered,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.execution import Execution
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.line import LineState
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, OrderState, OrderType, Overlay, Side
from core.domain.quote import Bar, BarKey, QuoteKind, QuoteReport
from core.domain.requests import (
    CancelOrder,
    CancelQuotes,
    Connect,
    PlaceOrder,
    Record,
    Request,
    RequestBars,
    RequestContracts,
    SubscribeQuotes,
    TakeSnapshot,
    Wake,
)
from core.domain.topics import Topic
from core.domain.verdict import Denied

AAPL = Contract(265598, "AAPL")
DETAILS = ContractDetails(AAPL)
QUOTE = QuoteReport(
    265598, QuoteKind.LIVE, 149.99, 500, 150.01, 500, 150.0, 100, 1e6, 149.0, 151.0, 148.0, 149.5, False, 3.0
)
SPEC = OrderSpec(AAPL, Side.BUY, Decimal(10), OrderType.LMT, limit_price=Decimal("150.00"))
VALUES = (
    ("NetLiquidation", "1000000", "USD"),
    ("ExcessLiquidity", "800000", "USD"),
    ("AvailableFunds", "800000", "USD"),
    ("MaintMarginReq", "100000", "USD"),
    ("GrossPositionValue", "100000", "USD"),
)


class Dialogue:
    """A desk, a clock that is moved by hand, and everything it asked for."""

    def __init__(self) -> None:
        references = iter(f"ref-{number}" for number in range(1, 1000))
        self.now_s = 1_000.0
        self.asked: list[Request] = []
        self.desk = Desk(
            LinkSettings(kind="simulator", port=5000),
            RiskLimits(),
            Permissions(),
            now_s=self.now_s,
            new_ref=lambda: next(references),
            jitter=lambda: 0.5,
        )

    def tell(self, *events: Event, after_s: float = 0.0) -> list[Request]:
        self.now_s += after_s
        out = [request for event in events for request in self.desk.step(event, self.now_s)]
        self.asked += out
        return out

    def connect(self) -> None:
        self.tell(ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"))
        self.open()

    def open(self, next_order_id: int = 1) -> None:
        self.tell(
            SocketOpened(178, ("DU1",), next_order_id, simulator=True),
            AccountReported("DU1", VALUES),
            SnapshotCompleted(next_order_id, (), (), (), ()),
        )

    def trade_ready(self) -> None:
        self.connect()
        self.desk.watch(AAPL, "test", self.now_s)
        self.tell(ContractsReported(ContractQuery(con_id=265598), (DETAILS,)), QuotesReported((QUOTE,)))

    def place(self, spec: OrderSpec = SPEC) -> PlaceOrder:
        place = self.desk.submit(spec, self.now_s)
        assert isinstance(place, PlaceOrder), place
        out = self.tell(IntentCommitted(place.order_ref))
        assert place in out
        self.tell(OrderSent(place.order_ref))
        return place


def kinds(requests: list[Request]) -> list[type[Request]]:
    return [type(request) for request in requests]


def test_from_connecting_to_ready() -> None:
    talk = Dialogue()
    out = talk.tell(ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"))
    assert Connect in kinds(out)
    talk.open()
    assert talk.desk.link.is_ready
    assert TakeSnapshot in kinds(talk.asked)


def test_a_gateway_that_never_lists_completed_orders_can_still_be_used() -> None:
    talk = Dialogue()
    talk.tell(ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"))
    talk.tell(SocketOpened(178, ("DU1",), 1, simulator=True), AccountReported("DU1", VALUES))
    talk.tell(SnapshotCompleted(1, (), (), (), (), missing=("positions",)))
    assert not talk.desk.link.is_ready
    talk.tell(SnapshotCompleted(None, (), (), (), (), missing=("order ids", "completed orders")))
    assert talk.desk.link.is_ready


def test_an_order_is_committed_before_it_is_sent() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(place, PlaceOrder)
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.INTENT
    assert order.spec.account == "DU1"
    assert talk.tell(IntentCommitted(place.order_ref))[0] == place


def test_an_intent_that_the_journal_cannot_hold_is_never_sent() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(place, PlaceOrder)
    out = talk.tell(IntentRefused(place.order_ref, "The disk is full."))
    assert PlaceOrder not in kinds(out)
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert (order.state, order.reason) == (OrderState.DENIED, "The disk is full.")


def test_an_order_goes_ahead_of_queued_data_requests() -> None:
    talk = Dialogue()
    talk.trade_ready()
    for number in range(500):
        talk.desk.search(str(number), talk.now_s)
    place = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(place, PlaceOrder)
    assert talk.tell(IntentCommitted(place.order_ref))[0] == place


def test_a_fill_reaches_orders_and_executions() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    fill = Execution(
        "1.1.1.01", "DU1", AAPL, Side.BUY, Decimal(10), Decimal("150"), at, place.order_id, 900, 1
    )
    talk.desk.drain()
    talk.tell(ExecutionReported(fill), PositionReported("DU1", AAPL, Decimal(10), Decimal("150")))
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.FILLED
    assert talk.desk.executions() == (fill,)
    changes = talk.desk.drain()
    assert changes[Topic.ORDER] == {place.order_ref}
    assert changes[Topic.EXECUTION] == {fill.key}
    assert changes[Topic.POSITION] == {("DU1", 265598)}
    assert not talk.desk.has_changes


def test_nothing_is_sent_while_the_link_is_not_ready() -> None:
    talk = Dialogue()
    assert isinstance(talk.desk.submit(SPEC, talk.now_s), Denied)
    talk.trade_ready()
    talk.tell(LinkLost(LinkFault.CLOSED))
    assert isinstance(talk.desk.submit(SPEC, talk.now_s), Denied)
    talk.tell(Woke(), after_s=1.0)
    assert PlaceOrder not in kinds(talk.asked)


def test_an_order_committed_as_the_link_falls_is_not_sent_later() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(place, PlaceOrder)
    talk.tell(LinkLost(LinkFault.CLOSED), IntentCommitted(place.order_ref))
    talk.tell(Woke(), after_s=5.0)
    talk.open()
    assert PlaceOrder not in kinds(talk.asked)
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.NOT_PLACED


def test_after_a_reconnect_every_line_and_series_is_asked_for_again() -> None:
    talk = Dialogue()
    talk.trade_ready()
    key = BarKey(265598, "1 min")
    talk.desk.load_bars(key, AAPL, "1 D", True, talk.now_s)
    talk.tell(LinkLost(LinkFault.CLOSED))
    quote = talk.desk.quote(265598)
    assert quote is not None
    assert quote.lost_at_s == talk.now_s
    talk.asked.clear()
    talk.tell(Woke(), after_s=5.0)
    talk.open()
    talk.tell(Woke(), after_s=1.0)
    talk.tell(Woke(), after_s=1.0)
    assert SubscribeQuotes(AAPL) in talk.asked
    assert any(isinstance(one, RequestBars) and one.key == key for one in talk.asked)
    talk.tell(QuotesReported((QUOTE,)))
    assert quote.lost_at_s is None


def test_two_watchers_share_one_line() -> None:
    talk = Dialogue()
    talk.connect()
    first = talk.desk.watch(AAPL, "watchlist", talk.now_s)
    second = talk.desk.watch(AAPL, "ticket", talk.now_s)
    asked = kinds(first + second + talk.tell(Woke(), after_s=1.0))
    assert asked.count(SubscribeQuotes) == 1
    assert asked.count(RequestContracts) == 1
    assert CancelQuotes not in kinds(talk.desk.unwatch(265598, "ticket", talk.now_s))
    assert CancelQuotes(265598) in talk.desk.unwatch(265598, "watchlist", talk.now_s)


def test_a_position_without_an_exchange_is_quoted_once_its_details_are_known() -> None:
    talk = Dialogue()
    talk.connect()
    held = replace(AAPL, exchange="")
    asked = talk.desk.watch(held, "positions", talk.now_s) + talk.tell(Woke(), after_s=1.0)
    assert SubscribeQuotes not in kinds(asked)
    assert RequestContracts in kinds(asked)
    out = talk.tell(ContractsReported(ContractQuery(con_id=265598), (DETAILS,)), after_s=1.0)
    assert SubscribeQuotes(AAPL) in out
    talk.tell(QuotesReported((QUOTE,)))
    place = talk.place(replace(SPEC, contract=held))
    assert place.approved.spec.contract.exchange == "SMART"


def test_more_contracts_than_lines_take_the_line_of_the_one_wanted_longest_ago() -> None:
    talk = Dialogue()
    talk.connect()
    for number in range(101):
        talk.desk.watch(Contract(number + 1, f"S{number}"), "watchlist", talk.now_s)
    assert talk.desk.pacing.lines_used == 100
    assert talk.desk.pacing.evicted == 1
    line = talk.desk.line(1)
    assert line is not None
    assert line.state is LineState.EVICTED
    assert line.words in talk.desk.notes()[-1].words


def test_a_cancel_passes_while_the_link_is_open_and_is_recorded() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    out = talk.desk.cancel(place.order_ref, talk.now_s)
    assert isinstance(out, list)
    assert CancelOrder(place.order_ref, place.order_id) in out
    assert Record in kinds(out)
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.cancel is Overlay.REQUESTED


def test_cancelling_what_is_over_or_foreign_is_denied_with_words() -> None:
    talk = Dialogue()
    talk.trade_ready()
    foreign = OrderReported(5, 77, 0, "", replace(SPEC, account="DU1"), "Submitted")
    talk.tell(foreign)
    [order] = talk.desk.orders()
    refusal = talk.desk.cancel(order.order_ref, talk.now_s)
    assert isinstance(refusal, Denied)
    assert "Another client" in refusal.words
    assert isinstance(talk.desk.cancel("nonsense", talk.now_s), Denied)


def test_a_modification_keeps_the_order_id_and_waits_for_ibs_word() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    held = replace(SPEC, account="DU1")
    talk.tell(OrderReported(place.order_id, 900, 1, place.order_ref, held, "Submitted"))
    wanted = replace(held, limit_price=Decimal("149.90"))
    change = talk.desk.modify(place.order_ref, wanted, talk.now_s)
    assert isinstance(change, PlaceOrder)
    assert (change.order_id, change.modifies, change.perm_id) == (place.order_id, True, 900)
    assert change in talk.tell(IntentCommitted(change.order_ref))
    talk.tell(OrderReported(place.order_id, 900, 1, place.order_ref, wanted, "Submitted"))
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert (order.spec.limit_price, order.modify) == (Decimal("149.90"), Overlay.NONE)


def fill_the_window(talk: Dialogue) -> None:
    """As many orders as a second takes: the next one has to wait in its lane."""
    for number in range(48):
        talk.desk._lanes.offer(CancelOrder("busy", number))
    talk.tell(Woke())


def test_cancelling_an_order_that_still_waits_takes_it_back() -> None:
    talk = Dialogue()
    talk.trade_ready()
    fill_the_window(talk)
    place = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(place, PlaceOrder)
    assert PlaceOrder not in kinds(talk.tell(IntentCommitted(place.order_ref)))
    talk.desk.cancel(place.order_ref, talk.now_s)
    talk.tell(Woke(), after_s=2.0)
    assert place not in talk.asked
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.NOT_PLACED


def test_a_cancel_takes_back_a_waiting_modification_and_still_goes_out() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    held = replace(SPEC, account="DU1")
    talk.tell(OrderReported(place.order_id, 900, 1, place.order_ref, held, "Submitted"))
    fill_the_window(talk)
    change = talk.desk.modify(place.order_ref, replace(held, limit_price=Decimal("149.90")), talk.now_s)
    assert isinstance(change, PlaceOrder)
    talk.tell(IntentCommitted(change.order_ref))
    talk.desk.cancel(place.order_ref, talk.now_s)
    out = talk.tell(Woke(), after_s=2.0)
    assert CancelOrder(place.order_ref, place.order_id) in out
    assert change not in out


def test_a_margin_alert_is_raised_and_recorded() -> None:
    talk = Dialogue()
    talk.connect()
    out = talk.tell(AccountReported("DU1", (("ExcessLiquidity", "9000", "USD"),)))
    assert [one.kind for one in out if isinstance(one, Record)] == ["alert raised"]
    [alert] = talk.desk.alerts()
    assert alert.wants_attention
    talk.desk.acknowledge(alert.alert_id, talk.now_s)
    assert not talk.desk.alerts()[0].wants_attention


def test_a_series_is_held_and_dropped() -> None:
    talk = Dialogue()
    talk.connect()
    key = BarKey(265598, "1 min")
    talk.desk.load_bars(key, AAPL, "1 D", True, talk.now_s)
    bar = Bar(datetime(2026, 11, 23, 15, tzinfo=UTC), 1, 2, 0.5, 1.5, 100)
    talk.tell(BarsReported(key, (bar,)))
    series = talk.desk.bars(key)
    assert series is not None
    assert len(series) == 1
    talk.desk.drop_bars(key, talk.now_s)
    assert talk.desk.bars(key) is None


def test_an_id_is_never_used_twice_when_the_gateway_forgets() -> None:
    talk = Dialogue()
    talk.trade_ready()
    first = talk.place()
    talk.tell(LinkLost(LinkFault.CLOSED))
    talk.tell(Woke(), after_s=5.0)
    talk.open(next_order_id=1)
    talk.tell(ProbeAnswered(0.001), QuotesReported((QUOTE,)), after_s=61.0)
    assert talk.place().order_id > first.order_id


def test_a_message_about_nothing_in_particular_is_noted_not_obeyed() -> None:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    talk.tell(MessageReported(54321, "something new", place.order_id))
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.SENT
    assert "something new" in talk.desk.notes()[-1].words


def test_the_desk_asks_to_be_woken_and_not_again_for_the_same_moment() -> None:
    talk = Dialogue()
    talk.connect()
    assert Wake in kinds(talk.asked)
    assert Wake not in kinds(talk.tell(AccountReported("DU1", VALUES), after_s=0.01))


def test_a_desk_that_is_told_the_past_asks_nobody_to_wake_it() -> None:
    talk = Dialogue()
    talk.desk.retells = True
    talk.connect()
    assert talk.asked
    assert Wake not in kinds(talk.asked)
