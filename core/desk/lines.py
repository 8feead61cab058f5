"""Quotes: who watches what, whether it flows, and what is asked for again when it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from core.desk.outbox import Outbox
from core.domain.codes import COMPETING_SESSION, in_words
from core.domain.contract import Contract, ContractQuery
from core.domain.due import earliest
from core.domain.events import QuoteRefused, QuotesGarbled
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.line import LineState, LineView
from core.domain.link import Broker, FarmKind
from core.domain.requests import CancelQuotes, Request, RequestContracts, SubscribeQuotes, WireRequest
from core.domain.topics import Topic
from core.market.freshness import FLOWS_S, Freshness
from core.pacing.lines import Line, Shift, Wire

JUDGE_EVERY_S = 1.0
PROVE_WITHIN_S = 3.0
"""How soon a line must tick after IBKR or its farm came back; most are asked for again, and that is cheap."""
COMPETING_RETRY_S = 30.0
SERVER_FAULT_RETRY_S = 30.0

TOO_FAST = 100
NO_MORE_LINES = 101
DELAYED_MAY_FOLLOW = frozenset({10089, 10091})
"""The line lives on, and delayed ticks may come over it by themselves."""
NOT_SUBSCRIBED = frozenset({354, 10168, 10186})
"""The line has ended; delayed prices can still be asked for."""
SERVER_FAULTS = frozenset({TOO_FAST, 320, 322, 323, 504})
"""Nothing is wrong with the request: it is worth another try."""

_WORDS: dict[LineState, str] = {
    LineState.WAITING: "Asked for; nothing has come yet.",
    LineState.FLOWING: "",
    LineState.QUIET: "Nothing new; its market may be closed or quiet.",
    LineState.DEAD: "No data, though its market is open. Asked for again {times} in vain; IBDesk keeps asking.",
    LineState.REFUSED: "IB refused it.",
    LineState.EVICTED: (
        "All market-data lines are taken by what is more urgent or was looked at later. "
        "It gets one as soon as one is free."
    ),
}


class LineFeed(Outbox):
    """Market-data lines: wishes by name, refusals and silence by rule."""

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
        self._fresh: Freshness[int] = Freshness()
        self._refusals: dict[int, str] = {}
        self._ousted: dict[int, None] = {}
        """Lines that another session of the login has taken, the oldest first."""
        self._feeler: tuple[int, float] | None = None
        """The line that was asked for to see whether the data is ours again, and when."""
        self._retry_ousted_at_s: float | None = None
        self._judge_at_s: float | None = None

    # --- wishes ------------------------------------------------------------------------------------

    def watch(self, contract: Contract, owner: str, now_s: float) -> list[Request]:
        """Quotes for a contract, shared by all who watch it; the least urgent line may have to go."""
        self.now_s = max(self.now_s, now_s)
        self._mark_held()
        self._shift(self._lines.watch(self._routable(contract), owner))
        line = self._lines.line(contract.con_id)
        if line is not None and line.is_waiting:
            self._stand(line.con_id, LineState.EVICTED)
        return self._finish([])

    def unwatch(self, con_id: int, owner: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._shift(self._lines.unwatch(con_id, owner))
        if con_id not in self._lines:
            self._forget(con_id)
        return self._finish([])

    def line(self, con_id: int) -> LineView | None:
        """What is known of a contract's line; `None` when nobody watches it."""
        known = self._fresh.state(con_id)
        if known is None:
            return None
        state, since_s = known
        line, quote = self._lines.line(con_id), self.quote(con_id)
        tick_s = quote.changed_at_s if quote is not None else None
        if not self._fresh.is_current(con_id, tick_s):
            tick_s = None
        if line is not None and line.wire is Wire.NONE:  # what came, came over a line that has ended
            state = LineState.WAITING if state in _JUDGED else state
        elif tick_s is not None and self.now_s - tick_s <= FLOWS_S and state in _JUDGED:
            state = LineState.FLOWING
        return LineView(con_id, state, since_s, tick_s, self._line_words(con_id, state))

    def _line_words(self, con_id: int, state: LineState) -> str:
        if state is LineState.WAITING and not self._link.is_open:
            return "Waits for the connection."
        line = self._lines.line(con_id)
        ended = line is not None and line.wire is Wire.NONE and state is not LineState.EVICTED
        if ended or state is LineState.REFUSED:
            return self._refusals.get(con_id, _WORDS[state])
        if state is LineState.DEAD:
            asks = self._fresh.asks(con_id)
            return _WORDS[state].format(times="once" if asks == 1 else f"{asks} times")
        if state is LineState.FLOWING and line is not None and line.delayed:
            return "Delayed prices: there is no subscription to live ones."
        return _WORDS[state]

    # --- facts -------------------------------------------------------------------------------------

    def _quotes_garbled(self, _: QuotesGarbled) -> None:
        self._note("warning", "A quote of IB could not be read: every quote is asked for anew.")
        for line in self._lines.in_order():
            if line.wire is Wire.OPEN:
                self._ask_again(line)

    def _quote_refused(self, event: QuoteRefused) -> None:
        line = self._lines.line(event.con_id)
        if line is None or line.wire is not Wire.OPEN:
            return  # about an asking that is over: the next one is answered anew
        words = in_words(event.code, event.text)
        self._refusals[event.con_id] = words
        self._note("warning", f"{line.contract.label}: {words}")
        if event.code not in DELAYED_MAY_FOLLOW:
            self._quotes.lose(event.con_id, self.now_s)
        if event.code == TOO_FAST:
            self._too_fast()
        if event.code == COMPETING_SESSION:
            line.wire = Wire.NONE
            self._oust([event.con_id])
        elif event.code == NO_MORE_LINES:
            self._lines.fewer(line)
            self._stand(line.con_id, LineState.EVICTED)
        elif event.code in DELAYED_MAY_FOLLOW and not line.delayed:
            line.delayed = True
            self._fresh.doubt([event.con_id], PROVE_WITHIN_S, self.now_s)
        elif event.code in NOT_SUBSCRIBED and not line.delayed:
            line.wire, line.delayed = Wire.NONE, True
            self._open(line)
        elif event.code in SERVER_FAULTS:
            line.wire = Wire.NONE
            self._fresh.doubt([event.con_id], SERVER_FAULT_RETRY_S, self.now_s)
        elif event.code not in DELAYED_MAY_FOLLOW:
            self._stand(line.con_id, LineState.REFUSED)
            self._shift(self._lines.refuse(line))

    def _too_fast(self) -> None:
        """100: IB takes no more for now."""
        self._lanes.rate.breached(self.now_s)
        self._touch(Topic.PACING, "")

    def _route(self, contract: Contract) -> None:
        """A contract's details are known: a line that waited for its exchange can be opened."""
        line = self._lines.route(contract)
        if line is not None:
            self._open(line)

    def _granted(self, request: WireRequest) -> None:
        super()._granted(request)
        if isinstance(request, SubscribeQuotes):
            line = self._lines.line(request.contract.con_id)
            if line is not None:
                line.wire = Wire.OPEN
                self._fresh.asked(line.con_id, self.now_s)
        elif isinstance(request, CancelQuotes):
            self._end_ticks(request.con_id)

    def _end_ticks(self, con_id: int) -> None:
        """Ticks came until the cancel went out: none of them may look as if more would follow."""
        line = self._lines.line(con_id)
        if line is None:
            self._quotes.drop(con_id)
        elif line.wire is Wire.NONE:
            self._quotes.lose(con_id, self.now_s)

    # --- what comes back, and what does not --------------------------------------------------------

    def _open_lines(self) -> None:
        """Another connection: every line from our own registry, the most urgent first."""
        self._refusals.clear()
        self._end_competition()
        self._mark_held()
        shift = self._lines.start_over()
        self._shift(shift)
        for line in self._lines.all():
            if not line.has_slot:
                self._stand(line.con_id, LineState.EVICTED)
        self._judge_at_s = self.now_s + JUDGE_EVERY_S

    def _renew_lines(self) -> None:
        """1101: IBKR has lost every subscription while the socket stayed."""
        for line in self._lines.in_order():
            self._ask_again(line)

    def _doubt_lines(self) -> None:
        """1102, or a farm that came back: they should flow by themselves, and must prove it."""
        open_ones = (line.con_id for line in self._lines.all() if line.wire is Wire.OPEN)
        self._fresh.doubt(open_ones, PROVE_WITHIN_S, self.now_s)

    def _lose_lines(self, unsent: Iterable[WireRequest]) -> None:
        """The socket is gone, and every line with it; cancels that were not sent are needed no more."""
        for request in unsent:
            if isinstance(request, CancelQuotes):
                self._end_ticks(request.con_id)
        self._quotes.lost(self.now_s)
        self._lines.link_lost()
        self._fresh.lost(self.now_s)
        self._end_competition()
        self._judge_at_s = None

    def _compete(self) -> None:
        """Another session of the login takes the market data, of all contracts."""
        self._oust([line.con_id for line in self._lines.in_order()])

    def _oust(self, con_ids: Iterable[int]) -> None:
        if not self.link.competing:
            self._link.competing(True, self.now_s)
            self._retry_ousted_at_s = self.now_s + COMPETING_RETRY_S
        for con_id in con_ids:
            self._ousted[con_id] = None
            self._refusals[con_id] = in_words(COMPETING_SESSION, "")
            self._stand(con_id, LineState.REFUSED)

    def _end_competition(self) -> None:
        self._ousted.clear()
        self._retry_ousted_at_s = self._feeler = None
        if self.link.competing:
            self._link.competing(False, self.now_s)

    # --- the clock ---------------------------------------------------------------------------------

    def _due_at_s(self) -> float | None:
        return earliest(super()._due_at_s(), self._judge_at_s)

    def _judge_lines(self) -> None:
        """Once a second: what is silent and should not be is asked for again."""
        if self._judge_at_s is None or self.now_s < self._judge_at_s:
            return
        self._judge_at_s = self.now_s + JUDGE_EVERY_S
        self._retry_ousted()
        again = self._fresh.judge(self._ticked_at_s, self._should_flow, self.now_s)
        silent = {*again}
        for line in self._lines.in_order():
            if line.con_id in silent:
                self._ask_again(line)
        for con_id in self._fresh.changed:
            known = self._fresh.state(con_id)
            if known is not None and known[0] is LineState.DEAD:
                self._quotes.lose(con_id, self.now_s)

    def _retry_ousted(self) -> None:
        """One line feels its way; when it flows, the others follow."""
        if self._retry_ousted_at_s is None:
            return
        ousted = [line for line in self._lines.in_order() if line.con_id in self._ousted]
        if self._feeler is not None and (self._ticked_at_s(self._feeler[0]) or 0.0) > self._feeler[1]:
            self._end_competition()
            for line in ousted:
                self._ask_again(line)
        elif self.now_s >= self._retry_ousted_at_s:
            self._retry_ousted_at_s = self.now_s + COMPETING_RETRY_S
            if not ousted and (self._feeler is None or self._feeler[0] not in self._lines):
                self._end_competition()  # nobody watches anything that was taken
            for line in ousted[:1]:
                self._feeler = (line.con_id, self.now_s)
                self._ousted.pop(line.con_id, None)
                self._ask_again(line)

    def _ticked_at_s(self, con_id: int) -> float | None:
        quote = self.quote(con_id)
        return None if quote is None else quote.changed_at_s

    def _should_flow(self, con_id: int) -> bool:
        """In regular hours, with nothing known that would stop it, and others flowing or itself seen to flow."""
        link, quote, details = self.link, self.quote(con_id), self.details(con_id)
        stopped = link.competing or link.broker is not Broker.UP or (quote is not None and quote.halted)
        broken = any(farm.kind is FarmKind.MARKET_DATA and farm.well is False for farm in link.farms)
        if stopped or broken or details is None:
            return False
        others = self.now_s - (self._quotes.reported_at_s or 0.0) <= FLOWS_S
        itself = quote is not None and quote.changed_at_s is not None
        if not details.liquid:
            return others and itself
        return (others or itself) and details.is_liquid_at(datetime.fromtimestamp(self.now_s, UTC))

    # --- inside ------------------------------------------------------------------------------------

    def _shift(self, shift: Shift) -> None:
        """Close before opening: IB never holds more lines than it gives."""
        for line in shift.closes:
            self._close(line)
            if line.owners:
                self._stand(line.con_id, LineState.EVICTED)
                self._note("info", f"{line.contract.label}: {_WORDS[LineState.EVICTED]}")
            else:
                self._forget(line.con_id)
        for line in shift.opens:
            self._open(line)

    def _mark_held(self) -> None:
        self._lines.hold({one.contract.con_id for one in self._positions.positions() if one.quantity})

    def _open(self, line: Line) -> None:
        """IB's positions name no exchange: such a line waits for the contract's details."""
        self._fresh.asked(line.con_id, self.now_s)
        if not self._link.is_open:
            return
        if line.con_id not in self._details:
            self._lanes.offer(RequestContracts(query_of(line.contract)))
        if line.contract.exchange and line.wire is Wire.NONE:
            line.wire = Wire.QUEUED
            self._lanes.offer(SubscribeQuotes(line.contract, line.delayed))

    def _close(self, line: Line) -> None:
        """Nothing that still waits is sent, nothing that was sent stays open."""
        if line.wire is Wire.QUEUED:
            self._lanes.withdraw_quotes(line.con_id)
        elif line.wire is Wire.OPEN and self._link.is_open:
            self._lanes.offer(CancelQuotes(line.con_id))
        line.wire = Wire.NONE

    def _ask_again(self, line: Line) -> None:
        if line.wire is Wire.QUEUED or not line.contract.exchange:
            return  # it is being asked for
        self._close(line)
        self._open(line)

    def _stand(self, con_id: int, state: LineState) -> None:
        """Refused or evicted: the last price must not be taken for a live one."""
        self._fresh.stands(con_id, state, self.now_s)
        self._quotes.lose(con_id, self.now_s)

    def _forget(self, con_id: int) -> None:
        self._fresh.drop(con_id)
        self._quotes.drop(con_id)
        self._refusals.pop(con_id, None)
        self._ousted.pop(con_id, None)

    def _routable(self, contract: Contract) -> Contract:
        """The contract with its exchange, where that is known."""
        return contract if contract.exchange else self.contract(contract.con_id) or contract

    def _collect(self) -> None:
        super()._collect()
        if self._fresh.changed:
            self._changed.update((Topic.LINE, con_id) for con_id in self._fresh.changed)
            self._fresh.changed.clear()


_JUDGED = frozenset(LineState) - {LineState.REFUSED, LineState.EVICTED}


def query_of(contract: Contract) -> ContractQuery:
    """The question for just this contract's details."""
    return ContractQuery(
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        exchange=contract.exchange,
        currency=contract.currency,
        con_id=contract.con_id,
    )
