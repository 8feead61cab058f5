"""Whose money: proven simulator, proven paper, or LIVE."""

from __future__ import annotations

from core.domain.link import Mode

LIVE_PORTS = frozenset({7496, 4001})


def mode_of(kind: str, port: int, accounts: tuple[str, ...], simulator: bool) -> tuple[Mode, str]:
    """The mode, and in words what keeps it from being proven harmless ("" when it is).

    Paper accounts begin with D. Profile, port and every managed account must agree; whatever
    does not prove harmless is LIVE.
    """
    real = [account for account in accounts if not account.startswith("D")]
    if not accounts or real:
        return Mode.LIVE, "an account that is not a paper account is managed here"
    if port in LIVE_PORTS:
        return Mode.LIVE, f"{port} is a port for live trading"
    if simulator:
        return Mode.SIM, ""
    if kind == "paper":
        return Mode.PAPER, ""
    return Mode.LIVE, "the profile does not say that this gateway is a paper one"
