"""Looking into a journal, also while IBDesk writes it; never changes anything."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from core.journal.schema import (
    APPLICATION_ID,
    GENESIS,
    VERSION,
    Entry,
    JournalError,
    Verification,
    chained,
    entry_of,
    is_damage,
    order_of,
    trouble,
)

_ROW = "seq, at_ns, kind, subject, fields, hash"


def entries(
    path: Path, kind: str | None = None, subject: str | None = None, limit: int | None = None
) -> list[Entry]:
    """Rows oldest first; with `limit`, the newest so many of them."""
    wanted = {"kind": kind, "subject": subject, "limit": -1 if limit is None else limit}
    query = (
        f"SELECT {_ROW} FROM entries"  # noqa: S608
        " WHERE (:kind IS NULL OR kind = :kind) AND (:subject IS NULL OR subject = :subject)"
        " ORDER BY seq DESC LIMIT :limit"
    )
    with looking_into(path) as connection:
        return [entry_of(row) for row in connection.execute(query, wanted)][::-1]


def recent(path: Path, since_ns: int) -> list[Entry]:
    """Rows from `since_ns` on, before that those of orders that nothing has sealed and of the link as it was then.

    Oldest first.
    """
    query = (
        f"SELECT {_ROW} FROM entries WHERE seq >= :first OR (seq < :first AND subject IN ("  # noqa: S608
        " SELECT subject FROM entries WHERE kind = 'intent'"
        " EXCEPT SELECT subject FROM entries WHERE kind = 'sealed'))"
        " OR seq IN (SELECT max(seq) FROM entries WHERE seq < :first"
        " AND kind IN ('connect asked', 'link opened') GROUP BY kind) ORDER BY seq"
    )
    oldest = "SELECT seq FROM entries WHERE at_ns >= ? ORDER BY at_ns, seq LIMIT 1"
    with looking_into(path) as connection:
        (first,) = connection.execute(oldest, (since_ns,)).fetchone() or (2**62,)
        return [entry_of(row) for row in connection.execute(query, {"first": first})]


def newest_since_ns(path: Path, most: int) -> int:
    """When the newest `most` rows begin; 0 where there are no more than that."""
    query = "SELECT at_ns FROM entries ORDER BY seq DESC LIMIT 1 OFFSET ?"
    with looking_into(path) as connection:
        oldest, before = (connection.execute(query, (n,)).fetchone() for n in (most - 1, most))
        return int(oldest[0]) if before else 0


def of_order(path: Path, order_ref: str) -> list[Entry]:
    """An order's own rows, and what befell the link between its first and its last; oldest first."""
    query = (
        f"SELECT {_ROW} FROM entries WHERE subject = :ref OR (subject = ''"  # noqa: S608
        " AND kind IN ('link lost', 'link opened', 'gateway silent', 'message') AND seq BETWEEN"
        " (SELECT min(seq) FROM entries WHERE subject = :ref) AND"
        " (SELECT max(seq) FROM entries WHERE subject = :ref)) ORDER BY seq"
    )
    with looking_into(path) as connection:
        return [entry_of(row) for row in connection.execute(query, {"ref": order_ref})]


def every(path: Path) -> Iterator[Entry]:
    """All rows, oldest first, one after the other: a journal may be longer than memory is."""
    with looking_into(path) as connection:
        for row in connection.execute(f"SELECT {_ROW} FROM entries ORDER BY seq"):  # noqa: S608
            yield entry_of(row)


def verify(path: Path) -> Verification:
    """Reckon the whole chain again, then what is drawn from the rows.

    A tail cut off cleanly cannot be seen; any other change is.
    """
    with looking_into(path) as connection:
        highest: dict[int, int] = {}
        found = _chain(connection, highest)
        return Verification(found.rows, words=_drawn(connection, highest)) if found.is_whole else found


def _chain(connection: sqlite3.Connection, highest: dict[int, int]) -> Verification:
    """Every row by its hash; each client's highest order id is gathered on the way."""
    before, expected = GENESIS, 1
    try:
        for seq, at_ns, kind, subject, fields, digest in connection.execute(
            f"SELECT {_ROW} FROM entries ORDER BY seq"  # noqa: S608
        ):
            if seq != expected:
                return Verification(expected - 1, expected, f"Row {expected} is missing.")
            if digest != chained(before, seq, at_ns, kind, subject, fields):
                return Verification(expected - 1, seq, f"Row {seq} is not what was written.")
            if '"order_id"' in fields and (order := order_of(dict(json.loads(fields)))):
                highest[order[0]] = max(order[1], highest.get(order[0], 0))
            before, expected = digest, seq + 1
    except sqlite3.Error as fault:
        if not is_damage(fault):
            raise
        return Verification(expected - 1, expected, f"Row {expected} cannot be read: the file is damaged.")
    return Verification(expected - 1)


def _drawn(connection: sqlite3.Connection, highest: dict[int, int]) -> str:
    """What is wrong with the order ids and the indices, by which a start finds the orders; "" when nothing is."""
    try:
        kept = dict(connection.execute("SELECT client_id, highest FROM order_ids"))
        (integrity,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as fault:
        if not is_damage(fault):
            raise
        integrity = str(fault)
    else:
        for client_id, order_id in highest.items():
            if kept.get(client_id, 0) < order_id:
                return f"Its rows are, but client {client_id}'s highest order id is not what was written."
    if integrity == "ok":
        return ""
    return f"Its rows are, but what finds them is damaged: {integrity.splitlines()[-1].rstrip('.')}."


@contextmanager
def looking_into(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise JournalError(
            f"There is no journal at {path}.", advice="It begins with the first start of IBDesk."
        )
    address = f"file:{quote(os.fsencode(path))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=1.0)) as connection:
            check_is_ours(connection, path)
            yield connection
    except sqlite3.Error as fault:
        raise trouble(path, "read", fault) from fault
    except (ValueError, TypeError, RecursionError) as fault:
        raise JournalError(
            f"The journal {path} holds a row that cannot be read.", advice="Verify it."
        ) from fault


def check_is_ours(connection: sqlite3.Connection, path: Path) -> None:
    """A database of another program, or of a later IBDesk, is left alone."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalError(f"{path} is no journal of IBDesk.", advice="Move it away, or name another file.")
    if version < 1:
        raise JournalError(
            f"The journal {path} says it is of version {version}, which never was.",
            advice="It was changed: move it away, or put a backup in its place. Keep it, it is evidence.",
        )
    if version > VERSION:
        raise JournalError(
            f"The journal {path} was written by a later IBDesk (version {version}, this one knows {VERSION}).",
            advice="Update IBDesk.",
        )
