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
from core.tws.inbound import found_contract
from core.tws.wire import Wire

MarketRules = dict[int, tuple[PriceBand, ...] | None]
"""Rule number to its bands; `None` for one that IB would not tell."""

_RULES_DEADLINE_S = 3.0


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
        self._deadline_s = deadline_s
        self._inquiries: dict[int, _Inquiry] = {}
        self._searches: dict[int, tuple[str, TimerHandle]] = {}

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
        return inquiry.rows.append(row)

    def details_end(self, req_id: int) -> None:
        """All rows are there; ask for the rules that nobody has asked for yet."""
        inquiry = self._inquiries.get(req_id)
        if inquiry is None:
            return self._wire.late("contracts")
        named = {rule for row in inquiry.rows if (rule := market_rule_of(row)) is not None}
        asked = {rule for other in self._inquiries.values() for rule in other.wanted}
        inquiry.wanted = named - self._rules.keys()
        for rule in sorted(inquiry.wanted - asked):
            self._wire.client.reqMarketRule(rule)
        if not inquiry.wanted:
            return self._answer(req_id)
        # Errors about market rules name no request: give up on them before the query's own deadline.
        self._wire.call_off(inquiry.deadline)
        inquiry.deadline = self._wire.after(_RULES_DEADLINE_S, lambda: self._answer(req_id))
        return None

    def market_rule(self, rule: int, increments: Iterable[PriceIncrement]) -> None:
        self._rules[rule] = bands_from(increments)
        for req_id, inquiry in list(self._inquiries.items()):
            if rule in inquiry.wanted:
                inquiry.wanted.discard(rule)
                if not inquiry.wanted:
                    self._answer(req_id)

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
        req_id = self._wire.ask(lambda code, words: self._search_refused(req_id, code, words))
        deadline = self._wire.after(self._deadline_s, lambda: self._found(req_id, ()))
        self._searches[req_id] = (request.text, deadline)
        self._wire.client.reqMatchingSymbols(req_id, request.text)

    def symbols(self, req_id: int, rows: Iterable[ContractDescription]) -> None:
        if req_id not in self._searches:
            return self._wire.late("searches")
        return self._found(req_id, rows)

    def _search_refused(self, req_id: int, code: int, words: str) -> None:
        self._wire.tell(MessageReported(code, words))
        self._found(req_id, ())

    def _found(self, req_id: int, rows: Iterable[ContractDescription]) -> None:
        text, deadline = self._searches.pop(req_id)
        self._wire.call_off(deadline)
        self._wire.done(req_id)
        found = [row for row in map(found_contract, rows) if row is not None]
        names = tuple(name for _, name in found)
        self._wire.tell(ContractsFound(text, tuple(contract for contract, _ in found), names))
