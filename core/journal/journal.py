"""Writing the journal: one thread owns the database, everybody else hands rows over."""

from __future__ import annotations

import atexit
import errno
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from core.domain.flight import FlightRow
from core.journal import reader
from core.journal.flight import flight_rows
from core.journal.schema import (
    APPLICATION_ID,
    CREATE,
    GENESIS,
    MIGRATIONS,
    VERSION,
    Entry,
    Fields,
    JournalBusy,
    JournalError,
    Verification,
    chained,
    order_of,
    trouble,
    written,
)

COMMIT_DEADLINE_S = 1.0
"""An intent that takes longer to reach the disk is refused."""
CLOSE_DEADLINE_S = 5.0
FLIGHT_PATIENCE_S = 0.2
"""Who looks at an order's life waits no longer for the rows that are still on their way to the disk."""
BATCH = 256
QUEUED_MOST = 100_000
"""Rows that may wait while the disk refuses them; the oldest are given up beyond it."""


def default_path(client_id: int = 1) -> Path:
    """One journal a client id: two programs with one client id cannot both trade anyway."""
    folder = Path(platformdirs.user_data_dir("ibdesk", appauthor=False))
    return folder / f"journal-{client_id}.sqlite"


@dataclass(slots=True, eq=False)
class _Row:
    """A row on its way; `done` for those that somebody waits for."""

    kind: str
    subject: str
    fields: str
    order: tuple[int, int] | None
    """The client id and the order id that it names."""
    done: Future[None] | None = None
    """Cancelled when its sender has stopped waiting: the row must not be taken for an intent any more."""


