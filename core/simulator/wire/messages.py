"""Every other message the gateway sends: one function each, facts in, one framed message out.

Functions take the version only where the layout depends on it. `openOrder` and `completedOrder`
have `open_order` to themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from core.simulator.model import Contract, Execution, Listing, OptionModel, Order, Position
from core.simulator.wire.fields import UNSET_DOUBLE, flag, number, price
from core.simulator.wire.frames import SIMULATOR_ZONE, frame, tick_frame

# --- Session ------------------------------------------------------------------------------------


def greeting(version: int, stamp: str) -> bytes:
    """The one message without an id; `stamp` is "20261122 01:15:32" in US Eastern time."""
    return frame(version, f"{stamp} {SIMULATOR_ZONE}")


def managed_accounts(accounts: Iterable[str]) -> bytes:
    return frame(15, 1, ",".join(accounts))


def next_valid_id(order_id: int) -> bytes:
    return frame(9, 1, order_id)


def error(version: int, req_id: int, code: int, text: str, advanced_json: str = "") -> bytes:
    if version >= 166:
        return frame(4, 2, req_id, code, text, advanced_json)
    return frame(4, 2, req_id, code, text)


def current_time(epoch_s: int) -> bytes:
    return frame(49, 1, epoch_s)


def user_info(req_id: int, white_branding_id: str) -> bytes:
    return frame(107, req_id, white_branding_id)


# --- Contracts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Detail:
    name: str
    write: Callable[[Listing], tuple[str, ...]]
    since: int = 0
    until: int = 1_000


def _is(name: str, write: Callable[[Listing], str], since: int = 0, until: int = 1_000) -> _Detail:
    return _Detail(name, lambda listing: (write(listing),), since, until)


def _security_ids(listing: Listing) -> tuple[str, ...]:
    return (str(len(listing.sec_ids)), *(part for pair in listing.sec_ids for part in pair))


CONTRACT_DETAILS: Final[tuple[_Detail, ...]] = (
    _is("symbol", lambda listing: listing.contract.symbol),
    _is("secType", lambda listing: listing.contract.sec_type),
    _is("lastTradeDate", lambda listing: listing.contract.expiry),
    _is("strike", lambda listing: number(listing.contract.strike)),
    _is("right", lambda listing: listing.contract.right),
    _is("exchange", lambda listing: listing.contract.exchange),
    _is("currency", lambda listing: listing.contract.currency),
    _is("localSymbol", lambda listing: listing.contract.local_symbol),
    _is("marketName", lambda listing: listing.market_name),
    _is("tradingClass", lambda listing: listing.contract.trading_class),
    _is("conId", lambda listing: str(listing.contract.con_id)),
    _is("minTick", lambda listing: number(listing.min_tick)),
    _is("mdSizeMultiplier", lambda listing: "100" if listing.contract.sec_type == "STK" else "1", until=164),
    _is("multiplier", lambda listing: listing.contract.multiplier),
    _is("orderTypes", lambda listing: listing.order_types),
    _is("validExchanges", lambda listing: listing.valid_exchanges),
    _is("priceMagnifier", lambda listing: str(listing.price_magnifier)),
    _is("underConId", lambda listing: str(listing.under_con_id)),
    _is("longName", lambda listing: listing.long_name),
    _is("primaryExchange", lambda listing: listing.contract.primary_exchange),
    _is("contractMonth", lambda listing: listing.contract_month),
    _is("industry", lambda listing: listing.industry),
    _is("category", lambda listing: listing.category),
    _is("subcategory", lambda listing: listing.subcategory),
    _is("timeZoneId", lambda listing: listing.time_zone),
    _is("tradingHours", lambda listing: listing.trading_hours),
    _is("liquidHours", lambda listing: listing.liquid_hours),
    _is("evRule", lambda listing: listing.ev_rule),
    _is("evMultiplier", lambda listing: number(listing.ev_multiplier)),
    _Detail("secIdList", _security_ids),
    _is("aggGroup", lambda listing: str(listing.agg_group)),
    _is("underSymbol", lambda listing: listing.under_symbol),
    _is("underSecType", lambda listing: listing.under_sec_type),
    _is("marketRuleIds", lambda listing: listing.market_rule_ids),
    _is("realExpirationDate", lambda listing: listing.real_expiration_date),
    _is("stockType", lambda listing: listing.stock_type),
    _is("sizeMinTick", lambda listing: number(listing.size_increment), since=163, until=164),
    _is("minSize", lambda listing: number(listing.min_size), since=164),
    _is("sizeIncrement", lambda listing: number(listing.size_increment), since=164),
    _is("suggestedSizeIncrement", lambda listing: number(listing.suggested_size_increment), since=164),
)


def contract_details(version: int, req_id: int, listing: Listing) -> bytes:
    fields: list[str] = ["10", "8"] if version < 164 else ["10"]
    fields.append(str(req_id))
    for detail in CONTRACT_DETAILS:
        if detail.since <= version < detail.until:
            fields += detail.write(listing)
    return frame(*fields)


def contract_details_end(req_id: int) -> bytes:
    return frame(52, 1, req_id)


def symbol_samples(version: int, req_id: int, found: Sequence[tuple[Listing, tuple[str, ...]]]) -> bytes:
    """`found` pairs each underlying with the security types derived from it."""
    fields: list[str | int] = [79, req_id, len(found)]
    for listing, derived in found:
        c = listing.contract
        fields += [c.con_id, c.symbol, c.sec_type, c.primary_exchange, c.currency, len(derived), *derived]
        if version >= 176:
            fields += [listing.long_name, ""]
    return frame(*fields)


Chain = tuple[str, str, str, tuple[str, ...], tuple[float, ...]]


def option_chain(req_id: int, under_con_id: int, chain: Chain) -> bytes:
    exchange, trading_class, multiplier, expiries, strikes = chain
    return frame(
        75,
        req_id,
        exchange,
        under_con_id,
        trading_class,
        multiplier,
        len(expiries),
        *expiries,
        len(strikes),
        *map(number, strikes),
    )


def option_chain_end(req_id: int) -> bytes:
    return frame(76, req_id)


def market_rule(rule_id: int, steps: Sequence[tuple[float, float]]) -> bytes:
    return frame(93, rule_id, len(steps), *(number(part) for step in steps for part in step))


def rows(msg_id: int, table: Sequence[Sequence[str | int]], *before: int) -> bytes:
    """A count and rows of fields, after an optional request id: messages 77, 78, 80, 82, 85."""
    return frame(msg_id, *before, len(table), *(part for row in table for part in row))


def news_article(req_id: int, text: str) -> bytes:
    return frame(83, req_id, 0, text)


def tick_news(req_id: int, epoch_ms: int, provider: str, article_id: str, headline: str) -> bytes:
    return frame(84, req_id, epoch_ms, provider, article_id, headline, "")


def historical_news(req_id: int, at: str, provider: str, article_id: str, headline: str) -> bytes:
    """`at` is "2026-11-22 10:00:00.0"."""
    return frame(86, req_id, at, provider, article_id, headline)


def historical_news_end(req_id: int, *, more: bool) -> bytes:
    return frame(87, req_id, flag(more))


def histogram(req_id: int, counts: Sequence[tuple[float, int]]) -> bytes:
    return frame(89, req_id, len(counts), *(part for p, n in counts for part in (price(p), str(n))))


def scanner_parameters(xml: str) -> bytes:
    return frame(19, 1, xml)


def scanner_data(req_id: int, found: Sequence[Listing]) -> bytes:
    fields: list[str | int] = [20, 3, req_id, len(found)]
    for rank, listing in enumerate(found):
        c = listing.contract
        fields += [rank, c.con_id, c.symbol, c.sec_type, c.expiry, number(c.strike), c.right, c.exchange]
        fields += [c.currency, c.local_symbol, listing.market_name, c.trading_class, "", "", "", ""]
    return frame(*fields)


# --- Market data --------------------------------------------------------------------------------


def tick_price(req_id: int, tick_type: int, value: float | None, size: int, mask: int = 0) -> bytes:
    """No price is -1 with size 0, as TWS shows an empty side of the book."""
    shown = "-1" if value is None else number(value)
    sized = size if value is not None else 0
    return tick_frame(f"1\x006\x00{req_id}\x00{tick_type}\x00{shown}\x00{sized}\x00{mask}\x00")


def tick_size(req_id: int, tick_type: int, size: float) -> bytes:
    return tick_frame(f"2\x006\x00{req_id}\x00{tick_type}\x00{number(size)}\x00")


def tick_generic(req_id: int, tick_type: int, value: float) -> bytes:
    return tick_frame(f"45\x006\x00{req_id}\x00{tick_type}\x00{number(value)}\x00")


def tick_string(req_id: int, tick_type: int, value: str) -> bytes:
    return tick_frame(f"46\x006\x00{req_id}\x00{tick_type}\x00{value}\x00")


def tick_params(req_id: int, min_tick: float, bbo_exchange: str, permissions: int) -> bytes:
    return frame(81, req_id, number(min_tick), bbo_exchange, permissions)


def market_data_type(req_id: int, kind: int) -> bytes:
    return frame(58, 1, req_id, kind)


def snapshot_end(req_id: int) -> bytes:
    return frame(57, 1, req_id)


_NO_GREEKS: Final = "-2", "-1\x00-2\x00-2\x00-2\x00-1"


def _greeks(model: OptionModel) -> tuple[str, str]:
    """Delta, and all that follows the price: no dividend, gamma, vega, theta and the underlying's price."""
    _, delta, gamma, vega, theta, _, under = model
    return number(delta), f"0\x00{number(gamma)}\x00{number(vega)}\x00{number(theta)}\x00{_seen(under)}"


