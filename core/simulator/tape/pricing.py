"""Black-Scholes, for one option at a time and for a whole day of prices at once."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np

from core.simulator.model import OptionModel
from core.simulator.tape.path import Floats

RATE: Final = 0.04
YEAR_S: Final = 365 * 86400.0
_ROOT_2, _ROOT_2_PI = math.sqrt(2), math.sqrt(2 * math.pi)

_made: Final = partial(tuple.__new__, OptionModel)
"""What `_make` does, without its checks: in the order of the fields."""


def _erf(x: Floats) -> Floats:
    """Abramowitz and Stegun 7.1.26, good to 1.5e-7: numpy has no erf of its own."""
    size = np.abs(x)
    t = 1 / (1 + 0.3275911 * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    found: Floats = np.sign(x) * (1 - series * np.exp(-size * size))
    return found


def _normal(x: Floats) -> Floats:
    found: Floats = 0.5 * (1 + _erf(x / _ROOT_2))
    return found


def value(
    spot: Floats, strike: float, years: Floats, volatility: float, right: str, rate: float = RATE
) -> Floats:
    """The price of an option on each `spot`, each with its own time left; on a future the `rate` is 0."""
    years = np.maximum(years, 1e-9)
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility * volatility / 2) * years) / spread
    discounted = strike * np.exp(-rate * years)
    call: Floats = spot * _normal(d1) - discounted * _normal(d1 - spread)
    return np.maximum(call if right == "C" else call - spot + discounted, 0.0)


def model(
    spot: float, strike: float, years: float, volatility: float, right: str, rate: float = RATE
) -> OptionModel:
    """Price and greeks of one option; on a future the `rate` is 0."""
    years = max(years, 1e-9)
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + volatility * volatility / 2) * years) / spread
    d2 = d1 - spread
    below, deep = 0.5 * (1 + math.erf(d1 / _ROOT_2)), 0.5 * (1 + math.erf(d2 / _ROOT_2))
    density = math.exp(-d1 * d1 / 2) / _ROOT_2_PI
    discounted = strike * math.exp(-rate * years)
    call = right == "C"
    price = spot * below - discounted * deep
    decay = -spot * density * volatility / (2 * math.sqrt(years))
    carry = -rate * discounted * (deep if call else deep - 1)
    return _made(
        (
            volatility,
            below if call else below - 1,
            density / (spot * spread),
            spot * density * math.sqrt(years) / 100,
            (decay + carry) / 365,
            max(price if call else price - spot + discounted, 0.0),
            spot,
        )
    )