class Journal:
    """Append-only, hash-chained, fsynced. Open it once, use it from any thread, close it at the end."""

    def __init__(
        self, path: Path, *, clock_ns: Callable[[], int] = time.time_ns, threaded: bool = True
    ) -> None:
        """Raises JournalError when the file cannot be had for ourselves alone.

        Without `threaded` every row is written by who calls, at once, and never forced through to the disk:
        for runs under a virtual clock, where nothing may happen beside the one loop.
        """
        self.path = path
        self._threaded = threaded
        self._clock_ns = clock_ns
        self._rows: queue.Queue[_Row | None] = queue.Queue(QUEUED_MOST)
        self._ready: Future[None] = Future()
        self._trouble = ""
        self._closed = False
        self._closing = threading.Lock()
        self._seq, self._hash = 0, GENESIS
        self._highest: dict[int, int] = {}
        try:
            make_private(path)
        except OSError as fault:
            raise trouble(path, "opened", fault) from fault
        self._lock = hold(path)
        self._direct: sqlite3.Connection | None = None
        if not threaded:
            self._open_direct()
            return
        self._writer = threading.Thread(target=self._write_all, name="journal writer", daemon=True)
        self._writer.start()
        try:
            self._ready.result()
        except BaseException:
            self._lock.close()
            raise
        atexit.register(self.close)

    # --- writing -----------------------------------------------------------------------------------

    def commit(self, kind: str, subject: str, fields: Fields) -> None:
        """On disk when it returns; JournalError within about a second when it could not be put there."""
        row = _row(kind, subject, fields)
        if self._direct is not None:
            return self._write_now(self._direct, row)
        row.done = Future()
        self._hand_over(row)
        try:
            row.done.result(COMMIT_DEADLINE_S)
        except FutureTimeout:
            if not row.done.cancel():
                # It reached the disk in this very moment.
                return row.done.result()
            words = f"The journal {self.path} took longer than {COMMIT_DEADLINE_S:.0f} s to write."
            self._trouble = words
            raise JournalError(words, advice="Check the disk: it is slow or overloaded.") from None
        return None

    def record(self, kind: str, subject: str, fields: Fields) -> None:
        """Written soon, in order; raises only when the journal is closed or takes nothing more."""
        if self._direct is not None:
            with suppress(JournalError):  # `trouble` says it
                self._write_now(self._direct, _row(kind, subject, fields))
            return
        self._hand_over(_row(kind, subject, fields))

    def record_all(self, rows: Sequence[tuple[str, str, Fields]]) -> None:
        """As `record`, of many: what is written at once goes into one transaction, as the writer's batches do."""
        if self._direct is None:
            for row in rows:
                self._hand_over(_row(*row))
            return
        self._write(self._direct, [_row(*row) for row in rows])  # `trouble` says when it fails

    def close(self) -> None:
        """Write what waits, and let the file go. Calling it twice does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if not self._threaded:
            if self._direct is not None:
                self._direct.close()
                self._direct = None
            self._lock.close()
            return
        atexit.unregister(self.close)
        with suppress(queue.Full):
            self._rows.put(None, timeout=CLOSE_DEADLINE_S)
        self._writer.join(CLOSE_DEADLINE_S)
        self._lock.close()

    # --- reading -----------------------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why the last write failed, in words; "" when the journal is well."""
        return self._trouble

    def highest_order_id(self, client_id: int) -> int:
        """The highest order id any row of this client id ever named; 0 when none did."""
        return self._highest.get(client_id, 0)

    def entries(
        self, kind: str | None = None, subject: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """Rows oldest first, those handed over before this call included."""
        self._flush()
        return reader.entries(self.path, kind, subject, limit)

    def flight(self, order_ref: str) -> tuple[FlightRow, ...]:
        """An order's life so far, oldest first."""
        self._flush(FLIGHT_PATIENCE_S)
        return flight_rows(reader.of_order(self.path, order_ref))

    def verify(self) -> Verification:
        self._flush()
        return reader.verify(self.path)

    # --- inside ------------------------------------------------------------------------------------

    def _hand_over(self, row: _Row) -> None:
        if self._closed:
            raise JournalError(f"The journal {self.path} is closed.", advice="IBDesk is ending.")
        try:
            self._rows.put_nowait(row)
        except queue.Full:
            raise JournalError(
                f"The journal {self.path} cannot keep up: {QUEUED_MOST:,} rows wait.",
                advice="Check the disk.",
            ) from None

    def _flush(self, patience_s: float = CLOSE_DEADLINE_S) -> None:
        """Wait until all rows handed over so far have been dealt with."""
        if self._threaded and not self._closed:
            done: Future[None] = Future()
            with suppress(queue.Full, JournalError, FutureTimeout):
                self._rows.put(_Row("", "", "", None, done), timeout=patience_s)
                done.result(patience_s)

    # --- without a thread --------------------------------------------------------------------------

    def _open_direct(self) -> None:
        try:
            self._direct = self._open()
        except (sqlite3.Error, OSError) as fault:
            self._lock.close()
            raise trouble(self.path, "opened", fault) from fault
        except BaseException:
            self._lock.close()
            raise
        self._direct.execute("PRAGMA synchronous = OFF")

    def _write_now(self, connection: sqlite3.Connection, row: _Row) -> None:
        row.done = Future()
        self._write(connection, [row])
        row.done.result()

    # --- the writer thread -------------------------------------------------------------------------

    def _write_all(self) -> None:
        try:
            connection = self._open()
        except JournalError as fault:
            self._ready.set_exception(fault)
            return
        except Exception as fault:  # noqa: BLE001 - whatever it is, somebody waits to be told
            self._ready.set_exception(trouble(self.path, "opened", fault))
            return
        self._ready.set_result(None)
        with closing(connection):
            waiting: list[_Row] = []
            while True:
                ends = self._collect(waiting)
                waiting = self._write(connection, waiting)
                if ends:
                    self._write(connection, waiting)
                    break

    def _collect(self, waiting: list[_Row]) -> bool:
        """Take what has been handed over; true when the end has been asked for."""
        # Rows that could not be written wait a little for the disk, then are tried again.
        with suppress(queue.Empty):
            first = self._rows.get(timeout=0.25 if waiting else None)
            while True:
                if first is None:
                    return True
                waiting.append(first)
                if len(waiting) >= BATCH or first.done is not None:
                    break
                first = self._rows.get_nowait()
        return False

    def _write(self, connection: sqlite3.Connection, rows: list[_Row]) -> list[_Row]:
        """All of them in one transaction; what nobody waits for is kept when that fails."""
        if not rows:
            return []
        before = (self._seq, self._hash, dict(self._highest))
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._insert(
                connection, [row for row in rows if row.kind and not (row.done and row.done.cancelled())]
            )
            connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as fault:
            self._seq, self._hash, self._highest = before
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            told = trouble(self.path, "written", fault)
            self._trouble = str(told)
            for row in rows:
                _answer(row, told)
            return [row for row in rows if row.done is None][-QUEUED_MOST:]
        self._trouble = ""
        # Who stopped waiting meanwhile was told no: the journal must say so too.
        late = [row for row in rows if not _answer(row, None)]
        return [_row("refused", row.subject, (("kind", row.kind),)) for row in late if row.kind]

    def _insert(self, connection: sqlite3.Connection, rows: list[_Row]) -> None:
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", map(self._next, rows))
        risen: dict[int, int] = {}
        for row in rows:
            if row.order is not None and row.order[1] > self.highest_order_id(row.order[0]):
                self._highest[row.order[0]] = risen[row.order[0]] = row.order[1]
        if risen:
            connection.executemany(
                "INSERT INTO order_ids VALUES (?, ?) ON CONFLICT DO UPDATE SET highest = excluded.highest",
                risen.items(),
            )

    def _next(self, row: _Row) -> tuple[int, int, str, str, str, str]:
        """The row as it is stored, chained to the one before."""
        seq, at_ns = self._seq + 1, self._clock_ns()
        self._hash = chained(self._hash, seq, at_ns, row.kind, row.subject, row.fields)
        self._seq = seq
        return seq, at_ns, row.kind, row.subject, row.fields, self._hash

    def _open(self) -> sqlite3.Connection:
        # 0.8 s of patience with a locked file leaves time to answer within the commit's second.
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=0.8)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            connection.executescript(
                f"PRAGMA journal_mode = WAL; BEGIN; {CREATE}"
                f" PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
            )
        reader.check_is_ours(connection, self.path)
        self._migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS fsync stops at the drive's cache; this goes through it.
        connection.execute("PRAGMA fullfsync = ON")
        newest = connection.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        self._seq, self._hash = newest or (0, GENESIS)
        self._highest = dict(connection.execute("SELECT client_id, highest FROM order_ids"))

    @staticmethod
    def _migrate(connection: sqlite3.Connection) -> None:
        """Bring an older journal up to date: all of it or nothing."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for step in range(version, VERSION):
            connection.executescript(f"BEGIN; {MIGRATIONS[step]} PRAGMA user_version = {step + 1}; COMMIT;")


def _answer(row: _Row, fault: JournalError | None) -> bool:
    """Tell who waits for the row; false when nobody does any more."""
    if row.done is None:
        return True
    if not row.done.set_running_or_notify_cancel():
        return False
    if fault is None:
        row.done.set_result(None)
    else:
        row.done.set_exception(fault)
    return True


def _row(kind: str, subject: str, fields: Fields) -> _Row:
    if not kind:
        raise ValueError("a row needs a kind")
    pairs = [(_plain(name), _plain(value)) for name, value in fields]
    return _Row(_plain(kind), _plain(subject), written(pairs), order_of(dict(pairs)))


def _plain(text: object) -> str:
    """Text that UTF-8 can hold: a broken message from the wire must not stop the writer."""
    told = str(text)
    return told if told.isascii() else told.encode("utf-8", "backslashreplace").decode()


# --- the file ----------------------------------------------------------------------------------------


def make_private(path: Path, *, begun: bool = True) -> None:
    """Nobody else on this machine reads the journal: 0600 in a 0700 folder; its lock only, where none is `begun`."""
    folder = path.parent
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    if folder.name == "ibdesk" and os.name != "nt":
        folder.chmod(0o700)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    for file in (path, guard(path)) if begun else (guard(path),):
        if not file.exists():
            # Only then: on POSIX, closing a file lets go every lock that this process has on it.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name != "nt":
            file.chmod(0o600)


def guard(path: Path) -> Path:
    """The file whose lock says who writes; one for each journal, by whatever links it is reached."""
    real = Path(os.path.realpath(path))
    return real.with_name(f"{real.name}.lock")


def hold(path: Path) -> sqlite3.Connection:
    """A lock that the system lets go when this process ends, however it ends, on every platform."""
    connection = sqlite3.connect(guard(path), isolation_level=None, timeout=0, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as fault:
        connection.close()
        if "locked" in str(fault):
            raise JournalBusy(
                f"Another running IBDesk writes the journal {path}.",
                advice="End it, or give this one a client id of its own (IBKR_CLIENT_ID).",
            ) from None
        raise trouble(path, "opened", fault) from fault
    except sqlite3.Error as fault:
        connection.close()
        raise trouble(path, "opened", fault) from fault
    return connection
