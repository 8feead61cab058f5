"""`ibdesk journal` as it is typed: an order's flight record, exports, copies and the way back."""

from __future__ import annotations

import csv
import io
import json
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
