"""Option model values as TWS computes them beside the ticks of an option."""

from __future__ import annotations

from typing import Final

from core.simulator.model import Listing, OptionModel, Quote
from core.simulator.tape.pricing import YEAR_S, model
from core.simulator.wire.messages import Computation
from core.simulator.wire.times import parse_stamp

NOT_COMPUTED: Final = Computation(None, None, None)

_LEAST_VOLATILITY: Final = 0.001
_MOST_VOLATILITY: Final = 10.0
_LEAST_VEGA: Final = 1e-4


def shown_price(quote: Quote) -> float | None:
    """The middle of the market, else the last price known."""
    if quote.bid is not None and quote.ask is not None:
        return round((quote.bid + quote.ask) / 2, 8)
    return quote.last if quote.last is not None else quote.close


def at_model(found: OptionModel | None) -> Computation:
    """The model's own price and greeks."""
    return Computation(found.implied_volatility, found.price, found) if found else NOT_COMPUTED


def at_price(found: OptionModel | None, price: float) -> Computation:
    """The model's greeks, with the volatility that makes its price `price`, to first order."""
    if found is None:
        return NOT_COMPUTED
    if found.vega < _LEAST_VEGA:
        return Computation(None, price, found)
    volatility = found.implied_volatility + (price - found.price) / found.vega / 100
    return Computation(volatility if volatility > _LEAST_VOLATILITY else None, price, found)


# --- On request: any volatility, any price ------------------------------------------------------


def _years_left(listing: Listing, now_s: float) -> float:
    expiry = parse_stamp(f"{listing.contract.expiry} 16:00:00", listing.time_zone)
    return max((expiry.timestamp() - now_s) / YEAR_S, 0.0) if expiry else 0.0


def at_volatility(listing: Listing, under: float, volatility: float, now_s: float) -> Computation | None:
    """What the option is worth at `volatility`; None when that means nothing."""
    c = listing.contract
    if under <= 0 or not 0 < volatility <= _MOST_VOLATILITY:
        return None
    return at_model(model(under, c.strike, _years_left(listing, now_s), volatility, c.right))


def at_any_price(listing: Listing, under: float, price: float, now_s: float) -> Computation | None:
    """The volatility at which the option is worth `price`; None when there is none."""
    if under <= 0 or price <= 0:
        return None
    c, years = listing.contract, _years_left(listing, now_s)
    low, high = _LEAST_VOLATILITY, _MOST_VOLATILITY
    lowest, highest = (model(under, c.strike, years, edge, c.right).price for edge in (low, high))
    if not lowest < price < highest:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if model(under, c.strike, years, middle, c.right).price < price else (low, middle)
        )
    return at_model(model(under, c.strike, years, (low + high) / 2, c.right))
