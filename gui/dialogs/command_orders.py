"""What a typed command comes to: which contract is meant, how many of it, which orders, in values and words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from core.domain.bracket import BracketSpec
from core.domain.command_line import CancelCommand, OrderCommand, spec_of
from core.domain.contract import Contract, ContractDetails
from core.domain.order import Order, OrderSpec, OrderType, Side
from core.domain.order_types import PriceField
from core.risk import sizing
from core.risk.sizing import Sized
from core.risk.value import rate_to_base
from gui.widgets.lots import lot

if TYPE_CHECKING:
    from core.desk import Desk


def known_contracts(desk: Desk, selected: Contract | None) -> list[Contract]:
    """What the trader deals with now, nearest first: the contract in view, positions, working orders."""
    found = [] if selected is None else [selected]
    found += [position.contract for position in desk.positions()]
    found += [order.spec.contract for order in desk.orders()]
    return list({contract.con_id: contract for contract in found if contract.con_id}.values())


def meant(symbol: str, contracts: Iterable[Contract]) -> Contract | None:
    """The first contract of that symbol, or named so."""
    wanted = symbol.upper()
    return next((one for one in contracts if wanted in (one.symbol.upper(), one.label.upper())), None)


def staged(
    command: OrderCommand, details: ContractDetails, desk: Desk, account: str
) -> OrderSpec | BracketSpec | str:
    """The order to be reviewed, or the words why there is none yet."""
    size = sized(command, details, desk, account)
    if size.quantity is None:
        return size.words
    return spec_of(command, details.contract, size.quantity, account)


def sized(command: OrderCommand, details: ContractDetails, desk: Desk, account: str) -> Sized:
    """By shares, money, part of net liquidation or risk; the usual lot where nothing was said."""
    contract = details.contract
    if command.money is command.fraction is command.risk is None:
        return Sized(lot(contract, details) if command.quantity is None else command.quantity)
    prices = dict(command.prices)
    entry = (
        prices.get(PriceField.LIMIT) or prices.get(PriceField.STOP) or _market(command.side, details, desk)
    )
    rate = rate_to_base(contract.currency, account, desk)
    if command.money is not None:
        return sizing.by_money(command.money, entry, details, rate)
    if command.fraction is not None:
        summary = desk.account(account)
        equity = summary.net_liquidation if summary else None
        return sizing.by_fraction(command.fraction, equity, entry, details, rate)
    assert command.risk is not None
    return sizing.by_risk(command.risk, entry, command.exit.stop if command.exit else None, details, rate)


def closing(desk: Desk, symbol: str) -> OrderSpec | str:
    """The order that closes the position, or words where there is none."""
    position = next((one for one in desk.positions() if one.quantity and meant(symbol, [one.contract])), None)
    if position is None:
        return f"There is no position in {symbol}."
    side = Side.SELL if position.quantity > 0 else Side.BUY
    return OrderSpec(position.contract, side, abs(position.quantity), OrderType.MKT, account=position.account)


def cancelled_by(command: CancelCommand, desk: Desk) -> list[Order]:
    """This desk's own live orders that the command is about."""
    return [
        order
        for order in desk.orders()
        if order.own
        and order.is_live
        and command.side in (None, order.spec.side)
        and (not command.symbol or meant(command.symbol, [order.spec.contract]))
    ]


def _market(side: Side, details: ContractDetails, desk: Desk) -> Decimal | None:
    quote = desk.quote(details.contract.con_id)
    if quote is None:
        return None
    near = quote.ask if side is Side.BUY else quote.bid
    price = quote.reference if near is None else near
    return None if price is None else details.round_to_tick(price)
