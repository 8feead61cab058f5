"""The market side of the desk: who watches what, and what is asked for again when the link returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.desk.outbox import Outbox
from core.domain.codes import in_words
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    BarReported,
    BarsRefused,
    BarsReported,
    ContractsFound,
    ContractsReported,
    QuoteRefused,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.quote import BarKey
from core.domain.requests import (
    CancelBars,
    CancelQuotes,
    Request,
    RequestBars,
    RequestContracts,
    SearchContracts,
    SubscribeQuotes,
)
from core.domain.topics import Topic

SEARCHES_KEPT = 32


@dataclass(frozen=True, slots=True)
class _BarsWish:
    """A series somebody shows: asked for again after every reconnect."""

    contract: Contract
    duration: str
    live: bool


class Feed(Outbox):
    """Contracts, quotes and bars: wishes by name, facts by handler."""

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
        self._wishes: dict[BarKey, _BarsWish] = {}

    # --- wishes ------------------------------------------------------------------------------------

    def watch(self, contract: Contract, owner: str, now_s: float) -> list[Request]:
        """Quotes for a contract, shared by all who watch it."""
        self.now_s = max(self.now_s, now_s)
        contract = self._routable(contract)
        if contract.con_id not in self._lines and self._lines.full:
            self._note("warning", f"{contract.label}: all {self._lines.limit} market-data lines are in use.")
            return self._finish([])
        if self._lines.watch(contract, owner) and self._link.is_open:
            self._subscribe(contract)
        return self._finish([])

    def unwatch(self, con_id: int, owner: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        if self._lines.unwatch(con_id, owner):
            self._quotes.drop(con_id)
            if self._link.is_open:
                self._lanes.offer(CancelQuotes(con_id))
        return self._finish([])

    def find(self, query: ContractQuery, now_s: float) -> list[Request]:
        """Ask for a contract's details; answered by ContractsReported."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(RequestContracts(query))
        return self._finish([])

    def search(self, text: str, now_s: float) -> list[Request]:
        """Look for contracts by symbol or name; answered by ContractsFound."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(SearchContracts(text))
        return self._finish([])

    def load_bars(
        self, key: BarKey, contract: Contract, duration: str, live: bool, now_s: float
    ) -> list[Request]:
        """Ask for a series; with `live` it keeps growing and is asked for again after a reconnect."""
        self.now_s = max(self.now_s, now_s)
        wish = _BarsWish(contract, duration, live)
        if live:
            self._wishes[key] = wish
        if self._link.is_open:
            self._offer_bars(key, wish)
        return self._finish([])

    def drop_bars(self, key: BarKey, now_s: float) -> list[Request]:
        """Nobody shows the series any more."""
        self.now_s = max(self.now_s, now_s)
        if self._wishes.pop(key, None) is not None and self._link.is_open:
            self._lanes.offer(CancelBars(key))
        self._bars.drop(key)
        return self._finish([])

    # --- facts: market -----------------------------------------------------------------------------

    def _contracts_reported(self, event: ContractsReported) -> None:
        for details in event.details:
            contract = details.contract
            self._details[contract.con_id] = details
            self._touch(Topic.CONTRACT, contract.con_id)
            if self._lines.route(contract):
                self._lanes.offer(SubscribeQuotes(contract))
        if not event.details:
            asked = event.query.symbol or f"conId {event.query.con_id}"
            self._note("warning", f"{asked}: {in_words(event.code or 200, event.text)}")

    def _contracts_found(self, event: ContractsFound) -> None:
        self._searches.pop(event.text, None)
        self._searches[event.text] = event
        while len(self._searches) > SEARCHES_KEPT:
            del self._searches[next(iter(self._searches))]
        self._touch(Topic.SEARCH, event.text)

    def _quote_refused(self, event: QuoteRefused) -> None:
        contract = self.contract(event.con_id)
        label = contract.label if contract else str(event.con_id)
        self._note("warning", f"{label}: {in_words(event.code, event.text)}")

    def _bars_reported(self, event: BarsReported) -> None:
        self._bars.report(event)
        self._touch(Topic.BARS, event.key)

    def _bar_reported(self, event: BarReported) -> None:
        self._bars.update(event)
        self._touch(Topic.BARS, event.key)

    def _bars_refused(self, event: BarsRefused) -> None:
        self._bars.refuse(event)
        self._touch(Topic.BARS, event.key)

    def _offer_bars(self, key: BarKey, wish: _BarsWish) -> None:
        deadline_s = 3 * self._link.settings.request_deadline_s
        self._lanes.offer(RequestBars(key, wish.contract, wish.duration, wish.live, deadline_s))

    def _subscribe(self, contract: Contract) -> None:
        """IB's positions name no exchange: such a line waits for the contract's details."""
        if contract.con_id not in self._details:
            self._lanes.offer(RequestContracts(_query_of(contract)))
        if contract.exchange:
            self._lanes.offer(SubscribeQuotes(contract))

    def _routable(self, contract: Contract) -> Contract:
        """The contract with its exchange, where that is known."""
        return contract if contract.exchange else self.contract(contract.con_id) or contract

    def _subscribe_again(self) -> None:
        """After a reconnect or 1101: every line and every live series, from our own registry."""
        for contract in self._lines.contracts():
            self._subscribe(contract)
        for key, wish in self._wishes.items():
            self._offer_bars(key, wish)


def _query_of(contract: Contract) -> ContractQuery:
    return ContractQuery(
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        exchange=contract.exchange,
        currency=contract.currency,
        con_id=contract.con_id,
    )
