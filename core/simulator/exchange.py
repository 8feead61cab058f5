"""The simulated market as a whole: `Exchange` answers everything the protocol side asks.

It holds the time and the agenda; prices are the feed's, orders the pit's, money the accounts'.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.simulator import history, opening, saved, statement
from core.simulator.catalogue import Catalogue, increments
from core.simulator.clearing import Clearing, expires_s
from core.simulator.display import BEAT, PREPARE, Display
from core.simulator.hours import DAY, Calendar, utc
from core.simulator.liquidation import Watch
from core.simulator.matching.book import others, with_own
from core.simulator.matching.fills import Fill
from core.simulator.matching.floor import Key
from core.simulator.matching.memory import Memory
from core.simulator.model import (
    AccountChanged,
    Bar,
    Book,
    Contract,
    Execution,
    Leg,
    Listing,
    MarginPreview,
    Notice,
    OptionModel,
    Order,
    Position,
    PositionChanged,
    Quote,
    Refused,
)
from core.simulator.opening import Marks
from core.simulator.scenario import scenario as named_scenario
from core.simulator.tape.feed import Feed
from core.simulator.tape.path import BEATS_A_SECOND
from core.simulator.tape.ticks import TickRule

ROLL, LOOK, SETTLE = "roll", "look", "settle"
SETTLES: Final = "16:05"
"""When what has expired is settled, on the home clock."""
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
        self._display = Display(self._feed.instrument, self.schedule, now_s)
        self._pit = Memory(self, seed)
        self._marks = Marks(self.catalogue, self.quote, lambda: self.now_s)
        self._books = {
            name: opening.account(name, self._marks, self.catalogue, self.scenario) for name in accounts
        }
        self._clearing = Clearing(
            seed,
            int(now_s) & 0xFFFFFFF,
            self.catalogue,
            self._feed.combos,
            self._marks,
            self._books,
            self.quote,
            lambda con_id: self._feed.beat(con_id, self.now_s),
        )
        self._written = saved.Executions()
        self._held: set[int] = set()
        self._follow_holdings()
        self._watches = {name: Watch() for name in accounts}
        for number in range(len(accounts)):
            self.schedule(now_s + 1.0, LOOK, (number, 0))
        self._home = Calendar("STK", always_open=True)
        self.schedule(self._home.current(now_s).end_s, ROLL, (0, 0))
        self._schedule_settlement()

    def _feed_price(self, con_id: int) -> float:
        return self._feed.price(con_id, self.now_s)

    # --- reference ----------------------------------------------------------------------------------

    def listings(self, wanted: Contract) -> list[Listing]:
        return self.catalogue.listings(wanted, self.now_s)

    def listing(self, con_id: int) -> Listing | None:
        combo = self._feed.combos.get(con_id)
        return combo.listing if combo else self.catalogue.listing(con_id, self.now_s)

    def combination(self, wanted: Contract, legs: Sequence[Leg]) -> Listing | None:
        contract = self._feed.combination(wanted, legs)
        return None if contract is None else self.listing(contract.con_id)

    def matching(self, text: str) -> list[Listing]:
        return self.catalogue.matching(text, self.now_s)

    def option_chains(
        self, under_con_id: int, fut_fop_exchange: str
    ) -> list[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
        chains = self.catalogue.option_chains(under_con_id)
        return [chain for chain in chains if fut_fop_exchange in ("", chain[0])]

    def market_rule(self, rule_id: int) -> tuple[tuple[float, float], ...]:
        return increments(rule_id)

    # --- market data --------------------------------------------------------------------------------

    def quote(self, con_id: int) -> Quote:
        return self._feed.quote(con_id, self.now_s)

    def others(self, con_id: int, rows: int) -> Book:
        listing = self.listing(con_id)
        if listing is None:
            return Book()
        venues = listing.valid_exchanges.split(",")
        sec_type = listing.contract.sec_type
        return others(
            self.quote(con_id), sec_type, self.ticks(con_id), self._seed, rows, venues[1:9] or venues
        )

    def book(self, con_id: int, rows: int) -> Book:
        return with_own(self.others(con_id, rows), self._pit.own_book(con_id, self.quote(con_id)), rows)

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
        self._display.watch(con_id, self.now_s)

    def unwatch(self, con_id: int) -> None:
        self._display.unwatch(con_id)

    def trade(self, con_id: int) -> None:
        self._display.trade(con_id, self.now_s)

    # --- time ---------------------------------------------------------------------------------------

    def advance(self, now_s: float) -> list[Notice]:
        until_s = self._start_s + (now_s - self._start_s) * self._speed
        notices: list[Notice] = []
        while self._agenda and self._agenda[0][0] <= until_s:
            due_s, _, what, key = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, due_s)
            if what == BEAT:
                notices += self._beat(*key)
            elif what == ROLL:
                self._roll()
            elif what == SETTLE:
                notices += self._settle()
            elif what == PREPARE:
                self._display.prepare(key[0], self.now_s)
            elif what == LOOK:
                notices += self._look(key[0])
            else:
                notices += self._pit.step(what, key)
        self.now_s = max(self.now_s, until_s)
        self._display.pulse(self.now_s, notices)
        return notices

    def schedule(self, due_s: float, what: str, key: Key) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (due_s, self._count, what, key))

    def _beat(self, con_id: int, turn: int) -> list[Notice]:
        """Every beat of a contract that somebody trades in, for orders meet each one."""
        if not self._display.has_turn(con_id, turn):
            return []
        if not self._pit.trades_in(con_id):
            self._display.rest(con_id)
            return []
        notices: list[Notice] = []
        beat, instrument = self._display.beat(con_id, self.now_s, notices), self._feed.instrument(con_id)
        return notices + self._pit.meet(con_id, instrument.quote(beat), instrument.printed(beat))

    def _settle(self) -> list[Notice]:
        """What expired today is settled, no longer worked in and no longer listed."""
        notices: list[Notice] = []
        for account in self._books.values():
            notices += self._clearing.settle(account, self.now_s)
        for contract in self.catalogue.delist(lambda one: expires_s(one) <= self.now_s):
            notices += self._pit.end_all_in(contract.con_id, "Contract has expired")
        self._follow_holdings()
        self._schedule_settlement()
        return notices

    def _schedule_settlement(self) -> None:
        today = self._home.date_of(self.now_s)
        due = (self._home.at(day, SETTLES) for day in (today, today + DAY))
        self.schedule(next(at_s for at_s in due if at_s > self.now_s), SETTLE, (0, 0))

    def _roll(self) -> None:
        """Midnight: a new day for the books."""
        self.catalogue.roll(self._home.date_of(self.now_s), self._feed_price)
        for account in self._books.values():
            account.roll()
        self._clearing.executions.clear()
        self._pit.forget_completed()
        self.schedule(self._home.current(self.now_s + 1).end_s, ROLL, (0, 0))

    def _look(self, number: int) -> list[Notice]:
        """The broker looks at one account."""
        name = self.accounts[number]
        working = any(o.account == name and o.attributes.get("liquidation") for o in self._pit.open_orders())
        order, again_s = self._watches[name].look(self._books[name], self.now_s, working)
        self.schedule(again_s, LOOK, (number, 0))
        return [] if order is None else self._pit.force(order)

    # --- scenarios ----------------------------------------------------------------------------------

    def begin(self, name: str) -> list[Notice]:
        """Let the scenario begin now, in place of the one before; raises `ValueError` for a wrong name."""
        scene = named_scenario(name)
        self._feed.begin(scene, self.now_s)
        notices: list[Notice] = []
        for account in self._books.values():
            given = opening.rearranged(account, self._marks, self.catalogue, scene)
            notices += [PositionChanged(account.position(con_id)) for con_id in given]
            notices.append(AccountChanged(account.name))
        self._follow_holdings()
        self._look_again()
        return notices

    def end(self) -> None:
        """Nothing happens any more: prices go on from where they are, what was halted trades."""
        self._feed.begin(None, self.now_s)
        self._look_again()

    def _look_again(self) -> None:
        """Whatever was to be shown, or looked at by the broker, at some time: now it is another market."""
        self._display.begin_anew(self.now_s)
        self._agenda = [entry for entry in self._agenda if entry[2] != LOOK]
        heapq.heapify(self._agenda)
        for number in range(len(self.accounts)):
            self.schedule(self.now_s + 1.0, LOOK, (number, 0))

    # --- orders -------------------------------------------------------------------------------------

    def next_valid_id(self, client_id: int) -> int:
        return self._pit.next_id(client_id)

    def place(self, order: Order) -> list[Notice]:
        if order.contract.sec_type == "BAG":
            legs: tuple[Leg, ...] = order.attributes.get("comboLegs") or ()  # type: ignore[assignment]
            contract = self._feed.combination(order.contract, legs)
            if contract is None:
                text = "No security definition has been found for the request"
                return [Refused(order.client_id, order.order_id, 200, text)]
            order = order.with_(contract=contract)
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
        return list(self._clearing.executions)

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

    def lists(self, con_id: int) -> bool:
        return self.listing(con_id) is not None

    def held(self, account: str, con_id: int) -> float:
        return self._books[account].quantity(con_id)

    def cushion_percent(self, account: str) -> float:
        whole = self._books[account].totals().whole
        excess = whole.equity_with_loan - whole.margin.maintenance
        return 100 * excess / whole.net if whole.net > 0 else 0.0

    def executed(self, account: str, since_s: float, symbol: str, sec_type: str, exchange: str) -> bool:
        return self._clearing.executed(account, since_s, symbol, sec_type, exchange)

    def preview(self, order: Order) -> MarginPreview:
        return self._clearing.preview(order)

    def record(self, order: Order, fill: Fill, charged: float) -> tuple[Execution, list[Notice]]:
        found = self._clearing.record(order, fill, charged, self.now_s)
        self._follow_holdings()
        return found

    def _follow_holdings(self) -> None:
        """Watch what is held, and only that."""
        held = {contract.con_id for account in self._books.values() for contract in account.contracts()}
        for con_id in sorted(held - self._held):
            self.watch(con_id)
        for con_id in sorted(self._held - held):
            self.unwatch(con_id)
        self._held = held

    # --- surviving a restart ------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Orders, ids, executions, positions and cash in plain values, for a file."""
        return {
            "version": saved.VERSION,
            "now_s": self.now_s,
            "serial": self._clearing.serial,
            "accounts": {name: saved.of_account(account) for name, account in self._books.items()},
            "broker_orders": {name: watch.orders for name, watch in self._watches.items()},
            "executions": self._written.of(self._clearing.executions),
            "combinations": self._feed.combos.remembered(),
            "pit": self._pit.remembered(saved.encode),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`; raises `ValueError`, `KeyError` or `TypeError` for what is none of ours."""
        if state["version"] != saved.VERSION:
            raise ValueError(f"version {state['version']!r} of the state is not known")
        home = self._home.current
        fresh_day = home(state["now_s"]).trade_date != home(self.now_s).trade_date
        for name, account in self._books.items():
            if name in state["accounts"]:
                saved.into_account(account, state["accounts"][name])
                self._watches[name].orders = int(state["broker_orders"].get(name, 0))
            for contract in account.contracts():
                self.catalogue.ensure(contract, self._feed_price)
        for wanted, legs in saved.decode(state["combinations"]):
            self._feed.combine(wanted, legs)
        self._clearing.serial = int(state["serial"])
        if fresh_day:
            for account in self._books.values():
                account.roll()
        else:
            self._clearing.executions[:] = saved.decode(state["executions"])
        for one in state["pit"]["orders"]:
            contract = saved.decode(one["order"]["contract"])
            self.catalogue.ensure(contract, self._feed_price)
        self._pit.recall(state["pit"], saved.decode, fresh_day)
        self._follow_holdings()
        if any(c.expiry and expires_s(c) <= self.now_s for a in self._books.values() for c in a.contracts()):
            self.schedule(self.now_s, SETTLE, (0, 0))

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
