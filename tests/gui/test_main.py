"""The program's door, tried as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.__main__ import APT_PACKAGES, missing_library_words

ROOT = Path(__file__).parents[2]


def ibdesk(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the program with no display and no Qt platform chosen, unless `env` says otherwise."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "gui", *arguments],
        cwd=ROOT,
        env={**kept, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_one_line_names_the_way_out() -> None:
    done = ibdesk()
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "--screenshot" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 only")
def test_a_display_that_cannot_be_opened_is_said_and_does_not_abort() -> None:
    done = ibdesk(DISPLAY=":987")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nonsense_exits_2_with_words_and_without_qt() -> None:
    done = ibdesk("--size", "huge")
    assert done.returncode == 2
    assert "--size" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_exits_0() -> None:
    done = ibdesk("--help")
    assert done.returncode == 0
    assert "--screenshot" in done.stdout


def test_a_missing_library_names_the_packages_to_install() -> None:
    words = missing_library_words("libEGL.so.1: cannot open shared object file")
    assert "libEGL.so.1" in words
    assert f"apt-get install -y {APT_PACKAGES}" in words
    assert "\n" not in words


def test_the_command_line_is_read_without_importing_qt() -> None:
    code = "import sys, gui.__main__, gui.options; gui.options.parse([]); print([m for m in sys.modules if 'PySide6' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
