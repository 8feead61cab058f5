"""The journal's rows, their chain, and the words for what can go wrong."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring
from pathlib import Path
from typing import Final

from core.errors import IBKRError

VERSION = 2
APPLICATION_ID = 0x49424431
"""Marks the file as ours: "IBD1"."""

GENESIS = "0" * 64
"""What the first row is chained to."""

Fields = Iterable[tuple[str, str]]

CREATE = """
CREATE TABLE entries (
    seq     INTEGER PRIMARY KEY,
    at_ns   INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    fields  TEXT    NOT NULL,
    hash    TEXT    NOT NULL
) STRICT;
CREATE INDEX entries_by_subject ON entries (subject, seq);
CREATE INDEX entries_by_kind ON entries (kind, seq);
CREATE INDEX entries_by_time ON entries (at_ns);
CREATE TABLE order_ids (
    client_id INTEGER PRIMARY KEY,
    highest   INTEGER NOT NULL
) STRICT;
"""


MIGRATIONS: dict[int, str] = {1: "CREATE INDEX entries_by_time ON entries (at_ns);"}
"""What makes a journal of the next version out of one of this; rows and their chain are never touched."""


class JournalError(IBKRError):
    """The journal could not be opened, read or written: nothing that depends on it may go on."""

    retry_is_safe = False


class JournalBusy(JournalError):
    """Another running IBDesk writes it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what kind, about what, and plain fields."""

    seq: int
    at_ns: int
    kind: str
    subject: str
    fields: tuple[tuple[str, str], ...]
    hash: str

    @property
    def at(self) -> datetime:
        """When it was written, aware UTC."""
        return datetime.fromtimestamp(self.at_ns / 1e9, UTC)

    @property
    def values(self) -> dict[str, str]:
        return dict(self.fields)


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first row that does not fit its chain; `None` when all do. `words` say what is not whole."""

    rows: int
    broken_at: int | None = None
    words: str = ""

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None and not self.words


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


_quoted: Final = encode_basestring
"""A text as that encoder writes it."""


def written(fields: Fields) -> str:
    """Fields as they are stored: JSON in one line, in their order."""
    return _ENCODER.encode([[name, value] for name, value in fields])


def chained(before: str, seq: int, at_ns: int, kind: str, subject: str, fields: str) -> str:
    """The row's hash: over the hash before it and all that the row says."""
    row = f"[{_quoted(before)},{seq},{at_ns},{_quoted(kind)},{_quoted(subject)},{_quoted(fields)}]"
    return hashlib.sha256(row.encode()).hexdigest()


def order_of(values: Mapping[str, str]) -> tuple[int, int] | None:
    """Client id and order id of what a row says; `None` when it does not name both."""
    client_id, order_id = (_id(values.get(name, "")) for name in ("client_id", "order_id"))
    return None if client_id is None or order_id is None else (client_id, order_id)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def entry_of(row: tuple[int, int, str, str, str, str]) -> Entry:
    seq, at_ns, kind, subject, fields, digest = row
    pairs = tuple((name, value) for name, value in json.loads(fields))
    if not all(type(text) is str for pair in pairs for text in pair):
        raise ValueError(f"row {seq} holds something else than text")
    return Entry(seq, at_ns, kind, subject, pairs, digest)


def is_damage(fault: Exception) -> bool:
    """Whether it is the file that is wrong, not the disk or who else holds it."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    words = ("no such table", "no such column", "Could not decode")
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or str(fault).startswith(words)


def trouble(path: Path, doing: str, fault: Exception) -> JournalError:
    """`fault` as a sentence: what, where, and what to do."""
    text = str(fault)
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if "full" in text or code == sqlite3.SQLITE_FULL:
        advice = "Make room on the disk."
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or "locked" in text:
        advice = "Another program holds the file: close it."
    elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        advice = "Check that the folder is there and may be written to."
    elif is_damage(fault):
        advice = (
            "The file is damaged or no journal: move it away and start again, or put a backup in its place"
            " (ibdesk journal restore). Keep it, it is evidence."
        )
    else:
        advice = "Check the disk."
    return JournalError(f"The journal {path} could not be {doing}: {text}.", advice=advice)
