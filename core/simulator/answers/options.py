"""Option model values as TWS computes them beside the ticks: Black-Scholes on the underlying's quote."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from core.simulator.model import Listing, Quote
from core.simulator.peer import Peer
from core.simulator.wire.messages import Computation

YEAR_S = 365 * 86_400
RATE = 0.04
"""The interest rate of the model."""

_CLOSE_HOUR_UTC = 21
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_NOTHING = Computation(None, None, None, None, None, None, None, None)


def years_left(listing: Listing, now_s: float) -> float:
    """Until the close of the expiry day, never quite nothing."""
    try:
        day = datetime.strptime(listing.contract.expiry, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return 1.0
    end = day.replace(hour=_CLOSE_HOUR_UTC).timestamp()
    return max((end - now_s) / YEAR_S, 1 / 365 / 24)


def _cumulative(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def computation(listing: Listing, under: float, volatility: float, now_s: float) -> Computation:
    """Price and greeks of the option at `volatility`; vega per point of volatility, theta per day."""
    strike, years = listing.contract.strike, years_left(listing, now_s)
    if under <= 0 or strike <= 0 or volatility <= 0:
        return _NOTHING
    sign = 1.0 if listing.contract.right.startswith("C") else -1.0
    root = volatility * math.sqrt(years)
    d1 = (math.log(under / strike) + (RATE + volatility**2 / 2) * years) / root
    d2 = d1 - root
    density = math.exp(-d1 * d1 / 2) / _ROOT_TWO_PI
    discounted = strike * math.exp(-RATE * years)
    value = sign * (under * _cumulative(sign * d1) - discounted * _cumulative(sign * d2))
    decay = under * density * volatility / (2 * math.sqrt(years))
    carry = sign * RATE * discounted * _cumulative(sign * d2)
    return Computation(
        implied_vol=volatility,
        delta=sign * _cumulative(sign * d1),
        price=max(value, 0.0),
        dividend=0.0,
        gamma=density / (under * root),
        vega=under * density * math.sqrt(years) / 100,
        theta=-(decay + carry) / 365,
        under_price=under,
    )


def implied(listing: Listing, under: float, option_price: float | None, now_s: float) -> float | None:
    """The volatility at which the model gives `option_price`; None when there is none."""
    if option_price is None or option_price <= 0 or under <= 0:
        return None
    low, high = 0.005, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        found = computation(listing, under, middle, now_s).price
        if found is None:
            return None
        low, high = (middle, high) if found < option_price else (low, middle)
    # At either end the price is outside what the model can give.
    return None if low > 4.99 or high < 0.0051 else (low + high) / 2


def under_price(peer: Peer, listing: Listing) -> float | None:
    """The last known price of what the option is on."""
    if not listing.under_con_id or peer.market.listing(listing.under_con_id) is None:
        return None
    return shown_price(peer.market.quote(listing.under_con_id))


def shown_price(quote: Quote) -> float | None:
    if quote.bid is not None and quote.ask is not None:
        return (quote.bid + quote.ask) / 2
    return quote.last if quote.last is not None else quote.close


def of_price(peer: Peer, listing: Listing, option_price: float | None) -> Computation:
    """The model's values at the volatility that `option_price` implies."""
    under = under_price(peer, listing)
    volatility = implied(listing, under, option_price, peer.now_s) if under else None
    if under is None or volatility is None:
        return _NOTHING
    return computation(listing, under, volatility, peer.now_s)
