"""The journal: what was meant and what happened, on disk before it counts."""

from core.journal.copies import backup, is_of, restore
from core.journal.flight import flight_rows
from core.journal.journal import Journal, default_path
from core.journal.reader import entries, every, of_order, verify
from core.journal.schema import Entry, JournalBusy, JournalError, Verification

__all__ = [
    "Entry",
    "Journal",
    "JournalBusy",
    "JournalError",
    "Verification",
    "backup",
    "default_path",
    "entries",
    "every",
    "flight_rows",
    "is_of",
    "of_order",
    "restore",
    "verify",
]
