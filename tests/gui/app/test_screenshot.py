"""`ibdesk --screenshot`, as a process of its own with neither display nor home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[3]
QT = {"gui", "PySide6", "PySide6QtAds", "pyqtgraph", "qasync", "shiboken6"}


def ibdesk(
    home: Path, *arguments: str, program: tuple[str, ...] = ("-m", "gui")
) -> subprocess.CompletedProcess[str]:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "IBKR_PORT", "IBKR_HOST"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith("XDG_")
    }
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env={**kept, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("look", ["dark", "light"])
def test_it_renders_the_desk_without_a_display(tmp_path: Path, look: str) -> None:
    picture = tmp_path / "desk.png"
    done = ibdesk(
        tmp_path, "--screenshot", str(picture), "--after", "1", "--size", "1280x800", "--theme", look
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 800)
    colours = {image.pixelColor(x, y).name() for x in range(0, 1280, 16) for y in range(0, 800, 16)}
    assert len(colours) > 8
    assert (image.pixelColor(640, 20).lightnessF() < 0.5) is (look == "dark")


_OFF_THE_MAIN_THREAD = """
import sys, threading

class Watch:
    found = []
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            self.found.append(name)

sys.meta_path.insert(0, Watch())
from gui.__main__ import main
code = main(sys.argv[1:])
print(code, "gui.panels.chart" in sys.modules, *Watch.found)
"""


def test_no_class_of_qts_is_made_off_the_main_thread(tmp_path: Path) -> None:
    """PySide 6.11 looks classes up without a lock while Qt paints: one made meanwhile ends the process."""
    arguments = ("--screenshot", str(tmp_path / "desk.png"), "--after", "1")
    done = ibdesk(tmp_path, *arguments, program=("-c", _OFF_THE_MAIN_THREAD))
    code, charted, *found = done.stdout.split()
    assert (done.returncode, done.stderr, code, charted) == (0, "", "0", "True")
    assert "core.api" in found
    assert [name for name in found if name.split(".")[0] in QT] == []


def test_it_renders_the_monitor(tmp_path: Path) -> None:
    picture = tmp_path / "wall.png"
    done = ibdesk(tmp_path, "monitor", "--screenshot", str(picture), "--after", "1", "--size", "1600x900")
    assert (done.returncode, done.stderr) == (0, "")
    assert QImage(str(picture)).width() == 1600


def test_a_picture_that_cannot_be_written_is_said_and_exits_1(tmp_path: Path) -> None:
    done = ibdesk(tmp_path, "--screenshot", str(tmp_path / "no such folder" / "a.png"), "--after", "0")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
