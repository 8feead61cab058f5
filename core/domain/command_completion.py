"""What could come next on the ticket's command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.command_line import (
    ALGO_WORDS,
    BARS,
    EXITS,
    FIRST,
    FLAGS,
    SIZES,
    TIF_WORDS,
    TYPE_WORDS,
    Fault,
    parse,
)
from core.domain.order_types import ORDER_TYPES


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that could come next, or finish the one being typed."""

    word: str
    meaning: str


def complete(text: str, symbols: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """What could come next, best first; `symbols` are those the desk knows.

    A word being typed is finished; after a space the next one is offered.
    """
    words = text.split()
    typed = words.pop().lower() if words and not text[-1:].isspace() else ""
    offered = _offers([word.lower() for word in words], symbols)
    return tuple(one for one in offered if one.word.lower().startswith(typed))


def _offers(words: list[str], symbols: Sequence[str]) -> list[Candidate]:
    """What may follow these finished words."""
    if not words:
        return [Candidate(word, meaning) for word, meaning in FIRST.items()]
    named = [Candidate(symbol, "") for symbol in symbols]
    verb, rest = words[0], words[1:]
    if verb in ("buy", "sell"):
        return _order_offers(rest, named)
    if verb == "cancel":
        kinds = [
            Candidate("all", "Every order."),
            Candidate("buys", "Buy orders."),
            Candidate("sells", "Sell orders."),
        ]
        return (
            [*kinds, *named]
            if not rest
            else named
            if rest[0] in ("all", "buys", "sells") and len(rest) == 1
            else []
        )
    if verb == "flatten":
        return named if not rest else []
    if verb == "chart":
        return named if not rest else [Candidate(bar, "") for bar in BARS] if len(rest) == 1 else []
    return []


def _order_offers(rest: list[str], named: list[Candidate]) -> list[Candidate]:
    if not rest:
        return [
            Candidate("100", "Units."),
            Candidate("$5000", "Money."),
            Candidate("5%", "Of net liquidation."),
            *named,
        ]
    sized = SIZES.fullmatch(rest[0]) is not None
    after = rest[1 + sized :]
    if sized and len(rest) == 1:
        return named
    if not after or after[-1] in ALGO_WORDS:
        types = [Candidate(word, ORDER_TYPES[kind].title) for word, (kind, _) in TYPE_WORDS.items()]
        return types if after else [*types, *(Candidate(word, "Algorithm") for word in ALGO_WORDS)]
    fault = parse(" ".join(["buy", *rest]))
    if isinstance(fault, Fault):
        return []
    told = set(after)
    more = [
        *(Candidate(word, meaning) for word, meaning in EXITS.items()),
        *(Candidate(word, "Time in force.") for word in TIF_WORDS),
        *(Candidate(word, meaning) for word, (_, meaning) in FLAGS.items()),
    ]
    return [one for one in more if one.word not in told]
