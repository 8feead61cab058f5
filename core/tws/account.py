"""Account values and P&L: values gathered and told once a packet, P&L as it comes."""

from __future__ import annotations

import logging
from asyncio import TimerHandle

from core.domain.events import AccountReported, MessageReported, PnlReported
from core.domain.requests import SubscribeAccount
from core.portfolio.account import is_garbled
from core.tws.anew import Anew
from core.tws.numbers import exact, label, words
from core.tws.wire import Wire

log = logging.getLogger(__name__)

_OF_THE_ACCOUNT = frozenset({6, 7})
"""Messages that IB repeats only when what they tell has changed: values, and what is held with its marks."""


class AccountFeed:
    """One account at a time: IB sends updates of no more. One that is silent or unreadable is asked for again."""

    def __init__(self, wire: Wire, deadline_s: float) -> None:
        self._wire = wire
        self._deadline_s = deadline_s
        self._values: list[tuple[str, str, str]] = []
        self._pnl_id: int | None = None
        self._account = ""
        self._silent: TimerHandle | None = None
        self._anew = Anew(wire, self._ask_again)

    def subscribe(self, request: SubscribeAccount) -> None:
        """Account values carry every tag that the summary does, and cost none of its two subscriptions.

        Asking again makes IB send everything anew; another account takes the first one's place.
        """
        self._drop_pnl()
        self._account = request.account
        self._pnl_id = self._wire.ask(self._pnl_refused)
        self._ask()
        self._wire.client.reqPnL(self._pnl_id, request.account, "")

    def _ask(self) -> None:
        self._wire.client.reqAccountUpdates(True, self._account)
        self._call_off()
        self._silent = self._wire.after(self._deadline_s, self._stayed_silent)

    def _ask_again(self) -> None:
        self._wire.client.reqAccountUpdates(False, self._account)
        self._ask()

    def _stayed_silent(self) -> None:
        log.warning("no account value within %g s: asked again", self._deadline_s)
        self._wire.counts["accounts that stayed silent"] += 1
        self._silent = None
        self._ask_again()

    def _call_off(self) -> None:
        if self._silent is not None:
            self._wire.call_off(self._silent)
            self._silent = None

    def _drop_pnl(self) -> None:
        if self._pnl_id is not None:
            self._wire.done(self._pnl_id)
            self._wire.client.cancelPnL(self._pnl_id)
            self._pnl_id = None

    def _pnl_refused(self, code: int, text: str) -> None:
        if self._pnl_id is not None:
            self._wire.done(self._pnl_id)
            self._pnl_id = None
        self._wire.tell(MessageReported(code, text))

    def value(self, tag: str, value: str, currency: str, account: str) -> None:
        if account != self._account:
            return self._wire.late("account values")
        self._call_off()
        if is_garbled(tag, value):
            self._wire.counts["garbled account values"] += 1
            self._anew.doubt()
        return self._values.append((label(tag), words(value, 80), label(currency, 10)))

    def unreadable(self, message: int) -> None:
        """A value was lost on us that margin may hang on: IB says all of them again when asked."""
        if message in _OF_THE_ACCOUNT and self._account:
            self._anew.doubt()

    def pnl(self, req_id: int, daily: float, unrealised: float, realised: float) -> None:
        if req_id != self._pnl_id:
            return self._wire.late("P&L")
        figures = (exact(daily), exact(unrealised), exact(realised))
        return self._wire.tell(PnlReported(self._account, *figures))

    def flush(self) -> None:
        """Tell the values of this packet, in the order they came."""
        if self._values:
            told, self._values = self._values, []
            self._wire.tell(AccountReported(self._account, tuple(told)))
