"""IB's standing terms by kind of contract: order types, exchanges, market rules, sizes.

Order types, exchanges and the rules 26, 32, 109 and 239 are as recorded from IB by others; of CFDs, crypto
and warrants the order types are the ones that IB documents. Rules from 9001 up are the simulator's own
numbers, because IB's for those contracts are not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MARKET_RULES: Final[dict[int, tuple[tuple[float, float], ...]]] = {
    26: ((0.0, 0.01),),
    32: ((0.0, 0.01),),
    109: ((0.0, 0.01), (3.0, 0.05)),
    239: ((0.0, 0.00005),),
    67: ((0.0, 0.25),),
    9001: ((0.0, 0.005),),
    9002: ((0.0, 0.10),),
    9003: ((0.0, 0.05), (10.0, 0.25)),
}

HARD_TO_BORROW: Final = frozenset({"COIN"})
"""Stocks whose shares the broker must find before they are sold short (404)."""

_ALL = (
    "ACTIVETIM,AD,ADJUST,ALERT,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,DEACTDIS,DEACTEOD,GAT,GTC,GTD,"
    "GTT,HID,LIT,LMT,MIT,MKT,NONALGO,OCA,SCALE,SCALERST,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
)
_LISTED = "BENCHPX,IOC,MTL,NGCOMB,SNAPMID,SNAPMKT,SNAPREL"


def _tokens(*lists: str, without: str = "") -> str:
    dropped = without.split(",")
    return ",".join(sorted({token for one in lists for token in one.split(",") if token not in dropped}))


STOCK_ONLY = (
    "ALGO,AON,CASHQTY,DARKONLY,DARKPOLL,DIS,DUR,IBKRATS,ICE,IMB,LOC,MIDPX,MOC,NODARK,OPG,OPGREROUT,PEGBENCH,"
    "PEGMID,POSTATS,POSTONLY,PREOPGRTH,PRICECHK,REL,REL2MID,RELPCTOFS,RPI,RTH,SCALEODD,SIZECHK,SMARTSTG,SWEEP"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What every contract of one kind has in common."""

    order_types: str
    exchanges: str
    rules: str
    min_tick: float
    agg_group: int
    suggested_size: float = 1
    size_step: float = 1
    least_size: float = 1


def _repeat(rule_id: int, exchanges: str) -> str:
    return ",".join([str(rule_id)] * (exchanges.count(",") + 1))


_US = (
    "SMART,AMEX,NYSE,CBOE,PHLX,ISE,CHX,ARCA,NASDAQ,ISLAND,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX,EDGX,FOXRIVER,PEARL,"
    "NYSENAT,LTSE,MEMX,IBEOS,OVERNIGHT,PSX"
)
_OPTIONS = (
    "SMART,AMEX,CBOE,PHLX,PSE,ISE,BOX,BATS,NASDAQOM,CBOE2,NASDAQBX,MIAX,GEMINI,EDGX,MERCURY,PEARL,EMERALD"
)
_FUTURES_TYPES = _tokens(_ALL, _LISTED, "ALGO,ICE,LTH,PEGBENCH,SIZECHK")
_CASH_TYPES = _tokens(_ALL, "ALGO,CASHQTY,IOC,REL,RELPCTOFS")
_CRYPTO_TYPES = "ACTIVETIM,ALERT,ALLOC,CASHQTY,DAY,DEACT,GTC,IOC,LMT,MKT,WHATIF"
_INDEX_TYPES = _tokens(_ALL, without="MKT,STP,STPLMT,TRAIL,TRAILLMT,TRAILMIT,TRAILLIT,MIT,LIT")


def _future(exchange: str, rule_id: int, min_tick: float) -> Terms:
    exchanges = f"{exchange},QBALGO"
    return Terms(_FUTURES_TYPES, exchanges, _repeat(rule_id, exchanges), min_tick, 2147483647)


TERMS: Final[dict[str, Terms]] = {
    "STK": Terms(_tokens(_ALL, _LISTED, STOCK_ONLY), _US, _repeat(26, _US), 0.01, 1, suggested_size=100),
    "CASH": Terms(_CASH_TYPES, "IDEALPRO", "239", 0.00005, 4),
    "CASH JPY": Terms(_CASH_TYPES, "IDEALPRO", "9001", 0.005, 4),
    "IND": Terms(_INDEX_TYPES, "CBOE", "32", 0.01, 2147483647),
    "OPT": Terms(_tokens(_ALL, _LISTED, "OPENCLOSE"), _OPTIONS, _repeat(109, _OPTIONS), 0.01, 2),
    "OPT penny": Terms(_tokens(_ALL, _LISTED, "OPENCLOSE"), _OPTIONS, _repeat(32, _OPTIONS), 0.01, 2),
    "FOP": Terms(_tokens(_ALL, _LISTED, "LTH,VOLAT"), "CME", "9003", 0.05, 2147483647),
    "WAR": Terms(_tokens(_ALL, "IOC,LOC,MOC,MTL,OPG"), "SMART,NYSE,ARCA", "26,26,26", 0.01, 1),
    "CFD": Terms(_tokens(_ALL, "IOC,LOC,MOC,MTL,OPG,REL,RELPCTOFS"), "SMART", "26", 0.01, 1),
    "CRYPTO": Terms(_CRYPTO_TYPES, "PAXOS", "32", 0.01, 1, 1e-8, 1e-8, 1e-4),
    "ES": _future("CME", 67, 0.25),
    "NQ": _future("CME", 67, 0.25),
    "CL": _future("NYMEX", 32, 0.01),
    "GC": _future("COMEX", 9002, 0.10),
}


def increments(rule_id: int) -> tuple[tuple[float, float], ...]:
    """(low edge, increment) of a market rule; empty when there is no such rule."""
    return MARKET_RULES.get(rule_id, ())
