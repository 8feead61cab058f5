"""Copies of a journal: made while it is being written, checked, and put back only where nobody writes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, nullcontext, suppress
from pathlib import Path

from core.journal import reader
from core.journal.journal import guard, hold, make_private
from core.journal.schema import JournalError, Verification, trouble


def backup(path: Path, target: Path, *, force: bool = False) -> Verification:
    """Copy the journal as it is now, also while IBDesk writes it; the copy is verified before it has its name.

    Raises JournalError: for a target that is there already unless `force`, for one that is a file of this journal
    or is itself being written by IBDesk, and for a journal that is not whole.
    """
    _check_target(path, target, force)
    draft = _draft(target)
    try:
        found = _copy(path, draft)
        with closing(hold(target)) if guard(target).exists() else nullcontext():
            _take_place(draft, target)
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
    path = Path(os.path.realpath(path))
    there = path.exists() and path.stat().st_size > 0
    if there and not force:
        raise JournalError(
            f"There is a journal at {path}.", advice="Overwrite it with --force; it is then kept beside."
        )
    draft = _draft(path)
    try:
        make_private(path, begun=there)
        with closing(hold(path)):
            found = _copy(source, draft)
            if there:
                _keep_beside(path)
            _take_place(draft, path)
    except OSError as fault:
        raise trouble(path, "written", fault) from fault
    finally:
        _drop(draft)
    return found


def is_of(path: Path, other: Path) -> bool:
    """Whether `other` is the journal at `path` or a file it needs, by whatever name: it must not be overwritten."""
    path = Path(os.path.realpath(path))
    if os.path.realpath(other) in {str(file) for file in (path, guard(path), *_beside(path))}:
        return True
    return path.exists() and other.exists() and path.samefile(other)


def _check_target(path: Path, target: Path, force: bool) -> None:
    if is_of(path, target):
        raise JournalError(f"{target} is the journal itself.", advice="Name another file.")
    if target.is_dir():
        raise JournalError(f"{target} is a folder.", advice="Name a file in it.")
    # A log that somebody left there would be taken for the copy's own.
    there = next((file for file in (target, *_beside(target)) if file.exists()), None)
    if there is not None and not force:
        raise JournalError(f"{there} exists.", advice="Name another file, or overwrite it with --force.")


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


def _keep_beside(path: Path) -> None:
    """The old journal under a second name, with its log.

    It keeps its own name until the copy takes it: at no instant is there no journal.
    """
    number = 1
    while (aside := path.with_name(f"{path.stem}.replaced-{number}{path.suffix}")).exists():
        number += 1
    ends = ("", "-wal", "-journal")
    both = [(path.with_name(f"{path.name}{end}"), aside.with_name(f"{aside.name}{end}")) for end in ends]
    for file, kept in both:
        if file.exists():
            _name_twice(file, kept)
    # Only now, for SQLite drops a log that it cannot make sense of, and that is evidence.
    _fold(path)
    for _, kept in both[1:]:
        if kept.exists() and not kept.stat().st_size:
            kept.unlink()


def _name_twice(file: Path, kept: Path) -> None:
    try:
        os.link(file, kept)
    except OSError:  # not every disk knows links
        shutil.copy2(file, kept)


def _take_place(draft: Path, path: Path) -> None:
    """What lay beside the old one goes first: its log would be taken for the new one's."""
    _fold(path)
    for file in _beside(path):
        file.unlink(missing_ok=True)
    os.replace(draft, path)


def _fold(path: Path) -> None:
    """Until another has its place a file must be whole without its log, too."""
    if path.exists() and path.with_name(f"{path.name}-wal").exists():
        with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _draft(path: Path) -> Path:
    """A name that neither the user's files nor another process's drafts have."""
    return path.with_name(f"{path.name}.{os.getpid()}.part")


def _drop(draft: Path) -> None:
    for file in (draft, *_beside(draft)):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))
