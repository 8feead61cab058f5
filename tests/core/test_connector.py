"""The connector carries facts in and requests out, whatever else goes wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest

from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.bracket import BracketSpec, Exit
from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.events import (
    AccountReported,
    ConnectFailed,
    ContractsReported,
    Event,
    MessageReported,
    OrderSent,
    OrderStatusReported,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.gateway import Receive
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.quote import QuoteKind, QuoteReport
from core.domain.requests import (
    CancelOrder,
    Connect,
    PlaceOrder,
    Request,
    SubscribeAccount,
    SubscribeQuotes,
    TakeSnapshot,
)
from core.domain.topics import Topic
from core.domain.verdict import Denied
from core.spawn import spawn

ACCOUNT = "DU1234567"
APPLE = Contract(265598, "AAPL", primary_exchange="NASDAQ")
LIMIT = OrderSpec(APPLE, Side.BUY, Decimal(10), OrderType.LMT, Decimal("150.25"))
QUOTE = QuoteReport(
    265598, QuoteKind.LIVE, 150.24, 1.0, 150.26, 1.0, 150.25, 1.0, 1.0, 150.0, 151.0, 149.0, 150.0, False
)


class Recording:
    """A gateway that writes down what it is asked, and says what it is told to."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.asked: list[Request] = []
        self.answers: dict[type, Callable[[Request], Event]] = {}
        self.closed = False
        self.counts: Counter[str] = Counter()

    def perform(self, request: Request) -> None:
        self.asked.append(request)
        if type(request) in self.answers:
            self.receive(self.answers[type(request)](request))

    async def close(self) -> None:
        self.closed = True

    def kinds(self) -> list[type]:
        return [type(request) for request in self.asked]


class Ledger:
    """A journal in memory that can fall ill."""

    def __init__(self) -> None:
        self.committed: list[tuple[str, str, dict[str, str]]] = []
        self.recorded: list[str] = []
        self.fault: Exception | None = None

    def commit(self, kind: str, subject: str, fields: tuple[tuple[str, str], ...]) -> None:
        if self.fault is not None:
            raise self.fault
        self.committed.append((kind, subject, dict(fields)))

    def record(self, kind: str, subject: str, fields: tuple[tuple[str, str], ...]) -> None:
        if self.fault is not None:
            raise self.fault
        self.recorded.append(kind)


class Clock:
    def __init__(self) -> None:
        self.at_s = 1_795_435_200.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def connector(ledger: Ledger, clock: Clock) -> AsyncIterator[Connector]:
    refs = iter(f"ref-{number}" for number in range(100))
    desk = Desk(
        LinkSettings(port=40_001, kind="simulator"),
        RiskLimits(),
        Permissions(),
        now_s=clock(),
        new_ref=lambda: next(refs),
        jitter=lambda: 0.5,
    )
    made = Connector(desk, Recording, ledger, clock)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def gateway(connector: Connector) -> Recording:
    assert isinstance(connector._gateway, Recording)
    return connector._gateway


@pytest.fixture
def ready(connector: Connector, gateway: Recording) -> Connector:
    """Connected, synchronised, with a quote: an order could be sent now."""
    connector.connect("127.0.0.1", 40_001, 1, "simulator", "simulator")
    connector.receive(SocketOpened(178, (ACCOUNT,), 7, simulator=True))
    values = (
        ("NetLiquidation", "1000000", "USD"),
        ("AvailableFunds", "1000000", "USD"),
        ("ExcessLiquidity", "800000", "USD"),
        ("InitMarginReq", "100000", "USD"),
        ("MaintMarginReq", "100000", "USD"),
    )
    connector.receive(AccountReported(ACCOUNT, values))
    connector.receive(SnapshotCompleted(7, (), (), (), ()))
    connector.receive(ContractsReported(ContractQuery("AAPL"), (ContractDetails(APPLE),)))
    connector.watch(APPLE, "test")
    connector.receive(QuotesReported((QUOTE,)))
    assert connector.desk.link.is_ready, connector.desk.link
    gateway.asked.clear()
    return connector


