"""The journal on a real disk: durable, chained, private, exclusive, and honest when the disk is not well."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import IBKRError
from core.journal import Journal, JournalBusy, JournalError, default_path, entries, verify
from core.journal.schema import VERSION

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals, limits and modes of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with closing(Journal(path)) as opened:
        yield opened


def intent(order_id: int, client_id: int = 1) -> tuple[tuple[str, str], ...]:
    return (("client_id", str(client_id)), ("order_id", str(order_id)), ("side", "BUY"))


def rows(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query, values).fetchall()


def in_a_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys\nfrom pathlib import Path\nfrom core.journal import *\n{code}",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


# --- what is kept ------------------------------------------------------------------------------------


def test_rows_come_back_as_they_were_given(journal: Journal) -> None:
    journal.record("note", "", [("words", "naïve ☂ \n\0 '\"; DROP TABLE entries")])
    journal.commit("intent", "REF1", intent(7))
    note, order = journal.entries()
    assert note.values == {"words": "naïve ☂ \n\0 '\"; DROP TABLE entries"}
    assert (order.kind, order.subject, order.fields) == ("intent", "REF1", intent(7))
    assert abs(order.at.timestamp() - time.time()) < 60
    assert [note.seq, order.seq] == [1, 2]


def test_a_broken_message_from_the_wire_does_not_stop_the_writer(journal: Journal) -> None:
    journal.commit("message", "\ud800", [("text", "a\udcffb")])
    assert journal.entries()[0].values == {"text": "a\\udcffb"}


def test_entries_are_found_by_kind_and_subject_and_the_newest_by_limit(journal: Journal) -> None:
    for number in range(10):
        journal.record("note" if number % 2 else "fill", f"REF{number % 3}", [("n", str(number))])
    assert [one.values["n"] for one in journal.entries("fill")] == ["0", "2", "4", "6", "8"]
    assert [one.values["n"] for one in journal.entries(subject="REF1")] == ["1", "4", "7"]
    assert [one.values["n"] for one in journal.entries(limit=3)] == ["7", "8", "9"]


def test_a_journal_goes_on_where_it_was_closed(path: Path) -> None:
    for number in (1, 2):
        with closing(Journal(path)) as opened:
            opened.commit("intent", f"REF{number}", intent(number))
    assert [one.subject for one in entries(path)] == ["REF1", "REF2"]
    assert verify(path).is_whole


def test_the_highest_order_id_is_kept_for_each_client(path: Path) -> None:
    with closing(Journal(path)) as opened:
        assert opened.highest_order_id(1) == 0
        for order_id in (5, 9, 7):
            opened.commit("intent", "R", intent(order_id))
        opened.commit("intent", "R", intent(3, client_id=2))
        opened.commit("intent", "R", [("client_id", "x"), ("order_id", "-3")])
    with closing(Journal(path)) as again:
        assert [again.highest_order_id(client) for client in (1, 2, 3)] == [9, 3, 0]


def test_rows_from_many_threads_make_one_unbroken_chain(journal: Journal) -> None:
    def work(number: int) -> None:
        for turn in range(20):
            (journal.commit if turn % 5 == 0 else journal.record)("note", f"T{number}", [("turn", str(turn))])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.verify().rows == 160
    assert journal.verify().is_whole
    assert [one.values["turn"] for one in journal.entries(subject="T3")] == [str(turn) for turn in range(20)]


def test_it_can_be_read_while_it_is_written(path: Path, journal: Journal) -> None:
    journal.commit("intent", "REF1", intent(1))
    assert [one.subject for one in entries(path)] == ["REF1"]


@POSIX
def test_a_committed_row_survives_kill_9_at_once(path: Path) -> None:
    code = (
        "journal = Journal(Path(sys.argv[1]))\n"
        "for n in range(100000):\n"
        "    journal.commit('intent', f'REF{n}', [('client_id', '1'), ('order_id', str(n))])\n"
        "    print(n, flush=True)\n"
    )
    process = in_a_process(code, str(path))
    assert process.stdout is not None
    assert process.stderr is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    process.stderr.close()
    kept = {one.subject for one in entries(path)}
    assert {f"REF{number}" for number in acknowledged} <= kept
    assert verify(path).is_whole
    with closing(Journal(path)) as again:
        assert again.highest_order_id(1) >= acknowledged[-1]


# --- what is proven ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        ('UPDATE entries SET fields = \'[["side","SELL"]]\' WHERE seq = 2', 2),
        ("UPDATE entries SET at_ns = at_ns + 1 WHERE seq = 3", 3),
        ("DELETE FROM entries WHERE seq = 2", 2),
        ("DELETE FROM entries WHERE seq = 1", 1),
        ("UPDATE entries SET subject = 'X', hash = '00' WHERE seq = 1", 1),
    ],
)
def test_any_change_breaks_the_chain_where_it_was_made(path: Path, change: str, broken_at: int) -> None:
    with closing(Journal(path)) as opened:
        for number in range(4):
            opened.commit("intent", f"REF{number}", intent(number))
    rows(path, change)
    found = verify(path)
    assert (found.is_whole, found.broken_at) == (False, broken_at)
    assert found.words.startswith(f"Row {broken_at} is")


def test_a_row_that_is_no_text_any_more_is_told_by_its_number(path: Path) -> None:
    with closing(Journal(path)) as opened:
        for number in range(4):
            opened.commit("intent", f"REF{number}", intent(number))
    rows(path, "UPDATE entries SET fields = CAST(x'5b5b2261222c22ff225d5d' AS TEXT) WHERE seq = 3")
    found = verify(path)
    assert (found.rows, found.broken_at) == (2, 3)
    assert found.words == "Row 3 cannot be read: the file is damaged."


def pages(path: Path, name: str) -> list[int]:
    """The file's pages that hold this table or index."""
    try:
        return [int(str(page)) for (page,) in rows(path, "SELECT pageno FROM dbstat WHERE name = ?", name)]
    except sqlite3.OperationalError:
        pytest.skip("this SQLite cannot tell which page holds what")


