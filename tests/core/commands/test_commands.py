"""The headless commands as they are typed: what they print, what they refuse, and how they end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.api.examination import CHECKS
from core.cache import Cache
from core.cache import default_path as default_cache_path
from core.commands import HEADLESS, main
from core.commands.app import app
from core.journal import Journal, default_path


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("IBKR_HOST", "IBKR_PORT", "IBKR_CLIENT_ID", "IBKR_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def journal() -> Path:
    with closing(Journal(default_path())) as opened:
        opened.record("note", "", [("words", "all \x1b[31mred\nand new line")])
        opened.commit("intent", "REF1", [("client_id", "1"), ("order_id", "7"), ("side", "BUY")])
    return default_path()


def test_the_named_commands_are_those_there_are() -> None:
    there = {command.name for command in app.registered_commands} | {
        group.name for group in app.registered_groups
    }
    assert there == HEADLESS


def test_no_command_knows_qt() -> None:
    code = "import sys, core.commands.app; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "--port", "99999"],
        ["simulate", "--port", "-1"],
        ["simulate", "--port", "http"],
        ["simulate", "--port", ""],
        ["simulate", "--seed", "-1"],
        ["simulate", "--seed", "1.5"],
        ["simulate", "--speed", "0"],
        ["simulate", "--speed", "-1"],
        ["simulate", "--speed", "nan"],
        ["simulate", "--speed", "1e309"],
        ["simulate", "--scenario", "moon"],
        ["simulate", "--host", "0.0.0.0"],
        ["simulate", "--host", "example.com"],
        ["simulate", "--prot", "1"],
        ["simulate", "--fault", "moonshine"],
        ["simulate", "--fault", "delay:rate=often"],
        ["simulate", "--fault", "delay:how=1"],
        ["simulate", "--accounts", "0"],
        ["simulate", "--master-client-id", "-1"],
        ["simulate", "--roll-back-ids", "-1"],
        ["simulate", "--replay", "no/such/file"],
        ["simulate", "--record", "no/such/folder/file"],
        ["simulate", "--state", "/"],
        ["simulate", "extra"],
        ["journal", "show", "--limit", "0"],
        ["journal", "erase"],
        ["doctor", "who"],
        ["soak"],
    ],
    ids=" ".join,
)
def test_nonsense_ends_with_2_and_words_on_stderr(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, said = capfd.readouterr()
    assert out == ""
    assert len(said.split()) > 5
    assert "Traceback" not in said


# --- simulate ----------------------------------------------------------------------------------------


@pytest.fixture
def simulate() -> Iterator[subprocess.Popen[str]]:
    code = "import sys; from core.commands import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "simulate", "--seed", "5", "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process:
        yield process
        process.kill()


def test_simulate_says_in_one_line_where_it_listens_and_ends_with_stdin(
    simulate: subprocess.Popen[str],
) -> None:
    assert simulate.stdout is not None
    assert simulate.stdin is not None
    said = json.loads(simulate.stdout.readline())
    assert said["host"] == "127.0.0.1"
    assert said["server_version"] == 178
    with socket.create_connection((said["host"], said["port"]), timeout=5):
        pass
    simulate.stdin.close()
    assert simulate.wait(20) == 0
    assert simulate.stdout.read() == ""


def test_a_port_in_use_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["simulate", "--port", str(port)]) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in capfd.readouterr().err


# --- journal -----------------------------------------------------------------------------------------


def test_journal_path_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "path"]) == 0
    assert capfd.readouterr().out == f"{default_path()}\n"


def test_journal_show_prints_rows_that_cannot_steer_the_terminal(
    journal: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "show"]) == 0
    note, intent = capfd.readouterr().out.splitlines()
    assert "\x1b" not in note
    assert "all \\u001b[31mred\\nand new line" in note
    assert "intent  REF1  client_id=1 order_id=7 side=BUY" in intent


def test_journal_show_finds_one_order_as_json(journal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", "REF1", "--json"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    row = json.loads(line)
    assert (row["kind"], row["fields"]["order_id"], row["seq"]) == ("intent", "7", 2)
    assert main(["journal", "show", "--kind", "fill"]) == 0
    assert capfd.readouterr().out == ""


def test_journal_verify_tells_whole_from_changed(journal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "verify"]) == 0
    assert capfd.readouterr().out == f"{journal} is whole: 2 rows.\n"
    import sqlite3

    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("UPDATE entries SET subject = 'OTHER' WHERE seq = 2")
    assert main(["journal", "verify"]) == 1
    assert "is not whole. Row 2 is not what was written." in capfd.readouterr().err


@pytest.mark.parametrize("command", ["show", "verify"])
def test_a_journal_that_is_not_there_is_told(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", command]) == 1
    assert "There is no journal at" in capfd.readouterr().err


# --- doctor ------------------------------------------------------------------------------------------


def test_doctor_finds_all_well_with_the_simulator(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capfd.readouterr().out
    assert "ok   settings: nothing of your own" in said
    assert "ok   gateway: Looking at the embedded simulator, profile simulator." in said
    assert "ok   version: It speaks version 178." in said
    assert "ok   account: It manages DU****567." in said
    assert "ok   orders: Orders are allowed; 0 are open." in said


def test_doctor_prints_one_json_object(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    out, said = capfd.readouterr()
    found = json.loads(out)
    assert said == ""
    assert (found["well"], found["worst"], found["profile"], found["port"]) == (True, "ok", "simulator", 0)
    assert [one["check"] for one in found["findings"]] == ["settings", "journal", "cache", "gateway", *CHECKS]
    assert {tuple(one) for one in found["findings"]} == {("check", "verdict", "words", "advice")}
    assert "DU1234567" not in out


def test_doctor_tells_what_is_wrong_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, free_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IBKR_PORT", str(free_port))
    assert main(["doctor"]) == 1
    out, said = capfd.readouterr()
    assert f"ok   gateway: Looking at 127.0.0.1:{free_port}, profile custom." in out
    assert f"FAIL listening: Nothing is listening on 127.0.0.1:{free_port}." in out
    assert "Start TWS or IB Gateway" in out
    assert "skip money: Not looked at" in out
    assert said == ""


def test_doctor_tells_a_problem_in_its_json_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, free_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IBKR_PORT", str(free_port))
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert (found["well"], found["worst"]) == (False, "problem")


def test_doctor_looks_at_another_profile(
    monkeypatch: pytest.MonkeyPatch, free_port: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "config" / "ibdesk"
    folder.mkdir(parents=True)
    (folder / "ibkr_config.ini").write_text(
        f"[profile.mine]\nhost = 127.0.0.1\nport = {free_port}\nkind = paper\n"
    )
    assert main(["doctor", "--profile", "mine"]) == 1
    assert f"127.0.0.1:{free_port}, profile mine" in capfd.readouterr().out


def test_doctor_lists_every_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IBKR_PORT", "high")
    monkeypatch.setenv("IBKR_CLIENT_ID", "low")
    assert main(["doctor"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line[:14] for line in lines] == ["FAIL settings:", "FAIL settings:"]
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert [(one["check"], one["verdict"]) for one in found["findings"]] == [("settings", "problem")] * 2


def test_doctor_says_what_of_the_users_files_is_not_used(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "config" / "ibdesk"
    folder.mkdir(parents=True)
    (folder / "risk_config.yaml").write_text("risk_limits: {max_drawdown: 0.1}\n")
    assert main(["doctor", "--offline"]) == 0
    said = capfd.readouterr().out
    assert "warn settings: " in said
    assert "risk_config.yaml: risk_limits.max_drawdown is not used" in said


def test_doctor_finds_a_broken_journal(journal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    journal.write_bytes(b"not a database, not at all" * 100)
    assert main(["doctor", "--offline"]) == 1
    assert "FAIL journal" in capfd.readouterr().out


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("content", "line"),
    [(None, "ok   cache:"), (b"not a database, not at all" * 100, "warn cache:")],
    ids=["none", "damaged"],
)
def test_doctor_looks_into_the_cache_and_changes_nothing(
    content: bytes | None, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    place = default_cache_path()
    if content is not None:
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    assert main(["doctor", "--offline"]) == 0
    assert line in capfd.readouterr().out
    assert (place.read_bytes() if place.exists() else None) == content


def test_doctor_says_what_the_cache_holds(capfd: pytest.CaptureFixture[str]) -> None:
    Cache(default_cache_path()).close()
    assert main(["doctor", "--offline"]) == 0
    assert "0 answers of IB's, 0.0 MB." in capfd.readouterr().out


# --- nonsense ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["doctor", "who"], "ibdesk doctor: it does not understand who."),
        (["doctor", "--deadline", "soon"], "ibdesk doctor: --deadline is 'soon': it must be a number."),
        (["doctor", "--deadline=0"], "ibdesk doctor: --deadline is '0': it must be at least 1."),
        (["doctor", "--deadline", "999"], "ibdesk doctor: --deadline is '999': it must be at most 120."),
        (["doctor", "--profile", "x"], "ibdesk doctor: --profile is 'x': there is no profile 'x'; there is"),
        (["doctor", "--json=3"], "ibdesk doctor: --json takes no value."),
        (["journal", "show", "--limit", "1.5"], "--limit is '1.5': it must be a whole number."),
        (["journal", "show", "--limi", "3"], "there is no option --limi (did you mean --limit?)."),
        (["journal", "show", "--file"], "ibdesk journal: --file needs a value."),
        (["journal", "bananas"], "ibdesk journal: there is no command 'bananas'."),
        (["simulate", "--port", "99999"], "ibdesk simulate: --port is '99999': it must be at most 65535."),
    ],
)
def test_nonsense_is_one_line_that_names_what_was_typed_and_what_is_allowed(
    arguments: list[str], line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, said = capfd.readouterr()
    assert out == ""
    assert len(said.splitlines()) == 1
    assert line in said
    assert said.endswith("--help.\n")
