"""The breaker by itself: shut after too many failures, and no way through before its rest is over."""

from __future__ import annotations

from core.domain.link import Breaker
from core.link.breaker import CircuitBreaker
from tests.core.link.talk import NOW_S


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker(failures=2, window_s=60.0, rest_s=30.0)
    breaker.failed(NOW_S)
    breaker.failed(NOW_S + 60.0)
    assert breaker.state is Breaker.OPEN
    return breaker


def test_failures_that_lie_far_apart_open_no_breaker() -> None:
    breaker = CircuitBreaker(failures=2, window_s=60.0, rest_s=30.0)
    breaker.failed(NOW_S)
    breaker.failed(NOW_S + 60.1)
    assert breaker.state is Breaker.CLOSED


def test_before_its_rest_is_over_only_the_trader_gets_through() -> None:
    breaker = opened()
    assert not breaker.try_now(NOW_S + 89.9)
    assert breaker.state is Breaker.OPEN
    assert breaker.try_now(NOW_S + 89.9, forced=True)
    assert breaker.state is Breaker.HALF_OPEN


def test_when_its_rest_is_over_one_probe_goes_and_its_failure_opens_it_again() -> None:
    breaker = opened()
    assert breaker.try_now(NOW_S + 90.0)
    breaker.failed(NOW_S + 200.0)
    assert (breaker.state, breaker.opens_again_at_s) == (Breaker.OPEN, NOW_S + 230.0)
