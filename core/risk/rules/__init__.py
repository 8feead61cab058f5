"""The roster of risk rules: one file a rule, one row here; of several hard objections the first row decides."""

from __future__ import annotations

from core.risk.rule import Rule
from core.risk.rules import (
    account_not_allowed,
    contract_expired,
    contract_unknown,
    duplicate_order,
    exchange_not_permitted,
    link_not_ready,
    malformed_order,
    market_closed,
    max_order_fraction,
    max_order_notional,
    max_order_quantity,
    max_portfolio_risk,
    modification_not_possible,
    off_tick,
    order_rate,
    order_type_closed,
    outside_rth_not_permitted,
    position_flip,
    price_collar,
    prices_do_not_fit_type,
    quantity_not_in_lots,
    quote_missing,
    quote_stale,
    read_only,
    sec_type_not_permitted,
    shorting_not_permitted,
    spread_too_wide,
    stop_on_wrong_side,
    symbol_restricted,
    too_many_working,
)

ROSTER: tuple[Rule, ...] = (
    malformed_order,
    # May this desk send anything at all?
    link_not_ready,
    read_only,
    account_not_allowed,
    # May it trade this?
    sec_type_not_permitted,
    exchange_not_permitted,
    symbol_restricted,
    shorting_not_permitted,
    outside_rth_not_permitted,
    contract_unknown,
    contract_expired,
    # Is it an order that IB would take?
    order_type_closed,
    prices_do_not_fit_type,
    modification_not_possible,
    quantity_not_in_lots,
    off_tick,
    too_many_working,
    # Is it the order that was meant?
    max_order_quantity,
    max_order_notional,
    max_order_fraction,
    max_portfolio_risk,
    price_collar,
    duplicate_order,
    order_rate,
    quote_missing,
    quote_stale,
    spread_too_wide,
    market_closed,
    stop_on_wrong_side,
    position_flip,
)