def placed(answer: object) -> PlaceOrder:
    assert isinstance(answer, PlaceOrder), answer
    return answer


# --- the pump ---------------------------------------------------------------------------------------


def test_connecting_reaches_the_gateway_and_its_answer_the_desk(
    connector: Connector, gateway: Recording
) -> None:
    connector.connect("127.0.0.1", 40_001, 1)
    assert gateway.kinds() == [Connect]
    connector.receive(SocketOpened(178, (ACCOUNT,), 7, simulator=True))
    assert gateway.kinds()[1:] == [SubscribeAccount, TakeSnapshot]


def test_a_gateway_that_answers_within_a_request_is_heard_after_it(
    connector: Connector, gateway: Recording
) -> None:
    gateway.answers[Connect] = lambda _: ConnectFailed(LinkFault.REFUSED)
    connector.connect("127.0.0.1", 40_001, 1)
    assert connector.desk.link.fault is LinkFault.REFUSED


def test_changes_are_announced_once_until_they_are_taken(connector: Connector) -> None:
    calls: list[int] = []
    connector.listen(lambda: calls.append(1))
    connector.connect("127.0.0.1", 40_001, 1)
    connector.receive(SocketOpened(178, (ACCOUNT,), 7, simulator=True))
    assert len(calls) == 1
    assert Topic.LINK in connector.take_changes()
    connector.disconnect()
    assert len(calls) == 2


def test_late_answers_are_counted_where_the_window_sees_them(
    connector: Connector, gateway: Recording
) -> None:
    gateway.counts.update({"late depth": 3, "late bars": 1, "unknown messages": 7})
    connector.take_changes()
    assert connector.desk.pacing.late_answers == 4


def test_a_listener_that_fails_does_not_silence_the_others(connector: Connector) -> None:
    calls: list[int] = []

    def broken() -> None:
        raise RuntimeError("listener")

    connector.listen(broken)
    connector.listen(lambda: calls.append(1))
    connector.connect("127.0.0.1", 40_001, 1)
    assert calls == [1]


async def test_the_desk_is_woken_when_it_asked_to_be(
    connector: Connector, gateway: Recording, clock: Clock
) -> None:
    gateway.answers[Connect] = lambda _: ConnectFailed(LinkFault.REFUSED)
    connector.connect("127.0.0.1", 40_001, 1)
    waking = connector.expect(lambda event: event if isinstance(event, Woke) else None, 5.0)
    woken = spawn(waking, "woken")
    await asyncio.sleep(0)
    gateway.answers.clear()
    clock.at_s += 60
    await woken
    assert gateway.kinds() == [Connect, Connect]


async def test_what_is_expected_is_handed_over_after_the_desk_has_taken_it_in(connector: Connector) -> None:
    async def wait() -> str:
        return await connector.expect(
            lambda event: str(connector.desk.link.socket) if isinstance(event, SocketOpened) else None, 5.0
        )

    waiting = spawn(wait(), "waiting")
    await asyncio.sleep(0)
    connector.connect("127.0.0.1", 40_001, 1)
    connector.receive(SocketOpened(178, (ACCOUNT,), 7, simulator=True))
    assert await waiting == "syncing"


async def test_what_never_comes_is_a_timeout(connector: Connector) -> None:
    with pytest.raises(TimeoutError):
        await connector.expect(lambda _: None, 0.01)


async def test_closing_ends_every_wait(connector: Connector, gateway: Recording) -> None:
    waiting = spawn(connector.expect(lambda _: None, 60.0), "waiting")
    await asyncio.sleep(0)
    await connector.close()
    with pytest.raises(TimeoutError):
        await waiting
    assert gateway.closed


# --- orders -----------------------------------------------------------------------------------------


