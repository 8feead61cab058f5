"""A SQLite file that may be lost at any time: it never stops anything, and says when it cannot help.

One thread writes, so that a slow disk holds up nobody; reading is a look at one row.
"""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote

import platformdirs

from core.cache.codec import bars_of, bytes_of, text_of, values_of
from core.domain.contract import ContractDetails, ContractQuery
from core.domain.events import BarsReported, ContractsReported, Event
from core.domain.quote import BAR_SECONDS, Bar, BarKey

log = logging.getLogger(__name__)

T = TypeVar("T")

VERSION = 1
"""Of the tables: an older file is emptied, a later one left alone."""
APPLICATION_ID = 0x49424443
"""Marks the file as ours: "IBDC"."""

MOST_BYTES = 32 * 1024 * 1024
"""Of what is kept; beyond it the oldest goes."""
MOST_BARS = 10_000
"""Of one series: the newest are kept."""
MOST_WAITING = 1_000
BUSY_S = 0.5
CLOSE_DEADLINE_S = 5.0

_CREATE = """
CREATE TABLE kept (
    realm     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    told_at_s REAL    NOT NULL,
    content   BLOB    NOT NULL,
    PRIMARY KEY (realm, kind, subject)
) STRICT;
CREATE INDEX kept_by_age ON kept (told_at_s);
"""
_PUT = "INSERT OR REPLACE INTO kept (realm, kind, subject, told_at_s, content) VALUES (?, ?, ?, ?, ?)"
_GET = "SELECT told_at_s, content FROM kept WHERE realm = ? AND kind = ? AND subject = ?"
_SIZE = "SELECT count(*), coalesce(sum(length(content)), 0) FROM kept"
_CONTRACTS, _CONTRACT, _BARS = "contracts", "contract", "bars"


def default_path() -> Path:
    """With the journal: what IB told once is asked for again only at the price of its limits."""
    return Path(platformdirs.user_data_dir("ibdesk", appauthor=False)) / "cache.sqlite"


