"""Contract details and searches; market rules are asked for once and kept."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Iterable

from ib_async.contract import ContractDescription
from ib_async.contract import ContractDetails as IbDetails
from ib_async.objects import PriceIncrement

from core.domain.contract import ContractDetails, ContractQuery, PriceBand
from core.domain.events import ContractsFound, ContractsReported, MessageReported
from core.domain.requests import RequestContracts, SearchContracts
from core.tws.contracts import bands_from, details_from, market_rule_of, query_to
from core.tws.guard import CONTRACTS_MOST
from core.tws.inbound import found_contract
from core.tws.wire import Wire

MarketRules = dict[int, tuple[PriceBand, ...] | None]
"""Rule number to its bands; `None` for one that IB would not tell."""

_RULES_DEADLINE_S = 3.0
_RULES_MOST = 10
"""Asked for on behalf of one query: a contract has one, a chain a handful."""


class _Inquiry:
    """A query on its way: rows first, then the market rules they name."""

    __slots__ = ("deadline", "query", "rows", "wanted")

    def __init__(self, query: ContractQuery, deadline: TimerHandle) -> None:
        self.query = query
        self.rows: list[IbDetails] = []
        self.wanted: set[int] = set()
        self.deadline = deadline


class Directory:
    """Answers every query exactly once, with what there is when its deadline comes."""

    def __init__(self, wire: Wire, rules: MarketRules, deadline_s: float) -> None:
        self._wire = wire
        self._rules = rules
        self._rules_asked: set[int] = set()
        self._deadline_s = deadline_s
        self._inquiries: dict[int, _Inquiry] = {}
        self._search_id: int | None = None
        self._searches: dict[str, TimerHandle] = {}
        """What was searched for and not answered yet, in the order of asking; the first is on its way."""

    # --- contract details --------------------------------------------------------------------------

    def request(self, request: RequestContracts) -> None:
        query = request.query
        req_id = self._wire.ask(lambda code, words: self._answer(req_id, code, words))
        overdue = f"No answer within {self._deadline_s:g} s."
        deadline = self._wire.after(self._deadline_s, lambda: self._answer(req_id, None, overdue))
        self._inquiries[req_id] = _Inquiry(query, deadline)
        self._wire.client.reqContractDetails(req_id, query_to(query))

    def details(self, req_id: int, row: IbDetails) -> None:
        inquiry = self._inquiries.get(req_id)
        if inquiry is None:
            return self._wire.late("contracts")
        if len(inquiry.rows) >= CONTRACTS_MOST:
            return self._wire.beyond("contracts")
        return inquiry.rows.append(row)

    def details_end(self, req_id: int) -> None:
        """All rows are there; ask for the rules that nobody has asked for yet."""
        inquiry = self._inquiries.get(req_id)
        if inquiry is None:
            return self._wire.late("contracts")
        named = {rule for row in inquiry.rows if (rule := market_rule_of(row)) is not None}
        asked = {rule for other in self._inquiries.values() for rule in other.wanted}
        inquiry.wanted = set(sorted(named - self._rules.keys())[:_RULES_MOST])
        for rule in sorted(inquiry.wanted - asked):
            self._rules_asked.add(rule)
            self._wire.client.reqMarketRule(rule)
        if not inquiry.wanted:
            return self._answer(req_id)
        # Errors about market rules name no request: give up on them before the query's own deadline.
        self._wire.call_off(inquiry.deadline)
        inquiry.deadline = self._wire.after(_RULES_DEADLINE_S, lambda: self._answer(req_id))
        return None

    def market_rule(self, rule: int, increments: Iterable[PriceIncrement]) -> None:
        if rule not in self._rules_asked:
            return self._wire.late("market rules")
        self._rules[rule] = bands_from(increments)
        for req_id, inquiry in list(self._inquiries.items()):
            if rule in inquiry.wanted:
                inquiry.wanted.discard(rule)
                if not inquiry.wanted:
                    self._answer(req_id)
        return None

    def _answer(self, req_id: int, code: int | None = None, words: str = "") -> None:
        inquiry = self._inquiries.pop(req_id)
        self._wire.call_off(inquiry.deadline)
        self._wire.done(req_id)
        known = words == ""
        details = tuple(filter(None, map(self._translated, inquiry.rows))) if known else ()
        self._wire.tell(ContractsReported(inquiry.query, details, code, words))

    def _translated(self, row: IbDetails) -> ContractDetails | None:
        rule = market_rule_of(row)
        try:
            return details_from(row, self._rules.get(rule) if rule is not None else None)
        except LookupError:  # a security type that the desk has no name for
            self._wire.counts["unknown security types"] += 1
            return None

    # --- search ------------------------------------------------------------------------------------

    def search(self, request: SearchContracts) -> None:
        """IB answers one search at a time: the next goes out when the one before is over.

        Each has its deadline from the asking, on its way or not.
        """
        text = request.text
        if text in self._searches:  # the answer that is coming answers both
            return
        self._searches[text] = self._wire.after(self._deadline_s, lambda: self._found(text, ()))
        if self._search_id is None:
            self._search_next()

    def symbols(self, req_id: int, rows: Iterable[ContractDescription]) -> None:
        if req_id != self._search_id:
            return self._wire.late("searches")
        return self._found(next(iter(self._searches)), rows)

    def _search_next(self) -> None:
        text = next(iter(self._searches), None)
        if text is None or self._search_id is not None:
            return
        self._search_id = self._wire.ask(self._search_refused)
        self._wire.client.reqMatchingSymbols(self._search_id, text)

    def _search_refused(self, code: int, words: str) -> None:
        self._wire.tell(MessageReported(code, words))
        self._found(next(iter(self._searches)), ())

    def _found(self, text: str, rows: Iterable[ContractDescription]) -> None:
        is_on_its_way = text == next(iter(self._searches))
        self._wire.call_off(self._searches.pop(text))
        if is_on_its_way and self._search_id is not None:
            self._wire.done(self._search_id)
            self._search_id = None
        found = [row for row in map(found_contract, rows) if row is not None]
        names = tuple(name for _, name in found)
        self._wire.tell(ContractsFound(text, tuple(contract for contract, _ in found), names))
        if is_on_its_way:
            self._search_next()
