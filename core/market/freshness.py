"""Does it flow? The age of the last tick is the proof, never a flag.

What should flow and does not is asked for once more, then called dead; it goes on being asked for, ever
more seldom. Nothing is kept per tick: whoever asks for a judgement says when the last one came.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.domain.line import LineState

Key = TypeVar("Key", bound=Hashable)

FLOWS_S = 15.0
"""A tick younger than this: it flows."""
FIRST_TICK_S = 10.0
"""How long the first tick may take after asking."""
SILENT_S = 60.0
"""How long what flowed may be silent before it has to prove itself; doubled each time it could."""
ASK_AGAIN_S = 60.0
"""How long what is dead is left alone; doubled each time."""
LONGEST_S = 900.0


@dataclass(slots=True)
class _Stream:
    asked_at_s: float
    state: LineState
    since_s: float
    asks: int = 0
    """How often it was asked for again since its last tick."""
    proofs: int = 0
    """How often it was silent, was asked for again, and answered."""
    prove_by_s: float | None = None
    """After an outage: it must tick by then, whatever the hour."""
    doubted_at_s: float = 0.0


class Freshness(Generic[Key]):
    """One record for each thing that was asked for; `changed` collects those whose state is another."""

    def __init__(self, first_tick_s: float = FIRST_TICK_S) -> None:
        self.changed: set[Key] = set()
        self._first_tick_s = first_tick_s
        self._streams: dict[Key, _Stream] = {}

    def asked(self, key: Key, now_s: float) -> None:
        """The request has gone out; asked again it keeps what is known of its silence."""
        stream = self._streams.get(key)
        if stream is None:
            self._streams[key] = _Stream(now_s, LineState.WAITING, now_s)
            self.changed.add(key)
            return
        stream.asked_at_s = now_s
        stream.prove_by_s = None
        if stream.state in (LineState.REFUSED, LineState.EVICTED):
            self._enter(key, stream, LineState.WAITING, now_s)

    def stands(self, key: Key, state: LineState, now_s: float) -> None:
        """Refused or evicted: it is not judged until it is asked for again."""
        stream = self._streams.setdefault(key, _Stream(now_s, LineState.WAITING, now_s))
        stream.asks = 0
        self._enter(key, stream, state, now_s)

    def drop(self, key: Key) -> None:
        if self._streams.pop(key, None) is not None:
            self.changed.add(key)

    def lost(self, now_s: float) -> None:
        """The link is gone: everything waits for the next one, and starts afresh there."""
        for key, stream in self._streams.items():
            stream.asks = stream.proofs = 0
            stream.prove_by_s = None
            if stream.state is not LineState.EVICTED:
                self._enter(key, stream, LineState.WAITING, now_s)

    def doubt(self, keys: Iterable[Key], within_s: float, now_s: float) -> None:
        """After an outage: each must tick within that, or is asked for again."""
        for key in keys:
            stream = self._streams.get(key)
            if stream is not None:
                stream.doubted_at_s, stream.prove_by_s = now_s, now_s + within_s

    def state(self, key: Key) -> tuple[LineState, float] | None:
        """The state and since when, as last judged."""
        stream = self._streams.get(key)
        return None if stream is None else (stream.state, stream.since_s)

    def asks(self, key: Key) -> int:
        stream = self._streams.get(key)
        return 0 if stream is None else stream.asks

    def is_current(self, key: Key, tick_s: float | None) -> bool:
        """Whether the tick belongs to the present asking, not to an earlier one."""
        stream = self._streams.get(key)
        return stream is not None and tick_s is not None and tick_s >= stream.asked_at_s

    def judge(
        self,
        last_tick_s: Callable[[Key], float | None],
        should_flow: Callable[[Key], bool],
        now_s: float,
    ) -> list[Key]:
        """Bring every state up to date; what comes back is to be asked for again."""
        again: list[Key] = []
        for key, stream in self._streams.items():
            if stream.state in (LineState.REFUSED, LineState.EVICTED):
                continue
            tick_s = last_tick_s(key)
            since_asked = tick_s is not None and tick_s >= stream.asked_at_s
            if self._failed_to_prove(stream, tick_s, now_s):
                again.append(self._ask_again(key, stream, now_s))
            elif since_asked and tick_s is not None and now_s - tick_s <= FLOWS_S:
                self._flows(key, stream, tick_s, now_s)
            elif self._must_ask(stream, tick_s if since_asked else None, key, should_flow, now_s):
                again.append(self._ask_again(key, stream, now_s))
            else:
                silent = LineState.QUIET if since_asked else LineState.WAITING
                dead = stream.state is LineState.DEAD and should_flow(key)
                self._enter(key, stream, LineState.DEAD if dead else silent, now_s)
        return again

    def _flows(self, key: Key, stream: _Stream, tick_s: float, now_s: float) -> None:
        if stream.asks:
            stream.asks = 0
            stream.proofs += 1
        elif tick_s - stream.asked_at_s > SILENT_S:
            stream.proofs = 0  # it flows by itself, not only when it is asked
        self._enter(key, stream, LineState.FLOWING, now_s)

    @staticmethod
    def _ask_again(key: Key, stream: _Stream, now_s: float) -> Key:
        stream.asks += 1
        stream.asked_at_s = now_s
        return key

    @staticmethod
    def _failed_to_prove(stream: _Stream, tick_s: float | None, now_s: float) -> bool:
        """After an outage the time for a tick is over, and none came."""
        if stream.prove_by_s is None or now_s < stream.prove_by_s:
            return False
        stream.prove_by_s = None
        return tick_s is None or tick_s <= stream.doubted_at_s

    def _must_ask(
        self,
        stream: _Stream,
        tick_s: float | None,
        key: Key,
        should_flow: Callable[[Key], bool],
        now_s: float,
    ) -> bool:
        if stream.asks:
            self._perhaps_dead(key, stream, should_flow, now_s)
            patience_s = min(LONGEST_S, ASK_AGAIN_S * 2.0 ** min(stream.asks - 1, 4))
            return now_s - stream.asked_at_s >= patience_s and should_flow(key)
        if tick_s is None:
            return now_s - stream.asked_at_s >= self._first_tick_s and should_flow(key)
        patience_s = min(LONGEST_S, SILENT_S * 2.0 ** min(stream.proofs, 4))
        return now_s - tick_s >= patience_s and should_flow(key)

    def _perhaps_dead(
        self, key: Key, stream: _Stream, should_flow: Callable[[Key], bool], now_s: float
    ) -> None:
        """It was asked for again, and that too went unanswered."""
        overdue = now_s - stream.asked_at_s >= self._first_tick_s
        if overdue and stream.state is not LineState.DEAD and should_flow(key):
            self._enter(key, stream, LineState.DEAD, now_s)

    def _enter(self, key: Key, stream: _Stream, state: LineState, now_s: float) -> None:
        if stream.state is not state:
            stream.state, stream.since_s = state, now_s
            self.changed.add(key)
