"""`ibdesk journal` as it is typed: an order's flight record, exports, copies and the way back."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.commands import main
from core.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with closing(Journal(path)) as opened:
        opened.commit("intent", "REF1", [("now_s", "1795435200.0"), ("client_id", "1"), ("order_id", "7")])
        opened.record("sent", "REF1", [("now_s", "1795435200.0125"), ("order_ref", "REF1")])
        opened.record("link lost", "", [("now_s", "1795435201.0"), ("fault", "closed")])
        opened.record(
            "message", "REF1", [("now_s", "1795435202.5"), ("code", "201"), ("text", "no \x1b[31mmargin")]
        )
        opened.record("note", "", [("words", "=cmd|calc")])
        opened.entries()
        yield opened


def test_an_orders_flight_record_has_milliseconds_and_raw_fields(
    journal: Journal, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "show", "REF1", "--file", str(path)]) == 0
    lines = capfd.readouterr().out.splitlines()
    steps = [line for line in lines if not line.startswith(" ")]
    assert len(steps) == 4
    assert "Intent, on disk" in steps[0]
    assert "+12.5 ms  Bytes handed to the socket" in steps[1]
    assert "The link was lost" in steps[2]
    assert "+2,500.0 ms  IB: error or warning" in steps[3]
    assert any(line.strip() == "code = 201" for line in lines)
    assert all(line.isprintable() for line in lines)


def test_an_order_that_is_not_there_is_told(
    journal: Journal, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "show", "NOBODY", "--file", str(path)]) == 1
    assert "nothing about NOBODY" in capfd.readouterr().err


def test_everything_is_exported_as_json_lines(
    journal: Journal, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "export", "--file", str(path)]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["kind"] for row in rows] == ["intent", "sent", "link lost", "message", "note"]
    assert rows[3]["fields"]["text"] == "no \x1b[31mmargin"


def test_a_csv_export_holds_no_formula(journal: Journal, path: Path, tmp_path: Path) -> None:
    journal.record("=1+1", "@SUM", [])
    journal.entries()
    out = tmp_path / "journal.csv"
    assert main(["journal", "export", "--csv", "--output", str(out), "--file", str(path)]) == 0
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert rows[0][:4] == ["seq", "at", "kind", "subject"]
    assert rows[-1][2:4] == ["'=1+1", "'@SUM"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert main(["journal", "export", "--output", str(out), "--file", str(path)]) == 1
    assert main(["journal", "export", "--output", str(out), "--force", "--file", str(path)]) == 0


def test_a_backup_is_made_while_it_runs_and_restored_when_it_does_not(
    journal: Journal, path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.sqlite"
    assert main(["journal", "backup", str(copy), "--file", str(path)]) == 0
    assert "is whole: 5 rows" in capfd.readouterr().out
    assert main(["journal", "restore", str(copy), "--force", "--file", str(path)]) == 1
    assert "Another running IBDesk" in capfd.readouterr().err
    journal.close()
    assert main(["journal", "restore", str(copy), "--file", str(path)]) == 1
    assert "--force" in capfd.readouterr().err
    assert main(["journal", "restore", str(copy), "--force", "--file", str(path)]) == 0
    assert "restored and whole" in capfd.readouterr().out


# --- what must not be harmed -------------------------------------------------------------------------


def test_an_export_does_not_overwrite_the_journal(
    journal: Journal, path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    for name in (path, link, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}.lock")):
        assert main(["journal", "export", "--output", str(name), "--force", "--file", str(path)]) == 1
        assert "is the journal itself" in capfd.readouterr().err
    assert journal.verify().rows == 5


def test_an_export_has_its_name_only_when_all_is_in_it(
    journal: Journal, path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out" / "journal.jsonl"
    out.parent.mkdir()
    assert main(["journal", "export", "--output", str(out), "--file", str(tmp_path / "none.sqlite")]) == 1
    assert list(out.parent.iterdir()) == []
    out.write_text("the last one")
    journal.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE entries SET fields = '{' WHERE seq = 4")
    assert main(["journal", "export", "--output", str(out), "--force", "--file", str(path)]) == 1
    assert "cannot be read" in capfd.readouterr().err
    assert out.read_text() == "the last one"
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.skipif(os.name == "nt", reason="modes and devices of POSIX")
def test_an_export_is_private_and_may_go_to_a_device(journal: Journal, path: Path, tmp_path: Path) -> None:
    out = tmp_path / "journal.jsonl"
    assert main(["journal", "export", "--output", str(out), "--file", str(path)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    out.chmod(0o644)
    assert main(["journal", "export", "--output", str(out), "--force", "--file", str(path)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert main(["journal", "export", "--output", "/dev/null", "--force", "--file", str(path)]) == 0
    assert Path("/dev/null").is_char_device()


# --- what must not be obeyed -------------------------------------------------------------------------

HOSTILE = "a\x1b[31m\x07\x9b31m\u202eevil\u2028x\nnext\x7f\r"


@pytest.mark.parametrize("words", [["show"], ["show", "REF9"], ["export"], ["export", "--csv"]])
def test_nothing_that_is_kept_can_steer_a_terminal(
    path: Path, capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with closing(Journal(path)) as opened:
        opened.commit(HOSTILE, "REF9", [("now_s", "1795435200.0"), (HOSTILE, HOSTILE)])
        opened.commit("note", HOSTILE, [])
    assert main(["journal", *words, "--file", str(path)]) == 0
    said = capfd.readouterr()
    assert all(line.removesuffix("\r").isprintable() for line in said.out.split("\n"))
    assert said.err == ""


def test_an_error_cannot_steer_a_terminal_either(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Journal(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute(
            "UPDATE sqlite_master SET sql = 'x', name = ? WHERE name = 'entries_by_kind'", [HOSTILE]
        )
    assert main(["journal", "show", "--file", str(path)]) == 1
    said = capfd.readouterr().err
    assert "malformed" in said
    assert said.removesuffix("\n").isprintable()


def test_no_form_of_a_formula_gets_into_a_csv(path: Path, tmp_path: Path) -> None:
    forms = ["\n=1", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
    with closing(Journal(path)) as opened:
        for form in forms:
            opened.commit(form, form, [])
    out = tmp_path / "journal.csv"
    assert main(["journal", "export", "--csv", "--output", str(out), "--file", str(path)]) == 0
    with out.open(encoding="utf-8", newline="") as told:
        rows = list(csv.reader(told))[1:]
    assert len(rows) == len(forms)
    assert all(cell.startswith("'") for row in rows for cell in row[2:4])


# --- what makes no sense -----------------------------------------------------------------------------


@pytest.mark.parametrize("now_s", ["soon", "1e300", "nan", "inf", "-1e12"])
def test_a_time_that_makes_no_sense_does_not_hide_an_order(
    path: Path, capfd: pytest.CaptureFixture[str], now_s: str
) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("sent", "REF1", [("now_s", now_s), ("text", "kept")])
    assert main(["journal", "show", "REF1", "--file", str(path)]) == 0
    assert "text = kept" in capfd.readouterr().out


@pytest.mark.parametrize("replacement", ["", "[]", "{}", "5", "{", "null"])
def test_a_replacement_that_makes_no_sense_is_shown_as_it_is(
    path: Path, capfd: pytest.CaptureFixture[str], replacement: str
) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("sent", "REF1", [("now_s", "1.0")])
        opened.commit("replacement", "REF1", [("now_s", "1.0"), ("replacement", replacement)])
    assert main(["journal", "show", "REF1", "--file", str(path)]) == 0
    assert f"replacement = {replacement}" in capfd.readouterr().out


@pytest.mark.parametrize("fields", ["{", "5", '[["a",5]]', '[["a"]]', "[" * 100_000])
def test_a_row_that_is_no_text_is_told(path: Path, capfd: pytest.CaptureFixture[str], fields: str) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("note", "REF1", [])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE entries SET fields = ?", [fields])
    for words in (["show"], ["show", "REF1"], ["export"]):
        assert main(["journal", *words, "--file", str(path)]) == 1
        assert "holds a row that cannot be read. Verify it." in capfd.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_name_that_is_no_text_is_a_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "b\udcff%20.sqlite"
    Journal(path).close()
    assert main(["journal", "verify", "--file", str(path)]) == 0
    assert "is whole" in capfd.readouterr().out


def test_an_order_that_is_not_there_is_told_in_any_form(
    journal: Journal, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "show", "REF", "--json", "--file", str(path)]) == 1
    assert "nothing about REF" in capfd.readouterr().err


def test_an_orders_life_is_shown_from_its_beginning(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("intent", "REF1", [])
        opened.record_all([("status reported", "REF1", ())] * 150)
    assert main(["journal", "show", "REF1", "--file", str(path)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 151
    assert "Intent" in lines[0]
    assert main(["journal", "show", "REF1", "--limit", "2", "--file", str(path)]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 2
    assert main(["journal", "show", "--file", str(path)]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 100


# --- where it goes -----------------------------------------------------------------------------------


def typed(words: str, *, into: str, letters: str = "utf-8") -> tuple[list[int], str]:
    """The exit codes of a shell's pipe, and what was said on stderr."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m gui journal {words} {into}; echo ${{PIPESTATUS[@]}}"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONIOENCODING": letters},
        timeout=60,
        check=False,
    )
    return [int(code) for code in done.stdout.splitlines()[-1].split()], done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs bash and /dev/full")
@pytest.mark.parametrize("words", ["show --limit 5000", "export", "export --csv", "show REF"])
def test_who_has_seen_enough_needs_no_words(path: Path, words: str) -> None:
    with closing(Journal(path)) as opened:
        opened.record_all([("note", "REF", (("text", "x" * 100),))] * 5000)
    codes, said = typed(f"{words} --file {path}", into="| head -1 >&2")
    assert codes == [1, 0]
    assert len(said.splitlines()) == 1
    codes, said = typed(f"{words} --file {path}", into="> /dev/full")
    assert said == "ibdesk journal: The output could not be written: No space left on device.\n"
    assert codes == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="needs bash")
def test_a_terminal_without_the_letters_is_told_what_they_are(path: Path) -> None:
    with closing(Journal(path)) as opened:
        opened.commit("note", "REF", [("text", "Größe –")])
    codes, said = typed(f"export --csv --file {path}", into=">&2", letters="ascii")
    assert codes == [0]
    assert "Gr\\xf6\\xdfe \\u2013" in said
