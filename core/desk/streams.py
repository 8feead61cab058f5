"""Market depth, time and sales, and scans: few at once, each with its owners, asked for again after every return."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from core.desk.lines import (
    COMPETING_RETRY_S,
    SERVER_FAULT_RETRY_S,
    SERVER_FAULTS,
    TOO_FAST,
    LineFeed,
    query_of,
)
from core.domain.codes import COMPETING_SESSION, in_words
from core.domain.contract import Contract, SecType
from core.domain.depth import DepthView
from core.domain.events import (
    DepthGarbled,
    DepthReported,
    DepthReset,
    PrintsReported,
    ScanReported,
    StreamRefused,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.line import LineState
from core.domain.requests import (
    CancelStream,
    Request,
    RequestContracts,
    RequestScan,
    SubscribeStream,
    WireRequest,
)
from core.domain.scan import Scan
from core.domain.stream import StreamKind
from core.domain.tape import TapeView
from core.domain.topics import Topic
from core.market.freshness import FLOWS_S
from core.pacing.lines import Line, Shift, Wire
from core.pacing.streams import ASK_APART_S, SCANS_MOST

NO_MORE: dict[StreamKind, int] = {StreamKind.DEPTH: 309, StreamKind.TAPE: 10190}
DEPTH_HALTED = 316
SCANS_WAIT_MOST = 50
SCAN_DEADLINE_S = 10.0

_TOPICS = {StreamKind.DEPTH: Topic.DEPTH, StreamKind.TAPE: Topic.TAPE}
_RETRY_S: dict[int, float] = {
    **dict.fromkeys(SERVER_FAULTS, SERVER_FAULT_RETRY_S),
    COMPETING_SESSION: COMPETING_RETRY_S,
    DEPTH_HALTED: 15.0,
}
"""Refusals that say nothing against the request, and when it is made again."""

_NOT_OFFERED: dict[StreamKind, dict[SecType, str]] = {
    StreamKind.DEPTH: {SecType.BAG: "combinations"},
    StreamKind.TAPE: {
        SecType.BAG: "combinations",
        SecType.OPT: "options",
        SecType.FOP: "options on futures",
    },
}
"""What IB never gives: refused by us, without a message."""

Key = tuple[StreamKind, int]


class StreamFeed(LineFeed):
    """Wishes by name, facts by handler, as for quotes."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        jitter: Callable[[], float],
        next_order_id: int,
    ) -> None:
        super().__init__(link, limits, permissions, now_s=now_s, jitter=jitter, next_order_id=next_order_id)
        self._stream_words: dict[Key, str] = {}
        """Why IB, or we, said no."""
        self._asked_at_s: dict[Key, float] = {}
        """When each was last asked for, kept beyond its end: IB minds being asked again too soon."""
        self._retry_at_s: dict[Key, float] = {}
        self._declined: dict[Key, set[str]] = {}
        """Owners of what IB never gives."""
        self._scans_waiting: deque[Scan] = deque()

    # --- wishes ------------------------------------------------------------------------------------

    def watch_depth(self, contract: Contract, owner: str, now_s: float) -> list[Request]:
        """The contract's book; of more books than IB gives, the one wanted longest ago gives way."""
        return self._watch_stream(StreamKind.DEPTH, contract, owner, now_s)

    def unwatch_depth(self, con_id: int, owner: str, now_s: float) -> list[Request]:
        return self._unwatch_stream(StreamKind.DEPTH, con_id, owner, now_s)

    def watch_tape(self, contract: Contract, owner: str, now_s: float) -> list[Request]:
        """The contract's prints from now on, under the same rule."""
        return self._watch_stream(StreamKind.TAPE, contract, owner, now_s)

    def unwatch_tape(self, con_id: int, owner: str, now_s: float) -> list[Request]:
        return self._unwatch_stream(StreamKind.TAPE, con_id, owner, now_s)

    def scan(self, scan: Scan, now_s: float) -> list[Request] | str:
        """Rank the market once, answered by ScanReported; words when it cannot be asked for."""
        self.now_s = max(self.now_s, now_s)
        if not self._link.is_open:
            return "Nobody can be asked: the connection is down."
        if scan not in self._scans and scan not in self._scans_waiting:
            if len(self._scans_waiting) >= SCANS_WAIT_MOST:
                return f"{SCANS_WAIT_MOST} scans wait already. Wait until one has been answered."
            self._scans_waiting.append(scan)
        self._start_scans()
        return self._finish([])

    # --- reading -----------------------------------------------------------------------------------

    def depth(self, con_id: int) -> DepthView | None:
        """The book as it is; `None` when nobody watches it."""
        line = self._streams[StreamKind.DEPTH].line(con_id)
        if line is None:
            words = self._declined_words(StreamKind.DEPTH, con_id)
            return DepthView(con_id, state=LineState.REFUSED, words=words) if words else None
        book = self._depth.book(con_id)
        changed_s = book.changed_s if book is not None else None
        state, words = self._stand_of(StreamKind.DEPTH, line, changed_s)
        smart = line.contract.exchange == "SMART"
        if book is None:
            return DepthView(con_id, (), (), state, words, smart)
        return DepthView(con_id, tuple(book.bids), tuple(book.asks), state, words, smart, changed_s)

    def tape(self, con_id: int) -> TapeView | None:
        """The last prints; `None` when nobody watches them."""
        line = self._streams[StreamKind.TAPE].line(con_id)
        if line is None:
            words = self._declined_words(StreamKind.TAPE, con_id)
            return TapeView(con_id, state=LineState.REFUSED, words=words) if words else None
        tape = self._tape.tape(con_id)
        printed_s = tape.printed_s if tape is not None else None
        state, words = self._stand_of(StreamKind.TAPE, line, printed_s)
        return TapeView(con_id, tuple(tape.prints) if tape is not None else (), state, words)

    def _declined_words(self, kind: StreamKind, con_id: int) -> str:
        return self._stream_words[kind, con_id] if (kind, con_id) in self._declined else ""

    def _stand_of(self, kind: StreamKind, line: Line, told_s: float | None) -> tuple[LineState, str]:
        key = kind, line.con_id
        if line.refused:
            return LineState.REFUSED, self._stream_words.get(key, "IB refused it.")
        if not line.has_slot:
            most = self._streams[kind].limit
            return LineState.EVICTED, f"IB gives {most} at once, and all are taken by what was opened later."
        if not self._link.is_open:
            return LineState.WAITING, "Waits for the connection."
        retry_s = self._retry_at_s.get(key)
        if line.wire is Wire.NONE and retry_s is not None:
            why = self._stream_words.get(key, "IB takes it again only after a while.")
            return LineState.WAITING, f"{why} Asked for in {max(0.0, retry_s - self.now_s):.0f} s."
        if told_s is None or told_s < self._asked_at_s.get(key, 0.0):
            return LineState.WAITING, "Asked for; nothing has come yet."
        if self.now_s - told_s > FLOWS_S:
            return LineState.QUIET, "Nothing new; its market may be closed or quiet."
        return LineState.FLOWING, ""

    # --- facts -------------------------------------------------------------------------------------

    def _depth_reported(self, event: DepthReported) -> None:
        if event.con_id in self._streams[StreamKind.DEPTH]:
            self._depth.report(event.con_id, event.changes, self.now_s)

    def _depth_reset(self, event: DepthReset) -> None:
        self._depth.drop(event.con_id)

    def _depth_garbled(self, _: DepthGarbled) -> None:
        self._note("warning", "A row of a book could not be read: every book is asked for anew.")
        self._renew_streams((StreamKind.DEPTH,))

    def _prints_reported(self, event: PrintsReported) -> None:
        if event.con_id in self._streams[StreamKind.TAPE]:
            self._tape.report(event.con_id, event.prints, self.quote(event.con_id), self.now_s)

    def _stream_refused(self, event: StreamRefused) -> None:
        kind, key = event.kind, (event.kind, event.con_id)
        line = self._streams[kind].line(event.con_id)
        if line is None or line.wire is not Wire.OPEN:
            return  # about an asking that is over
        words = in_words(event.code, event.text)
        self._note("warning", f"{kind.value} of {line.contract.label}: {words}")
        self._stream_words[key] = words
        if event.code == TOO_FAST:
            self._too_fast()
        line.wire = Wire.NONE
        self._silence(kind, event.con_id)
        if event.code == NO_MORE[kind]:
            self._streams[kind].fewer(line)
        elif event.code in _RETRY_S:
            self._retry_at_s[key] = self.now_s + _RETRY_S[event.code]
        else:
            self._shift_streams(kind, self._streams[kind].refuse(line))
        self._touch_stream(kind, event.con_id)

    def _scan_reported(self, event: ScanReported) -> None:
        self._scans.discard(event.scan)
        self._start_scans()
        self._touch(Topic.PACING, "")

    def _route(self, contract: Contract) -> None:
        super()._route(contract)
        for kind, lines in self._streams.items():
            line = lines.route(contract)
            if line is not None:
                self._open_stream(kind, line)

    def _granted(self, request: WireRequest) -> None:
        super()._granted(request)
        if isinstance(request, SubscribeStream):
            line = self._streams[request.kind].line(request.contract.con_id)
            if line is not None:
                line.wire = Wire.OPEN
                self._asked_at_s[request.kind, line.con_id] = self.now_s
                self._touch_stream(request.kind, line.con_id)

    # --- what comes back, and what does not --------------------------------------------------------

    def _open_streams(self) -> None:
        """Another connection: the most recently wanted first, as many as IB gives."""
        for key in self._stream_words.keys() - self._declined.keys():
            del self._stream_words[key]
        self._retry_at_s.clear()
        self._asked_at_s.clear()
        for kind, lines in self._streams.items():
            self._shift_streams(kind, lines.start_over())
            for line in lines.all():
                self._touch_stream(kind, line.con_id)

    def _renew_streams(self, kinds: Iterable[StreamKind] = StreamKind) -> None:
        """IBKR or its farm came back: a book that missed a change stays wrong for ever, so each begins anew."""
        for kind in kinds:
            for line in self._streams[kind].in_order():
                if line.wire is Wire.OPEN:
                    self._close_stream(kind, line)
                    self._silence(kind, line.con_id)
                    self._open_stream(kind, line)

    def _lose_streams(self) -> None:
        """The socket is gone, and every stream and scan with it."""
        for kind, lines in self._streams.items():
            lines.link_lost()
            for line in lines.all():
                self._touch_stream(kind, line.con_id)
        self._depth.lost()
        self._retry_at_s.clear()
        self._scans.clear()
        self._scans_waiting.clear()

    def _judge_streams(self) -> None:
        """Once a second: those whose wait is over are asked for again."""
        due = [key for key, at_s in self._retry_at_s.items() if self.now_s >= at_s]
        for kind, con_id in due:
            del self._retry_at_s[kind, con_id]
            line = self._streams[kind].line(con_id)
            if line is not None and line.has_slot:
                self._open_stream(kind, line)

    # --- inside ------------------------------------------------------------------------------------

    def _watch_stream(self, kind: StreamKind, contract: Contract, owner: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        what = _NOT_OFFERED[kind].get(contract.sec_type)
        if what is not None:
            key = kind, contract.con_id
            self._stream_words[key] = f"IB gives no {kind.value.lower()} of {what}."
            self._declined.setdefault(key, set()).add(owner)
        else:
            self._shift_streams(kind, self._streams[kind].watch(self._routable(contract), owner))
        self._touch_stream(kind, contract.con_id)
        return self._finish([])

    def _unwatch_stream(self, kind: StreamKind, con_id: int, owner: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._shift_streams(kind, self._streams[kind].unwatch(con_id, owner))
        key = kind, con_id
        if key in self._declined:
            self._declined[key].discard(owner)
            if not self._declined[key]:
                del self._declined[key]
        if con_id not in self._streams[kind]:
            self._silence(kind, con_id)
            self._retry_at_s.pop(key, None)
            if key not in self._declined:
                self._stream_words.pop(key, None)
        return self._finish([])

    def _shift_streams(self, kind: StreamKind, shift: Shift) -> None:
        """Close before opening: IB never holds more than it gives."""
        for line in shift.closes:
            self._close_stream(kind, line)
            self._silence(kind, line.con_id)
            self._touch_stream(kind, line.con_id)
        for line in shift.opens:
            self._open_stream(kind, line)

    def _open_stream(self, kind: StreamKind, line: Line) -> None:
        if not self._link.is_open or line.wire is not Wire.NONE:
            return
        if not line.contract.exchange:  # its details name one
            if line.con_id not in self._details:
                self._lanes.offer(RequestContracts(query_of(line.contract)))
            return
        key = kind, line.con_id
        asked_s = self._asked_at_s.get(key)
        if asked_s is not None and self.now_s - asked_s < ASK_APART_S[kind]:
            self._stream_words.pop(key, None)
            self._retry_at_s[key] = asked_s + ASK_APART_S[kind]
            return
        line.wire = Wire.QUEUED
        self._lanes.offer(SubscribeStream(kind, line.contract))

    def _close_stream(self, kind: StreamKind, line: Line) -> None:
        """Nothing that still waits is sent, nothing that was sent stays open."""
        self._retry_at_s.pop((kind, line.con_id), None)
        if line.wire is Wire.QUEUED:
            self._lanes.withdraw_stream(kind, line.con_id)
        elif line.wire is Wire.OPEN and self._link.is_open:
            self._lanes.offer(CancelStream(kind, line.con_id))
        line.wire = Wire.NONE

    def _silence(self, kind: StreamKind, con_id: int) -> None:
        """What was told over a stream that has ended is not what is so now; past trades stay past trades."""
        if kind is StreamKind.DEPTH:
            self._depth.drop(con_id)
        elif con_id not in self._streams[kind]:
            self._tape.drop(con_id)

    def _start_scans(self) -> None:
        while self._scans_waiting and len(self._scans) < SCANS_MOST and self._link.is_open:
            scan = self._scans_waiting.popleft()
            self._scans.add(scan)
            self._lanes.offer(RequestScan(scan, SCAN_DEADLINE_S))
        self._touch(Topic.PACING, "")

    def _touch_stream(self, kind: StreamKind, con_id: int) -> None:
        self._touch(_TOPICS[kind], con_id)
        self._touch(Topic.PACING, "")

    def _collect(self) -> None:
        super()._collect()
        for topic, changed in ((Topic.DEPTH, self._depth.changed), (Topic.TAPE, self._tape.changed)):
            if changed:
                self._changed.update((topic, con_id) for con_id in changed)
                changed.clear()
