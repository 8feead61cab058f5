"""Full-jitter exponential backoff: how long to wait before the next attempt."""

from __future__ import annotations

CLIENT_ID_WAITS_S = (5.0, 15.0, 30.0, 60.0)
"""While our client id is in use: it may be our own old socket that lingers, and no haste helps."""


def delay_s(attempt: int, first_s: float, most_s: float, jitter: float) -> float:
    """Seconds before attempt `attempt` (1 is the first retry); `jitter` is in [0, 1).

    Anywhere between the first step and the present one, so that many clients of one gateway spread
    out, and never nothing, so that a wait can be shown.
    """
    ceiling = min(most_s, first_s * 2.0 ** min(attempt - 1, 16))
    return first_s + (ceiling - first_s) * jitter


def client_id_delay_s(times: int) -> float:
    """Seconds to wait after the client id was refused `times` times running."""
    return CLIENT_ID_WAITS_S[min(times, len(CLIENT_ID_WAITS_S)) - 1]
