"""Logs as an auditor reads them: whole, masked, one line each, never a flood."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import telemetry
from core.telemetry.filters import RateLimit
from core.telemetry.masking import clean, mask_accounts

log = logging.getLogger("tests.telemetry")
Written = Callable[[], list[dict[str, object]]]


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[telemetry.Telemetry]:
    started = telemetry.start(tmp_path)
    yield started
    started.close()


@pytest.fixture
def written(logs: telemetry.Telemetry) -> Written:
    """Ends the logging and reads back what is in the file."""

    def read() -> list[dict[str, object]]:
        logs.close()
        assert logs.file is not None
        return [json.loads(line) for line in logs.file.read_text(encoding="utf-8").splitlines()]

    return read


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("account DU1234567 ready", "account DU****567 ready"),
        ("U7654321,DUD193105", "U****321,DUD****105"),
        ("AAPL 265598 BUY 100", "AAPL 265598 BUY 100"),
    ],
)
def test_account_numbers_are_masked_and_nothing_else_is(text: str, masked: str) -> None:
    assert mask_accounts(text) == masked


def test_server_text_cannot_forge_a_line_or_colour_a_terminal() -> None:
    assert clean("rejected\n{'level': 'info'}\x1b[31m\u202e") == "rejected {'level': 'info'} [31m "


def test_a_line_carries_its_fields_level_logger_and_time(written: Written) -> None:
    log.warning("order %s rejected", 7, extra={"order_ref": "ibdesk-1"})
    (line,) = written()
    assert line["event"] == "order 7 rejected"
    assert (line["level"], line["logger"], line["order_ref"]) == ("warning", "tests.telemetry", "ibdesk-1")
    assert str(line["timestamp"]).endswith("+00:00")


def test_correlation_ids_hold_inside_and_not_after(written: Written) -> None:
    with telemetry.correlated(order_ref="A"), telemetry.correlated(connection=3):
        log.info("inside")
    log.info("after")
    inside, after = written()
    assert (inside["order_ref"], inside["connection"]) == ("A", "3")
    assert "order_ref" not in after


def test_a_traceback_is_kept_and_masked(written: Written) -> None:
    try:
        raise ValueError("account DU1234567 is not yours")
    except ValueError:
        log.exception("it failed")
    (line,) = written()
    assert "DU****567" in str(line["exception"])
    assert "Traceback" in str(line["exception"])
    assert "DU1234567" not in json.dumps(line)


def test_the_ring_shows_clean_lines_and_what_is_new(logs: telemetry.Telemetry) -> None:
    log.info("first\nDU1234567")
    seen = logs.ring.last_number
    log.info("second")
    assert [line.words for line in logs.ring.lines()] == ["first DU****567", "second"]
    assert [line.words for line in logs.ring.lines(after=seen)] == ["second"]


def test_a_library_that_floods_is_held_back_and_the_count_is_told() -> None:
    now_s = 0.0
    limit = RateLimit(("ib_async",), most=2, per_s=10.0, clock=lambda: now_s)

    def passes(name: str) -> logging.LogRecord | None:
        record = logging.LogRecord(name, logging.ERROR, "", 0, "x", (), None)
        return record if limit.filter(record) else None

    assert [passes("ib_async.Decoder") is not None for _ in range(5)] == [True, True, False, False, False]
    assert passes("core.connector") is not None
    now_s = 10.0
    told = passes("ib_async.Decoder")
    assert told is not None
    assert told.held_back == 3  # type: ignore[attr-defined]


def test_the_log_is_for_its_owner_only(logs: telemetry.Telemetry) -> None:
    assert logs.file is not None
    assert logs.file.stat().st_mode & 0o077 == 0


def test_without_a_writable_folder_the_panel_still_has_its_lines(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    started = telemetry.start(tmp_path / "taken")
    try:
        log.info("still here")
        assert started.file is None
        assert started.ring.lines()[-1].words == "still here"
    finally:
        started.close()
