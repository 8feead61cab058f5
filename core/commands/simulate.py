"""`ibdesk simulate`: the simulated gateway as a process of its own."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from core.simulator.scenario import SCENARIOS
from core.simulator.server import NotLoopback, check_host, run


def _host(value: str) -> str:
    try:
        return check_host(value)
    except NotLoopback as fault:
        raise typer.BadParameter(str(fault)) from None


def _speed(value: float) -> float:
    if not (math.isfinite(value) and 0 < value <= 1000):
        raise typer.BadParameter("it must be a number above 0, at most 1,000.")
    return value


def _scenario(value: str | None) -> str | None:
    if value is not None and value not in SCENARIOS:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(SCENARIOS)}.")
    return value


def simulate(
    host: Annotated[str, typer.Option(callback=_host, help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any free port.")] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The same seed makes the same market.")] = 1,
    speed: Annotated[float, typer.Option(callback=_speed, help="How many times faster prices move.")] = 1.0,
    scenario: Annotated[
        str | None, typer.Option(callback=_scenario, help=f"A course of events: {', '.join(SCENARIOS)}.")
    ] = None,
    real_hours: Annotated[
        bool, typer.Option("--real-hours", help="Keep the exchanges' trading hours.")
    ] = False,
    stop_with_stdin: Annotated[
        bool, typer.Option("--stop-with-stdin", help="End when standard input ends.")
    ] = False,
) -> None:
    """A gateway that speaks TWS's protocol, with a market of its own, on this computer only.

    Prints one line of JSON when it listens: {"host": ..., "port": ..., "server_version": ...}.
    """
    try:
        run(host, port, seed, speed, scenario, real_hours, stop_with_stdin=stop_with_stdin)
    except OSError as fault:
        typer.echo(f"ibdesk simulate: cannot listen on {host}:{port}: {fault.strerror or fault}.", err=True)
        raise typer.Exit(2) from None