def look_into(path: Path) -> tuple[int, int, str]:
    """(rows, bytes of what they hold, what is wrong with it) of a cache as it lies there; changes nothing."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_S)) as db:
            if _marks(db) != (APPLICATION_ID, VERSION):
                return 0, 0, "it is not of this IBDesk"
            (well,) = db.execute("PRAGMA quick_check(1)").fetchone()
            rows, held = db.execute(_SIZE).fetchone()
            return int(rows), int(held), "" if well == "ok" else str(well)
    except sqlite3.Error as fault:
        return 0, 0, str(fault)


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """What was kept, and when IB told it (epoch seconds)."""

    content: T
    told_at_s: float


class NotOurs(Exception):
    """The file belongs to another program, or to a later IBDesk: it is left as it is."""


class Cache:
    """Open it once, use it from one thread, close it. `trouble` says in words why it does not help, or "".

    `realm` tells worlds apart that share contracts and not prices: the simulator's, and IB's.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Never raises: without a usable file it keeps nothing and knows nothing."""
        self.path = path
        self.trouble = ""
        self._most_bytes = most_bytes
        self._damaged = False
        self._waiting: queue.Queue[Callable[[sqlite3.Connection], None] | None] = queue.Queue(MOST_WAITING)
        self._writer: threading.Thread | None = None
        self._reading: sqlite3.Connection | None = None
        self._open()

    def close(self) -> None:
        """What waits is written first, if the disk lets it."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=CLOSE_DEADLINE_S)
            writer.join(CLOSE_DEADLINE_S)
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        if self._damaged:
            with suppress(OSError):
                self._put_aside()

    # --- keeping ------------------------------------------------------------------------------------

    def keep(self, event: Event, realm: str, now_s: float) -> None:
        """Keep what a gateway has just told; other events, and what came from here, are passed over."""
        if isinstance(event, ContractsReported) and event.details and event.cached_at_s is None:
            details, subject = event.details, _subject_of(event.query)
            self._later(lambda db: _put_contracts(db, realm, subject, details, now_s))
        elif isinstance(event, BarsReported) and event.bars and event.cached_at_s is None:
            key, bars = event.key, event.bars
            self._later(lambda db: _put_bars(db, realm, key, bars, now_s))

    def flush(self) -> None:
        """Return when everything handed over so far has been written, or given up."""
        if self._writer is not None:
            self._waiting.join()

    def _later(self, write: Callable[[sqlite3.Connection], None]) -> None:
        if self._writer is None:
            return
        with suppress(queue.Full):  # the disk does not keep up: nothing is lost but time
            self._waiting.put_nowait(write)

    # --- looking ------------------------------------------------------------------------------------

    def contracts(self, query: ContractQuery, realm: str) -> Kept[tuple[ContractDetails, ...]] | None:
        """What IB answered to this query, market rules and all."""
        found = self._look(realm, _CONTRACTS, _subject_of(query), _details_of)
        if found is None and query.con_id:
            return self._look(realm, _CONTRACT, str(query.con_id), _details_of)
        return found

    def bars(self, key: BarKey, realm: str) -> Kept[tuple[Bar, ...]] | None:
        """The series as IB told it last, oldest first."""
        return self._look(realm, _BARS, _subject(key), bars_of)

    def size(self) -> tuple[int, int]:
        """(rows, bytes of what they hold)."""
        if self._reading is None:
            return 0, 0
        try:
            rows, held = self._reading.execute(_SIZE).fetchone()
            return int(rows), int(held)
        except sqlite3.Error as fault:
            self._say(f"The cache {self.path} could not be read: {fault}.")
            return 0, 0

    def _look(self, realm: str, kind: str, subject: str, read: Callable[[bytes], T]) -> Kept[T] | None:
        if self._reading is None:
            return None
        try:
            row = self._reading.execute(_GET, (realm, kind, subject)).fetchone()
            return None if row is None else Kept(read(row[1]), float(row[0]))
        except (sqlite3.Error, ValueError) as fault:
            self._note_damage(fault)
            self._say(f"The cache {self.path} holds what cannot be read: {fault}.")
            return None

    # --- opening ------------------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._begin()
        except NotOurs as fault:
            self._say(f"{fault} IBDesk goes on without a cache.")
        except sqlite3.DatabaseError as fault:
            if _is_damage(fault):
                self._begin_anew(fault)
            else:
                self._look_only(fault)
        except OSError as fault:
            self._look_only(fault)

    def _begin(self) -> None:
        new = not self.path.exists()
        # SQLite clears its log away when all is closed: where one lies, the last run had no end.
        had_no_end = self.path.with_name(self.path.name + "-wal").exists()
        writing = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
        try:
            _prepare(writing, self.path)
            if had_no_end:
                _check(writing)
            if new:
                with suppress(OSError):
                    os.chmod(self.path, 0o600)
            self._reading = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
            self._reading.execute("PRAGMA query_only = 1")
        except BaseException:
            writing.close()
            raise
        self._writer = threading.Thread(
            target=self._write_all, args=(writing,), name="cache writer", daemon=True
        )
        self._writer.start()

    def _begin_anew(self, fault: Exception) -> None:
        """A damaged file is put aside, and a new one begun."""
        try:
            aside = self._put_aside()
            self._begin()
        except (OSError, sqlite3.Error, NotOurs):
            self._say(f"The cache {self.path} is damaged ({fault}). IBDesk goes on without a cache.")
        else:
            self._say(
                f"The cache {self.path} was damaged ({fault}): put aside as {aside.name}, and begun anew."
            )

    def _put_aside(self) -> Path:
        aside = self.path.with_suffix(".damaged")
        self.path.replace(aside)
        for tail in ("-wal", "-shm"):
            self.path.with_name(self.path.name + tail).unlink(missing_ok=True)
        return aside

    def _look_only(self, fault: Exception) -> None:
        """A file that cannot be written may still be read."""
        words = f"The cache {self.path} cannot be written ({fault})"
        try:
            # immutable: a folder that cannot be written has no place for SQLite's own files either.
            self._reading = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            if _marks(self._reading) != (APPLICATION_ID, VERSION):
                raise sqlite3.DatabaseError("it is not of this version")
        except sqlite3.Error:
            if self._reading is not None:
                self._reading.close()
                self._reading = None
            self._say(f"{words}. IBDesk goes on without a cache.")
        else:
            self._say(f"{words}: it is read, and nothing new is kept.")

    # --- the writing thread -------------------------------------------------------------------------

    def _write_all(self, db: sqlite3.Connection) -> None:
        with closing(db):
            while (write := self._waiting.get()) is not None:
                try:
                    with db:
                        write(db)
                        _make_room(db, self._most_bytes)
                except (sqlite3.Error, OSError, TypeError, ValueError) as fault:
                    self._note_damage(fault)
                    self._say(f"The cache {self.path} could not be written: {fault}.")
                finally:
                    self._waiting.task_done()
            self._waiting.task_done()

    def _note_damage(self, fault: Exception) -> None:
        """Pages found damaged while in use: the next start begins anew."""
        self._damaged = self._damaged or (isinstance(fault, sqlite3.Error) and _is_damage(fault))

    def _say(self, words: str) -> None:
        if words != self.trouble:
            log.warning("%s", words)
        self.trouble = words


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """The tables of this version; raises NotOurs, sqlite3.Error."""
    application, version = _marks(db)
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and tables:
        raise NotOurs(f"{path} is no cache of IBDesk.")
    if application == APPLICATION_ID and version > VERSION:
        raise NotOurs(f"The cache {path} was written by a later IBDesk.")
    # What is lost with the power is asked for again: no waiting for the disk.
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
    if (application, version) != (APPLICATION_ID, VERSION):
        db.executescript(
            f"DROP TABLE IF EXISTS kept; {_CREATE}"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
        )
    with db:
        # Writes nothing, and finds out that nothing can be written.
        db.execute("DELETE FROM kept WHERE told_at_s IS NULL")


