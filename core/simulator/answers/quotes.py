"""Market data lines: reqMktData, streaming or once, with its ticks, types and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.simulator.answers import news, options
from core.simulator.catalogue.terms import HARD_TO_BORROW
from core.simulator.model import Listing, Quote, QuoteChanged, Run, RunStep, Shown
from core.simulator.peer import NO_SUCH_CONTRACT, Answer, Peer, resolve
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked
from core.simulator.wire.runs import Written, write_run
from core.simulator.wire.ticks import DELAYED_IDS, LIVE_IDS, TickIds

LINE: Final = "line"

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4

NOT_SUBSCRIBED = (
    "Requested market data is not subscribed. Check API status by selecting the Account menu then under "
    "Management choose Market Data Subscription Manager and/or availability of delayed data."
)
DELAYED_INSTEAD = "Requested market data is not subscribed. Displaying delayed market data."


# --- Generic ticks: asked for by number, answered with ticks of their own -------------------------


IN_STEP: Final = 4
"""From so many on a line is thought to be told the run's others too, and they are written at once."""


@dataclass(slots=True)
class _Line:
    """One market data line of one client, and what of it was last shown."""

    peer: Peer
    req_id: int
    listing: Listing
    ids: TickIds
    generic: frozenset[int]
    shown: Quote | None = None
    run: Run | None = None
    """What was last shown was change number `at` of this, and not `shown`."""
    at: int = 0
    mark: bytes = b""
    written: Written | None = None
    """The text of `run`, once it is in step with it."""
    in_step: int = 0
    """How many changes it was told one by one, since it was last told several at once."""
    is_option: bool = False
    on_prints: tuple[int, ...] = ()
    """The generic ticks that come with every trade."""
    says_more: bool = False

    def __post_init__(self) -> None:
        self.mark = str(self.req_id).encode()
        self.is_option = self.listing.contract.sec_type in ("OPT", "FOP")
        self.on_prints = tuple(sorted(self.generic.intersection(_ON_PRINTS)))
        self.says_more = self.is_option or bool(self.on_prints)

    def show(self, new: Shown) -> None:
        if type(new) is RunStep:
            run, at, since = new
            if run is self.run and self.at == since == at - 1:
                # The next change of the run that was shown before.
                self.at = at
                if self.written is not None:
                    text, cuts = self.written
                    data = text[cuts[at] : cuts[at + 1]]
                else:
                    data = self._alone(run, at)
                if self.says_more:
                    data += self._more(run, at)
                if data:
                    self.peer.tell(data)
                return
            if run is self.run:
                self.in_step = 0
        self._turn_to(new)

    def _alone(self, run: Run, at: int) -> bytes:
        """The change by itself: the run's others are written once so many were told one by one."""
        self.in_step += 1
        if self.in_step >= IN_STEP:
            self.written = write_run(run, self.ids, self.mark)
        return self._ticks(run.quote(at - 1), run.quote(at), bool(run.printed[at]))

    def _more(self, run: Run, at: int) -> bytes:
        """What comes with the ticks of some lines: an option's model, a trade as a text."""
        data = b""
        if self.is_option and run.moved[at]:
            was, now = run.prices[:3, at - 1 : at + 1].T.tolist()
            data = _computations(self, was, now)
        if self.on_prints and run.printed[at]:
            data += self._with_print(run.quote(at))
        return data

    def _turn_to(self, new: Shown) -> None:
        """Whatever it is, after whatever was shown before."""
        was = self.run.quote(self.at) if self.run is not None else self.shown
        quote, printed = new.quote, new.printed
        self.run, self.at, self.shown, self.written = None, 0, quote, None
        if type(new) is RunStep:
            self.run, self.at = new.run, new.at
            if self.in_step >= IN_STEP:
                self.written = write_run(new.run, self.ids, self.mark)
        data = self._ticks(was, quote, printed)
        if self.is_option:
            before = (was.bid, was.ask, was.last) if was is not None else (None, None, None)
            data += _computations(self, before, (quote.bid, quote.ask, quote.last))
        if self.on_prints and printed and was is not None:
            data += self._with_print(quote)
        if data:
            self.peer.tell(data)

    def _ticks(self, was: Quote | None, quote: Quote, printed: bool) -> bytes:
        return self.peer.gateway.ticks.ticks(was, quote, printed, self.ids, self.mark)

    def _with_print(self, quote: Quote) -> bytes:
        return b"".join(one for kind in self.on_prints for one in GENERIC_TICKS[kind](self, quote))


_GenericTick = Callable[[_Line, Quote], list[bytes]]


def _fixed(tick_type: int, value: Callable[[Listing], float]) -> _GenericTick:
    return lambda line, _quote: [messages.tick_generic(line.req_id, tick_type, value(line.listing))]


def _sizes(*tick_types: int, part: float = 1.0) -> _GenericTick:
    def ticks(line: _Line, _quote: Quote) -> list[bytes]:
        size = int(line.listing.daily_volume * part)
        return [messages.tick_size(line.req_id, tick_type, size) for tick_type in tick_types]

    return ticks