def test_the_intent_is_in_the_journal_before_the_order_leaves(
    ready: Connector, gateway: Recording, ledger: Ledger
) -> None:
    seen: list[int] = []
    gateway.answers[PlaceOrder] = lambda order: (
        seen.append(len(ledger.committed)) or OrderSent(order.order_ref)
    )
    order = placed(ready.submit(LIMIT))
    assert seen == [1]
    kind, subject, fields = ledger.committed[0]
    assert (kind, subject, fields["order_id"], fields["client_id"]) == ("intent", order.order_ref, "7", "1")
    assert (fields["account"], fields["quantity"], fields["limit_price"]) == (ACCOUNT, "10", "150.25")
    assert ready.desk.orders()[0].state is OrderState.SENT


def test_an_ill_journal_keeps_the_order_here_and_says_so(
    ready: Connector, gateway: Recording, ledger: Ledger
) -> None:
    ledger.fault = OSError("No space left on device")
    order = placed(ready.submit(LIMIT))
    assert PlaceOrder not in gateway.kinds()
    kept = ready.desk.order(order.order_ref)
    assert kept is not None
    assert kept.state is OrderState.DENIED
    assert "No space left" in kept.reason


def test_the_desk_knows_that_the_journal_is_ill_and_when_it_is_well_again(
    ready: Connector, ledger: Ledger
) -> None:
    ledger.fault = OSError("No space left on device")
    placed(ready.submit(LIMIT))
    assert "No space left" in ready.desk.journal.trouble
    assert Topic.JOURNAL in ready.take_changes()
    ledger.fault = None
    ready.receive(MessageReported(1102, "Connectivity restored."))
    assert ready.desk.journal.is_well


