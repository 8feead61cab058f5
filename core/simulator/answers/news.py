"""News: providers, headlines and articles, as plain texts that say that they are made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.simulator.model import Listing
from core.simulator.peer import Answer, Peer
from core.simulator.tape.path import noise
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked
from core.simulator.wire.times import from_epoch, parse_stamp

PROVIDERS: Final = (("BRFG", "Briefing.com General Market Columns"), ("DJNL", "Dow Jones Newsletters"))

EVERY_S: Final = 6 * 3600
MOST: Final = 300
DAYS: Final = 30

_SUBJECTS: Final = (
    "{name} holds its annual meeting",
    "Analysts look at {name} ahead of results",
    "{symbol} sees heavy option activity",
    "{name} names a new head of operations",
    "A quiet session for {symbol}",
    "{name} says supply is in line with demand",
)
_TEXT: Final = (
    "{headline}.\n\nThis is a text of the simulated gateway about {name} ({symbol}). Nothing in it has "
    "happened, and nobody has said it.\n"
)
_ARTICLE = re.compile(r"^([A-Z]{4})\$([0-9a-f]{8})([0-9a-f]{6})$")
_TIME = re.compile(r"^(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Headline:
    at_s: float
    provider: str
    article_id: str
    text: str


def headline(listing: Listing, slot: int) -> Headline:
    """What was in the news of a contract in one slot of `EVERY_S`, always the same."""
    con_id = listing.contract.con_id
    draw = abs(noise(con_id, slot))
    provider = PROVIDERS[int(draw * 1000) % len(PROVIDERS)][0]
    subject = _SUBJECTS[int(draw * 100_000) % len(_SUBJECTS)]
    text = subject.format(name=listing.long_name.title(), symbol=listing.contract.symbol)
    at_s = slot * EVERY_S + int(draw * 1e6) % EVERY_S
    return Headline(float(at_s), provider, f"{provider}${con_id:08x}{slot:06x}", text)


def latest(listing: Listing, before_s: float) -> Iterator[Headline]:
    """The headlines before a moment, newest first, of the last `DAYS` days."""
    newest = int(before_s // EVERY_S)
    for slot in range(newest, newest - DAYS * 86_400 // EVERY_S, -1):
        found = headline(listing, slot)
        if found.at_s <= before_s:
            yield found


def providers(peer: Peer, asked: Asked) -> None:
    peer.send(messages.rows(85, PROVIDERS))


def historical(peer: Peer, asked: Asked) -> None:
    listing = peer.market.listing(asked.whole("conId"))
    wanted = {code for code in re.split(r"[+,]", asked.text("providerCodes")) if code}
    known = {code for code, _ in PROVIDERS}
    if listing is None or not wanted <= known:
        what = "contract" if listing is None else "provider code"
        peer.error(asked.req_id, 321, f"Error validating request.-'cd' : cause - Invalid news {what}.")
        return
    try:
        since, until = (_time(asked.text(name)) for name in ("startDateTime", "endDateTime"))
    except ValueError:
        peer.error(asked.req_id, 321, "Error validating request.-'cd' : cause - Invalid date of news.")
        return
    most = min(max(asked.whole("totalResults"), 1), MOST)
    end_s = peer.now_s if until is None else min(until, peer.now_s)
    found = [
        one
        for one in latest(listing, end_s)
        if one.provider in (wanted or known) and (since is None or one.at_s >= since)
    ]
    for one in found[:most]:
        at = f"{from_epoch(one.at_s):%Y-%m-%d %H:%M:%S}.0"
        peer.send(messages.historical_news(asked.req_id, at, one.provider, one.article_id, one.text))
    peer.send(messages.historical_news_end(asked.req_id, more=len(found) > most))


def _time(text: str) -> float | None:
    """ "2026-11-22 10:00:00.0" in UTC, or any other form of TWS's; None when empty."""
    found = _TIME.match(text.strip())
    if found is not None:
        text = f"{found[1]}{found[2]}{found[3]}-{found[4]}"
    at = parse_stamp(text, "UTC")
    return None if at is None else at.timestamp()


def article(peer: Peer, asked: Asked) -> None:
    found = _ARTICLE.match(asked.text("articleId"))
    listing = peer.market.listing(int(found[2], 16)) if found else None
    if found is None or listing is None or found[1] != asked.text("providerCode"):
        peer.error(asked.req_id, 10172, "Failed to request news article:No data available")
        return
    said = headline(listing, int(found[3], 16))
    names = {"name": listing.long_name.title(), "symbol": listing.contract.symbol}
    peer.send(messages.news_article(asked.req_id, _TEXT.format(headline=said.text, **names)))


ANSWERS: dict[int, Answer] = {84: article, 85: providers, 86: historical}
