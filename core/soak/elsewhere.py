"""Another login: another account, and a book in which the numbers of our orders mean other orders."""

from __future__ import annotations

import json
from random import Random
from typing import Final

from core.simulator.exchange import Exchange
from core.simulator.model import Order
from core.soak.check import CLIENT_ID, OTHER_CLIENT_ID
from core.soak.trader import CON_IDS

ACCOUNTS: Final = ("DU7654321",)
TRADED: Final = (0, 60)
"""So many orders were traded there today: of none, IB's next id looks as if ours had never been seen."""
SINCE_S: Final = 900.0
"""It trades since then: executions of two logins never have the same id, and these follow its start."""
STRANGER: Final = 9
"""The client of an order that works there: nobody here can change it."""


def market(seed: int, now_s: float, state: str = "") -> Exchange:
    """What that login's gateway shows; with `state` as it was left."""
    if state:
        again = Exchange(seed, now_s, accounts=ACCOUNTS)
        again.restore(json.loads(state))
        return again
    new = Exchange(seed, now_s - SINCE_S, accounts=ACCOUNTS)
    _trade(new, Random(f"{seed} elsewhere"))
    new.advance(now_s)
    return new


def _trade(book: Exchange, chance: Random) -> None:
    """Orders with our clients' numbers, all over by now, and one that works."""
    con_ids = [con_id for known in CON_IDS.values() for con_id in known]
    traded = chance.choice(TRADED)
    for order_id in range(1, traded + 1):
        client_id = chance.choice((CLIENT_ID, OTHER_CLIENT_ID))
        _place(book, client_id, order_id, chance.choice(con_ids), chance.choice(("BUY", "SELL")))
    if traded:
        away = round(0.9 * (book.quote(con_ids[0]).bid or 0.0), 2)
        _place(book, STRANGER, 1, con_ids[0], "BUY", limit=away)


def _place(
    book: Exchange, client_id: int, order_id: int, con_id: int, side: str, limit: float | None = None
) -> None:
    listing = book.listing(con_id)
    assert listing is not None
    kind = "MKT" if limit is None else "LMT"
    order = Order(client_id, order_id, listing.contract, side, 5.0, kind, limit, None, account=ACCOUNTS[0])
    book.place(order)
