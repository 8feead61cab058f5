"""Time and sales: the last prints of each contract that somebody follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.domain.order import Side
from core.domain.quote import Quote
from core.domain.tape import PRINTS_KEPT, Print


@dataclass(slots=True)
class Tape:
    """One contract's prints, newest first."""

    prints: deque[Print] = field(default_factory=lambda: deque(maxlen=PRINTS_KEPT))
    printed_s: float | None = None


class TapeBoard:
    """`changed` collects the contracts touched since it was last cleared."""

    def __init__(self) -> None:
        self.changed: set[int] = set()
        self._tapes: dict[int, Tape] = {}

    def tape(self, con_id: int) -> Tape | None:
        return self._tapes.get(con_id)

    def report(self, con_id: int, prints: Iterable[Print], quote: Quote | None, now_s: float) -> None:
        tape = self._tapes.get(con_id)
        if tape is None:
            tape = self._tapes[con_id] = Tape()
        tape.prints.extendleft(_judged(one, quote) for one in prints)
        tape.printed_s = now_s
        self.changed.add(con_id)

    def drop(self, con_id: int) -> None:
        if self._tapes.pop(con_id, None) is not None:
            self.changed.add(con_id)


def _judged(print_: Print, quote: Quote | None) -> Print:
    """With who crossed the spread, as far as the quote of this moment tells; a lost quote tells nothing."""
    if quote is None or quote.lost_at_s is not None or quote.bid is None or quote.ask is None:
        return print_
    if quote.bid >= quote.ask:
        return print_
    if print_.price >= quote.ask:
        return print_._replace(aggressor=Side.BUY)
    return print_._replace(aggressor=Side.SELL) if print_.price <= quote.bid else print_
