"""`ibdesk simulate`: the simulated gateway as a process of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from core.simulator.courses import COURSES
from core.simulator.faults import parsed
from core.simulator.record import BadRecording
from core.simulator.scenario import SCENARIOS
from core.simulator.server import TOKEN_VARIABLE, NotLoopback, Setup, check_host, run
from core.simulator.state import BadState

_SCENARIOS = (*SCENARIOS, *COURSES)


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
    if value is not None and value not in _SCENARIOS:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(_SCENARIOS)}.")
    return value


def _faults(value: list[str] | None) -> list[str]:
    for text in value or ():
        try:
            parsed(text)
        except ValueError as fault:
            raise typer.BadParameter(str(fault)) from None
    return value or []


def simulate(
    host: Annotated[str, typer.Option(callback=_host, help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any free port.")] = 0,
    control_port: Annotated[
        int,
        typer.Option(
            min=0, max=65_535, help="Of the channel that faults and scenarios are begun by; 0: any."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The same seed makes the same market.")] = 1,
    speed: Annotated[float, typer.Option(callback=_speed, help="How many times faster prices move.")] = 1.0,
    scenario: Annotated[
        str | None, typer.Option(callback=_scenario, help=f"A course of events: {', '.join(_SCENARIOS)}.")
    ] = None,
    real_hours: Annotated[
        bool, typer.Option("--real-hours", help="Keep the exchanges' trading hours.")
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            callback=_faults,
            metavar="NAME[:rate=R,at=N,times=N,amount=X]",
            help="A fault that is on from the beginning; may be given several times. A wrong name lists all.",
        ),
    ] = None,
    accounts: Annotated[
        int, typer.Option(min=1, max=50, help="So many accounts under one login, as an adviser has them.")
    ] = 1,
    master_client_id: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="The client that hears of every client's orders.")
    ] = None,
    end_sessions_that_hurry: Annotated[
        bool,
        typer.Option(
            "--end-sessions-that-hurry",
            help="End a session at its third breach of the message rate (error 100).",
        ),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="Keep orders, ids and executions in this file, and begin with what is in it."),
    ] = None,
    roll_back_ids: Annotated[
        int, typer.Option(min=0, max=10_000, help="Tell nextValidId so much lower than it is.")
    ] = 0,
    record: Annotated[
        Path | None, typer.Option(help="Write every message to this file, one JSON line each.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Play a recorded file to each client instead of a market.")
    ] = None,
    stop_with_stdin: Annotated[
        bool, typer.Option("--stop-with-stdin", help="End when standard input ends.")
    ] = False,
) -> None:
    """A gateway that speaks TWS's protocol, with a market of its own, on this computer only."""
    try:
        run(
            Setup(
                host=host,
                port=port,
                control_port=control_port,
                seed=seed,
                speed=speed,
                scenario=scenario,
                real_hours=real_hours,
                accounts=accounts,
                master_client_id=master_client_id,
                end_sessions_that_hurry=end_sessions_that_hurry,
                state=state,
                roll_back_ids=roll_back_ids,
                record=record,
                replay=replay,
                stop_with_stdin=stop_with_stdin,
                faults=tuple(fault or ()),
            )
        )
    except (BadRecording, BadState) as fault:
        typer.echo(f"ibdesk simulate: {fault}.", err=True)
        raise typer.Exit(2) from None
    except OSError as fault:
        typer.echo(f"ibdesk simulate: {_told(fault, host, port)}: {fault.strerror or fault}.", err=True)
        raise typer.Exit(2) from None


def _told(fault: OSError, host: str, port: int) -> str:
    return f"cannot open {fault.filename}" if fault.filename else f"cannot listen on {host}:{port}"


simulate.__doc__ = f"""{simulate.__doc__}

    Prints one line of JSON when it listens: {{"host": ..., "port": ..., "server_version": ...,
    "control_port": ...}}, with a "control_token" unless {TOKEN_VARIABLE} gives one. The control channel takes one JSON
    object a line: the token first, then {{"do": "scenarios"}}, {{"do": "scenario", "name": ...}}, {{"do": "off"}},
    {{"do": "on", "fault": ...}}, {{"do": "drop"}}, {{"do": "status"}}.
    """
