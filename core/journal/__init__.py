"""The journal: what was meant and what happened, on disk before it counts."""

from core.journal.journal import Journal, default_path
from core.journal.reader import entries, verify
from core.journal.schema import Entry, JournalBusy, JournalError, Verification

__all__ = [
    "Entry",
    "Journal",
    "JournalBusy",
    "JournalError",
    "Verification",
    "default_path",
    "entries",
    "verify",
]
