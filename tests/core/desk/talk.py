"""A desk in regular hours with two contracts watched, and what is looked for in what it asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.desk.lines import query_of
from core.domain.contract import Contract, ContractDetails, TradingSession
from core.domain.events import (
    BarsReported,
    ContractsReported,
    LinkLost,
    ProbeAnswered,
    QuotesReported,
    Woke,
)
from core.domain.line import LineState
from core.domain.link import LinkFault, Socket
from core.domain.quote import Bar, BarKey, QuoteKind, QuoteReport
from core.domain.requests import (
    CancelQuotes,
    Probe,
    Request,
    RequestBars,
    SubscribeQuotes,
)
from tests.core.desk.test_desk import AAPL, QUOTE, Dialogue, kinds

MSFT = Contract(272093, "MSFT")
NOW = datetime(2026, 6, 3, 15, tzinfo=UTC)
HOURS = (TradingSession(NOW - timedelta(hours=2), NOW + timedelta(hours=5)),)
KEY = BarKey(AAPL.con_id, "1 min")


def quote_of(contract: Contract, kind: QuoteKind = QuoteKind.LIVE) -> QuotesReported:
    return QuotesReported((QuoteReport(contract.con_id, kind, 1.0, 1, 1.1, 1, 1.0, 1, *(None,) * 5, False),))


def bars(*minutes: int) -> tuple[Bar, ...]:
    return tuple(Bar(NOW + timedelta(minutes=one), 1, 2, 0.5, 1.5, 10) for one in minutes)


class Talk(Dialogue):
    """In regular hours, with two contracts watched, and a gateway that answers every probe."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = NOW.timestamp()
        self.connect()
        for contract, owner in ((MSFT, "watchlist"), (AAPL, "chart")):
            self.desk.watch(contract, owner, self.now_s)
            self.tell(ContractsReported(query_of(contract), (ContractDetails(contract, liquid=HOURS),)))
        self.wait(1.0)
        self.tell(QuotesReported((QUOTE,)), quote_of(MSFT))
        self.asked.clear()

    def wait(self, seconds: float, *ticking: Contract) -> list[Request]:
        """Let time pass a second at a time; the gateway answers, and some contracts tick."""
        out: list[Request] = []
        for _ in range(round(seconds)):
            step = self.tell(Woke(), after_s=1.0)
            if Probe in kinds(step):
                self.tell(ProbeAnswered(0.001))
            self.tell(*(quote_of(one) for one in ticking))
            out += step
        return out

    def state_of(self, contract: Contract) -> LineState:
        line = self.desk.line(contract.con_id)
        assert line is not None
        return line.state

    def chart(self) -> None:
        """A live series of minute bars, up to now."""
        self.desk.load_bars(KEY, AAPL, "1 D", True, self.now_s)
        self.tell(BarsReported(KEY, bars(-3, -2, -1, 0)))
        self.wait(1.0)
        self.asked.clear()

    def lose(self) -> None:
        self.tell(LinkLost(LinkFault.CLOSED))
        assert self.desk.link.socket is Socket.WAITING

    def back(self, after_s: float = 5.0) -> list[Request]:
        """Reached again; everything that was queued has gone out a second later."""
        self.asked.clear()
        self.tell(Woke(), after_s=after_s)
        self.open()
        self.wait(1.0)
        return self.asked


def subscribed(requests: list[Request]) -> list[int]:
    return [one.contract.con_id for one in requests if isinstance(one, SubscribeQuotes)]


def cancelled(requests: list[Request]) -> list[int]:
    return [one.con_id for one in requests if isinstance(one, CancelQuotes)]


def history(requests: list[Request]) -> list[str]:
    return [one.duration for one in requests if isinstance(one, RequestBars)]
