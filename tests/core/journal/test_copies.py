"""Copies of the journal, the way back, older versions, and runs without a thread."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.journal import Journal, JournalBusy, JournalError, backup, entries, restore, verify
from core.journal.reader import newest_since_ns, of_order, recent
from core.journal.schema import VERSION

INTENT = (("client_id", "1"), ("order_id", "7"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with closing(Journal(path)) as opened:
        for number in range(100):
            opened.record("note", f"REF{number}", [("n", str(number))])
        opened.commit("intent", "REF", INTENT)
        yield opened


def test_a_journal_is_copied_while_it_is_being_written(journal: Journal, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy.sqlite"
    assert backup(path, copy).rows == 101
    journal.commit("intent", "LATER", INTENT)
    assert verify(copy).is_whole
    assert len(entries(copy)) == 101
    if os.name != "nt":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [file.name for file in copy.parent.iterdir()] == ["copy.sqlite"]


def test_a_copy_that_is_there_is_not_overwritten_by_accident(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    with pytest.raises(JournalError, match="exists"):
        backup(path, copy)
    assert backup(path, copy, force=True).rows == 101


def test_a_journal_that_is_not_whole_is_not_copied(path: Path, journal: Journal, tmp_path: Path) -> None:
    journal.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE entries SET fields = '[]' WHERE seq = 50")
    with pytest.raises(JournalError, match="not whole"):
        backup(path, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()


def test_a_copy_takes_the_place_of_a_lost_journal(journal: Journal, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    journal.close()
    path.unlink()
    assert restore(copy, path).rows == 101
    with closing(Journal(path)) as again:
        assert again.highest_order_id(1) == 7
        again.commit("intent", "AFTER", INTENT)
        assert again.verify().is_whole


def test_a_journal_that_is_there_is_replaced_only_by_force_and_kept_beside(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    journal.commit("intent", "LATER", INTENT)
    journal.close()
    with pytest.raises(JournalError, match="There is a journal at"):
        restore(copy, path)
    assert restore(copy, path, force=True).rows == 101
    assert len(entries(path)) == 101
    [aside] = path.parent.glob("*replaced*")
    assert entries(aside)[-1].subject == "LATER"


def test_nothing_is_restored_while_ibdesk_runs(journal: Journal, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    with pytest.raises(JournalBusy):
        restore(copy, path, force=True)
    journal.commit("intent", "LATER", INTENT)
    assert len(entries(path)) == 102


def test_what_is_no_journal_is_not_restored(path: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear diary\n" * 200)
    with pytest.raises(JournalError):
        restore(letter, path)
    assert list(path.parent.glob("*.part")) == []


# --- where a copy must not go ------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "-wal", "-shm", ".lock"])
def test_a_journal_is_not_copied_over_its_own_files(journal: Journal, path: Path, end: str) -> None:
    with pytest.raises(JournalError, match="is the journal itself"):
        backup(path, path.with_name(path.name + end), force=True)
    journal.commit("intent", "LATER", INTENT)
    assert len(entries(path)) == 102


def test_a_journal_is_not_copied_onto_itself_by_a_link(journal: Journal, path: Path, tmp_path: Path) -> None:
    for name, link in (("symbolic", os.symlink), ("hard", os.link)):
        link(path, tmp_path / name)
        with pytest.raises(JournalError, match="is the journal itself"):
            backup(path, tmp_path / name, force=True)


def test_a_journal_that_is_being_written_is_no_place_for_a_copy(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.sqlite"
    with closing(Journal(other)) as running:
        running.commit("note", "before", [])
        with pytest.raises(JournalBusy):
            backup(path, other, force=True)
        running.commit("note", "after", [])
    assert [one.subject for one in entries(other)] == ["before", "after"]


def test_a_log_that_was_left_behind_does_not_get_into_a_copy(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    with closing(Journal(copy)) as later:
        later.commit("note", "STALE", [("text", "x" * 10_000)])
        log = copy.with_name("copy.sqlite-wal").read_bytes()
    copy.unlink()
    copy.with_name("copy.sqlite-wal").write_bytes(log)
    with pytest.raises(JournalError, match=r"copy\.sqlite-wal exists"):
        backup(path, copy)
    assert backup(path, copy, force=True).rows == 101
    assert [one.subject for one in entries(copy, limit=1)] == ["REF"]


def test_a_copy_under_way_touches_no_other_file(journal: Journal, path: Path, tmp_path: Path) -> None:
    mine = tmp_path / "copy.sqlite.part"
    mine.write_text("mine")
    backup(path, tmp_path / "copy.sqlite")
    assert mine.read_text() == "mine"
    journal.close()
    draft = path.with_name(f"{path.name}.part")
    backup(path, draft)
    assert restore(draft, path, force=True).rows == 101
    assert draft.exists()


def test_a_folder_and_a_file_in_the_way_are_told(journal: Journal, path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"is a folder\. Name a file in it"):
        backup(path, tmp_path, force=True)
    (tmp_path / "letter").write_text("dear diary")
    with pytest.raises(JournalError, match="could not be written"):
        backup(path, tmp_path / "letter" / "copy.sqlite")


# --- what a restore leaves ---------------------------------------------------------------------------


def test_there_is_a_journal_at_every_instant_of_a_restore(
    journal: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    journal.commit("intent", "LATER", INTENT)
    journal.close()
    seen = []
    replace, unlink = os.replace, Path.unlink

    def watched(old: Path, new: Path) -> None:
        seen.append(len(entries(path)))
        replace(old, new)
        seen.append(len(entries(path)))

    def unlinked(file: Path, missing_ok: bool = False) -> None:
        unlink(file, missing_ok)
        seen.append(len(entries(path)))

    monkeypatch.setattr(os, "replace", watched)
    monkeypatch.setattr(Path, "unlink", unlinked)
    restore(copy, path, force=True)
    assert set(seen) == {102, 101}
    assert seen == sorted(seen, reverse=True)


def test_a_file_keeps_its_rows_until_a_copy_has_its_place(
    journal: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed = tmp_path / "crashed.sqlite"
    journal.commit("intent", "LATER", INTENT)
    for end in ("", "-wal"):
        crashed.with_name(crashed.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
    found = []
    replace = os.replace

    def watched(old: Path, new: Path) -> None:
        found.append(len(entries(crashed)))
        replace(old, new)

    monkeypatch.setattr(os, "replace", watched)
    backup(path, crashed, force=True)
    assert found == [102]


def test_a_damaged_journal_is_kept_beside_with_its_log(journal: Journal, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(path, copy)
    journal.commit("intent", "LATER", INTENT)
    log = path.with_name(f"{path.name}-wal").read_bytes()
    journal.close()
    path.write_bytes(b"?" * 8192)
    path.with_name(f"{path.name}-wal").write_bytes(b"?" + log[1:])
    assert restore(copy, path, force=True).rows == 101
    assert path.with_name("journal.replaced-1.sqlite").read_bytes() == b"?" * 8192
    assert path.with_name("journal.replaced-1.sqlite-wal").read_bytes() == b"?" + log[1:]
    assert len(entries(path)) == 101


def test_what_cannot_be_restored_leaves_no_empty_journal(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="There is no journal at"):
        restore(tmp_path / "none.sqlite", path)
    assert not path.exists()


def test_a_journal_behind_a_link_is_restored_where_it_lies(
    journal: Journal, path: Path, tmp_path: Path
) -> None:
    link, copy = tmp_path / "link.sqlite", tmp_path / "copy.sqlite"
    link.symlink_to(path)
    backup(path, copy)
    with pytest.raises(JournalBusy):
        restore(copy, link, force=True)
    journal.commit("intent", "LATER", INTENT)
    journal.close()
    restore(copy, link, force=True)
    assert link.is_symlink()
    assert len(entries(path)) == 101


def test_a_journal_is_kept_beside_where_the_disk_knows_no_links(
    journal: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(old: Path, new: Path) -> None:
        raise OSError("Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    backup(path, tmp_path / "copy.sqlite")
    journal.close()
    restore(tmp_path / "copy.sqlite", path, force=True)
    assert len(entries(path.with_name("journal.replaced-1.sqlite"))) == 101


def test_a_journal_of_the_first_version_is_brought_up_to_date(journal: Journal, path: Path) -> None:
    journal.close()
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DROP INDEX entries_by_time; PRAGMA user_version = 1;")
    assert verify(path).rows == 101  # it can be read as it is
    with closing(Journal(path)) as again:
        again.commit("intent", "AFTER", INTENT)
        assert again.verify().rows == 102
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (VERSION,)
        indices = {name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert "entries_by_time" in indices


def test_recent_rows_are_those_since_then_and_of_orders_that_are_not_done_with(path: Path) -> None:
    times = iter(range(1, 100))
    with closing(Journal(path, clock_ns=lambda: next(times), threaded=False)) as opened:
        for order_ref in ("OPEN", "DONE"):
            opened.commit("intent", order_ref, INTENT)
            opened.record("status reported", order_ref, [("status", "Submitted")])
        opened.record("sealed", "DONE", [])
        opened.record("note", "", [])
        opened.record("note", "today", [])
    assert [one.subject for one in recent(path, 7)] == ["OPEN", "OPEN", "today"]
    assert len(recent(path, 0)) == 7
    assert [one.subject for one in recent(path, 1000)] == ["OPEN", "OPEN"]


def test_the_newest_rows_begin_where_there_are_so_many_of_them(path: Path) -> None:
    times = iter(range(1, 6))
    with closing(Journal(path, threaded=False, clock_ns=lambda: next(times))) as opened:
        for number in range(5):
            opened.record("note", str(number), [])
    assert [newest_since_ns(path, most) for most in (1, 2, 4, 5, 6)] == [5, 4, 2, 0, 0]


def test_an_orders_rows_come_with_what_befell_the_link_meanwhile(path: Path) -> None:
    with closing(Journal(path, threaded=False)) as opened:
        opened.record("link lost", "", [])
        opened.commit("intent", "REF", INTENT)
        opened.record("link lost", "", [])
        opened.record("position reported", "", [])
        opened.record("status reported", "REF", [])
        opened.record("link opened", "", [])
    assert [one.kind for one in of_order(path, "REF")] == ["intent", "link lost", "status reported"]


def test_without_a_thread_a_row_is_there_at_once(path: Path) -> None:
    with closing(Journal(path, threaded=False)) as opened:
        opened.record("note", "first", [])
        assert [one.subject for one in entries(path)] == ["first"]
        opened.commit("intent", "second", INTENT)
        assert opened.highest_order_id(1) == 7
        assert opened.flight("second")[0].what.startswith("Intent")
        with pytest.raises(JournalBusy):
            Journal(path, threaded=False)
    with pytest.raises(JournalError, match="closed"):
        opened.record("note", "", [])
    with closing(Journal(path)) as again:
        assert again.verify().rows == 2


def test_without_a_thread_a_locked_file_is_told_too(path: Path) -> None:
    with closing(Journal(path, threaded=False)) as opened, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            opened.commit("intent", "REF", INTENT)
        opened.record("note", "lost", [])
        assert opened.trouble


def test_a_disk_that_is_slower_than_a_second_refuses_the_order_and_the_journal_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Journal(path)) as opened:
        insert = Journal._insert
        slow = iter([1.3])

        def slowly(self: Journal, connection: sqlite3.Connection, row: object) -> None:
            time.sleep(next(slow, 0.0))
            insert(self, connection, row)  # type: ignore[arg-type]

        monkeypatch.setattr(Journal, "_insert", slowly)
        with pytest.raises(JournalError, match="longer than 1 s"):
            opened.commit("intent", "SLOW", INTENT)
        assert opened.trouble
        opened.commit("intent", "NEXT", INTENT)
        assert opened.trouble == ""
        kinds = [(one.kind, one.subject) for one in opened.entries()]
    # Whichever way it ended on the disk, it is not an intent that stands.
    assert ("intent", "NEXT") in kinds
    assert ("intent", "SLOW") not in kinds or ("refused", "SLOW") in kinds


def test_who_reads_does_not_wait_for_a_disk_that_has_stopped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.journal.journal.QUEUED_MOST", 2)
    goes_on = threading.Event()
    insert = Journal._insert

    def stopped(self: Journal, connection: sqlite3.Connection, row: object) -> None:
        goes_on.wait(10.0)
        insert(self, connection, row)  # type: ignore[arg-type]

    with closing(Journal(path)) as opened:
        monkeypatch.setattr(Journal, "_insert", stopped)
        opened.record("note", "the writer's", [])
        time.sleep(0.2)
        opened.record("note", "waits", [])
        opened.record("note", "waits too", [])
        with pytest.raises(JournalError, match="cannot keep up"):
            opened.record("note", "one too many", [])
        started = time.monotonic()
        assert opened.flight("REF") == ()
        assert time.monotonic() - started < 3
        goes_on.set()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o500)
    try:
        with pytest.raises(JournalError, match="could not be opened"):
            Journal(path)
    finally:
        path.parent.chmod(0o700)


def test_a_journal_that_became_read_only_refuses_intents(path: Path) -> None:
    with closing(Journal(path, threaded=False)) as opened:
        assert opened._direct is not None
        opened._direct.execute("PRAGMA query_only = ON")
        with pytest.raises(JournalError, match="could not be written"):
            opened.commit("intent", "REF", INTENT)
        assert "readonly" in opened.trouble


@pytest.mark.parametrize("threaded", [False, True])
def test_many_rows_handed_over_together_are_there_in_their_order(tmp_path: Path, threaded: bool) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, threaded=threaded)) as opened:
        opened.record("message", "", (("text", "before"),))
        opened.record_all([("message", "", (("text", f"row {number}"),)) for number in range(3)])
        found = [entry.values["text"] for entry in opened.entries()]
        assert found == ["before", "row 0", "row 1", "row 2"]
        assert opened.verify().is_whole


def test_of_many_rows_none_is_kept_when_the_file_refuses_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, threaded=False)) as opened:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            opened.record_all([("message", "", ()), ("message", "", ())])
            assert "locked" in opened.trouble
        opened.record_all([("message", "", (("text", "after"),))])
        assert [entry.seq for entry in opened.entries()] == [1]
        assert opened.trouble == ""
