"""A contract as JSON-able state, and back: what a layout remembers of what was shown."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.contract import Contract, SecType

_FIELDS = {field.name for field in fields(Contract)}
_TEXTS = _FIELDS - {"con_id", "sec_type", "strike", "multiplier"}


def contract_state(contract: Contract) -> dict[str, Any]:
    """Plain values only."""
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(contract).items()
    }


def contract_from(state: object) -> Contract | None:
    """The contract in `state`, or `None` when it is none: states come from files anybody can edit."""
    if not isinstance(state, dict) or not isinstance(con_id := state.get("con_id"), int) or con_id <= 0:
        return None
    texts: dict[str, Any] = {name: value for name in _TEXTS if isinstance(value := state.get(name), str)}
    try:
        return Contract(
            con_id=con_id,
            sec_type=SecType(state.get("sec_type", "STK")),
            strike=None if state.get("strike") is None else Decimal(str(state["strike"])),
            multiplier=Decimal(str(state.get("multiplier", 1))),
            **texts,
        )
    except (ValueError, TypeError, InvalidOperation):
        return None
