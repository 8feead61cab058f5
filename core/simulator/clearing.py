"""Clearing: makes fills executions, moves the money, and settles what has expired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from core.simulator.account import Account
from core.simulator.catalogue import Catalogue
from core.simulator.hours import Calendar, utc
from core.simulator.matching import commission
from core.simulator.matching.checks import falls_short, margin_words
from core.simulator.matching.fills import Fill
from core.simulator.matching.kinds import KINDS
from core.simulator.model import (
    AccountChanged,
    Contract,
    Executed,
    Execution,
    MarginPreview,
    Notice,
    Order,
    PositionChanged,
    Quote,
)
from core.simulator.opening import Marks
from core.simulator.tape.combo import Combos
from core.simulator.tape.feed import marked
from core.simulator.tape.path import noise

IN_THE_MONEY: Final = 0.01
"""Options that are worth this much as they expire are exercised."""

EXERCISED: Final = ("OPT", "FOP")
"""What becomes its underlying; a warrant is paid out."""

EXPIRY_CLOCK: Final = "16:00"


class Clearing:
    """The accounts' side of every trade; `watch` and `unwatch` follow what is held."""

    def __init__(
        self,
        seed: int,
        serial: int,
        catalogue: Catalogue,
        combos: Combos,
        marks: Marks,
        books: Mapping[str, Account],
        quote: Callable[[int], Quote],
        beat_of: Callable[[int], int],
    ) -> None:
        self.executions: list[Execution] = []
        self.serial = serial
        self._seed, self._catalogue, self._combos = seed, catalogue, combos
        self._marks, self._books, self._quote, self._beat_of = marks, books, quote, beat_of

    # --- before a trade -----------------------------------------------------------------------------

    def preview(self, order: Order) -> MarginPreview:
        """The margins before and after `order`, were it filled at once."""
        account = self._books[order.account]
        before = account.totals().whole
        after, cost = account, 0.0
        for contract, quantity, price in self._parts(order, order.remaining, self._likely_price(order)):
            fee = commission.whole(contract, abs(quantity), price, self._marks.rate(contract.currency))
            after = after.after(contract, quantity, price, fee)
            cost += fee
        whole = after.totals().whole
        preview = MarginPreview(
            before.margin.initial,
            before.margin.maintenance,
            before.equity_with_loan,
            whole.margin.initial,
            whole.margin.maintenance,
            whole.equity_with_loan,
            cost,
            commission.currency(order.contract),
        )
        return replace(preview, warning=margin_words(preview)) if falls_short(preview) else preview

    def _likely_price(self, order: Order) -> float:
        kind, quote = KINDS[order.order_type], self._quote(order.contract.con_id)
        if kind.priced and order.limit_price is not None:
            return order.limit_price
        if kind.trigger and not kind.trails and order.aux_price is not None:
            return order.aux_price
        other = quote.ask if order.action == "BUY" else quote.bid
        return other if other is not None else marked(quote)

    def _parts(self, order: Order, quantity: float, price: float) -> list[tuple[Contract, float, float]]:
        """(contract, signed quantity, price) of what an order trades: itself, or its legs."""
        sign = 1 if order.action == "BUY" else -1
        combo = self._combos.get(order.contract.con_id)
        if combo is None:
            return [(order.contract, sign * quantity, price)]
        prices = combo.leg_prices(price, sign > 0, self._beat_of(combo.con_id))
        return [
            (part.contract, sign * part.sign * part.ratio * quantity, one)
            for part, one in zip(combo.parts, prices, strict=True)
        ]

    # --- a trade ------------------------------------------------------------------------------------

    def record(
        self, order: Order, fill: Fill, charged: float, now_s: float
    ) -> tuple[Execution, list[Notice]]:
        """Make a fill an execution and move the money; the notices begin with the execution."""
        self.serial += 1
        exec_id = f"0000e0d5.{self.serial:08x}.01"
        combo = self._combos.get(order.contract.con_id)
        if combo is None:
            execution = self._execute(order, fill, charged, now_s, f"{exec_id}.01", order.filled)
            return execution, [*self._told(execution)]
        return self._record_combo(order, fill, now_s, exec_id)

    def _record_combo(
        self, order: Order, fill: Fill, now_s: float, exec_id: str
    ) -> tuple[Execution, list[Notice]]:
        """The combination's own execution, then each leg's; only the legs move money."""
        whole = self._execution(order, fill, now_s, f"{exec_id}.01", order.filled, 0.0, None)
        notices: list[Notice] = [Executed(whole)]
        moved: list[Notice] = []
        self.executions.append(whole)
        for at, (contract, quantity, price) in enumerate(self._parts(order, fill.quantity, fill.price), 2):
            leg = order.with_(contract=contract, action="BUY" if quantity > 0 else "SELL")
            each = abs(quantity) / fill.quantity
            leg = leg.with_(filled=order.filled * each, avg_fill_price=price)
            one = Fill(abs(quantity), price, fill.liquidity)
            execution = self._execute(leg, one, 0.0, now_s, f"{exec_id}.{at:02}.01", leg.filled)
            first, *rest = self._told(execution)
            notices.append(first)
            moved += rest[:-1]
        return whole, [*notices, *moved, AccountChanged(order.account)]

    def _execute(
        self, order: Order, fill: Fill, charged: float, now_s: float, exec_id: str, filled: float
    ) -> Execution:
        contract, account = order.contract, self._books[order.account]
        signed = fill.quantity if order.action == "BUY" else -fill.quantity
        rate = self._marks.rate(contract.currency)
        fee = commission.of_fill(contract, filled, fill.quantity, fill.price, rate, charged)
        realised = account.trade(contract, signed, fill.price, fee)
        execution = self._execution(order, fill, now_s, exec_id, filled, fee, realised)
        self.executions.append(execution)
        return execution

    def _execution(
        self,
        order: Order,
        fill: Fill,
        now_s: float,
        exec_id: str,
        filled: float,
        fee: float,
        realised: float | None,
    ) -> Execution:
        cumulative = round(filled + fill.quantity, 8)
        return Execution(
            exec_id=exec_id,
            order=order,
            at=utc(now_s),
            exchange=self._venue(order.contract),
            side="BOT" if order.action == "BUY" else "SLD",
            shares=fill.quantity,
            price=fill.price,
            cumulative=cumulative,
            avg_price=round((order.avg_fill_price * filled + fill.price * fill.quantity) / cumulative, 8),
            liquidation=bool(order.attributes.get("liquidation")),
            last_liquidity=fill.liquidity,
            commission=fee,
            commission_currency=commission.currency(order.contract),
            realised_pnl=None if realised is None else round(realised, 6),
        )

    def _told(self, execution: Execution) -> list[Notice]:
        account = self._books[execution.order.account]
        position = account.position(execution.order.contract.con_id)
        return [Executed(execution), PositionChanged(position), AccountChanged(account.name)]

    def _venue(self, contract: Contract) -> str:
        """Where a smart-routed order filled: one of the exchanges that list the contract."""
        entry = self._catalogue.entry(contract.con_id)
        if contract.exchange != "SMART" or entry is None:
            return contract.exchange
        venues = entry.listing.valid_exchanges.split(",")[1:9] or [contract.exchange]
        return venues[int(abs(noise(self._seed, self.serial)) * 1000) % len(venues)]

    def executed(self, account: str, since_s: float, symbol: str, sec_type: str, exchange: str) -> bool:
        """Whether anything of the account's has filled since, in that symbol, kind and place."""
        return any(
            one.order.account == account
            and one.at.timestamp() >= since_s
            and symbol in ("", "*", one.order.contract.symbol)
            and sec_type in ("", "*", one.order.contract.sec_type)
            and exchange in ("", "*", "SMART", one.exchange)
            for one in reversed(self.executions)
        )

    # --- expiry -------------------------------------------------------------------------------------

    def settle(self, account: Account, now_s: float) -> list[Notice]:
        """Options in the money are exercised, the others are gone; then futures settle at their last price."""
        changed: list[int] = []
        for contract in self._due(account, now_s):
            if contract.sec_type in EXERCISED:
                changed.append(contract.con_id)
                changed += self._exercise(account, contract, account.quantity(contract.con_id))
        # An option may have made a future that expires with it.
        for contract in self._due(account, now_s):
            changed.append(contract.con_id)
            quantity = account.quantity(contract.con_id)
            account.trade(contract, -quantity, self._marks.mark(contract.con_id), 0.0)
        positions = [PositionChanged(account.position(con_id)) for con_id in dict.fromkeys(changed)]
        return [*positions, AccountChanged(account.name)] if changed else []

    @staticmethod
    def _due(account: Account, now_s: float) -> list[Contract]:
        """What is held and has expired."""
        return [c for c in account.contracts() if c.expiry and expires_s(c) <= now_s]

    def _exercise(self, account: Account, contract: Contract, quantity: float) -> list[int]:
        spot, call = self._marks.under_price(contract.con_id), contract.right == "C"
        worth = spot - contract.strike if call else contract.strike - spot
        account.trade(contract, -quantity, 0.0, 0.0)
        entry = self._catalogue.entry(contract.con_id)
        under = entry and self._catalogue.entry(entry.listing.under_con_id)
        if worth < IN_THE_MONEY or not under:
            return []
        # An option on a future is for one future, an option on a stock for so many shares.
        each = 1.0 if contract.sec_type == "FOP" else float(contract.multiplier or 1)
        account.trade(under.listing.contract, quantity * each * (1 if call else -1), contract.strike, 0.0)
        return [under.listing.contract.con_id]


def expires_s(contract: Contract) -> float:
    """When a contract expires: at the close of the stock market on its last day."""
    last_day = date.fromisoformat(contract.expiry)
    return Calendar("OPT", always_open=False).at(last_day, EXPIRY_CLOCK)
