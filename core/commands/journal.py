"""`ibdesk journal`: where it lies, what it says, and whether it is whole."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

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
    order_ref: Annotated[str, typer.Argument(help="The life of this order, or rows of this subject.")] = "",
    kind: Annotated[str, typer.Option(help="Only rows of this kind, such as intent.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many rows.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    file: File = None,
) -> None:
    """Print rows, oldest first; with an order's reference its flight record: every step, every raw field."""
    try:
        place = _place(file)
        if order_ref and not kind:
            found = journals.of_order(place, order_ref)[-limit:]
        else:
            found = journals.entries(place, kind or None, order_ref or None, limit)
    except IBKRError as fault:
        raise _end(fault) from None
    if as_json or kind or not order_ref:
        for entry in found:
            typer.echo(_object(entry) if as_json else _line(entry))
        return
    if not found:
        typer.echo(f"ibdesk journal: there is nothing about {_shown(order_ref)}.", err=True)
        raise typer.Exit(1)
    for line in _flight(found):
        typer.echo(line)


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


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    csv_form: Annotated[bool, typer.Option("--csv", help="CSV instead of one JSON object a line.")] = False,
    force: Annotated[bool, typer.Option(help="Overwrite the file.")] = False,
    file: File = None,
) -> None:
    """Write out every row: JSON lines, or CSV that no spreadsheet takes for formulas."""
    place = _place(file)
    try:
        if output is None:
            _export(place, sys.stdout, csv_form)
        else:
            with output.open("w" if force else "x", encoding="utf-8", newline="") as opened:
                _export(place, opened, csv_form)
    except IBKRError as fault:
        raise _end(fault) from None
    except FileExistsError:
        typer.echo(f"ibdesk journal: {output} exists. Overwrite it with --force.", err=True)
        raise typer.Exit(1) from None
    except OSError as fault:
        typer.echo(f"ibdesk journal: {output} could not be written: {fault.strerror}.", err=True)
        raise typer.Exit(1) from None


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The copy's name.")],
    force: Annotated[bool, typer.Option(help="Overwrite the copy.")] = False,
    file: File = None,
) -> None:
    """Copy the journal, also while IBDesk runs, and verify the copy."""
    try:
        found = journals.backup(_place(file), target, force=force)
    except IBKRError as fault:
        raise _end(fault) from None
    typer.echo(f"{target} is whole: {found.rows:,} rows.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A copy made by backup.")],
    force: Annotated[bool, typer.Option(help="Replace a journal that is there; it is kept beside.")] = False,
    file: File = None,
) -> None:
    """Put a verified copy in the journal's place. Never while IBDesk runs."""
    place = _place(file)
    try:
        found = journals.restore(source, place, force=force)
    except IBKRError as fault:
        raise _end(fault) from None
    typer.echo(f"{place} is restored and whole: {found.rows:,} rows.")


def _export(place: Path, to: TextIO, csv_form: bool) -> None:
    if not csv_form:
        for entry in journals.every(place):
            to.write(f"{_object(entry)}\n")
        return
    rows = csv.writer(to)
    rows.writerow(("seq", "at", "kind", "subject", "fields", "hash"))
    for entry in journals.every(place):
        fields = json.dumps(entry.values, ensure_ascii=False)
        texts = (_harmless(text) for text in (entry.kind, entry.subject, fields))
        rows.writerow((entry.seq, entry.at.isoformat(), *texts, entry.hash))


def _harmless(text: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _flight(found: Sequence[journals.Entry]) -> Iterator[str]:
    """One line a step: when, how many milliseconds after the first, what; the raw fields below it."""
    rows = journals.flight_rows(found)
    for row in rows:
        at = datetime.fromtimestamp(row.at_s, UTC)
        yield (
            f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
            + f"Z  {(row.at_s - rows[0].at_s) * 1000:+12,.1f} ms  {row.what}"
        )
        for name, value in row.fields:
            yield f"{'':28}{name} = {value if value.isprintable() else json.dumps(value)}"


def _line(entry: journals.Entry) -> str:
    """One row as a person reads it; nothing in it can steer the terminal."""
    fields = " ".join(f"{name}={_shown(value)}" for name, value in entry.fields)
    return f"{entry.seq:>6}  {entry.at:%Y-%m-%d %H:%M:%S.%f}Z  {_shown(entry.kind)}  {_shown(entry.subject)}  {fields}".rstrip()


def _shown(text: str) -> str:
    return text if text.isprintable() and " " not in text else json.dumps(text)


def _object(entry: journals.Entry) -> str:
    row = {"seq": entry.seq, "at": entry.at.isoformat(), "kind": entry.kind, "subject": entry.subject}
    return json.dumps({**row, "fields": entry.values, "hash": entry.hash})
