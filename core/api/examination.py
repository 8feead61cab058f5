"""What an examination of a gateway finds: one finding a question, in words, with the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "problem", "skipped"]

CHECKS = (
    "port",
    "listening",
    "answers",
    "protocol",
    "version",
    "client id",
    "account",
    "money",
    "latency",
    "clock",
    "orders",
    "market data",
    "other session",
    "IBKR",
    "data farms",
)
"""Every question, in the order of the findings."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One question and its answer. `check` is a short name, `advice` is "" where nothing needs doing."""

    check: str
    verdict: Verdict
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """Every question in the order of `CHECKS`; those that could not be asked are skipped, and say why."""

    findings: tuple[Finding, ...]
    accounts: tuple[str, ...] = ()
    """As the gateway named them; the findings show them masked."""
    server_version: int | None = None
    latency_ms: float | None = None

    @property
    def is_well(self) -> bool:
        """No problem was found; warnings may have been."""
        return all(one.verdict != "problem" for one in self.findings)

    @property
    def worst(self) -> Verdict:
        found = {one.verdict for one in self.findings}
        return "problem" if "problem" in found else "warning" if "warning" in found else "ok"
