"""IB's algorithms: one row each with its parameters; all are attributes of a limit or market order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.domain.contract import SecType
from core.domain.order import Algo, OrderType, Tif

CARRIERS = frozenset({OrderType.LMT, OrderType.MKT})
"""The order types that an algorithm may stand on."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: `tag` and value go to IB as text. `choices` where only these are taken."""

    tag: str
    title: str
    kind: str
    """"choice", "fraction", "time" or "flag"."""
    meaning: str
    default: str = ""
    choices: tuple[str, ...] = ()
    must: bool = False


@dataclass(frozen=True, slots=True)
class AlgoRow:
    strategy: str
    """IB's name."""
    title: str
    meaning: str
    sec_types: frozenset[SecType]
    tifs: frozenset[Tif]
    params: tuple[Param, ...]

    @property
    def initial(self) -> Algo:
        """With every parameter at its default."""
        return Algo(self.strategy, tuple((one.tag, one.default) for one in self.params if one.default))


_STOCKS = frozenset({SecType.STK})
_DAY = frozenset({Tif.DAY})
_FROM = Param("startTime", "From", "time", "When to begin: 20261123-15:00:00 is UTC. Empty: at once.")
_TO = Param("endTime", "Until", "time", "When to end. Empty: the close.")
_PAST_END = Param(
    "allowPastEndTime", "Past the end", "flag", "Whether it may go on after the end time.", "1", ("0", "1")
)
_SHARE = Param(
    "maxPctVol", "Most of volume", "fraction", "The largest part of the market's volume: 0.1 is 10 %.", "0.1"
)
_RISK = Param(
    "riskAversion",
    "Urgency",
    "choice",
    "How fast it trades, at the price of more impact.",
    "Neutral",
    ("Get Done", "Aggressive", "Neutral", "Passive"),
)
_NO_TAKE = Param("noTakeLiq", "Never take", "flag", "Whether it may only wait, never cross.", "0", ("0", "1"))
_FORCE = Param(
    "forceCompletion", "Complete by the close", "flag", "Whether to finish by the close.", "0", ("0", "1")
)

ALGOS: dict[str, AlgoRow] = {
    row.strategy: row
    for row in (
        AlgoRow(
            "Adaptive",
            "Adaptive",
            "IB looks for a better price between bid and ask, and crosses when its patience ends.",
            frozenset({SecType.STK, SecType.OPT, SecType.FUT}),
            frozenset({Tif.DAY, Tif.GTC}),
            (
                Param(
                    "adaptivePriority",
                    "Priority",
                    "choice",
                    "How long it waits for a better price.",
                    "Normal",
                    ("Urgent", "Normal", "Patient"),
                    must=True,
                ),
            ),
        ),
        AlgoRow(
            "Twap",
            "TWAP",
            "Even slices over time.",
            _STOCKS,
            _DAY,
            (
                Param(
                    "strategyType",
                    "Trades",
                    "choice",
                    "Which prices set off a slice.",
                    "Marketable",
                    ("Marketable", "Matching Midpoint", "Matching Same Side", "Matching Last"),
                ),
                _FROM,
                _TO,
                _PAST_END,
            ),
        ),
        AlgoRow(
            "Vwap",
            "VWAP",
            "Follows the day's usual volume to come near its average price.",
            _STOCKS,
            _DAY,
            (_SHARE, _FROM, _TO, _PAST_END, _NO_TAKE),
        ),
        AlgoRow(
            "PctVol",
            "Percent of volume",
            "Takes part in a fixed share of what the market trades.",
            _STOCKS,
            _DAY,
            (
                Param(
                    "pctVol",
                    "Share of volume",
                    "fraction",
                    "0.1 is 10 % of the market's volume.",
                    "0.1",
                    must=True,
                ),
                _FROM,
                _TO,
                _NO_TAKE,
            ),
        ),
        AlgoRow(
            "ArrivalPx",
            "Arrival price",
            "Tries for the middle of bid and ask as it was when the order arrived.",
            _STOCKS,
            _DAY,
            (_SHARE, _RISK, _FROM, _TO, _FORCE, _PAST_END),
        ),
    )
}

_TIME = re.compile(r"\d{8}-\d{2}:\d{2}:\d{2}|\d{8} \d{2}:\d{2}:\d{2} \S+|\d{2}:\d{2}:\d{2} \S+", re.ASCII)
_FRACTION = re.compile(r"0?\.\d{1,6}|1(\.0+)?", re.ASCII)


def why_not_algo(algo: Algo, sec_type: SecType, order_type: OrderType, tif: Tif, exchange: str) -> str:
    """Why this algorithm is closed for such an order, in words; "" when it is open."""
    row = ALGOS.get(algo.strategy)
    if row is None:
        return f"IBDesk does not offer the algorithm {algo.strategy}."
    if sec_type not in row.sec_types:
        return f"{row.title} is for {', '.join(sorted(row.sec_types))} only."
    if order_type not in CARRIERS:
        return "An algorithm works with limit and market orders only."
    if tif not in row.tifs:
        return f"{row.title} takes {' and '.join(sorted(row.tifs))} only."
    if sec_type is SecType.STK and exchange != "SMART":
        return f"{row.title} needs the route SMART."
    return ""


def fault_of_params(algo: Algo) -> str:
    """What is wrong with the parameters, in words; "" when nothing is (IB's 441 otherwise)."""
    row = ALGOS[algo.strategy]
    given = dict(algo.params)
    known = {one.tag: one for one in row.params}
    if len(given) != len(algo.params):
        return f"{row.title}: a parameter is given twice."
    if unknown := next((tag for tag in given if tag not in known), ""):
        return f"{row.title} has no parameter {unknown}."
    for tag, param in known.items():
        if fault := _fault(param, given.get(tag, "")):
            return f"{row.title}: {fault}"
    return ""


def _fault(param: Param, value: str) -> str:
    if not value:
        return f"{param.title.lower()} is missing." if param.must else ""
    if param.choices and value not in param.choices:
        return f"{param.title.lower()} is {value}; IB takes {', '.join(param.choices)}."
    if param.kind == "fraction" and (not _FRACTION.fullmatch(value) or not 0 < float(value) <= 1):
        return f"{param.title.lower()} is {value}; IB takes a fraction up to 1, such as 0.1."
    if param.kind == "time" and not _TIME.fullmatch(value):
        return f"{param.title.lower()} is {value}; write it as 20261123-15:00:00 (UTC)."
    return ""
