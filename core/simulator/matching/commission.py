"""Commissions, by IB's fixed schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.simulator.model import Contract

STOCK_A_SHARE, STOCK_LEAST, STOCK_MOST_SHARE = 0.005, 1.0, 0.01
OPTION_A_CONTRACT, OPTION_LEAST = 0.65, 1.0
FUTURE_A_CONTRACT: Final = 2.25
FUTURE_OPTION_A_CONTRACT: Final = 1.42
FX_SHARE, FX_LEAST = 0.00002, 2.0
CRYPTO_SHARE, CRYPTO_LEAST, CRYPTO_MOST_SHARE = 0.0018, 1.75, 0.01


def _stock(contract: Contract, quantity: float, price: float, rate: float) -> float:
    least = max(quantity * STOCK_A_SHARE, STOCK_LEAST)
    return min(least, quantity * price * STOCK_MOST_SHARE)


def _option(contract: Contract, quantity: float, price: float, rate: float) -> float:
    return max(quantity * OPTION_A_CONTRACT, OPTION_LEAST)


def _future(contract: Contract, quantity: float, price: float, rate: float) -> float:
    return quantity * FUTURE_A_CONTRACT


def _fx(contract: Contract, quantity: float, price: float, rate: float) -> float:
    return max(quantity * price * rate * FX_SHARE, FX_LEAST)


def _future_option(contract: Contract, quantity: float, price: float, rate: float) -> float:
    return quantity * FUTURE_OPTION_A_CONTRACT


def _crypto(contract: Contract, quantity: float, price: float, rate: float) -> float:
    worth = quantity * price
    return min(max(worth * CRYPTO_SHARE, CRYPTO_LEAST), worth * CRYPTO_MOST_SHARE)


SCHEDULE: Final[dict[str, Callable[[Contract, float, float, float], float]]] = {
    "STK": _stock,
    "OPT": _option,
    "FUT": _future,
    "FOP": _future_option,
    "CASH": _fx,
    "CFD": _stock,
    "WAR": _stock,
    "CRYPTO": _crypto,
}


def whole(contract: Contract, quantity: float, price: float, rate: float) -> float:
    """The commission of an order filled for `quantity`, in the contract's currency (FX: dollars)."""
    return SCHEDULE[contract.sec_type](contract, quantity, price, rate)


def of_fill(
    contract: Contract, filled: float, quantity: float, price: float, rate: float, charged: float
) -> float:
    """What this fill adds to what the order was `charged`: the least is charged once an order, not a fill."""
    return round(max(whole(contract, filled + quantity, price, rate) - charged, 0.0), 6)


def currency(contract: Contract) -> str:
    return "USD" if contract.sec_type == "CASH" else contract.currency