def _year_range(line: _Line, _quote: Quote) -> list[bytes]:
    # 13, 26 and 52 weeks low and high, and the average volume.
    reference, volatility = line.listing.reference_price, line.listing.annual_volatility
    ticks = []
    for tick_type, (sign, years) in enumerate(
        ((-1, 0.25), (1, 0.25), (-1, 0.5), (1, 0.5), (-1, 1), (1, 1)), start=15
    ):
        value = round(reference * (1 + sign * volatility * years**0.5 / 2), 2)
        ticks.append(messages.tick_price(line.req_id, tick_type, value, 0))
    return [*ticks, messages.tick_size(line.req_id, 21, line.listing.daily_volume)]


def _mark_price(line: _Line, quote: Quote) -> list[bytes]:
    return [messages.tick_price(line.req_id, 37, options.shown_price(quote), 0)]


def _shortable(line: _Line, _quote: Quote) -> list[bytes]:
    # Above 2.5: at least 1000 shares can be borrowed; above 1.5: they must be located first.
    scarce = line.listing.contract.symbol in HARD_TO_BORROW
    return [
        messages.tick_generic(line.req_id, 46, 2.0 if scarce else 3.0),
        messages.tick_size(line.req_id, 89, 0 if scarce else line.listing.daily_volume // 10),
    ]


def _news(line: _Line, quote: Quote) -> list[bytes]:
    found = next(news.latest(line.listing, line.peer.now_s), None)
    if found is None:
        return []
    return [
        messages.tick_news(line.req_id, int(found.at_s * 1000), found.provider, found.article_id, found.text)
    ]


def _trade_string(tick_type: int) -> _GenericTick:
    def ticks(line: _Line, quote: Quote) -> list[bytes]:
        if quote.last is None:
            return []
        at_ms = int(quote.at_s * 1000)
        average = round((quote.high or quote.last) / 2 + (quote.low or quote.last) / 2, 4)
        text = f"{quote.last};{quote.last_size};{at_ms};{quote.volume};{average};true"
        return [messages.tick_string(line.req_id, tick_type, text)]

    return ticks


GENERIC_TICKS: Final[dict[int, _GenericTick]] = {
    100: _sizes(29, 30, part=0.02),
    101: _sizes(27, 28, part=0.2),
    104: _fixed(23, lambda listing: listing.annual_volatility),
    105: _sizes(87, part=0.05),
    106: _fixed(24, lambda listing: listing.annual_volatility),
    165: _year_range,
    221: _mark_price,
    225: lambda _line, _quote: [],
    232: _mark_price,
    233: _trade_string(48),
    236: _shortable,
    258: lambda _line, _quote: [],
    292: _news,
    293: _fixed(54, lambda listing: float(listing.daily_volume // 250)),
    294: _fixed(55, lambda listing: float(listing.daily_volume // 100_000)),
    295: _fixed(56, lambda listing: float(listing.daily_volume // 400)),
    318: lambda line, quote: [messages.tick_price(line.req_id, 57, quote.last or quote.close, 0)],
    375: _trade_string(77),
    411: _fixed(58, lambda listing: listing.annual_volatility),
    456: lambda _line, _quote: [],
    460: lambda _line, _quote: [],
    586: lambda _line, _quote: [],
    588: _sizes(86, part=5.0),
    595: lambda _line, _quote: [],
    619: lambda _line, _quote: [],
}
"""What each generic tick number brings with the first ticks; an empty one is legal and silent."""

_ON_PRINTS: Final = (233, 375)

# --- Requests -----------------------------------------------------------------------------------


def request(peer: Peer, asked: Asked) -> None:
    listing = _listed(peer, asked)
    if listing is None:
        return
    if peer.gateway.competing:
        peer.error(asked.req_id, 10197, "No market data during competing live session")
        return
    generic = _generic_ticks(peer, asked)
    if generic is None or not _has_a_line(peer, asked.req_id):
        return
    delayed = listing.contract.con_id in peer.gateway.unsubscribed
    if delayed and peer.data_type in (LIVE, FROZEN):
        peer.error(asked.req_id, 354, NOT_SUBSCRIBED)
        return
    if delayed:
        peer.error(asked.req_id, 10167, DELAYED_INSTEAD)
    line = _Line(peer, asked.req_id, listing, DELAYED_IDS if delayed else LIVE_IDS, generic)
    _begin(line, DELAYED if delayed else LIVE)
    if asked.flag("snapshot") or asked.flag("regulatorySnapshot"):
        peer.send(messages.snapshot_end(asked.req_id))
    else:
        peer.subscriptions.watch((LINE, asked.req_id), listing.contract.con_id, line.show)


def _listed(peer: Peer, asked: Asked) -> Listing | None:
    """What the line is of: a combination by its legs, anything else by its contract."""
    if asked.contract.sec_type != "BAG":
        return resolve(peer, asked.req_id, asked.contract)
    found = peer.market.combination(asked.contract, asked.values.get("comboLegs") or ())
    if found is None:
        peer.error(asked.req_id, 200, NO_SUCH_CONTRACT)
    return found


def _generic_ticks(peer: Peer, asked: Asked) -> frozenset[int] | None:
    """The generic tick numbers asked for, None after refusing."""
    wanted = [part.strip().split(":")[0] for part in asked.text("genericTicks").split(",") if part.strip()]
    # Clients ask for news feeds as "mdoff,292:BRFG".
    numbers = [part for part in wanted if part != "mdoff"]
    if any(not part.isdigit() or int(part) not in GENERIC_TICKS for part in numbers):
        legal = ",".join(map(str, GENERIC_TICKS))
        text = f"Incorrect generic tick list of {asked.text('genericTicks')}.  Legal ones for ({asked.contract.sec_type}) are: {legal}"
        peer.error(asked.req_id, 321, f"Error validating request.-'bC' : cause - {text}")
        return None
    if numbers and asked.flag("snapshot"):
        text = "Snapshot market data subscription is not applicable to generic ticks"
        peer.error(asked.req_id, 321, f"Error validating request.-'bC' : cause - {text}")
        return None
    return frozenset(map(int, numbers))


def _has_a_line(peer: Peer, req_id: int) -> bool:
    if (LINE, req_id) in peer.subscriptions:
        peer.error(req_id, 102, "Duplicate ticker id")
        return False
    if peer.subscriptions.count(LINE) >= peer.gateway.limits.lines:
        peer.error(req_id, 101, "Max number of tickers has been reached")
        return False
    return True


def cancel(peer: Peer, asked: Asked) -> None:
    if not peer.subscriptions.cancel((LINE, asked.req_id)):
        peer.error(asked.req_id, 300, f"Can't find EId with tickerId:{asked.req_id}")


def set_data_type(peer: Peer, asked: Asked) -> None:
    kind = asked.whole("marketDataType")
    if kind not in (LIVE, FROZEN, DELAYED, DELAYED_FROZEN):
        peer.error(-1, 321, "Error validating request.-'bQ' : cause - Market data type is not valid.")
        return
    peer.data_type = kind


# --- Ticks --------------------------------------------------------------------------------------


def _begin(line: _Line, kind: int) -> None:
    quote = line.peer.market.quote(line.listing.contract.con_id)
    # TWS tells the tick size and the kind of data before the first tick.
    line.peer.send(
        messages.tick_params(line.req_id, line.listing.min_tick, f"9c{line.listing.agg_group:04d}", 3),
        messages.market_data_type(line.req_id, kind),
    )
    line.show(QuoteChanged(quote, quote.last is not None))
    for number in sorted(line.generic):
        line.peer.send(*GENERIC_TICKS[number](line, quote))


_Prices = Sequence[float | None]
"""Bid, ask and last of an option: none of these is 0."""


def _computations(line: _Line, was: _Prices, now: _Prices) -> bytes:
    """What the model says of each price that changed, and then of the option itself."""
    ids = line.ids
    (bid, ask, last), (bid_was, ask_was, last_was) = now, was
    prices = []
    if bid and bid != bid_was:
        prices.append((ids.option_bid, bid))
    if ask and ask != ask_was:
        prices.append((ids.option_ask, ask))
    if last and last != last_was:
        prices.append((ids.option_last, last))
    if not prices:
        return b""
    found = line.peer.market.option_model(line.listing.contract.con_id)
    told = [(tick_type, options.at_price(found, value)) for tick_type, value in prices]
    told.append((ids.option_model, options.at_model(found)))
    return messages.tick_options(line.req_id, told)


# --- Calculations on request --------------------------------------------------------------------


def calculate_volatility(peer: Peer, asked: Asked) -> None:
    listing = _option(peer, asked)
    if listing is not None:
        under, wanted = asked.real("underPrice") or 0.0, asked.real("optionPrice") or 0.0
        _answer(peer, asked, options.at_any_price(listing, under, wanted, peer.now_s))


def calculate_price(peer: Peer, asked: Asked) -> None:
    listing = _option(peer, asked)
    if listing is not None:
        under, volatility = asked.real("underPrice") or 0.0, asked.real("volatility") or 0.0
        _answer(peer, asked, options.at_volatility(listing, under, volatility, peer.now_s))


def _answer(peer: Peer, asked: Asked, found: messages.Computation | None) -> None:
    if found is None:
        text = "The option calculation has no result for these values."
        peer.error(asked.req_id, 321, f"Error validating request.-'bF' : cause - {text}")
    else:
        peer.send(messages.tick_options(asked.req_id, [(_CUSTOM_COMPUTATION, found)]))


_CUSTOM_COMPUTATION: Final = 53


def _option(peer: Peer, asked: Asked) -> Listing | None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is not None and listing.contract.sec_type not in ("OPT", "FOP"):
        peer.error(
            asked.req_id, 321, "Error validating request.-'bF' : cause - The contract is not an option."
        )
        return None
    return listing


def _nothing(peer: Peer, asked: Asked) -> None:
    """A calculation is over once it is answered."""


ANSWERS: dict[int, Answer] = {
    1: request,
    2: cancel,
    54: calculate_volatility,
    55: calculate_price,
    56: _nothing,
    57: _nothing,
    59: set_data_type,
}
