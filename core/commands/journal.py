"""`ibdesk journal`: where it lies, what it says, and whether it is whole."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from core import journal as journals
from core.errors import IBKRError
from core.settings import load

NEWEST = 100
"""So many rows are shown when nobody says how many; of an order all."""
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the beginning of one; the last four are wide forms of the first."""

app = typer.Typer(no_args_is_help=True, help="The record of what was meant and what happened.")

File = Annotated[
    Path | None, typer.Option("--file", help="Another journal than the one of the configured client id.")
]


def _place(file: Path | None) -> Path:
    return file or journals.default_path(load().link.client_id)


@contextmanager
def _ending(output: object = "The output") -> Iterator[None]:
    """What goes wrong is one line, and exit code 1."""
    try:
        yield
    except IBKRError as fault:
        raise _end(str(fault)) from None
    except BrokenPipeError:
        raise  # who reads has seen enough, and needs no words for it
    except OSError as fault:
        raise _end(f"{output} could not be written: {fault.strerror}.") from None


def _end(words: str) -> typer.Exit:
    typer.echo(f"ibdesk journal: {_visible(words)}", err=True)
    return typer.Exit(1)


@app.command()
def path(file: File = None) -> None:
    """Print where the journal lies."""
    with _ending():
        typer.echo(str(_place(file)))


@app.command()
def show(
    order_ref: Annotated[str, typer.Argument(help="The life of this order, or rows of this subject.")] = "",
    kind: Annotated[str, typer.Option(help="Only rows of this kind, such as intent.")] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000, help="The newest so many rows.", show_default=f"{NEWEST}; of an order all"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    file: File = None,
) -> None:
    """Print rows, oldest first; with an order's reference its flight record: every step, every raw field."""
    with _ending():
        place = _place(file)
        if order_ref and not kind:
            found = journals.of_order(place, order_ref)[-(limit or 0) :]
        else:
            found = journals.entries(place, kind or None, order_ref or None, limit or NEWEST)
        if order_ref and not found:
            raise _end(f"there is nothing about {_shown(order_ref)}.")
        if as_json or kind or not order_ref:
            for entry in found:
                typer.echo(_object(entry) if as_json else _line(entry))
        else:
            for line in _flight(found):
                typer.echo(line)


@app.command()
def verify(file: File = None) -> None:
    """Reckon the hash chain again. Exit code 1 when a row was changed or is missing."""
    with _ending():
        place = _place(file)
        found = journals.verify(place)
        if not found.is_whole:
            raise _end(
                f"{place} is not whole. {found.words}"
                " Keep it, it is evidence; ibdesk journal restore puts a backup in its place."
            )
        _say(f"{place} is whole: {found.rows:,} rows.")


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    csv_form: Annotated[bool, typer.Option("--csv", help="CSV instead of one JSON object a line.")] = False,
    force: Annotated[bool, typer.Option(help="Overwrite the file.")] = False,
    file: File = None,
) -> None:
    """Write out every row: JSON lines, or CSV that no spreadsheet takes for formulas."""
    with _ending(output or "The output"):
        place = _place(file)
        if output is None:
            if isinstance(sys.stdout, io.TextIOWrapper):
                # What the terminal's letters lack must not end it, and CSV brings its own line ends.
                sys.stdout.reconfigure(errors="backslashreplace", newline="")
            _export(place, sys.stdout, csv_form)
        else:
            _export_to(output, place, csv_form, force)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The copy's name.")],
    force: Annotated[bool, typer.Option(help="Overwrite the copy.")] = False,
    file: File = None,
) -> None:
    """Copy the journal, also while IBDesk runs, and verify the copy."""
    with _ending():
        found = journals.backup(_place(file), target, force=force)
        _say(f"{target} is whole: {found.rows:,} rows.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A copy made by backup.")],
    force: Annotated[bool, typer.Option(help="Replace a journal that is there; it is kept beside.")] = False,
    file: File = None,
) -> None:
    """Put a verified copy in the journal's place. Never while IBDesk runs."""
    with _ending():
        place = _place(file)
        found = journals.restore(source, place, force=force)
        _say(f"{place} is restored and whole: {found.rows:,} rows.")


def _export_to(output: Path, place: Path, csv_form: bool, force: bool) -> None:
    """The file has its name only when every row is in it."""
    if journals.is_of(place, output):
        raise _end(f"{output} is the journal itself. Name another file.")
    if output.exists() and not force:
        raise _end(f"{output} exists. Overwrite it with --force.")
    if output.exists() and not output.is_file():
        with output.open("w", encoding="utf-8", newline="") as opened:  # a pipe or a device
            return _export(place, opened, csv_form)
    real = Path(os.path.realpath(output))
    draft = real.with_name(f"{real.name}.{os.getpid()}.part")
    try:
        with open(draft, "x", encoding="utf-8", newline="", opener=_private) as opened:
            _export(place, opened, csv_form)
        if real.exists():
            shutil.copymode(real, draft)
        os.replace(draft, real)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return None


def _private(name: str, flags: int) -> int:
    """Nobody else on this machine reads what the journal holds."""
    return os.open(name, flags, 0o600)


def _export(place: Path, to: TextIO, csv_form: bool) -> None:
    if csv_form:
        rows = csv.writer(to)
        rows.writerow(("seq", "at", "kind", "subject", "fields", "hash"))
        for entry in journals.every(place):
            fields = json.dumps(entry.values, ensure_ascii=False)
            texts = (_harmless(text) for text in (entry.kind, entry.subject, fields))
            rows.writerow((entry.seq, entry.at.isoformat(), *texts, entry.hash))
    else:
        for entry in journals.every(place):
            to.write(f"{_object(entry)}\n")
    to.flush()


def _harmless(text: str) -> str:
    """No spreadsheet takes it for a formula, no terminal for an order."""
    return f"'{_visible(text)}" if text.startswith(FORMULAS) else _visible(text)


def _flight(found: Sequence[journals.Entry]) -> Iterator[str]:
    """One line a step: when, how many milliseconds after the first, what; the raw fields below it."""
    rows = journals.flight_rows(found)
    for row in rows:
        at = datetime.fromtimestamp(row.at_s, UTC)
        yield (
            f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
            + f"Z  {(row.at_s - rows[0].at_s) * 1000:+12,.1f} ms  {_visible(row.what)}"
        )
        for name, value in row.fields:
            yield f"{'':28}{_visible(name)} = {value if value.isprintable() else json.dumps(value)}"


def _line(entry: journals.Entry) -> str:
    """One row as a person reads it; nothing in it can steer the terminal."""
    fields = " ".join(f"{_visible(name)}={_shown(value)}" for name, value in entry.fields)
    return f"{entry.seq:>6}  {entry.at:%Y-%m-%d %H:%M:%S.%f}Z  {_shown(entry.kind)}  {_shown(entry.subject)}  {fields}".rstrip()


def _say(words: str) -> None:
    typer.echo(_visible(words))


def _visible(text: str) -> str:
    """Nothing in it can steer a terminal or turn its line round: that is written out as JSON does."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _shown(text: str) -> str:
    return text if text.isprintable() and " " not in text else json.dumps(text)


def _object(entry: journals.Entry) -> str:
    row = {"seq": entry.seq, "at": entry.at.isoformat(), "kind": entry.kind, "subject": entry.subject}
    return json.dumps({**row, "fields": entry.values, "hash": entry.hash})
