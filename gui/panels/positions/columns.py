"""What the table shows of a position: whose price it is marked by, what it comes to, and what covers it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.domain.account import AccountSummary
from core.domain.contract import ContractDetails
from core.domain.execution import Execution
from core.domain.mismatch import Mismatch
from core.domain.position import Position
from core.domain.quote import Quote, QuoteKind
from core.portfolio.cover import Cover
from core.portfolio.day import day_result
from gui import format as fmt
from gui.table import Align, Column
from gui.widgets.quote_words import Freshness, freshness


class Mark(NamedTuple):
    """A price to value by, who says so, and whether that is now."""

    price: Decimal | None
    source: str
    live: bool


def mark_of(position: Position, quote: Quote | None, details: ContractDetails | None, now_s: float) -> Mark:
    """The live quote's last, or its mid where last lies outside bid and ask; else IB's own mark, with its age."""
    quoted = (
        None if quote is None or freshness(quote, details, now_s) is not Freshness.FRESH else _quoted(quote)
    )
    if quoted is not None and quoted.live:
        return quoted
    if position.market_price is None:
        return quoted or Mark(None, fmt.DASH, False)
    age_s = None if position.reported_at_s is None else now_s - position.reported_at_s
    return Mark(position.market_price, f"IB, {fmt.age(age_s)}", False)


def _quoted(quote: Quote) -> Mark | None:
    low, high = quote.bid or quote.last, quote.ask or quote.last
    trusted = quote.last is not None and low is not None and high is not None and low <= quote.last <= high
    name, price = ("last", quote.last) if trusted or quote.mid is None else ("mid", quote.mid)
    if price is None:
        return None
    live = quote.kind is QuoteKind.LIVE
    return Mark(Decimal(str(price)), name if live else f"{quote.kind} {name}", live)


class PositionRow(NamedTuple):
    position: Position
    details: ContractDetails | None
    mark: Mark
    account: AccountSummary | None
    cover: Cover
    now_s: float
    close: Decimal | None = None
    """The previous session's, by its own quote."""
    today: tuple[Execution, ...] = ()
    mismatch: Mismatch | None = None
    """IB's quantity is not what our executions come to."""

    @property
    def value(self) -> Decimal | None:
        if self.mark.price is None:
            return self.position.market_value
        return self.mark.price * self.position.quantity * self.position.contract.multiplier

    @property
    def day(self) -> Decimal | None:
        """Today's result at a live mark."""
        mark = self.mark.price if self.mark.live else None
        return day_result(self.position, mark, self.close, self.today)

    @property
    def unrealised(self) -> Decimal | None:
        """By the quote when it is fresh, else IB's own figure."""
        cost = self.position.avg_cost
        if self.mark.live and cost is not None and (value := self.value) is not None:
            return value - cost * self.position.quantity
        return self.position.unrealised_pnl

    @property
    def unrealised_fraction(self) -> Decimal | None:
        cost = (
            None if self.position.avg_cost is None else abs(self.position.avg_cost * self.position.quantity)
        )
        return None if not cost or self.unrealised is None else self.unrealised / cost

    @property
    def share(self) -> Decimal | None:
        """Of net liquidation, at IB's own exchange rate; absent where IB has told none."""
        account = self.account
        if account is None or not account.net_liquidation or self.value is None:
            return None
        rate = (
            Decimal(1)
            if account.currency == self.currency
            else dict(account.exchange_rates).get(self.currency)
        )
        return None if rate is None else self.value * rate / account.net_liquidation

    @property
    def currency(self) -> str:
        return self.position.contract.currency


def signed_tone(value: Decimal | None) -> str:
    return "text_dim" if not value else "up" if value > 0 else "down"


def _quantity(row: PositionRow) -> str:
    """IB's figure; where our executions come to another, that one too: colour alone would not say it."""
    held = fmt.signed_quantity(row.position.quantity)
    return held if row.mismatch is None else f"≠ {fmt.signed_quantity(row.mismatch.expected)}  {held}"


def _quantity_tone(row: PositionRow) -> str:
    if row.mismatch is not None:
        return "danger"
    return "buy" if row.position.quantity > 0 else "sell"


def _quantity_words(row: PositionRow) -> str:
    side = "Long" if row.position.quantity > 0 else "Short"
    if row.mismatch is None:
        return side
    since = f"For {fmt.age(row.now_s - row.mismatch.since_s)}; it stands until both agree again."
    return f"{side}\n{row.mismatch.words}.\n{since}"


def row_tone(row: PositionRow) -> str:
    return "" if row.mismatch is None else "danger"


def _source(row: PositionRow) -> str:
    if row.mark.live:
        return f"Marked by its own quote ({row.mark.source})."
    return f"Not marked live: {row.mark.source}."


def _day_words(row: PositionRow) -> str:
    if row.day is None:
        return "Not known: it takes a live quote and the previous close."
    close = "" if row.close is None else f"From the previous close of {fmt.price(row.close, row.details)}"
    fills = f"{len(row.today)} fill{'s' if len(row.today) != 1 else ''} of today"
    return (
        f"{close}{' and ' if close else 'From '}{fills}, at the live {row.mark.source}, before commissions."
    )


