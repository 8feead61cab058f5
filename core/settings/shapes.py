"""Risk files in the shape that other desks write: what maps onto ours is taken, the rest is listed, nothing is guessed.

Such a file groups its keys in sections: risk_engine, position_sizing, risk_limits, pre_trade_checks, account_types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core.settings.files import Tree

Place = tuple[str, ...]


def _as_it_is(value: Any) -> Any:
    return value


def _per_cent(value: Any) -> Any:
    """5 where they write per cent, 0.05 where they write a fraction: more than 1 can only be per cent."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
        return f"{value} %"
    return value


TAKEN: dict[str, dict[Place, tuple[Place, Callable[[Any], Any]]]] = {
    "risk": {
        ("risk_limits", "max_order_size"): (("max_order_size",), _as_it_is),
        ("risk_limits", "max_order_quantity"): (("max_order_size",), _as_it_is),
        ("risk_limits", "max_order_value"): (("notional", "hard"), _as_it_is),
        ("risk_limits", "max_order_notional"): (("notional", "hard"), _as_it_is),
        ("risk_limits", "max_portfolio_risk"): (("max_portfolio_risk",), _per_cent),
        ("risk_limits", "max_daily_loss"): (("daily_loss",), _as_it_is),
        ("risk_limits", "daily_loss_limit"): (("daily_loss",), _as_it_is),
        ("risk_limits", "max_daily_loss_pct"): (("daily_loss_fraction",), _per_cent),
        ("risk_limits", "max_daily_trades"): (("orders_per_day",), _as_it_is),
        ("risk_limits", "max_daily_orders"): (("orders_per_day",), _as_it_is),
        ("risk_limits", "max_orders_per_minute"): (("orders_per_60_s", "hard"), _as_it_is),
        ("risk_limits", "max_open_orders"): (("working_per_side", "hard"), _as_it_is),
        ("risk_engine", "max_order_size"): (("max_order_size",), _as_it_is),
        ("risk_engine", "max_portfolio_risk"): (("max_portfolio_risk",), _per_cent),
        ("risk_engine", "max_daily_loss"): (("daily_loss",), _as_it_is),
        ("position_sizing", "max_order_size"): (("max_order_size",), _as_it_is),
        ("position_sizing", "max_order_value"): (("notional", "hard"), _as_it_is),
        ("position_sizing", "max_position_pct"): (("position_fraction", "hard"), _per_cent),
        ("position_sizing", "max_position_percent"): (("position_fraction", "hard"), _per_cent),
        ("position_sizing", "max_portfolio_risk"): (("max_portfolio_risk",), _per_cent),
        ("pre_trade_checks", "max_quote_age_s"): (("quote_age_s",), _as_it_is),
    },
    "permissions": {
        ("trading", "allow_short_selling"): (("shorting",), _as_it_is),
        ("trading", "allow_extended_hours"): (("outside_rth",), _as_it_is),
        ("restrictions", "restricted_symbols"): (("restricted_symbols",), _as_it_is),
        ("restrictions", "blacklist"): (("restricted_symbols",), _as_it_is),
        ("options", "level"): (("options_level",), _as_it_is),
        ("account_types", "default"): (("account_type",), _as_it_is),
    },
}
"""(their section, their key): our key, and how the value is read."""

SECTIONS: dict[str, frozenset[str]] = {
    "risk": frozenset(
        {"risk_engine", "position_sizing", "risk_limits", "pre_trade_checks", "account_types", "monitoring"}
    ),
    "permissions": frozenset({"account_types", "trading", "restrictions", "options", "asset_classes"}),
}
"""Sections of theirs that are looked through. Any other unknown key stays an error."""


def translate(part: str, tree: Tree, origin: str) -> tuple[Tree, tuple[str, ...], Tree]:
    """(the file in our own shape, sentences about what of it is not used, what was taken over from theirs).

    Our own keys win over theirs.
    """
    foreign = {name: tree[name] for name in tree if name in SECTIONS.get(part, frozenset())}
    if not foreign:
        return tree, (), {}
    own: Tree = {}
    ignored = []
    for place, value in _leaves(foreign, ()):
        found = TAKEN[part].get(place)
        if found is None or value is None:
            ignored.append(f"{origin}: {'.'.join(place)} is not used: {_why(place, value)}")
        else:
            _put(own, found[0], found[1](value))
    rest = {name: value for name, value in tree.items() if name not in foreign}
    return _over(own, rest), tuple(ignored), own


def soften(tree: Tree, taken: Tree) -> None:
    """Where only a hard limit was taken over, a soft one that is now above it comes down to it."""
    for name, pair in taken.items():
        if not isinstance(pair, dict) or "hard" not in pair:
            continue
        held = tree.get(name)
        if isinstance(held, dict) and _above(held.get("soft"), pair["hard"]):
            held["soft"] = pair["hard"]


def _above(soft: Any, hard: Any) -> bool:
    try:
        return soft is not None and _plain(soft) > _plain(hard)
    except (TypeError, ValueError):
        return False


def _plain(value: Any) -> float:
    text = str(value).strip()
    return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)


def _why(place: Place, value: Any) -> str:
    if place[0] == "pre_trade_checks" and isinstance(value, bool):
        return "every check always runs." if value else "no file can switch a check off."
    if place[-1] == "enabled":
        return "the gate is always on."
    return "IBDesk has no such limit."


def _leaves(tree: Tree, place: Place) -> Iterator[tuple[Place, Any]]:
    for key, value in tree.items():
        here = (*place, str(key))
        if isinstance(value, dict) and value:
            yield from _leaves(value, here)
        else:
            yield here, value


def _put(tree: Tree, place: Place, value: Any) -> None:
    for key in place[:-1]:
        tree = tree.setdefault(key, {})
    tree[place[-1]] = value


def _over(under: Tree, over: Tree) -> Tree:
    joined = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(joined.get(key), dict)
        joined[key] = _over(joined[key], value) if both else value
    return joined
