"""Full-jitter exponential backoff: how long to wait before the next attempt."""

from __future__ import annotations


def delay_s(attempt: int, first_s: float, most_s: float, jitter: float) -> float:
    """Seconds before attempt `attempt` (1 is the first retry); `jitter` is in [0, 1).

    Half of the step is kept so that a wait can be shown and is never nothing.
    """
    ceiling = min(most_s, first_s * 2.0 ** min(attempt - 1, 16))
    return ceiling * (0.5 + 0.5 * jitter)
