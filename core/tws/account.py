"""Account values and P&L: values gathered and told once a packet, P&L as it comes."""

from __future__ import annotations

from core.domain.events import AccountReported, MessageReported, PnlReported
from core.domain.requests import SubscribeAccount
from core.tws.numbers import exact, words
from core.tws.wire import Wire


class AccountFeed:
    """One account at a time: IB sends updates of no more."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._values: dict[str, list[tuple[str, str, str]]] = {}
        self._pnl_id: int | None = None
        self._account = ""

    def subscribe(self, request: SubscribeAccount) -> None:
        """Account values carry every tag that the summary does, and cost none of its two subscriptions."""
        self._drop_pnl()
        self._account = request.account
        self._pnl_id = self._wire.ask(self._pnl_refused)
        self._wire.client.reqAccountUpdates(True, request.account)
        self._wire.client.reqPnL(self._pnl_id, request.account, "")

    def _drop_pnl(self) -> None:
        if self._pnl_id is not None:
            self._wire.done(self._pnl_id)
            self._wire.client.cancelPnL(self._pnl_id)

    def _pnl_refused(self, code: int, text: str) -> None:
        self._pnl_id = None
        self._wire.tell(MessageReported(code, text))

    def value(self, tag: str, value: str, currency: str, account: str) -> None:
        self._values.setdefault(account, []).append((tag, words(value, 80), currency))

    def pnl(self, req_id: int, daily: float, unrealised: float, realised: float) -> None:
        if req_id != self._pnl_id:
            return self._wire.late("P&L")
        figures = (exact(daily), exact(unrealised), exact(realised))
        return self._wire.tell(PnlReported(self._account, *figures))

    def flush(self) -> None:
        """Tell the values of this packet, in the order they came."""
        if self._values:
            told, self._values = self._values, {}
            for account, values in told.items():
                self._wire.tell(AccountReported(account, tuple(values)))
