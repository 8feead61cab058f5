"""`ibdesk soak`: the whole stack under thousands of simulated sessions, and the real process under `kill -9`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.soak.kills import Kills
    from core.soak.many import Tally
    from core.soak.session import Outcome

SHRUNK_MOST = 3
"""Failures that are made small: each costs a handful of sessions."""


def soak(
    sessions: Annotated[int, typer.Option(min=0, max=100_000_000, help="Simulated sessions to run.")] = 0,
    kills: Annotated[int, typer.Option(min=0, max=1_000_000, help="Times to kill the real process.")] = 0,
    days: Annotated[int, typer.Option(min=0, max=366, help="Simulated days that the desk only watches.")] = 0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**53, help="The first session's; each has one of its own.")
    ] = 1,
    workers: Annotated[int, typer.Option(min=0, max=256, help="Processes; 0 takes one for each core.")] = 0,
    trace: Annotated[
        Path | None, typer.Option(help="With one session: write every byte and deed to this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object at the end.")] = False,
) -> None:
    """Prove that no order is lost, doubled or misreported, whatever fails.

    --sessions: 10 to 40 orders and up to six faults each, under a virtual clock and a network in memory.
    After each, orders at the gateway are the intents that were sent, none twice; executions, positions and
    cash are equal; every order has a verdict or a justified doubt; nothing is left waiting.

    --kills: a headless IBDesk over real TCP, killed at random instants, and compared at every next start.

    --days: nightly resets, weekends and weekly logins, with twenty lines and a chart that must not die.
    """
    if sum(map(bool, (sessions, kills, days))) != 1:
        raise typer.BadParameter("say one of --sessions, --kills and --days.")
    if trace is not None and sessions != 1:
        raise typer.BadParameter("a trace is of one session: --sessions 1.", param_hint="--trace")
    if kills:
        raise typer.Exit(_kills(kills, seed, as_json))
    if days:
        raise typer.Exit(_days(days, seed, as_json))
    raise typer.Exit(_sessions(sessions, seed, workers or os.cpu_count() or 1, trace, as_json))


# --- sessions ---------------------------------------------------------------------------------------


def _sessions(sessions: int, seed: int, workers: int, trace: Path | None, as_json: bool) -> int:
    # The whole stack takes its time to import: only for those who asked for it.
    from core.soak import many

    def tell(outcome: Outcome) -> None:
        if outcome.wrong and not as_json:
            typer.echo(f"seed {outcome.seed} failed: {outcome.wrong[0]}", err=True)

    if trace is not None:
        tally = many.Tally()
        tally.add(many.trace(seed, trace))
    else:
        tally = many.run(sessions, seed, workers, tell)
    if as_json:
        typer.echo(json.dumps(tally.as_dict()))
    else:
        _say_sessions(tally)
    for failed in tally.failed[:SHRUNK_MOST]:
        typer.echo(many.told(failed, many.shrink(failed)), err=True)
    return 1 if tally.failed else 0


def _say_sessions(tally: Tally) -> None:
    rate = f" ({tally.sessions / tally.seconds:.1f} a second)" if tally.seconds else ""
    typer.echo(
        f"{tally.sessions} sessions, {len(tally.failed)} failures: {tally.orders} orders, "
        f"{sum(tally.faults.values())} faults, {tally.virtual_s / 3600:.1f} hours of trading "
        f"in {tally.seconds:.1f} s{rate}."
    )
    for name, count in tally.faults.most_common():
        typer.echo(f"  {count:6} {name}")


# --- kills ------------------------------------------------------------------------------------------


def _kills(kills: int, seed: int, as_json: bool) -> int:
    from core.soak.kills import run

    known = 0

    def tell(tally: Kills) -> None:
        nonlocal known
        if len(tally.wrong) > known and not as_json:
            typer.echo("\n".join(tally.wrong[known:]), err=True)
        known = len(tally.wrong)

    tally = run(kills, seed, tell)
    if as_json:
        typer.echo(json.dumps(tally.as_dict()))
    else:
        typer.echo(
            f"{tally.kills} kills ({tally.early} while starting, {tally.gateways} of the gateway as well), "
            f"{tally.orders} orders, {len(tally.wrong)} failures in {tally.seconds:.0f} s.\n"
            f"From start to the journal's view, to ready, to agreeing with the gateway, in seconds:"
        )
        told = tally.as_dict()
        for name in ("start_to_view_s", "start_to_ready_s", "start_to_agreed_s"):
            typer.echo(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in told[name].items()))
    return 1 if tally.wrong else 0


# --- days -------------------------------------------------------------------------------------------


def _days(days: int, seed: int, as_json: bool) -> int:
    from core.soak.days import run

    watched = run(days, seed)
    typer.echo(json.dumps(watched.as_dict()) if as_json else watched.told())
    return 1 if watched.wrong else 0