def _realised_words(row: PositionRow) -> str:
    reported_s = row.position.reported_at_s
    return f"IB's figure for today, {fmt.age(None if reported_s is None else row.now_s - reported_s)} old."


def _cover_text(row: PositionRow) -> str:
    cover = row.cover
    if not cover.covered:
        return "none"
    if not cover.is_whole:
        return f"{fmt.quantity(cover.covered)} of {fmt.quantity(cover.held)}"
    first = cover.stops[0].spec
    if len(cover.stops) > 1 or first.stop_price is None:
        return f"{len(cover.stops)} stops" if len(cover.stops) > 1 else "trails"
    return fmt.price(first.stop_price, row.details)


def _cover_tone(row: PositionRow) -> str:
    return "text_dim" if row.cover.is_whole and row.cover.is_confirmed else "warning"


def _cover_words(row: PositionRow) -> str:
    if not row.cover.stops:
        return "No stop works that would close it if the market turns."
    lines = [one.spec.sentence() for one in row.cover.stops]
    if not row.cover.is_confirmed:
        lines.append("Unconfirmed: the link was lost since IB last told of it.")
    return "\n".join(lines)


COLUMNS: tuple[Column[PositionRow], ...] = (
    Column(
        "contract",
        "Contract",
        lambda row: row.position.contract.label,
        align=Align.LEFT,
        tooltip=lambda row: row.details.long_name if row.details else "",
        chars=9,
        grows=25,
        strong=True,
    ),
    Column(
        "quantity",
        "Position",
        _quantity,
        lambda row: row.position.quantity,
        tone=_quantity_tone,
        tooltip=_quantity_words,
        csv=lambda row: fmt.signed_quantity(row.position.quantity),
        chars=7,
        grows=20,
    ),
    Column(
        "average",
        "Avg price",
        lambda row: fmt.price(row.position.avg_price, row.details),
        lambda row: row.position.avg_price,
        chars=8,
        name="Average price",
    ),
    Column(
        "mark",
        "Market",
        lambda row: fmt.price(row.mark.price, row.details),
        lambda row: row.mark.price,
        tone=lambda row: "" if row.mark.live else "text_faint",
        tooltip=_source,
        chars=8,
        name="Market price",
    ),
    Column(
        "source",
        "From",
        lambda row: row.mark.source,
        align=Align.LEFT,
        tone=lambda row: "text_dim" if row.mark.live else "warning",
        tooltip=_source,
        chars=7,
        name="Source of the market price",
        yields=6,
    ),
    Column(
        "cover",
        "Stop",
        _cover_text,
        lambda row: row.cover.covered / row.cover.held if row.cover.held else None,
        tone=_cover_tone,
        tooltip=_cover_words,
        chars=7,
        grows=12,
        name="Covering stop",
    ),
    Column(
        "day",
        "Day P&L",
        lambda row: fmt.signed_money(row.day, row.currency),
        lambda row: row.day,
        tone=lambda row: signed_tone(row.day),
        tooltip=_day_words,
        csv=lambda row: "" if row.day is None else str(row.day),
        chars=9,
        grows=14,
        yields=1,
    ),
    Column(
        "value",
        "Market value",
        lambda row: fmt.money(row.value, row.currency),
        lambda row: row.value,
        tone=lambda row: "" if row.mark.live else "text_faint",
        csv=lambda row: "" if row.value is None else str(row.value),
        chars=10,
        yields=3,
    ),
    Column(
        "unrealised",
        "Unrealised",
        lambda row: fmt.signed_money(row.unrealised, row.currency),
        lambda row: row.unrealised,
        tone=lambda row: signed_tone(row.unrealised),
        tooltip=_source,
        csv=lambda row: "" if row.unrealised is None else str(row.unrealised),
        chars=10,
        name="Unrealised P&L",
    ),
    Column(
        "unrealised_percent",
        "Unr. %",
        lambda row: fmt.signed_percent(row.unrealised_fraction),
        lambda row: row.unrealised_fraction,
        tone=lambda row: signed_tone(row.unrealised),
        chars=8,
        name="Unrealised % of cost",
        yields=5,
    ),
    Column(
        "realised",
        "Realised",
        lambda row: fmt.signed_money(row.position.realised_pnl, row.currency),
        lambda row: row.position.realised_pnl,
        tone=lambda row: signed_tone(row.position.realised_pnl),
        tooltip=_realised_words,
        csv=lambda row: "" if row.position.realised_pnl is None else str(row.position.realised_pnl),
        chars=9,
        name="Realised P&L",
        yields=4,
    ),
    Column(
        "share",
        "% NLV",
        lambda row: fmt.percent(row.share, 1),
        lambda row: row.share,
        chars=6,
        name="Share of net liquidation",
        tooltip=lambda row: "Market value as a share of net liquidation.",
        yields=2,
    ),
    Column(
        "account",
        "Account",
        lambda row: row.position.account,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        chars=10,
        yields=7,
    ),
)
