"""The program from a shell: no display, a picture without one, and nonsense."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from gui.__main__ import main

ROOT = Path(__file__).parents[2]
NONSENSE = [
    (["--size", "huge"], "'huge' is not a size such as 1600x1000"),
    (["--size", "-1x800"], "--size"),
    (["--size", "1280x99999"], "320 to 16384 pixels"),
    (["--after", "soon", "--screenshot", "a.png"], "not a number of seconds from 0 to 3600"),
    (["--after", "-1"], "not a number of seconds"),
    (["--after", "1e309"], "not a number of seconds"),
    (["--after", "nan"], "not a number of seconds"),
    (["--zoom", "5000"], "not a percentage from 80 to 200"),
    (["--theme", "pink"], "dark"),
    (["--seed", "-1"], "--seed"),
    (["--seed", "1.5"], "whole number from 0 up"),
    (["--screenshot"], "--screenshot"),
    (["--no-such-option"], "--no-such-option"),
    (["bananas"], "'bananas' is not understood"),
    (["--profile"], "--profile"),
    (["simulate", "--port", "99999"], "65535"),
    (["simulate", "--port", "ten"], "--port"),
    (["simulate", "--port", ""], "--port"),
    (["simulate", "--host", "8.8.8.8"], "this machine only"),
    (["simulate", "--host", ""], "this machine only"),
    (["simulate", "--seed", "-3"], "--seed"),
    (["simulate", "--speed", "0"], "a number above 0"),
    (["simulate", "--speed", "nan"], "a number above 0"),
    (["simulate", "--speed", "1e309"], "a number above 0"),
    (["simulate", "--scenario", "doom"], "margin-call"),
    (["simulate", "--no-such-option"], "--no-such-option"),
    (["simulate", "bananas"], "bananas"),
    (["doctor", "--no-such-option"], "--no-such-option"),
    (["journal", "bananas"], "bananas"),
]
"""What is typed after the program's name, and words that the answer must hold."""


def ibdesk(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Without a display; `env` over what the home fixture has set."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "gui", *arguments],
        cwd=ROOT,
        env={**kept, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_one_line_names_the_way_out() -> None:
    done = ibdesk()
    assert done.returncode not in (0, 2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "no display" in done.stderr
    assert "--screenshot" in done.stderr


def test_a_picture_is_taken_without_a_display_and_leaves_no_layout(home: Path) -> None:
    picture = home / "desk.png"
    done = ibdesk("--screenshot", str(picture), "--after", "2", "--size", "1280x800", "--theme", "light")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 800)
    assert image.pixelColor(640, 20).lightnessF() > 0.5
    colours = {image.pixelColor(x, y).name() for x in range(0, 1280, 16) for y in range(0, 800, 16)}
    assert len(colours) > 8
    assert not list(home.rglob("layout.json"))


@pytest.mark.parametrize(
    ("arguments", "words"), NONSENSE, ids=[" ".join(arguments) for arguments, _ in NONSENSE]
)
def test_nonsense_exits_2_with_words(
    arguments: list[str], words: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Words in a box are broken where the terminal ends.
    monkeypatch.setenv("COLUMNS", "200")
    assert main(arguments) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert words in told.err
    assert "Traceback" not in told.err
