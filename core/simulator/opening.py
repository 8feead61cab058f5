"""The account as the market begins: a scenario's holdings, marked at the market's prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.simulator.account import Account
from core.simulator.catalogue import Catalogue
from core.simulator.hours import Calendar
from core.simulator.model import Contract, Quote
from core.simulator.scenario import DEMO, Holding, Scenario
from core.simulator.tape.feed import marked

SEC_TYPES = {"": "STK", "front": "FUT", "call": "OPT"}
"""What the second word of `Holding.which` means."""


class Marks:
    """The prices that accounts are kept at."""

    def __init__(
        self, catalogue: Catalogue, quote: Callable[[int], Quote], clock: Callable[[], float]
    ) -> None:
        self._catalogue, self._quote, self._clock = catalogue, quote, clock
        contracts = (entry.listing.contract for entry in catalogue)
        self._pairs = {(c.symbol, c.currency): c.con_id for c in contracts if c.sec_type == "CASH"}

    def mark(self, con_id: int) -> float:
        return marked(self._quote(con_id))

    def previous_close(self, con_id: int) -> float:
        return self._quote(con_id).close or 0.0

    def rate(self, currency: str) -> float:
        if currency == "USD":
            return 1.0
        if (currency, "USD") in self._pairs:
            return self.mark(self._pairs[currency, "USD"])
        return 1 / self.mark(self._pairs["USD", currency])

    def under_price(self, con_id: int) -> float:
        entry = self._catalogue.entry(con_id)
        return self.mark(entry.listing.under_con_id) if entry and entry.chain else 0.0

    def intraday(self) -> bool:
        now_s = self._clock()
        begin_s, end_s = _credited(now_s)
        return begin_s <= now_s < end_s

    def next_change_s(self) -> float:
        now_s = self._clock()
        begin_s, end_s = _credited(now_s)
        if now_s < end_s and now_s >= begin_s:
            return end_s
        return _HOURS.after(now_s).liquid_s

    def today(self) -> str:
        return f"{_HOURS.date_of(self._clock()):%Y%m%d}"


_HOURS: Final = Calendar("OPT", always_open=False)
BEFORE_CLOSE_S: Final = 900


def _credited(now_s: float) -> tuple[float, float]:
    """The day's hours of intraday credit: from the stock market's open to a quarter before its close."""
    session = _HOURS.current(now_s)
    return session.liquid_s, session.liquid_end_s - BEFORE_CLOSE_S


def account(name: str, marks: Marks, catalogue: Catalogue, scene: Scenario) -> Account:
    """The scenario's holdings, and the cash that makes its equity (or its cushion)."""
    opened = Account(name, marks)
    for holding in scene.holdings:
        contract = _contract_of(holding, marks, catalogue)
        opened.open_with(contract, holding.quantity, marks.mark(contract.con_id) * holding.cost)
    if scene.euros:
        opened.cash["EUR"] = scene.euros
    whole = opened.totals().whole
    if scene.cushion is None:
        missing = scene.equity - whole.net
    else:
        missing = whole.margin.maintenance * (1 + scene.cushion) - whole.equity_with_loan
    opened.cash["USD"] = round(missing, 2)
    return opened


def rearranged(opened: Account, marks: Marks, catalogue: Catalogue, scene: Scenario) -> list[int]:
    """Bring a living account to where the scenario begins, as if transferred; the contracts that it got.

    It keeps what it has: of the scenario's own holdings it is given what it lacks.
    """
    given = []
    for holding in scene.holdings if scene.holdings is not DEMO else ():
        contract = _contract_of(holding, marks, catalogue)
        lacking = holding.quantity - opened.quantity(contract.con_id)
        if lacking * holding.quantity > 0:
            opened.transfer(contract, lacking, marks.mark(contract.con_id) * holding.cost)
            given.append(contract.con_id)
    whole = opened.totals().whole
    if scene.cushion is not None:
        missing = whole.margin.maintenance * (1 + scene.cushion) - whole.equity_with_loan
        opened.cash["USD"] = round(opened.cash["USD"] + missing, 2)
    elif scene.pays_in:
        opened.cash["USD"] = round(opened.cash["USD"] + max(scene.equity - whole.net, 0.0), 2)
    return given


def _contract_of(holding: Holding, marks: Marks, catalogue: Catalogue) -> Contract:
    symbol, _, which = holding.which.partition(" ")
    listed = [entry.listing.contract for entry in catalogue if entry.listing.contract.symbol == symbol]
    found = [contract for contract in listed if contract.sec_type == SEC_TYPES[which]]
    if which != "call":
        return found[0]
    spot = marks.under_price(found[0].con_id)
    expiry = sorted({contract.expiry for contract in found})[3]
    above = [c for c in found if c.expiry == expiry and c.right == "C" and c.strike >= spot * 1.03]
    return min(above, key=lambda contract: contract.strike)