def spoil(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


def test_a_page_that_was_overwritten_is_told_with_the_first_row_that_it_costs(path: Path) -> None:
    with closing(Journal(path)) as opened:
        opened.record_all([("note", f"REF{n}", (("text", "x" * 200),)) for n in range(500)])
    middle = pages(path, "entries")[5]
    spoil(path, middle)
    found = verify(path)
    assert 0 < found.rows < 500
    assert found.broken_at == found.rows + 1
    assert "the file is damaged" in found.words


@pytest.mark.parametrize("index", ["entries_by_subject", "entries_by_kind", "entries_by_time"])
def test_an_index_that_does_not_find_every_row_is_told(path: Path, index: str) -> None:
    with closing(Journal(path)) as opened:
        opened.record_all([("note", f"REF{n}", (("text", "x" * 200),)) for n in range(500)])
    spoil(path, pages(path, index)[1])
    found = verify(path)
    assert (found.rows, found.broken_at, found.is_whole) == (500, None, False)
    assert "what finds them is damaged" in found.words
    assert found.words.isprintable()


@pytest.mark.parametrize(
    "change", ["UPDATE order_ids SET highest = 1", "DELETE FROM order_ids", "DROP TABLE order_ids"]
)
def test_an_order_id_that_would_be_used_again_is_told(path: Path, change: str) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("intent", "REF", intent(7))
    assert verify(path).is_whole
    rows(path, change)
    found = verify(path)
    assert (found.rows, found.is_whole) == (1, False)
    assert "Its rows are, but" in found.words


def test_a_table_that_is_missing_is_no_matter_of_the_disk(path: Path) -> None:
    Journal(path).close()
    rows(path, "DROP TABLE entries")
    with pytest.raises(JournalError, match="move it away"):
        Journal(path)
    with pytest.raises(JournalError, match="move it away"):
        entries(path)


# --- whose it is -------------------------------------------------------------------------------------


@POSIX
def test_nobody_else_may_read_it(path: Path, journal: Journal) -> None:
    journal.commit("intent", "REF1", intent(1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_a_second_ibdesk_is_told_at_once(path: Path, journal: Journal) -> None:
    started = time.monotonic()
    with pytest.raises(JournalError, match="Another running IBDesk writes the journal") as caught:
        Journal(path)
    assert "IBKR_CLIENT_ID" in str(caught.value)
    assert time.monotonic() - started < 5
    journal.commit("intent", "REF1", intent(1))


def test_another_process_is_told_too_and_may_write_after_the_first_has_ended(path: Path) -> None:
    code = "j = Journal(Path(sys.argv[1])); j.commit('note', 'other', []); j.close(); print('written')"
    with closing(Journal(path)):
        _, said = in_a_process(code, str(path)).communicate(timeout=60)
        assert "Another running IBDesk" in said
    out, _ = in_a_process(code, str(path)).communicate(timeout=60)
    assert out == "written\n"


def test_a_second_one_in_the_same_process_leaves_the_lock_as_it_is(path: Path, journal: Journal) -> None:
    with pytest.raises(JournalBusy):
        Journal(path)
    _, said = in_a_process("Journal(Path(sys.argv[1]))", str(path)).communicate(timeout=60)
    assert "Another running IBDesk" in said


@POSIX
def test_a_journal_that_is_reached_by_a_link_has_one_writer_too(path: Path, journal: Journal) -> None:
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    with pytest.raises(JournalBusy):
        Journal(link)


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("shopping list\n" * 100)
    with pytest.raises(JournalError, match="move it away"):
        Journal(path)
    assert path.read_text().startswith("shopping list")
    with pytest.raises(JournalError, match="move it away"):
        entries(path)


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    rows(path, "CREATE TABLE bookmarks (url)")
    with pytest.raises(JournalError, match="is no journal of IBDesk"):
        Journal(path)


def test_a_later_ibdesks_journal_is_left_alone(path: Path) -> None:
    Journal(path).close()
    rows(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match="written by a later IBDesk"):
        Journal(path)


@pytest.mark.parametrize("version", [0, -1])
def test_a_journal_of_no_version_is_left_alone(path: Path, version: int) -> None:
    Journal(path).close()
    rows(path, f"PRAGMA user_version = {version}")
    with pytest.raises(JournalError, match="which never was"):
        Journal(path)
    with pytest.raises(JournalError, match="which never was"):
        verify(path)


def test_whatever_keeps_a_journal_from_opening_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Journal, connection: sqlite3.Connection) -> None:
        raise KeyError("anything")

    monkeypatch.setattr(Journal, "_prepare", broken)
    with pytest.raises(JournalError, match="could not be opened"):
        Journal(path)


def test_a_row_number_that_cannot_be_counted_on_from_refuses_intents_in_words(path: Path) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("intent", "REF1", intent(1))
    rows(path, "UPDATE entries SET seq = 9223372036854775807")
    with closing(Journal(path)) as opened:
        for _ in range(2):
            with pytest.raises(JournalError, match="could not be written"):
                opened.commit("intent", "REF2", intent(2))
        assert opened.trouble


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="could not be opened"):
        Journal(path)


def test_a_journal_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="There is no journal"):
        entries(tmp_path / "none.sqlite")