def test_what_orders_stand_on_is_handed_to_the_journal_before_the_desk_takes_it_in(
    ready: Connector, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    step = ready.desk.step
    monkeypatch.setattr(
        ready.desk, "step", lambda event, now_s: steps.append(len(ledger.recorded)) or step(event, now_s)
    )
    before = len(ledger.recorded)
    told = OrderStatusReported(7, 900, 1, "Submitted", Decimal(0), Decimal(10), None)
    ready.receive(told)
    ready.receive(QuotesReported((QUOTE,)))
    assert steps == [before + 1, before + 1]
    assert ledger.recorded[-1] == "status reported"


def test_a_journal_that_cannot_record_stops_nothing(
    ready: Connector, gateway: Recording, ledger: Ledger
) -> None:
    order = placed(ready.submit(LIMIT))
    ledger.fault = OSError("read-only")
    assert ready.cancel(order.order_ref) is None
    assert gateway.kinds()[-1] is CancelOrder


def test_a_denied_order_reaches_neither_journal_nor_gateway(
    connector: Connector, gateway: Recording, ledger: Ledger
) -> None:
    assert isinstance(connector.submit(LIMIT), Denied)
    assert (ledger.committed, gateway.asked) == ([], [])


def test_a_second_watcher_costs_no_second_line(ready: Connector, gateway: Recording) -> None:
    ready.watch(APPLE, "another")
    assert SubscribeQuotes not in gateway.kinds()


# --- our own faults ---------------------------------------------------------------------------------


@pytest.fixture
def break_on(connector: Connector, monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Makes the desk fail on one kind of event, as a bug of ours would."""
    step = connector.desk.step

    def break_on(kind: type) -> None:
        def broken(event: Event, now_s: float) -> list[Request]:
            if isinstance(event, kind):
                raise RuntimeError("a bug")
            return step(event, now_s)

        monkeypatch.setattr(connector.desk, "step", broken)

    return break_on


STATUS = OrderStatusReported(7, 1, 1, "Submitted", Decimal(0), Decimal(10), None)


def test_a_fault_outside_the_order_path_is_logged_and_life_goes_on(
    ready: Connector, break_on: Callable[[type], None], caplog: pytest.LogCaptureFixture
) -> None:
    break_on(QuotesReported)
    ready.receive(QuotesReported((QUOTE,)))
    assert "a bug" in caplog.text
    placed(ready.submit(LIMIT))


@pytest.mark.parametrize("event", [STATUS, MessageReported(201, "rejected", 7)])
def test_a_fault_on_the_order_path_stops_new_orders_and_reads_everything_back(
    ready: Connector, gateway: Recording, break_on: Callable[[type], None], event: Event
) -> None:
    order = placed(ready.submit(LIMIT))
    break_on(type(event))
    ready.receive(event)
    denied = ready.submit(LIMIT)
    assert isinstance(denied, Denied)
    assert "Cancels pass" in denied.words
    assert ready.cancel(order.order_ref) is None
    assert gateway.kinds().count(TakeSnapshot) == 1


def test_a_complete_snapshot_opens_the_gate_again(ready: Connector, break_on: Callable[[type], None]) -> None:
    break_on(OrderStatusReported)
    ready.receive(STATUS)
    ready.receive(SnapshotCompleted(7, (), (), (), (), missing=("positions",)))
    assert isinstance(ready.submit(LIMIT), Denied)
    ready.receive(SnapshotCompleted(7, (), (), (), ()))
    placed(ready.submit(LIMIT))


def test_a_gate_that_fails_denies(
    ready: Connector, gateway: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ready.desk, "submit", broken)
    assert isinstance(ready.submit(LIMIT), Denied)
    assert PlaceOrder not in gateway.kinds()


# --- the clock --------------------------------------------------------------------------------------


def test_time_never_runs_backwards_and_never_stands_still() -> None:
    wall_s, steady_s = 1000.0, 0.0
    clock = SteadyClock(lambda: wall_s, lambda: steady_s)
    assert clock() == 1000.0
    wall_s, steady_s = 400.0, 5.0  # set back by ten minutes
    assert clock() == 1005.0
    wall_s, steady_s = 9000.0, 6.0  # woke from sleep
    assert clock() == 9000.0
    wall_s, steady_s = 9001.0, 7.0
    assert clock() == 9001.0


def test_the_connector_does_not_import_ib_async() -> None:
    import subprocess
    import sys

    code = "import core.connector, sys; sys.exit('ib_async' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- groups and chores ------------------------------------------------------------------------------


SOFT = frozenset({"MarginTooLow"})
BRACKET = BracketSpec(LIMIT, (Exit(target=Decimal(155), stop=Decimal(148)),))


def test_every_intent_of_a_group_is_in_the_journal_before_the_first_byte(
    ready: Connector, gateway: Recording, ledger: Ledger
) -> None:
    committed_at_first_byte: list[int] = []
    carry_out = gateway.perform

    def perform(request: Request) -> None:
        if isinstance(request, PlaceOrder):
            committed_at_first_byte.append(len(ledger.committed))
        carry_out(request)

    gateway.perform = perform  # type: ignore[method-assign]
    places = ready.submit_group(BRACKET, SOFT)
    assert isinstance(places, tuple)
    assert committed_at_first_byte == [3, 3, 3]
    assert [one for one in gateway.asked if isinstance(one, PlaceOrder)] == list(places)


def test_a_journal_that_falls_ill_in_the_middle_of_a_group_stops_all_of_it(
    ready: Connector, gateway: Recording, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = ledger.commit

    def fails_on_the_second(kind: str, subject: str, fields: tuple[tuple[str, str], ...]) -> None:
        if ledger.committed:
            raise OSError("the disk is full")
        commit(kind, subject, fields)

    monkeypatch.setattr(ledger, "commit", fails_on_the_second)
    places = ready.submit_group(BRACKET, SOFT)
    assert isinstance(places, tuple)
    assert PlaceOrder not in gateway.kinds()
    assert {ready.desk.order(one.order_ref).state for one in places} == {OrderState.DENIED}  # type: ignore[union-attr]


async def test_a_chore_is_done_again_and_again_even_when_it_fails_and_ends_with_the_connector(
    connector: Connector,
) -> None:
    twice = asyncio.Event()
    done: list[int] = []

    def chore() -> None:
        done.append(len(done))
        if len(done) == 2:
            twice.set()
        raise RuntimeError("it is only a chore")

    connector.every(0.001, chore)
    async with asyncio.timeout(5.0):
        await twice.wait()
    await connector.close()
    assert connector._chore_timers == {}
