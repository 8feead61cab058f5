"""What each contract that somebody follows shows, and when there is more of it to see."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

from core.simulator.matching.floor import Key
from core.simulator.model import Notice, Quote, QuoteChanged, RunStep
from core.simulator.tape.instrument import Instrument
from core.simulator.tape.moments import Moments

BEAT, PREPARE = "beat", "prepare"

STEADY: Final = 3
"""From so many steps of one length on, time is thought to go on in such steps."""
_SAME_S: Final = 1e-6
APART: Final = 2
"""From so many times on that changes were left out, what will be seen is worked out ahead."""
_SURPRISED: Final = -8
"""Where that count is set back to when the clock did otherwise."""

_step: Final = partial(tuple.__new__, RunStep)
"""What `_make` does, without its checks."""


@dataclass(slots=True)
class Showing:
    """A contract that somebody listens to or trades in, and what was shown of it last."""

    instrument: Instrument
    due_s: float
    quote: Quote | None = None
    run: Moments | None = None
    """The block that it shows, or what is seen of it, while it goes through it change by change."""
    at: int = 0
    traded: bool = False
    turn: int = -1
    """Which of the agenda's beats is its own: one that was left by an earlier trade is not."""
    apart: int = 0
    """How often changes were left out between two that were shown."""


class Display:
    """Told the time at every pulse; `schedule` is the agenda that the beats of a traded contract are put on."""

    def __init__(
        self,
        instrument: Callable[[int], Instrument],
        schedule: Callable[[float, str, Key], None],
        now_s: float,
    ) -> None:
        self._instrument, self._schedule = instrument, schedule
        self._watched: dict[int, int] = {}
        self._shown: dict[int, Showing] = {}
        self._turns = count()
        self._pulse_s, self._step_s, self._steady = now_s, 0.0, 0

    # --- who is followed ----------------------------------------------------------------------------

    def watch(self, con_id: int, now_s: float) -> None:
        self._watched[con_id] = self._watched.get(con_id, 0) + 1
        if con_id not in self._shown:
            instrument = self._instrument(con_id)
            due_s = instrument.next_beat_s(instrument.beat(now_s))
            self._shown[con_id] = Showing(instrument, due_s)

    def unwatch(self, con_id: int) -> None:
        count = self._watched.get(con_id, 0) - 1
        if count > 0:
            self._watched[con_id] = count
        else:
            self._watched.pop(con_id, None)
            self._shown.pop(con_id, None)

    def trade(self, con_id: int, now_s: float) -> None:
        """From now on show every beat of it, until `rest`."""
        showing = self._shown[con_id]
        if not showing.traded:
            showing.traded = True
            showing.due_s = showing.instrument.next_beat_s(showing.instrument.beat(now_s))
            self._schedule_beat(con_id, showing)

    def rest(self, con_id: int) -> None:
        self._shown[con_id].traded = False

    def _schedule_beat(self, con_id: int, showing: Showing) -> None:
        showing.turn = next(self._turns)
        self._schedule(showing.due_s, BEAT, (con_id, showing.turn))

    # --- what it shows ------------------------------------------------------------------------------

    def pulse(self, now_s: float, notices: list[Notice]) -> None:
        """What every contract shows that nobody trades in: some hundred changes a second, told the shortest way."""
        step_s, tell = now_s - self._pulse_s, notices.append
        self._steady = self._steady + 1 if abs(step_s - self._step_s) < _SAME_S else 0
        self._pulse_s, self._step_s = now_s, step_s
        for showing in self._shown.values():
            if showing.due_s > now_s or showing.traded:
                continue
            block, at = showing.run, showing.at + 1
            if block is not None and block.due[at] <= now_s < block.until[at]:
                # One change after another: everything was made with the block.
                showing.at, showing.due_s = at, block.until[at]
                tell(_step((block.run, at, at - 1)))
            else:
                self._show(showing, now_s, notices)

    def has_turn(self, con_id: int, turn: int) -> bool:
        """Whether that beat is still the contract's own."""
        showing = self._shown.get(con_id)
        return showing is not None and showing.turn == turn

    def beat(self, con_id: int, now_s: float, notices: list[Notice]) -> int:
        """Show a contract that somebody trades in, and schedule its next beat; which one this was."""
        showing = self._shown[con_id]
        self._show(showing, now_s, notices)
        beat = showing.instrument.beat(now_s)
        showing.due_s = showing.instrument.next_beat_s(beat)
        self._schedule_beat(con_id, showing)
        return beat

    def _show(self, showing: Showing, now_s: float, notices: list[Notice]) -> None:
        """What the contract shows now, if that is news, and when there may be more."""
        block, was = showing.run, showing.at
        if block is not None and block.whole is not None:
            block, was = showing.run, showing.at = block.whole, block.places[was]
            if now_s < block.due[-1]:
                showing.apart = _SURPRISED
        if block is None or not block.due[0] <= now_s < block.due[-1]:
            self._turn_to_now(showing, now_s, notices)
            return
        # One change or several: a slow pulse, or a fast market's time.
        showing.at = at = bisect_right(block.due, now_s) - 1
        showing.due_s = block.due[at + 1]
        notices.append(_step((block.run, at, was)))
        if at > was + 1:
            showing.apart += 1
        self._look_ahead(showing, now_s)

    def _turn_to_now(self, showing: Showing, now_s: float, notices: list[Notice]) -> None:
        """What it shows now, after a time of which nothing is known."""
        before = showing.run.run.quote(showing.at) if showing.run is not None else showing.quote
        instrument = showing.instrument
        quote, showing.due_s = instrument.look(now_s)
        block = instrument.standing_run(now_s)
        if block is not None:
            showing.at = bisect_right(block.due, now_s) - 1
            if block is not showing.run:
                self._prepare_later(instrument, now_s, block.due[-1])
        showing.run, showing.quote = block, quote
        self._look_ahead(showing, now_s)
        if quote is before:
            return
        printed = before is not None and (quote.volume != before.volume or quote.last != before.last)
        notices.append(QuoteChanged(quote, printed))

    def _look_ahead(self, showing: Showing, now_s: float) -> None:
        """If steps are long and all alike, work out at once what of the block will be seen."""
        if showing.apart >= APART and self._steady >= STEADY and not showing.traded and showing.run:
            showing.run, showing.at = showing.run.seen(now_s, self._step_s), 0

    def _prepare_later(self, instrument: Instrument, now_s: float, end_s: float) -> None:
        """Have the next block made before this one ends: each contract's at another time, so that none waits."""
        share = 0.2 + 0.6 * (instrument.con_id * 37 % 64) / 64
        self._schedule(now_s + (end_s - now_s) * share, PREPARE, (instrument.con_id, 0))

    def prepare(self, con_id: int, now_s: float) -> None:
        showing = self._shown.get(con_id)
        if showing is not None:
            showing.instrument.prepare(now_s)

    def begin_anew(self, now_s: float) -> None:
        """Whatever was to be shown at some time: now it is another market."""
        for con_id, showing in self._shown.items():
            showing.due_s, showing.run = now_s, None
            if showing.traded:
                self._schedule_beat(con_id, showing)
