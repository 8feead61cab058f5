"""Settings that make no sense, at every door of the program: all of them told at once, and no secret repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = "from core.api import IBKRConnector; IBKRConnector()"
WINDOW, MONITOR, DOCTOR, OWN_SCRIPT = (
    ("-m", "gui"),
    ("-m", "gui", "monitor"),
    ("-m", "gui", "doctor"),
    ("-c", SCRIPT),
)
SECRET = "xyzzy-plugh"

VARIABLES = {
    "IBKR_PORT": ("abc", "a whole number from 1 to 65,535"),
    "IBKR_CLIENT_ID": ("-1", "a whole number from 0 to 999,999"),
    "MAX_ORDER_SIZE": ("0", "a whole number from 1 to 10,000,000"),
    "MAX_PORTFOLIO_RISK": ("25", "a fraction above 0 up to 1 (0.5), or per cent with the sign"),
}
"""Each with a value that it may not have, and what is allowed."""

FILES = {
    "ibkr_config.ini": (
        "[profile.tws-paper]\nport = 70000\n",
        "profile.tws-paper.port is '70000'; allowed is a whole number from 0 to 65,535.",
    ),
    "risk_config.yaml": (
        "quote_age_s: -1\n",
        "quote_age_s is '-1'; allowed is a number above 0, at most 60.",
    ),
    "trading_permissions.yaml": (
        "shorting: maybe\n",
        "shorting is 'maybe'; allowed is yes or no.",
    ),
}


@pytest.fixture
def own_files(home: Path) -> Path:
    """The folder of the user's own settings."""
    folder = home / "xdg_config_home" / "ibdesk"
    folder.mkdir(parents=True)
    return folder


def python(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, in the home of this test."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def at_doors(*doors: tuple[str, ...], **env: str) -> list[subprocess.CompletedProcess[str]]:
    """At every door at once."""
    with ThreadPoolExecutor(len(doors)) as pool:
        return list(pool.map(lambda door: python(*door, **env), doors))


def test_every_wrong_setting_is_told_at_once_with_place_value_and_what_is_allowed(
    own_files: Path, home: Path
) -> None:
    for name, (text, _) in FILES.items():
        (own_files / name).write_text(text)
    told = [
        f"environment: {name} is {value!r}; allowed is {allowed}"
        for name, (value, allowed) in VARIABLES.items()
    ]
    told += [f"{own_files / name}: {words}" for name, (_, words) in FILES.items()]

    env = {name: value for name, (value, _) in VARIABLES.items()}
    window, monitor, script = at_doors(WINDOW, MONITOR, OWN_SCRIPT, **env)

    for done in (window, monitor):
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == len(told)
    for done in (window, monitor, script):
        assert [words for words in told if words not in done.stderr] == []
    # Nothing was opened on the way: neither a journal nor a gateway's log.
    assert not list(home.rglob("*.sqlite*"))


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        (
            "ibkr_config.ini",
            f"[connection]\npassword = {SECRET}\n",
            "connection.password looks like a secret",
        ),
        (
            "risk_config.yaml",
            f"quote_age_s: -1\nibkr: {{apiToken: {SECRET}}}\n",
            "ibkr.apiToken looks like a secret",
        ),
        (
            "ibkr_config.ini",
            f"[connection]\npassword {SECRET}\n",
            "line 2 is neither [section] nor key = value",
        ),
        ("risk_config.yaml", f"secret: '{SECRET}\n", "it is not valid YAML (line"),
    ],
    ids=["password", "token", "no line", "no YAML"],
)
def test_a_secret_is_named_by_its_key_and_repeated_nowhere(
    own_files: Path, home: Path, name: str, text: str, place: str
) -> None:
    """Not on the screen, not in a traceback of the user's own script, not in a log."""
    file = own_files / name
    file.write_text(text)

    window, doctor, script = at_doors(WINDOW, DOCTOR, OWN_SCRIPT)

    assert (window.returncode, doctor.returncode) == (2, 1)
    for said in (window.stderr, doctor.stdout, script.stderr):
        assert f"{file}: {place}" in said
    for done in (window, doctor, script):
        assert SECRET not in done.stdout + done.stderr
    holding = [one for one in home.rglob("*") if one.is_file() and SECRET.encode() in one.read_bytes()]
    assert holding == [file]