_seen = lru_cache(maxsize=4_096)(number)
"""For what has most likely been written before."""


class Computation(NamedTuple):
    """An option's model at one price; None is "not computed", which has a number of its own per field."""

    implied_vol: float | None
    price: float | None
    model: OptionModel | None
    """Whose the greeks are."""


def tick_options(req_id: int, told: Iterable[tuple[int, Computation]]) -> bytes:
    """One message for each tick type; the greeks that go with several are written once."""
    messages, written = [], None
    delta, rest = _NO_GREEKS
    for tick_type, (implied_vol, price_, model) in told:
        if model is not written:
            delta, rest = _greeks(model) if model else _NO_GREEKS
            written = model
        volatility = "-1" if implied_vol is None else number(implied_vol)
        shown = "-1" if price_ is None else _seen(price_)
        messages.append(
            tick_frame(
                f"21\x00{req_id}\x00{tick_type}\x000\x00{volatility}\x00{delta}\x00{shown}\x00{rest}\x00"
            )
        )
    return b"".join(messages)


def depth_row(req_id: int, at: int, operation: int, side: int, value: float, size: float) -> bytes:
    return frame(12, 1, req_id, at, operation, side, price(value), number(size))


def depth_row_of(
    req_id: int, at: int, maker: str, operation: int, side: int, value: float, size: float, *, smart: bool
) -> bytes:
    return frame(13, 1, req_id, at, maker, operation, side, price(value), number(size), flag(smart))


