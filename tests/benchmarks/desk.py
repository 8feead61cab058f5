"""The desk alone: no loop, no socket."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from time import perf_counter

from core.domain.events import Event, IntentCommitted, OrderStatusReported, QuotesReported
from tests.core.desk.test_desk import QUOTE, SPEC, Dialogue

ROUNDS = 200
PER_ROUND = 500


def quote_step() -> list[float]:
    talk = Dialogue()
    talk.trade_ready()
    return _per_call(lambda: QuotesReported((QUOTE,)), talk)


def order_step() -> list[float]:
    talk = Dialogue()
    talk.trade_ready()
    place = talk.place()
    words = ["PreSubmitted", "Submitted"]

    def status() -> Event:
        words.reverse()
        return OrderStatusReported(place.order_id, 900, 1, words[0], Decimal(0), SPEC.quantity, None)

    return _per_call(status, talk)


def order_behind_data() -> list[float]:
    """Milliseconds from the trader's wish to the granted request, with a full data lane."""
    samples = []
    for _ in range(100):
        talk = Dialogue()
        talk.trade_ready()
        for number in range(500):
            talk.desk.search(str(number), talk.now_s)
        began = perf_counter()
        place = talk.desk.submit(SPEC, talk.now_s)
        granted = talk.desk.step(IntentCommitted(place.order_ref), talk.now_s)  # type: ignore[union-attr]
        samples.append((perf_counter() - began) * 1e3)
        assert granted[0] is place
    return samples


def _per_call(make: Callable[[], Event], talk: Dialogue) -> list[float]:
    samples = []
    for _ in range(ROUNDS):
        events = [make() for _ in range(PER_ROUND)]
        began = perf_counter()
        for event in events:
            talk.desk.step(event, talk.now_s)
        samples.append((perf_counter() - began) / PER_ROUND * 1e6)
        talk.desk.drain()
    return samples
