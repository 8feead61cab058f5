"""The market scanner: stocks ranked by what moves today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape

from core.simulator.model import Listing, Quote
from core.simulator.peer import Answer, Peer, underlyings
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked

MAX_ROWS: Final = 50
REFRESH_S: Final = 30.0
_SCAN: Final = "scanner"


def _gain(quote: Quote) -> float:
    return quote.last / quote.close - 1 if quote.last and quote.close else 0.0


SCANS: Final[dict[str, tuple[str, Callable[[Quote], float]]]] = {
    "MOST_ACTIVE": ("Most Active", lambda quote: -quote.volume),
    "HOT_BY_VOLUME": ("Hot by Volume", lambda quote: -quote.volume),
    "TOP_PERC_GAIN": ("Top % Gainers", lambda quote: -_gain(quote)),
    "TOP_PERC_LOSE": ("Top % Losers", _gain),
    "HIGH_LAST_VS_PREV_CLOSE": ("Highest Price", lambda quote: -(quote.last or 0.0)),
}
"""By scan code: its name, and what it is sorted by, least first."""


def parameters(peer: Peer, asked: Asked) -> None:
    scans = "".join(
        f"<ScanType><displayName>{escape(name)}</displayName><scanCode>{code}</scanCode></ScanType>"
        for code, (name, _) in SCANS.items()
    )
    peer.send(
        messages.scanner_parameters(
            '<?xml version="1.0" encoding="UTF-8"?>\n<ScanParameterResponse>'
            '<InstrumentList varName="instrumentList"><Instrument><name>US Stocks</name><type>STK</type>'
            "</Instrument></InstrumentList><LocationTree varName="
            '"locationTree"><Location><displayName>US Stocks</displayName><locationCode>STK.US</locationCode>'
            f'</Location></LocationTree><ScanTypeList varName="scanTypeList">{scans}</ScanTypeList>'
            "</ScanParameterResponse>"
        )
    )


def subscribe(peer: Peer, asked: Asked) -> None:
    code = asked.text("scanCode").upper()
    if code not in SCANS or not asked.text("instrument").upper().startswith("ST"):
        text = f"Scanner type with code {code} is disabled"
        peer.error(asked.req_id, 162, f"Historical Market Data Service error message:{text}")
        return

    def show(_now_s: float = 0.0) -> None:
        peer.send(messages.scanner_data(asked.req_id, _found(peer, asked, code)))

    show()
    peer.subscriptions.repeat((_SCAN, asked.req_id), REFRESH_S, peer.now_s, show)


def _found(peer: Peer, asked: Asked, code: str) -> list[Listing]:
    lowest, highest = asked.real("abovePrice") or 0.0, asked.real("belowPrice") or float("inf")
    quoted = [(peer.market.quote(listing.contract.con_id), listing) for listing in _stocks(peer)]
    fitting = [pair for pair in quoted if lowest <= (pair[0].last or 0.0) <= highest]
    fitting.sort(key=lambda pair: SCANS[code][1](pair[0]))
    rows = asked.whole("numberOfRows")
    return [listing for _, listing in fitting[: rows if 0 < rows <= MAX_ROWS else MAX_ROWS]]


def _stocks(peer: Peer) -> list[Listing]:
    return [listing for listing in underlyings(peer.market) if listing.contract.sec_type == "STK"]


def cancel(peer: Peer, asked: Asked) -> None:
    if not peer.subscriptions.cancel((_SCAN, asked.req_id)):
        peer.error(asked.req_id, 365, f"No scanner subscription found for ticker id:{asked.req_id}")


ANSWERS: dict[int, Answer] = {22: subscribe, 23: cancel, 24: parameters}
