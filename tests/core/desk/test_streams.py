"""Depth, time and sales and scans on the desk: few at once, with words, and back after every return."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.contract import Contract, SecType
from core.domain.depth import DepthChange, DepthRow, DepthStep
from core.domain.events import (
    DepthGarbled,
    DepthReported,
    DepthReset,
    LinkLost,
    MessageReported,
    PrintsReported,
    ScanReported,
    StreamRefused,
    Woke,
)
from core.domain.line import LineState
from core.domain.link import LinkFault
from core.domain.requests import CancelStream, Request, RequestScan, SubscribeStream
from core.domain.scan import Scan
from core.domain.stream import StreamKind
from core.domain.tape import Print
from core.domain.topics import Topic
from tests.core.desk.talk import Talk
from tests.core.desk.test_desk import AAPL

DEPTH, TAPE = StreamKind.DEPTH, StreamKind.TAPE
STOCKS = tuple(Contract(number, f"S{number}") for number in range(1, 9))
ROW = DepthChange(0, DepthStep.INSERT, True, 10.0, 5.0, "ARCA")
PRINT = Print(datetime(2026, 6, 3, 15, tzinfo=UTC), 10.0, 5.0)


class Desk(Talk):
    def watch(
        self, contract: Contract = AAPL, kind: StreamKind = DEPTH, owner: str = "depth"
    ) -> list[Request]:
        wish = self.desk.watch_depth if kind is DEPTH else self.desk.watch_tape
        return self.streams(wish(contract, owner, self.now_s))

    def unwatch(
        self, contract: Contract = AAPL, kind: StreamKind = DEPTH, owner: str = "depth"
    ) -> list[Request]:
        wish = self.desk.unwatch_depth if kind is DEPTH else self.desk.unwatch_tape
        return self.streams(wish(contract.con_id, owner, self.now_s))

    def hears(self, *events) -> list[Request]:
        return self.streams(self.tell(*events))

    def passes(self, seconds: float) -> list[Request]:
        return self.streams(self.wait(seconds))

    @staticmethod
    def streams(requests: list[Request]) -> list[Request]:
        return [one for one in requests if isinstance(one, SubscribeStream | CancelStream | RequestScan)]

    def state(self, contract: Contract = AAPL, kind: StreamKind = DEPTH) -> LineState | None:
        view = self.desk.depth(contract.con_id) if kind is DEPTH else self.desk.tape(contract.con_id)
        assert view is None or bool(view.words) == (view.state is not LineState.FLOWING)
        return view.state if view is not None else None


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("kind", StreamKind)
def test_one_subscription_serves_all_who_watch_and_ends_with_the_last(desk: Desk, kind: StreamKind) -> None:
    assert desk.watch(AAPL, kind, "ladder") == [SubscribeStream(kind, AAPL)]
    assert desk.watch(AAPL, kind, "script") == []
    assert desk.state(AAPL, kind) is LineState.WAITING
    assert desk.unwatch(AAPL, kind, "ladder") == []
    assert desk.unwatch(AAPL, kind, "script") == [CancelStream(kind, AAPL.con_id)]
    assert desk.state(AAPL, kind) is None


def test_a_book_is_read_best_first_and_a_reset_empties_it(desk: Desk) -> None:
    desk.watch()
    desk.desk.drain()
    desk.hears(DepthReported(AAPL.con_id, (ROW, ROW._replace(price=10.1, is_bid=False))))
    assert desk.desk.drain()[Topic.DEPTH] == {AAPL.con_id}
    view = desk.desk.depth(AAPL.con_id)
    assert view is not None
    assert (view.bids, view.asks) == ((DepthRow(10.0, 5.0, "ARCA"),), (DepthRow(10.1, 5.0, "ARCA"),))
    assert (view.state, view.smart) == (LineState.FLOWING, True)
    assert desk.hears(DepthReset(AAPL.con_id)) == []
    view = desk.desk.depth(AAPL.con_id)
    assert view is not None
    assert (view.bids, view.asks) == ((), ())


def test_what_is_silent_is_called_so(desk: Desk) -> None:
    desk.watch()
    desk.hears(DepthReported(AAPL.con_id, (ROW,)))
    desk.passes(20)
    assert desk.state() is LineState.QUIET


def test_the_tape_shows_the_prints_of_what_is_watched_only(desk: Desk) -> None:
    desk.hears(PrintsReported(AAPL.con_id, (PRINT,)))
    assert desk.desk.tape(AAPL.con_id) is None
    desk.watch(AAPL, TAPE)
    desk.hears(PrintsReported(AAPL.con_id, (PRINT,)))
    view = desk.desk.tape(AAPL.con_id)
    assert view is not None
    assert [one.price for one in view.prints] == [10.0]
    assert view.state is LineState.FLOWING


def test_the_book_wanted_longest_ago_gives_way_and_comes_back_with_a_free_place(desk: Desk) -> None:
    for contract in STOCKS[:3]:
        desk.watch(contract)
    pacing = desk.desk.pacing
    assert (pacing.depth_used, pacing.depth_limit) == (3, 3)
    assert desk.watch(STOCKS[3]) == [CancelStream(DEPTH, 1), SubscribeStream(DEPTH, STOCKS[3])]
    assert desk.state(STOCKS[0]) is LineState.EVICTED
    desk.passes(1)  # the lanes have room again
    assert desk.unwatch(STOCKS[2]) == [CancelStream(DEPTH, 3), SubscribeStream(DEPTH, STOCKS[0])]
    assert desk.state(STOCKS[0]) is LineState.WAITING


@pytest.mark.parametrize(("kind", "code"), [(DEPTH, 309), (TAPE, 10190)])
def test_ib_giving_fewer_than_we_were_told_is_believed(desk: Desk, kind: StreamKind, code: int) -> None:
    for contract in STOCKS[:2]:
        desk.watch(contract, kind)
    desk.hears(StreamRefused(kind, 2, code, "Max number reached."))
    assert desk.state(STOCKS[1], kind) is LineState.EVICTED
    limit = desk.desk.pacing.depth_limit if kind is DEPTH else desk.desk.pacing.tape_limit
    assert limit == 1


@pytest.mark.parametrize("kind", StreamKind)
def test_a_permission_that_is_missing_is_said_and_not_asked_for_again(desk: Desk, kind: StreamKind) -> None:
    desk.watch(AAPL, kind)
    desk.hears(StreamRefused(kind, AAPL.con_id, 354, "Not subscribed."))
    assert desk.state(AAPL, kind) is LineState.REFUSED
    assert desk.passes(100) == []
    used = desk.desk.pacing.depth_used if kind is DEPTH else desk.desk.pacing.tape_used
    assert used == 0
    assert desk.unwatch(AAPL, kind) == []


def test_a_book_that_was_halted_is_asked_for_again(desk: Desk) -> None:
    desk.watch()
    desk.hears(DepthReported(AAPL.con_id, (ROW,)), StreamRefused(DEPTH, AAPL.con_id, 316, "Halted."))
    view = desk.desk.depth(AAPL.con_id)
    assert view is not None
    assert (view.bids, view.state) == ((), LineState.WAITING)
    assert desk.passes(13) == []
    assert desk.passes(3) == [SubscribeStream(DEPTH, AAPL)]


@pytest.mark.parametrize(
    ("kind", "sec_type"),
    [(DEPTH, SecType.BAG), (TAPE, SecType.BAG), (TAPE, SecType.OPT), (TAPE, SecType.FOP)],
)
def test_what_ib_never_gives_is_refused_without_a_message(desk: Desk, kind, sec_type: SecType) -> None:
    contract = Contract(77, "AAPL", sec_type)
    assert desk.watch(contract, kind) == []
    assert desk.state(contract, kind) is LineState.REFUSED
    desk.lose()
    desk.open()
    assert desk.streams(desk.asked) == []
    assert desk.state(contract, kind) is LineState.REFUSED
    desk.unwatch(contract, kind)
    assert desk.state(contract, kind) is None


def test_a_tape_is_not_asked_for_twice_within_fifteen_seconds(desk: Desk) -> None:
    desk.watch(AAPL, TAPE)
    desk.passes(4)
    desk.unwatch(AAPL, TAPE)
    assert desk.watch(AAPL, TAPE) == []
    assert desk.state(AAPL, TAPE) is LineState.WAITING
    assert desk.passes(9) == []
    assert desk.passes(3) == [SubscribeStream(TAPE, AAPL)]


def test_nobody_waits_for_what_was_dropped_meanwhile(desk: Desk) -> None:
    desk.watch(AAPL, TAPE)
    desk.unwatch(AAPL, TAPE)
    desk.watch(AAPL, TAPE)
    desk.unwatch(AAPL, TAPE)
    assert desk.passes(30) == []


def test_after_a_reconnect_everything_is_asked_for_once_and_nothing_old_is_shown(desk: Desk) -> None:
    desk.watch()
    desk.watch(AAPL, TAPE)
    desk.hears(DepthReported(AAPL.con_id, (ROW,)), PrintsReported(AAPL.con_id, (PRINT,)))
    desk.tell(LinkLost(LinkFault.CLOSED))
    view = desk.desk.depth(AAPL.con_id)
    assert view is not None
    assert (view.bids, view.state, view.words) == ((), LineState.WAITING, "Waits for the connection.")
    desk.asked.clear()
    desk.tell(Woke(), after_s=1.0)
    desk.open()
    desk.passes(2)
    assert desk.streams(desk.asked) == [SubscribeStream(DEPTH, AAPL), SubscribeStream(TAPE, AAPL)]
    tape = desk.desk.tape(AAPL.con_id)
    assert tape is not None
    assert (len(tape.prints), tape.state) == (1, LineState.WAITING)


@pytest.mark.parametrize(
    "news",
    [
        [MessageReported(1101, "restored, data lost")],
        [MessageReported(1100, "lost"), MessageReported(1102, "restored, data kept")],
        [MessageReported(2103, "broken:usfarm"), MessageReported(2104, "OK:usfarm")],
        [DepthGarbled()],
    ],
)
def test_a_book_that_may_have_missed_a_change_begins_anew(desk: Desk, news) -> None:
    desk.watch()
    desk.hears(DepthReported(AAPL.con_id, (ROW,)))
    asked = desk.hears(*news) + desk.passes(1)
    assert asked == [CancelStream(DEPTH, AAPL.con_id), SubscribeStream(DEPTH, AAPL)]
    view = desk.desk.depth(AAPL.con_id)
    assert view is not None
    assert view.bids == ()


def test_ten_scans_go_at_once_and_the_next_waits_its_turn(desk: Desk) -> None:
    scans = [Scan(f"CODE{number}") for number in range(12)]
    for scan in scans:
        assert not isinstance(desk.desk.scan(scan, desk.now_s), str)
    desk.passes(2)
    assert (desk.desk.pacing.scans_used, desk.desk.pacing.scans_limit) == (10, 10)
    (asked,) = desk.hears(ScanReported(scans[4], ()))
    assert isinstance(asked, RequestScan)
    assert asked.scan == scans[10]


def test_the_same_scan_is_asked_once_however_many_want_it(desk: Desk) -> None:
    scan = Scan("MOST_ACTIVE")
    first, again = desk.desk.scan(scan, desk.now_s), desk.desk.scan(scan, desk.now_s)
    assert not isinstance(first, str)
    assert not isinstance(again, str)
    assert len(desk.streams(first)) == 1
    assert desk.streams(again) == []


def test_a_scan_without_a_connection_is_refused_in_words(desk: Desk) -> None:
    desk.desk.scan(Scan("MOST_ACTIVE"), desk.now_s)
    desk.tell(LinkLost(LinkFault.CLOSED))
    assert desk.desk.pacing.scans_used == 0
    assert desk.desk.scan(Scan("MOST_ACTIVE"), desk.now_s) == "Nobody can be asked: the connection is down."
