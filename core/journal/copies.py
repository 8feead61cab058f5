"""Copies of a journal: made while it is being written, checked, and put back only where nobody writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from core.journal import reader
from core.journal.journal import hold, make_private
from core.journal.schema import JournalError, Verification, trouble


def backup(path: Path, target: Path, *, force: bool = False) -> Verification:
    """Copy the journal as it is now, also while IBDesk writes it; the copy is verified before it has its name.

    Raises JournalError: for a target that is there already unless `force`, and for a journal that is not whole.
    """
    if target.exists() and not force:
        raise JournalError(f"{target} exists.", advice="Name another file, or overwrite it with --force.")
    draft = target.with_name(f"{target.name}.part")
    try:
        found = _copy(path, draft)
        os.replace(draft, target)
    except OSError as fault:
        raise trouble(target, "written", fault) from fault
    finally:
        _drop(draft)
    return found


def restore(source: Path, path: Path, *, force: bool = False) -> Verification:
    """Put a copy in the journal's place. What was there stays beside it under another name.

    Raises JournalError: while IBDesk runs, for a copy that is not whole, and for a journal that is there already
    unless `force`.
    """
    there = path.exists() and path.stat().st_size > 0
    if there and not force:
        raise JournalError(
            f"There is a journal at {path}.", advice="Overwrite it with --force; it is then kept beside."
        )
    draft = path.with_name(f"{path.name}.part")
    try:
        make_private(path)
        with closing(hold(path)):
            found = _copy(source, draft)
            if there:
                _set_aside(path)
            for file in _beside(path):
                file.unlink(missing_ok=True)
            os.replace(draft, path)
    except OSError as fault:
        raise trouble(path, "written", fault) from fault
    finally:
        _drop(draft)
    return found


def _copy(path: Path, draft: Path) -> Verification:
    _drop(draft)
    draft.parent.mkdir(parents=True, exist_ok=True)
    with reader.looking_into(path) as source:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            with closing(sqlite3.connect(draft)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as fault:
            raise trouble(draft, "written", fault) from fault
    found = reader.verify(draft)
    if not found.is_whole:
        raise JournalError(f"{path} is not whole. {found.words}", advice="Keep it: it is evidence.")
    return found


def _set_aside(path: Path) -> None:
    """The old journal in one file, with whatever its write-ahead log still held."""
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number = 1
    while (aside := path.with_name(f"{path.stem}.replaced-{number}{path.suffix}")).exists():
        number += 1
    os.replace(path, aside)


def _drop(draft: Path) -> None:
    for file in (draft, *_beside(draft)):
        file.unlink(missing_ok=True)


def _beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))
