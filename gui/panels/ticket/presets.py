"""Presets: how the ticket begins for a contract, or for every contract of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.contract import Contract
from core.domain.order import OrderType, Tif
from gui.panels.ticket.exit_terms import STOP_UNITS, TARGET_UNITS, By, Typed
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.sizing import Size

_MOST_TEXT = 16
_MOST_KEPT = 500
_RELATIVE = frozenset(By) - {By.PRICE}
Preset = dict[str, Any]


class Presets:
    """By contract and by kind of contract; a contract's own comes first. JSON-able, and careful with what it reads."""

    def __init__(self) -> None:
        self._kept: dict[str, Preset] = {}

    def of(self, contract: Contract) -> Preset | None:
        return self._kept.get(str(contract.con_id)) or self._kept.get(contract.sec_type)

    def keep(self, contract: Contract, preset: Preset, *, for_kind: bool) -> None:
        self._kept[contract.sec_type if for_kind else str(contract.con_id)] = preset

    def forget(self, contract: Contract) -> None:
        """What `of` gives now."""
        for key in (str(contract.con_id), str(contract.sec_type)):
            if self._kept.pop(key, None) is not None:
                return

    def state(self) -> dict[str, Preset]:
        return dict(self._kept)

    def restore(self, state: object) -> None:
        """Files can be edited by anybody: what is no preset is left out."""
        if isinstance(state, dict):
            good = ((key, _checked(value)) for key, value in list(state.items())[:_MOST_KEPT])
            self._kept = {key: value for key, value in good if isinstance(key, str) and value}


def take(form: TicketForm) -> Preset:
    """What of the form is worth beginning with again: no prices, for those are of the moment."""
    stop, targets = form.exits.typed()
    return {
        "order_type": str(form.order_type.currentData()),
        "tif": str(form.tif.currentData()),
        "outside_rth": form.outside.isChecked(),
        "size": form.quantity.unit,
        "quantity": form.quantity.text,
        "exits": [_typed_state(one) for one in (stop, *targets) if one.by in _RELATIVE or one is stop],
    }


def put(form: TicketForm, preset: Preset) -> None:
    """Begin with `preset`; it has been checked."""
    form.order_type.setCurrentIndex(form.order_type.findData(OrderType(preset["order_type"])))
    form.tif.setCurrentIndex(form.tif.findData(Tif(preset["tif"])))
    form.outside.setChecked(preset["outside_rth"])
    form.quantity.choose(preset["size"])
    form.quantity.edit.setText(preset["quantity"])
    exits = [Typed(one["text"], By(one["by"])) for one in preset["exits"]]
    if any(one.text for one in exits):
        form.exits.show_typed(exits[0], tuple(exits[1:]) or (Typed(),))
        form.exits_section.open()
    form.show_state()


def _typed_state(one: Typed) -> dict[str, str]:
    return {"text": one.text if one.by in _RELATIVE else "", "by": str(one.by)}


def _checked(value: object) -> Preset | None:
    if not isinstance(value, Mapping):
        return None
    try:
        exits = [_checked_exit(one, at) for at, one in enumerate(list(value["exits"])[:5])]
        return {
            "order_type": str(OrderType(value["order_type"])),
            "tif": str(Tif(value["tif"])),
            "outside_rth": value["outside_rth"] is True,
            "size": str(Size(value["size"])),
            "quantity": str(value["quantity"])[:_MOST_TEXT],
            "exits": exits,
        }
    except (KeyError, TypeError, ValueError):
        return None


def _checked_exit(value: Any, at: int) -> dict[str, str]:
    by = By(value["by"])
    allowed = {unit.key for unit in (STOP_UNITS if at == 0 else TARGET_UNITS)}
    if by not in allowed:
        raise ValueError(by)
    return {"text": str(value["text"])[:_MOST_TEXT], "by": str(by)}