def print_by_tick(
    req_id: int, kind: int, epoch_s: int, value: float, size: int, exchange: str, conditions: str
) -> bytes:
    return frame(99, req_id, kind, epoch_s, price(value), size, 0, exchange, conditions)


def quote_by_tick(req_id: int, epoch_s: int, bid: float, ask: float, bid_size: int, ask_size: int) -> bytes:
    return frame(99, req_id, 3, epoch_s, price(bid), price(ask), bid_size, ask_size, 0)


def midpoint_by_tick(req_id: int, epoch_s: int, value: float) -> bytes:
    return frame(99, req_id, 4, epoch_s, price(value))


# --- Bars ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DatedBar:
    """A bar whose date is already text, in the form its client asked for."""

    date: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    wap: float
    count: int


def historical_data(req_id: int, start: str, end: str, bars: Sequence[DatedBar]) -> bytes:
    fields: list[str | int] = [17, req_id, start, end, len(bars)]
    for b in bars:
        fields += (
            b.date,
            price(b.open),
            price(b.high),
            price(b.low),
            price(b.close),
            number(b.volume),
            number(b.wap),
            b.count,
        )
    return frame(*fields)


def historical_data_update(req_id: int, b: DatedBar) -> bytes:
    # The order is not that of message 17.
    prices = (price(b.open), price(b.close), price(b.high), price(b.low))
    return frame(90, req_id, b.count, b.date, *prices, number(b.wap), number(b.volume))


def historical_schedule(
    req_id: int, start: str, end: str, zone: str, sessions: Sequence[tuple[str, str, str]]
) -> bytes:
    return frame(
        106, req_id, start, end, zone, len(sessions), *(part for session in sessions for part in session)
    )


def realtime_bar(req_id: int, epoch_s: int, b: DatedBar) -> bytes:
    prices = (price(b.open), price(b.high), price(b.low), price(b.close))
    return frame(50, 3, req_id, epoch_s, *prices, number(b.volume), number(b.wap), b.count)


def head_timestamp(req_id: int, stamp: str) -> bytes:
    return frame(88, req_id, stamp)


def historical_midpoints(req_id: int, ticks: Sequence[tuple[int, float]]) -> bytes:
    parts = (part for at, value in ticks for part in (str(at), "0", price(value), "0"))
    return frame(96, req_id, len(ticks), *parts, 1)


def historical_quotes(req_id: int, ticks: Sequence[tuple[int, float, float, int, int]]) -> bytes:
    fields: list[str | int] = [97, req_id, len(ticks)]
    for at, bid, ask, bid_size, ask_size in ticks:
        fields += (at, 0, price(bid), price(ask), bid_size, ask_size)
    return frame(*fields, 1)