def _check(db: sqlite3.Connection) -> None:
    (well,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if well != "ok":
        fault = sqlite3.DatabaseError(str(well))
        fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise fault


def _is_damage(fault: sqlite3.Error) -> bool:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _marks(db: sqlite3.Connection) -> tuple[int, int]:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(application), int(version)


def _put(db: sqlite3.Connection, realm: str, kind: str, subject: str, now_s: float, content: bytes) -> None:
    db.execute(_PUT, (realm, kind, subject, now_s, content))


def _put_contracts(
    db: sqlite3.Connection, realm: str, subject: str, details: tuple[ContractDetails, ...], now_s: float
) -> None:
    """As the answer to its query, and each by its own number."""
    _put(db, realm, _CONTRACTS, subject, now_s, text_of(details).encode())
    for one in details:
        _put(db, realm, _CONTRACT, str(one.contract.con_id), now_s, text_of((one,)).encode())


def _details_of(data: bytes) -> tuple[ContractDetails, ...]:
    return values_of(ContractDetails, data.decode())


def _put_bars(db: sqlite3.Connection, realm: str, key: BarKey, bars: tuple[Bar, ...], now_s: float) -> None:
    """The new answer rules its span; what was known before it stays, if the two are known to join."""
    row = db.execute(_GET, (realm, _BARS, _subject(key))).fetchone()
    old: tuple[Bar, ...] = ()
    if row is not None:
        with suppress(ValueError):
            old = bars_of(row[1])
    first, step_s = bars[0].start, BAR_SECONDS.get(key.bar_size, 1)
    # A night lies between two bars of one answer, too: only a bar that both have, or the next one, proves no hole.
    joins = any(bar.start == first or 0 < (first - bar.start).total_seconds() <= step_s for bar in old)
    earlier = tuple(bar for bar in old if bar.start < first) if joins else ()
    _put(db, realm, _BARS, _subject(key), now_s, bytes_of((*earlier, *bars)[-MOST_BARS:]))


def _make_room(db: sqlite3.Connection, most_bytes: int) -> None:
    (held,) = db.execute("SELECT coalesce(sum(length(content)), 0) FROM kept").fetchone()
    if held <= most_bytes:
        return
    oldest = db.execute("SELECT rowid, length(content) FROM kept ORDER BY told_at_s").fetchall()
    for rowid, length in oldest:
        if held <= most_bytes:
            break
        db.execute("DELETE FROM kept WHERE rowid = ?", (rowid,))
        held -= length


def _subject(key: BarKey) -> str:
    return f"{key.con_id} {key.bar_size} {key.what} {'rth' if key.rth_only else 'all'}"


def _subject_of(query: ContractQuery) -> str:
    return text_of((query,))
