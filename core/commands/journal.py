"""`ibdesk journal`: where it lies, what it says, and whether it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from core import journal as journals
from core.errors import IBKRError
from core.settings import load

app = typer.Typer(no_args_is_help=True, help="The record of what was meant and what happened.")

File = Annotated[
    Path | None, typer.Option("--file", help="Another journal than the one of the configured client id.")
]


def _place(file: Path | None) -> Path:
    try:
        return file or journals.default_path(load().link.client_id)
    except IBKRError as fault:
        raise _end(fault) from None


def _end(fault: IBKRError) -> typer.Exit:
    typer.echo(f"ibdesk journal: {fault}", err=True)
    return typer.Exit(1)


@app.command()
def path(file: File = None) -> None:
    """Print where the journal lies."""
    typer.echo(str(_place(file)))


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help="Only this order's reference or subject.")] = "",
    kind: Annotated[str, typer.Option(help="Only rows of this kind, such as intent.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many rows.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    file: File = None,
) -> None:
    """Print rows, oldest first."""
    try:
        found = journals.entries(_place(file), kind or None, subject or None, limit)
    except IBKRError as fault:
        raise _end(fault) from None
    for entry in found:
        typer.echo(_object(entry) if as_json else _line(entry))


@app.command()
def verify(file: File = None) -> None:
    """Reckon the hash chain again. Exit code 1 when a row was changed or is missing."""
    place = _place(file)
    try:
        found = journals.verify(place)
    except IBKRError as fault:
        raise _end(fault) from None
    if not found.is_whole:
        typer.echo(f"ibdesk journal: {place} is not whole. {found.words}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{place} is whole: {found.rows:,} rows.")


def _line(entry: journals.Entry) -> str:
    """One row as a person reads it; nothing in it can steer the terminal."""
    fields = " ".join(f"{name}={_shown(value)}" for name, value in entry.fields)
    return f"{entry.seq:>6}  {entry.at:%Y-%m-%d %H:%M:%S.%f}Z  {_shown(entry.kind)}  {_shown(entry.subject)}  {fields}".rstrip()


def _shown(text: str) -> str:
    return text if text.isprintable() and " " not in text else json.dumps(text)


def _object(entry: journals.Entry) -> str:
    row = {"seq": entry.seq, "at": entry.at.isoformat(), "kind": entry.kind, "subject": entry.subject}
    return json.dumps({**row, "fields": entry.values, "hash": entry.hash})
