"""What is kept of the facts, and that it is the same fact when it is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.conditions import Join, PriceCondition
from core.domain.contract import Contract, SecType
from core.domain.events import (
    AccountReported,
    BarReported,
    BarsRefused,
    BarsReported,
    CancelRequested,
    CommissionReported,
    ConnectAsked,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentDenied,
    IntentRefused,
    LinkLost,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderSettled,
    OrderStatusReported,
    PortfolioReported,
    PositionAccepted,
    PositionReported,
    PreviewReported,
    ProbeUnanswered,
    QuotesReported,
    ReplacementChanged,
    SnapshotCompleted,
    SocketOpened,
    TradingChanged,
    Woke,
)
from core.domain.execution import Execution
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, OrderType, Settlement, Side, Tif
from core.domain.preview import Preview
from core.domain.replacement import Replacement
from core.domain.trading import TradingState
from core.journal.codec import fact_of, fields_of
from core.journal.flight import flight_rows
from core.journal.recording import AGAIN, KINDS, UNCHANGED, Recorder, journal_kind
from core.journal.replay import replay
from core.journal.schema import Entry

AT = datetime(2026, 11, 23, 15, 0, 0, 123456, tzinfo=UTC)
AAPL = Contract(265598, "AAPL", strike=Decimal("0.10"), multiplier=Decimal(100))
SPEC = OrderSpec(
    AAPL,
    Side.SELL,
    Decimal("100.5"),
    OrderType.STP_LMT,
    Decimal("150.10"),
    Decimal("149"),
    tif=Tif.GTC,
    outside_rth=True,
    account="DU1",
    good_till=AT,
    conditions=(PriceCondition(265598, "SMART", Decimal(140), join=Join.OR),),
)
EXECUTION = Execution(
    "0001.01.01.01", "DU1", AAPL, Side.BUY, Decimal(100), Decimal("150.25"), AT, 7, None, 1, "ref", "NASDAQ"
)
POSITION = PositionReported("DU1", AAPL, Decimal(-3), None)
REPORT = OrderReported(7, 900, 1, "ref", SPEC, "Submitted", filled=Decimal(0))
SNAPSHOT = SnapshotCompleted(8, (REPORT,), (EXECUTION,), (replace(REPORT, completed=True),), (POSITION,))

FACTS: tuple[Event, ...] = (
    ConnectAsked("127.0.0.1", 4002, 1, "paper", "paper", "DU1"),
    DisconnectAsked(),
    SocketOpened(178, ("DU1", "DU2"), 8, simulator=False),
    LinkLost(LinkFault.CLOSED, "[1, 2] {not json} \n ☂"),
    ProbeUnanswered(3.0),
    MessageReported(201, 'Order rejected - "quoted"', 7),
    IntentRefused("ref", "disk full"),
    IntentDenied("ref", SPEC, "too large"),
    CancelRequested("ref"),
    OrderSettled("ref", Settlement.NOT_PLACED, "nothing in TWS"),
    OrderSent("ref"),
    OrderNotSent("ref", "[closed]"),
    REPORT,
    OrderStatusReported(7, None, 1, "Filled", Decimal(100), Decimal(0), Decimal("150.25"), "locate"),
    ExecutionReported(EXECUTION, replayed=True),
    CommissionReported("0001.01.01.01", Decimal("1.25"), "USD", None),
    POSITION,
    PortfolioReported("DU1", AAPL, Decimal(1), Decimal(2), None, Decimal(3), None, Decimal(-4)),
    PositionAccepted("DU1", 265598, Decimal(300), Decimal("-50.5")),
    PreviewReported(7, Preview(1.5, initial_after=Decimal("12.50"), warning="near the limit")),
    ReplacementChanged(Replacement("ref", SPEC, 1.5, Decimal(60), 2.25, "new", 2.5)),
    ReplacementChanged(Replacement("ref", SPEC, 1.5, Decimal(60), fault="The old order is filled.")),
    TradingChanged(TradingState.REDUCE_ONLY, "daily loss", 1.5, 20_000),
    Woke(),
)


def entry(row: tuple[str, str, tuple[tuple[str, str], ...]], seq: int = 1) -> Entry:
    kind, subject, fields = row
    return Entry(seq, 1, kind, subject, fields, "")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_read_again_is_the_same_fact(fact: Event) -> None:
    assert fact_of(type(fact), fields_of(fact)) == fact
    row = Recorder().row(fact, 12.5, lambda _: "ref")
    assert row is not None
    assert row[0] == journal_kind(fact)
    assert list(replay([entry(row)]))[-1] == (12.5, fact)


def test_every_kind_that_is_kept_is_tried_here() -> None:
    assert {type(fact) for fact in FACTS} | {SnapshotCompleted} == set(KINDS)


def test_every_fact_about_orders_and_positions_is_kept() -> None:
    about_markets = (QuotesReported, BarReported, BarsReported, BarsRefused, AccountReported)
    kept = {kind.__name__ for kind in KINDS}
    named = {
        kind.__name__
        for kind in get_args(Event)
        if kind not in about_markets
        and kind.__name__.startswith(("Order", "Execution", "Commission", "Position"))
    }
    assert named <= kept
    assert not {kind.__name__ for kind in about_markets} & kept


@pytest.mark.parametrize(
    ("code", "kind"), [(1100, "message"), (1102, "message"), (2104, "message"), (10167, "")]
)
def test_of_messages_about_no_order_those_about_the_link_are_kept(code: int, kind: str) -> None:
    assert journal_kind(MessageReported(code, "words")) == kind


def test_what_is_said_again_is_not_written_out_again() -> None:
    recorder = Recorder()
    first = recorder.row(REPORT, 1.0, lambda _: "ref")
    again = recorder.row(REPORT, 2.0, lambda _: "ref")
    other = recorder.row(replace(REPORT, status="Filled"), 3.0, lambda _: "ref")
    assert first is not None
    assert again == (AGAIN, "ref", (("now_s", "2.0"), ("of", "order reported")))
    assert other is not None
    rows = [entry(row, seq) for seq, row in enumerate((first, again, other), 1)]
    assert [fact for _, fact in replay(rows)] == [REPORT, REPORT, replace(REPORT, status="Filled")]


def test_a_snapshot_writes_only_what_is_new() -> None:
    recorder = Recorder()
    later = replace(SNAPSHOT, next_order_id=None, missing=("order ids",))
    rows = [recorder.row(one, 1.0, lambda _: "") for one in (SNAPSHOT, later)]
    assert all(rows)
    second = dict(rows[1][2])  # type: ignore[index]
    assert [second[part] for part in ("orders", "completed", "positions")] == [UNCHANGED] * 3
    assert second["executions"] == "[]"
    facts = [fact for _, fact in replay(entry(row) for row in rows if row)]
    assert facts == [SNAPSHOT, replace(later, executions=())]


def test_executions_of_a_snapshot_that_proves_nothing_are_written_again_with_the_next() -> None:
    recorder = Recorder()
    partial = replace(SNAPSHOT, missing=("executions",))
    rows = [recorder.row(one, 1.0, lambda _: "") for one in (partial, SNAPSHOT)]
    assert SNAPSHOT.executions
    assert [fact for _, fact in replay(entry(row) for row in rows if row)] == [partial, SNAPSHOT]


def test_rows_that_begin_in_the_middle_of_a_run_make_no_snapshot_of_nothing() -> None:
    recorder = Recorder()
    recorder.row(SNAPSHOT, 1.0, lambda _: "")
    second = recorder.row(SNAPSHOT, 2.0, lambda _: "")
    assert second is not None
    assert list(replay([entry(second)])) == []


def test_a_row_that_makes_no_sense_is_left_out_and_the_rest_is_read(caplog: pytest.LogCaptureFixture) -> None:
    good = Recorder().row(CancelRequested("ref"), 1.0, lambda _: "ref")
    assert good is not None
    broken = ("order reported", "ref", (("now_s", "1.0"), ("order_id", "seven"), ("spec", "{")))
    assert [fact for _, fact in replay([entry(broken), entry(good, 2)])] == [CancelRequested("ref")]
    assert "makes no sense" in caplog.text


def test_rows_of_an_older_ibdesk_are_passed_over() -> None:
    old = ("intent", "ref", (("client_id", "1"), ("order_id", "7")))
    assert list(replay([entry(old)])) == []


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    texts(), texts(), st.none() | st.integers(1, 2**31), st.decimals(allow_nan=False, allow_infinity=False)
)
def test_any_text_and_any_number_comes_back(
    text: str, other: str, perm_id: int | None, price: Decimal
) -> None:
    contract = Contract(1, text, SecType.OPT, expiry=other)
    spec = replace(SPEC, contract=contract, limit_price=price)
    fact: Any = OrderReported(1, perm_id, 0, other, spec, text, completed_words=other)
    again = fact_of(OrderReported, fields_of(fact))
    assert again == fact
    assert str(again.spec.limit_price) == str(price)


def test_the_flight_record_tells_a_replacement_step_by_step() -> None:
    asked = Replacement("ref", SPEC, 1.0, Decimal(60))
    steps = [
        asked,
        replace(asked, gone_at_s=2.0),
        replace(asked, gone_at_s=2.0, new_ref="new"),
        replace(asked, gone_at_s=2.0, new_ref="new", stood_at_s=2.25),
        replace(asked, fault="The old order is filled."),
    ]
    recorder = Recorder()
    rows = [recorder.row(ReplacementChanged(one), 5.0, lambda _: "ref") for one in steps]
    told = flight_rows(entry(row) for row in rows if row is not None)
    assert [one.what for one in told] == [
        "You asked to cancel it and to place another in its place",
        "It is gone: the new order may go",
        "Another is placed in its place",
        "Replaced: the new order stands",
        "Not replaced",
    ]
    assert dict(told[3].fields) == {
        "new order": "new", "seconds without an order": "0.250", "at most": "1.250",
    }  # fmt: skip