# --- when the disk is not well -----------------------------------------------------------------------


def test_a_locked_database_refuses_within_the_second_and_recovers(path: Path, journal: Journal) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal.record("note", "kept", [])
        with pytest.raises(JournalError, match=r"locked|longer than 1 s"):
            journal.commit("intent", "REF1", intent(1))
        assert journal.trouble
        other.execute("ROLLBACK")
    journal.commit("intent", "REF2", intent(2))
    assert journal.trouble == ""
    assert [one.subject for one in journal.entries() if one.kind != "refused"] == ["kept", "REF2"]
    assert journal.highest_order_id(1) == 2
    assert journal.verify().is_whole


@POSIX
def test_a_full_disk_refuses_intents_and_says_so(path: Path) -> None:
    code = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    for n in range(100000):\n"
        "        journal.commit('intent', f'REF{n}', [('text', 'x' * 1000)])\n"
        "except JournalError as fault:\n"
        "    print(n, fault)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "journal.commit('intent', 'after', [])\n"
        "print(journal.verify(), journal.entries(limit=1)[0].subject)\n"
    )
    process = in_a_process(code, str(path))
    out, said = process.communicate(timeout=60)
    refused, after = out.splitlines()
    assert "could not be written" in refused, said
    assert "disk" in refused
    assert after.endswith("after")
    assert verify(path).rows == int(refused.split()[0]) + 1


def test_a_closed_journal_takes_nothing(path: Path) -> None:
    opened = Journal(path)
    opened.record("note", "last", [])
    opened.close()
    opened.close()
    for write in (opened.commit, opened.record):
        with pytest.raises(JournalError, match="is closed"):
            write("note", "", [])
    assert [one.subject for one in entries(path)] == ["last"]


def test_its_errors_are_the_public_ones(tmp_path: Path) -> None:
    with pytest.raises(IBKRError):
        entries(tmp_path / "none.sqlite")


def test_each_client_id_has_a_journal_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path(1) == tmp_path / "ibdesk" / "journal-1.sqlite"
    assert default_path(7).name == "journal-7.sqlite"
