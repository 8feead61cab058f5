"""What the fields of the ticket say, read together: an order or a bracket, or what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from core.domain.bracket import BracketSpec, ExitsSpec
from core.domain.choices import price_faults, value_faults, why_closed
from core.domain.contract import Contract, ContractDetails
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.order_types import FIELDS, ORDER_TYPES, Need, PriceField
from gui.panels.ticket.exit_terms import Exits
from gui.widgets.number_text import Reading, read_number, read_order_price, read_price

Wish = OrderSpec | BracketSpec | ExitsSpec
"""What is reviewed and sent."""

TRAILING = (PriceField.TRAIL_AMOUNT, PriceField.TRAIL_PERCENT)


def parent_of(wish: Wish) -> OrderSpec:
    """The order that opens, or closes, the position."""
    match wish:
        case BracketSpec():
            return wish.parent
        case ExitsSpec():
            return wish.closing
        case _:
            return wish


class Terms(NamedTuple):
    """Everything the fields hold, each number read or with its fault."""

    side: Side
    order_type: OrderType
    tif: Tif
    quantity: Reading
    prices: Mapping[PriceField, Reading]
    """Of the fields that the type takes."""
    extras: Mapping[str, Any]
    """What stands in the further fields, by `OrderSpec`'s names."""
    extras_fault: str = ""
    exits: Exits | None = None
    """`None` while the section for them is shut."""
    details: ContractDetails | None = None
    base: OrderSpec | None = None
    """A working order that is changed: whatever has no field stays as it is."""
    told: str = ""
    """How the quantity came about, where it was not typed as such."""
    route: str = ""
    """The exchange the order goes to; "" leaves the contract's own way."""

    def draft(self, contract: Contract, account: str = "") -> OrderSpec:
        """The order as far as it is known: the quantity may be 0, prices may be missing."""
        known: dict[str, Any] = {name.value: reading.value for name, reading in self.prices.items()}
        quantity = self.quantity.value or Decimal(0)
        if self.base is not None:
            return replace(self.base, quantity=quantity, tif=self.tif, **known, **self._changeable)
        if self.route:
            contract = replace(contract, exchange=self.route)
        made = OrderSpec(contract, self.side, quantity, self.order_type, tif=self.tif, account=account)
        return replace(made, **known, **self.extras)

    @property
    def _changeable(self) -> dict[str, Any]:
        return {name: self.extras[name] for name in ("outside_rth", "good_till") if name in self.extras}

    @property
    def tokens(self) -> frozenset[str]:
        return self.details.order_types if self.details else frozenset()

    def closed(self, contract: Contract) -> str:
        """Why what was chosen does not go together here; "" when it does."""
        return why_closed(self.draft(contract), self.tokens)

    def fault(self, contract: Contract) -> str:
        """The first thing that is missing or wrong, in words; "" when it is an order."""
        readings = (self.quantity, *self._needed())
        first = next((one.fault for one in readings if one.value is None and one.fault), "")
        return (
            self.closed(contract)
            or first
            or next((one.words for one in price_faults(self.draft(contract))), "")
            or self.extras_fault
            or next(iter(value_faults(self.draft(contract))), "")
            or (self.exits.fault if self.exits else "")
        )

    def wish(self, contract: Contract, account: str) -> OrderSpec | BracketSpec | None:
        """What can be reviewed, once nothing is missing or wrong in the form of it."""
        if self.fault(contract):
            return None
        spec = self.draft(contract, account)
        exits = () if self.exits is None else self.exits.exits()
        return BracketSpec(spec, exits) if exits else spec

    def _needed(self) -> list[Reading]:
        """The prices there must be, and those that were typed though they need not be."""
        row = ORDER_TYPES[self.order_type]
        return [
            reading
            for name, reading in self.prices.items()
            if row.need(name) is Need.MUST or not reading.missing
        ]


def read_field(name: PriceField, text: str, details: ContractDetails | None) -> Reading:
    """A price field's number as the table says it is meant."""
    row = FIELDS[name]
    if row.unit == "per cent":
        reading = read_number(text, row.title)
        if reading.value is not None and reading.value >= 100:
            return Reading(None, f"A {row.title} is under 100.")
        return reading
    read = read_order_price if row.unit == "price" else read_price
    return read(text, details, row.title)


def taken(order_type: OrderType) -> list[PriceField]:
    """The price fields that a type takes at all."""
    return [name for name in PriceField if ORDER_TYPES[order_type].need(name) is not Need.NEVER]
