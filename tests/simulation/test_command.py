"""`ibdesk soak` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.commands import main
from core.orders.ids import OrderIds


def test_sessions_are_told_in_one_json_object(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "--sessions", "3", "--seed", "5", "--workers", "1", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["sessions"], told["failures"], told["failed_seeds"]) == (3, 0, [])
    assert told["orders"] >= 30
    assert told["seconds"] > 0
    assert isinstance(told["faults"], dict)


def test_sessions_are_told_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["soak", "--sessions", "2", "--workers", "1"]) == 0
    assert capfd.readouterr().out.startswith("2 sessions, 0 failures: ")


def test_a_trace_is_written_for_one_session(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "trace"
    assert main(["soak", "--sessions", "1", "--seed", "5", "--trace", str(place)]) == 0
    assert " up " in place.read_text()
    assert capfd.readouterr().out


def test_a_failure_is_told_with_its_seed_and_in_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    take = OrderIds.take
    monkeypatch.setattr(OrderIds, "take", lambda self: min(take(self), 3))
    assert main(["soak", "--sessions", "1", "--seed", "5", "--workers", "1", "--json"]) == 1
    out, err = capfd.readouterr()
    assert json.loads(out)["failed_seeds"] == [5]
    assert "seed 5: " in err
    assert "ibdesk soak --seed 5 --sessions 1 --trace FILE" in err


@pytest.mark.parametrize(
    "arguments",
    [[], ["--sessions", "2", "--kills", "2"], ["--sessions", "2", "--trace", "x"], ["--sessions", "-1"]],
)
def test_what_makes_no_sense_is_told_and_nothing_runs(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["soak", *arguments]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert err.startswith("ibdesk soak: ")