def historical_prints(req_id: int, ticks: Sequence[tuple[int, float, int, str, str]]) -> bytes:
    fields: list[str | int] = [98, req_id, len(ticks)]
    for at, value, size, exchange, conditions in ticks:
        fields += (at, 0, price(value), size, exchange, conditions)
    return frame(*fields, 1)


# --- Orders -------------------------------------------------------------------------------------


def order_status(order: Order) -> bytes:
    return frame(
        3,
        order.order_id,
        order.status,
        number(order.filled),
        number(order.remaining),
        number(order.avg_fill_price),
        order.perm_id,
        order.parent_id,
        number(order.last_fill_price),
        order.client_id,
        order.why_held,
        "0",
    )


def open_orders_end() -> bytes:
    return frame(53, 1)


def completed_orders_end() -> bytes:
    return frame(102)


def execution_details(version: int, req_id: int, execution: Execution, stamp: str) -> bytes:
    """`req_id` is -1 for a fill as it happens; `stamp` is "20261122 10:15:32 US/Eastern"."""
    order, c = execution.order, execution.order.contract
    fields: list[str | int] = [11, req_id, order.order_id, *_contract_without_primary(c)]
    fields += [execution.exec_id, stamp, order.account, execution.exchange, execution.side]
    fields += [number(execution.shares), number(execution.price), order.perm_id, order.client_id]
    fields += [flag(execution.liquidation), number(execution.cumulative), number(execution.avg_price)]
    fields += [order.order_ref, "", "", "", execution.last_liquidity]
    if version >= 178:
        fields.append(0)
    return frame(*fields)


def _contract_without_primary(c: Contract) -> tuple[str | int, ...]:
    return (
        c.con_id,
        c.symbol,
        c.sec_type,
        c.expiry,
        number(c.strike),
        c.right,
        c.multiplier,
        c.exchange,
        c.currency,
        c.local_symbol,
        c.trading_class,
    )


def executions_end(req_id: int) -> bytes:
    return frame(55, 1, req_id)


def commission_report(execution: Execution) -> bytes:
    gained = execution.realised_pnl
    return frame(
        59,
        1,
        execution.exec_id,
        number(execution.commission),
        execution.commission_currency,
        UNSET_DOUBLE if gained is None else number(gained),
        UNSET_DOUBLE,
        "",
    )


# --- Account ------------------------------------------------------------------------------------


def _money(value: float) -> str:
    return number(round(value, 6))


def account_value(account: str, key: str, value: str, currency: str) -> bytes:
    return frame(6, 2, key, value, currency, account)


def portfolio_value(p: Position) -> bytes:
    c = p.contract
    return frame(
        7,
        8,
        c.con_id,
        c.symbol,
        c.sec_type,
        c.expiry,
        number(c.strike),
        c.right,
        c.multiplier,
        c.primary_exchange,
        c.currency,
        c.local_symbol,
        c.trading_class,
        number(p.quantity),
        *map(_money, (p.market_price, p.market_value, p.avg_cost, p.unrealised_pnl, p.realised_pnl)),
        p.account,
    )


def account_time(stamp: str) -> bytes:
    return frame(8, 1, stamp)


def account_download_end(account: str) -> bytes:
    return frame(54, 1, account)


def _held(p: Position) -> tuple[str | int, ...]:
    c = p.contract
    # TWS names the listing exchange of a position, never SMART, and nothing where there is none.
    fields = list(_contract_without_primary(c))
    fields[7] = c.primary_exchange
    return (p.account, *fields, number(p.quantity), _money(p.avg_cost))


def position(p: Position) -> bytes:
    return frame(61, 3, *_held(p))


def positions_end() -> bytes:
    return frame(62, 1)


def position_multi(req_id: int, p: Position, model_code: str) -> bytes:
    return frame(71, 1, req_id, *_held(p), model_code)


def positions_multi_end(req_id: int) -> bytes:
    return frame(72, 1, req_id)


def account_update_multi(
    req_id: int, account: str, model_code: str, key: str, value: str, currency: str
) -> bytes:
    return frame(73, 1, req_id, account, model_code, key, value, currency)


def account_update_multi_end(req_id: int) -> bytes:
    return frame(74, 1, req_id)


def account_summary(req_id: int, account: str, tag: str, value: str, currency: str) -> bytes:
    return frame(63, 1, req_id, account, tag, value, currency)


def account_summary_end(req_id: int) -> bytes:
    return frame(64, 1, req_id)


def pnl(req_id: int, daily: float, unrealised: float, realised: float) -> bytes:
    return frame(94, req_id, *map(_money, (daily, unrealised, realised)))


def pnl_single(req_id: int, quantity: float, daily: float, unreal: float, real: float, value: float) -> bytes:
    return frame(95, req_id, number(quantity), *map(_money, (daily, unreal, real, value)))
