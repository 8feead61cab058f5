"""The simulated market as a whole: `Exchange` answers everything the protocol side asks.

It holds the time and the agenda; prices are the feed's, orders the pit's, money the accounts'.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.simulator import history, opening, statement
from core.simulator.catalogue import Catalogue, increments
from core.simulator.hours import Calendar, utc
from core.simulator.matching import commission
from core.simulator.matching.checks import falls_short, margin_words
from core.simulator.matching.fills import Fill
from core.simulator.matching.floor import Key
from core.simulator.matching.pit import Pit
from core.simulator.model import (
    AccountChanged,
    Bar,
    Contract,
    Executed,
    Execution,
    Listing,
    MarginPreview,
    Notice,
    OptionModel,
    Order,
    Position,
    PositionChanged,
    Quote,
    QuoteChanged,
)
from core.simulator.opening import Marks
from core.simulator.scenario import scenario as named_scenario
from core.simulator.tape.feed import Feed, marked
from core.simulator.tape.path import BEATS, BEATS_A_SECOND, noise
from core.simulator.tape.ticks import TickRule

BEAT, ROLL = "beat", "roll"
HOME_ZONE: Final = "US/Eastern"


class Exchange:
    """Implements `model.Market`; nothing here reads a clock: time is what `advance` was told."""

    def __init__(
        self,
        seed: int,
        now_s: float,
        *,
        accounts: tuple[str, ...] = ("DU1234567",),
        always_open: bool = True,
        speed: float = 1.0,
        scenario: str | None = None,
    ) -> None:
        self.accounts, self.now_s, self.scenario = accounts, now_s, named_scenario(scenario)
        self._seed, self._start_s, self._speed = seed, now_s, speed
        today = datetime.fromtimestamp(now_s, ZoneInfo(HOME_ZONE)).date()
        self.catalogue = Catalogue(today, always_open)
        self._feed = Feed(self.catalogue, seed, now_s, self.scenario)
        self.catalogue.list_options(self._feed_price)
        self._history = history.History()
        self._agenda: list[tuple[float, int, str, Key]] = []
        self._count = 0
        self._watched: dict[int, int] = {}
        self._beating: set[int] = set()
        self._shown: dict[int, Quote] = {}
        self._executions: list[Execution] = []
        self._serial = int(now_s) & 0xFFFFFFF
        self._pit = Pit(self, seed)
        self._marks = Marks(self.catalogue, self.quote)
        self._books = {
            name: opening.account(name, self._marks, self.catalogue, self.scenario) for name in accounts
        }
        for account in self._books.values():
            for con_id in account.holdings:
                self.watch(con_id)
        self._home = Calendar("STK", always_open=True)
        self.schedule(self._home.current(now_s).end_s, ROLL, (0, 0))

    def _feed_price(self, con_id: int) -> float:
        return self._feed.price(con_id, self.now_s)

    # --- reference ----------------------------------------------------------------------------------

    def listings(self, wanted: Contract) -> list[Listing]:
        return self.catalogue.listings(wanted, self.now_s)

    def listing(self, con_id: int) -> Listing | None:
        return self.catalogue.listing(con_id, self.now_s)

    def matching(self, text: str) -> list[Listing]:
        return self.catalogue.matching(text, self.now_s)

    def option_chains(
        self, under_con_id: int, fut_fop_exchange: str
    ) -> list[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
        # The exchange names where options on futures are wanted: there are none.
        return [] if fut_fop_exchange else self.catalogue.option_chains(under_con_id)

    def market_rule(self, rule_id: int) -> tuple[tuple[float, float], ...]:
        return increments(rule_id)

    # --- market data --------------------------------------------------------------------------------

    def quote(self, con_id: int) -> Quote:
        return self._feed.quote(con_id, self.now_s)

    def option_model(self, con_id: int) -> OptionModel | None:
        return self._feed.option_model(con_id, self.now_s)

    def history(
        self,
        con_id: int,
        end: datetime | None,
        duration: str,
        bar_size: str,
        what: str,
        rth_only: bool,
    ) -> list[Bar]:
        instrument, seen = self._feed.instrument(con_id), self._feed.beat(con_id, self.now_s)
        end_s = end.timestamp() if end else (seen + 1) / BEATS_A_SECOND
        return self._history.bars(instrument, end_s, seen, duration, bar_size, what, rth_only)

    def head_timestamp(self, con_id: int, what: str) -> datetime:
        instrument = self._feed.instrument(con_id)
        history.check_what(instrument, what)
        return utc(history.head_s(instrument, self.now_s))

    def watch(self, con_id: int) -> None:
        self._watched[con_id] = self._watched.get(con_id, 0) + 1
        if con_id not in self._beating:
            self._beating.add(con_id)
            self._schedule_beat(con_id, self._feed.beat(con_id, self.now_s) + 1)

    def unwatch(self, con_id: int) -> None:
        count = self._watched.get(con_id, 0) - 1
        if count > 0:
            self._watched[con_id] = count
        else:
            self._watched.pop(con_id, None)

    # --- time ---------------------------------------------------------------------------------------

    def advance(self, now_s: float) -> list[Notice]:
        until_s = self._start_s + (now_s - self._start_s) * self._speed
        notices: list[Notice] = []
        while self._agenda and self._agenda[0][0] <= until_s:
            due_s, _, what, key = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, due_s)
            if what == BEAT:
                notices += self._beat(key[0], until_s)
            elif what == ROLL:
                self._roll()
            else:
                notices += self._pit.step(what, key)
        self.now_s = max(self.now_s, until_s)
        return notices

    def schedule(self, due_s: float, what: str, key: Key) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (due_s, self._count, what, key))

    def _beat(self, con_id: int, until_s: float) -> list[Notice]:
        """One beat of a contract; those that nobody trades in jump to the last beat that is due."""
        if con_id not in self._watched:
            self._beating.discard(con_id)
            self._shown.pop(con_id, None)
            return []
        traded = self._pit.trades_in(con_id)
        beat = self._feed.beat(con_id, self.now_s if traded else until_s)
        quote = self._feed.instrument(con_id).quote(beat)
        before = self._shown.get(con_id)
        self._shown[con_id] = quote
        self._schedule_beat(con_id, beat + 1)
        self._feed.prepare(con_id, beat)
        notices: list[Notice] = []
        printed = before is not None and (quote.volume, quote.last) != (before.volume, before.last)
        if before is None or printed or _differs(quote, before):
            notices.append(QuoteChanged(quote, printed))
        if traded:
            block = self._feed.instrument(con_id).block(beat // BEATS)
            notices += self._pit.meet(con_id, quote, block.printed[beat % BEATS])
        return notices

    def _schedule_beat(self, con_id: int, beat: int) -> None:
        due_s = beat / BEATS_A_SECOND
        calendar = self._feed.instrument(con_id).calendar
        if not calendar.always_open and not calendar.is_open(due_s):
            due_s = calendar.after(due_s).start_s
        # A hair later than the beat, so that rounding never shows the one before it.
        self.schedule(due_s + self._feed.lag_s(con_id) + 1e-6, BEAT, (con_id, 0))

    def _roll(self) -> None:
        """Midnight: a new day for the books."""
        for account in self._books.values():
            account.roll()
        self._executions.clear()
        self._pit.forget_completed()
        self.schedule(self._home.current(self.now_s + 1).end_s, ROLL, (0, 0))

    # --- orders -------------------------------------------------------------------------------------

    def next_valid_id(self, client_id: int) -> int:
        return self._pit.next_id(client_id)

    def place(self, order: Order) -> list[Notice]:
        return self._pit.place(order)

    def cancel(self, client_id: int, order_id: int) -> list[Notice]:
        return self._pit.cancel(client_id, order_id)

    def cancel_all(self) -> list[Notice]:
        return self._pit.cancel_all()

    def open_orders(self) -> list[Order]:
        return self._pit.open_orders()

    def completed_orders(self) -> list[Order]:
        return self._pit.completed_orders()

    def executions(self) -> list[Execution]:
        return list(self._executions)

    # --- what the pit asks --------------------------------------------------------------------------

    def ticks(self, con_id: int) -> TickRule:
        return self._feed.instrument(con_id).ticks

    def is_open(self, con_id: int, regular_only: bool) -> bool:
        return self._feed.instrument(con_id).calendar.is_open(self.now_s, regular_only)

    def next_open(self, con_id: int, regular_only: bool) -> tuple[float, str]:
        calendar = self._feed.instrument(con_id).calendar
        due_s = calendar.next_open(self.now_s, regular_only)
        local = datetime.fromtimestamp(due_s, ZoneInfo(calendar.zone))
        return due_s, f"{local:%Y-%m-%d %H:%M:%S} {calendar.zone}"

    def closes_s(self, con_id: int, regular_only: bool, at_s: float) -> float:
        return self._feed.instrument(con_id).calendar.current(at_s).span(regular_only)[1]

    def preview(self, order: Order) -> MarginPreview:
        """The margins before and after `order`, were it filled at once."""
        account, contract = self._books[order.account], order.contract
        price = self._likely_price(order)
        signed = order.remaining if order.action == "BUY" else -order.remaining
        rate = self._marks.rate(contract.currency)
        cost = commission.whole(contract, order.remaining, price, rate)
        before = account.totals().whole
        after = account.after(contract, signed, price, cost).totals().whole
        preview = MarginPreview(
            before.margin.initial,
            before.margin.maintenance,
            before.equity_with_loan,
            after.margin.initial,
            after.margin.maintenance,
            after.equity_with_loan,
            cost,
            commission.currency(contract),
        )
        return replace(preview, warning=margin_words(preview)) if falls_short(preview) else preview

    def _likely_price(self, order: Order) -> float:
        quote = self.quote(order.contract.con_id)
        other = quote.ask if order.action == "BUY" else quote.bid
        return order.limit_price or order.aux_price or other or marked(quote)

    def book(self, order: Order, fill: Fill, charged: float) -> tuple[Execution, list[Notice]]:
        """Make a fill an execution and move the money; the notices begin with the execution."""
        contract, account = order.contract, self._books[order.account]
        signed = fill.quantity if order.action == "BUY" else -fill.quantity
        rate = self._marks.rate(contract.currency)
        fee = commission.of_fill(contract, order.filled, fill.quantity, fill.price, rate, charged)
        held = account.quantity(contract.con_id)
        realised = account.trade(contract, signed, fill.price, fee)
        if bool(held) != bool(account.quantity(contract.con_id)):
            (self.unwatch if held else self.watch)(contract.con_id)
        filled = order.filled + fill.quantity
        execution = Execution(
            exec_id=self._next_exec_id(),
            order=order,
            at=utc(self.now_s),
            exchange=self._venue(contract),
            side="BOT" if order.action == "BUY" else "SLD",
            shares=fill.quantity,
            price=fill.price,
            cumulative=filled,
            avg_price=round((order.avg_fill_price * order.filled + fill.price * fill.quantity) / filled, 8),
            liquidation=False,
            last_liquidity=fill.liquidity,
            commission=fee,
            commission_currency=commission.currency(contract),
            realised_pnl=realised,
        )
        self._executions.append(execution)
        position = PositionChanged(account.position(contract.con_id))
        return execution, [Executed(execution), position, AccountChanged(account.name)]

    def _next_exec_id(self) -> str:
        self._serial += 1
        return f"0000e0d5.{self._serial:08x}.01.01"

    def _venue(self, contract: Contract) -> str:
        """Where a smart-routed order filled: one of the exchanges that list the contract."""
        entry = self.catalogue.entry(contract.con_id)
        if contract.exchange != "SMART" or entry is None:
            return contract.exchange
        venues = entry.listing.valid_exchanges.split(",")[1:9]
        return venues[int(abs(noise(self._seed, self._serial)) * 1000) % len(venues)]

    # --- accounts -----------------------------------------------------------------------------------

    def positions(self, account: str) -> list[Position]:
        return self._books[account].positions()

    def account_values(self, account: str) -> list[tuple[str, str, str]]:
        return statement.values(self._books[account])

    def account_summary(self, account: str, tags: tuple[str, ...]) -> list[tuple[str, str, str]]:
        return statement.summary(self._books[account], tags)

    def pnl(self, account: str) -> tuple[float, float, float]:
        totals = self._books[account].totals()
        return totals.daily, totals.unrealised, totals.realised


def _differs(one: Quote, other: Quote) -> bool:
    """Whether anything but the time changed that a client would see."""
    return (one.bid, one.ask, one.bid_size, one.ask_size, one.open, one.close) != (
        other.bid,
        other.ask,
        other.bid_size,
        other.ask_size,
        other.open,
        other.close,
    )
