"""IBKR's farms behind the gateway: which are well, which broke, and which came back."""

from __future__ import annotations

import re
from typing import NamedTuple

from core.domain.link import Farm, FarmKind

_MARKET, _HISTORY, _DEFINITION = FarmKind.MARKET_DATA, FarmKind.HISTORY, FarmKind.SECURITY_DEFINITION

FARM_CODES: dict[int, tuple[FarmKind, bool | None]] = {
    2103: (_MARKET, False),
    2104: (_MARKET, True),
    2105: (_HISTORY, False),
    2106: (_HISTORY, True),
    2107: (_HISTORY, None),
    2108: (_MARKET, None),
    2119: (_MARKET, None),
    2157: (_DEFINITION, False),
    2158: (_DEFINITION, True),
}
"""What each of IB's codes says of a farm: its kind, and well, broken, or asleep (`None`)."""

GOOD_NEWS = frozenset(code for code, (_, well) in FARM_CODES.items() if well is not False)
"""Announced by the dozen at every start: nothing to tell the trader."""

FARMS_KEPT = 64
_NAME = re.compile(r":\s*([\w.\-]{1,40})\s*\.?\s*$")


class FarmNews(NamedTuple):
    """A farm that is not what it was."""

    farm: Farm
    before: Farm | None

    @property
    def came_back(self) -> bool:
        """It was broken and is well again: what it served must prove that it flows."""
        return self.farm.well is True and self.before is not None and self.before.well is False

    @property
    def is_worth_telling(self) -> bool:
        """Farms that are simply well are announced by the dozen at every start."""
        return self.farm.well is False or (self.farm.well is True and self.before is not None)


class Farms:
    """By name; forgotten whenever the gateway is reached anew, as it tells them all again."""

    def __init__(self) -> None:
        self._farms: dict[tuple[FarmKind, str], Farm] = {}

    def clear(self) -> None:
        self._farms.clear()

    def all(self) -> tuple[Farm, ...]:
        return tuple(sorted(self._farms.values(), key=lambda farm: (farm.name, farm.kind)))

    def reported(self, code: int, text: str, now_s: float) -> FarmNews | None:
        """Take in one of `FARM_CODES`; `None` when nothing changed."""
        kind, well = FARM_CODES[code]
        found = _NAME.search(text)
        name = found.group(1) if found else kind.value
        before = self._farms.get((kind, name))
        if before is not None and before.well is well:
            return None
        if before is not None and before.well is False and well is None:
            return None  # it says that it connects: broken until it says that it is well
        if before is None and len(self._farms) >= FARMS_KEPT:
            return None
        farm = self._farms[kind, name] = Farm(name, kind, well, now_s)
        return FarmNews(farm, before)
