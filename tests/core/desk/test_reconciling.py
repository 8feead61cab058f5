"""Positions and executions that do not agree: told, held to closing, and settled by IB or by the trader."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.domain.alert import Alert
from core.domain.events import (
    AccountReported,
    ConnectAsked,
    Event,
    ExecutionReported,
    LinkLost,
    PositionAccepted,
    PositionReported,
    ProbeAnswered,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.execution import Execution
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, Side
from core.domain.requests import PlaceOrder, Record, Request, TakeSnapshot
from core.domain.verdict import Ask, Denied
from core.journal.codec import fact_of, fields_of
from tests.core.desk.test_desk import AAPL, QUOTE, SPEC, VALUES, Dialogue, kinds

OPENS = replace(SPEC, account="DU1")
CLOSES = replace(OPENS, side=Side.SELL)


class Ledger(Dialogue):
    """Connected with 100 AAPL held; `facts` is what a journal would have of it."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[tuple[float, Event]] = []
        self.executions: tuple[Execution, ...] = ()
        self.trade_ready()

    def open(self, next_order_id: int = 1) -> None:
        held = PositionReported("DU1", AAPL, Decimal(100), None)
        self.tell(
            SocketOpened(178, ("DU1",), next_order_id, simulator=True),
            AccountReported("DU1", VALUES),
            SnapshotCompleted(next_order_id, (), (), (), (held,)),
        )

    def tell(self, *events: Event, after_s: float = 0.0) -> list[Request]:
        out = super().tell(*events, after_s=after_s)
        if hasattr(self, "facts"):
            self.facts += [(self.now_s, one) for one in events]
            self.facts += [
                (self.now_s, one.fact) for one in out if isinstance(one, Record) and one.fact is not None
            ]
        return out

    def read(self, held: int, after_s: float = 6.0, missing: tuple[str, ...] = ()) -> list[Request]:
        listed = (PositionReported("DU1", AAPL, Decimal(held), None),)
        taken = SnapshotCompleted(1, (), self.executions, (), listed, missing)
        return self.tell(taken, after_s=after_s)

    def fill(self, quantity: int) -> None:
        number = len(self.executions) + 1
        at = datetime.fromtimestamp(self.now_s, UTC)
        name = f"0001.{number:02}.01"
        one = Execution(name, "DU1", AAPL, Side.BUY, Decimal(quantity), Decimal(150), at, 7, 900, 3)
        self.executions += (one,)
        self.tell(ExecutionReported(one))

    def moved(self) -> Alert:
        """50 shares come in by no execution."""
        self.fill(150)
        self.read(300)
        self.read(300)
        self.tell(ProbeAnswered(0.001), QuotesReported((QUOTE,)))
        return self.alert

    @property
    def alert(self) -> Alert:
        [found] = self.desk.alerts()
        return found

    def objections(self, spec: OrderSpec = OPENS) -> set[str]:
        return {one.rule for one in self.desk.assess(spec, self.now_s)}


def test_a_mismatch_is_told_with_both_figures_and_what_it_may_be() -> None:
    talk = Ledger()
    alert = talk.moved()
    assert alert.title == "AAPL changed without an execution"
    assert "IB reports 300, our executions give 250: 50 more" in alert.measured
    assert "exercise, assignment, transfer, corporate action" in alert.measured
    assert alert.wants_attention
    assert any("changed without an execution" in note.words for note in talk.desk.notes())
    assert len(talk.desk.executions()) == 1, "nothing is invented to explain it"


def test_one_snapshot_shows_nothing_and_asks_for_another() -> None:
    talk = Ledger()
    talk.fill(150)
    talk.asked.clear()
    talk.read(300)
    assert talk.desk.alerts() == ()
    assert "PositionUnexplained" not in talk.objections()
    talk.tell(Woke(), after_s=5.0)
    talk.tell(Woke(), after_s=2.0)
    assert TakeSnapshot in kinds(talk.asked)


def test_a_snapshot_that_lacks_a_part_proves_nothing() -> None:
    talk = Ledger()
    for _ in range(3):
        talk.read(300, missing=("executions",))
    assert talk.desk.alerts() == ()


def test_the_contract_may_be_closed_but_not_opened() -> None:
    talk = Ledger()
    talk.moved()
    refused = talk.desk.submit(OPENS, talk.now_s)
    assert isinstance(refused, Denied)
    assert "AAPL is reduce-only: IB reports 300, our executions give 250" in refused.words
    assert isinstance(talk.desk.submit(CLOSES, talk.now_s), PlaceOrder | Ask)
    assert "PositionUnexplained" not in talk.objections(CLOSES)


def test_it_ends_when_the_execution_is_heard_of_after_all() -> None:
    talk = Ledger()
    talk.moved()
    talk.fill(50)
    talk.read(300)
    assert not talk.alert.is_active
    assert "PositionUnexplained" not in talk.objections()


def test_acknowledging_takes_the_figure_of_ib_and_is_journalled() -> None:
    talk = Ledger()
    alert = talk.moved()
    out = talk.desk.acknowledge(alert.alert_id, talk.now_s)
    [fact] = [one.fact for one in out if isinstance(one, Record) and one.kind == "position accepted"]
    assert fact == PositionAccepted("DU1", AAPL.con_id, Decimal(300), Decimal(150))
    assert not talk.alert.is_active
    assert "PositionUnexplained" not in talk.objections()
    talk.read(300)
    talk.read(300)
    assert len(talk.desk.alerts()) == 1


def replayed(talk: Ledger) -> Ledger:
    """The next start: a desk that was told what the journal holds, taken over by a new one."""
    before, after = Dialogue().desk, Ledger()
    for at_s, fact in journal(talk):
        before.step(fact, at_s)
    after.now_s = talk.now_s
    after.executions = talk.executions
    after.desk = Dialogue().desk
    after.desk.resume(before)
    return after


def journal(talk: Ledger) -> Iterator[tuple[float, Event]]:
    for at_s, fact in talk.facts:
        if isinstance(fact, ConnectAsked | SocketOpened | SnapshotCompleted | ExecutionReported):
            yield at_s, fact
        elif isinstance(fact, PositionAccepted):
            yield at_s, fact_of(PositionAccepted, fields_of(fact))


def test_the_next_start_still_holds_it() -> None:
    talk = Ledger()
    talk.moved()
    after = replayed(talk)
    after.tell(Woke())
    assert after.desk.mismatches() == talk.desk.mismatches() != ()
    assert after.alert.title == "AAPL changed without an execution"


def test_the_next_start_knows_what_was_acknowledged() -> None:
    talk = Ledger()
    alert = talk.moved()
    out = talk.desk.acknowledge(alert.alert_id, talk.now_s)
    talk.facts += [(talk.now_s, one.fact) for one in out if isinstance(one, Record) and one.fact]
    after = replayed(talk)
    assert after.desk.mismatches() == ()
    after.tell(
        ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"),
        SocketOpened(178, ("DU1",), 1, simulator=True),
    )
    after.read(300)
    after.read(300)
    assert after.desk.mismatches() == ()


def test_a_break_between_two_snapshots_changes_nothing() -> None:
    talk = Ledger()
    talk.tell(LinkLost(LinkFault.CLOSED))
    talk.tell(Woke(), after_s=5.0)
    talk.tell(SocketOpened(178, ("DU1",), 1, simulator=True))
    talk.read(300)
    assert talk.desk.alerts() == ()
    talk.read(300)
    assert talk.alert.is_active
