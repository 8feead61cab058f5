"""Scenarios of the link rather than of the market: faults that follow one another by the clock.

Adding one is a row of `COURSES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """At `at_s` after the beginning `fault` is switched on, or off; `amount` None is the fault's own."""

    at_s: float
    fault: str
    amount: float | None = None
    on: bool = True


@dataclass(frozen=True, slots=True)
class Course:
    name: str
    says: str
    steps: tuple[Step, ...] = ()
    delayed_only: bool = False


def _storm(times: int, every_s: float) -> tuple[Step, ...]:
    return tuple(Step(10.0 + at * every_s, "kill") for at in range(times))


COURSES: Final[dict[str, Course]] = {
    row.name: row
    for row in (
        Course(
            "nightly-reset",
            "After 10 s the server is reset for 30: values are wrong, the link goes, data is lost.",
            (
                Step(10.0, "account-not-ready"),
                Step(10.0, "outage-data-lost", 30.0),
                Step(12.0, "market-data-farm", 28.0),
                Step(40.0, "account-not-ready", on=False),
            ),
        ),
        Course(
            "weekly-login",
            "After 10 s the login ends: connections are cut and refused for 60 s, until someone logs in again.",
            (Step(10.0, "refuse"), Step(10.0, "kill"), Step(70.0, "refuse", on=False)),
        ),
        Course(
            "competing-session",
            "After 10 s the user's phone takes the market data for 30 (10197).",
            (Step(10.0, "competing-session", 30.0),),
        ),
        Course(
            "delayed-only", "The account has no live market data: 354, or delayed data.", delayed_only=True
        ),
        Course(
            "reconnect-storm",
            "From 10 s on every connection is cut every 5 s, ten times.",
            _storm(10, 5.0),
        ),
    )
}
