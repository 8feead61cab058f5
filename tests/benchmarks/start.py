"""From nothing to a painted window, in a process of its own each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

ROUNDS = 7
# What comes after the first paint is replaced by a stop watch; all before it is the real thing.
_PROGRAM = """
import os, sys, time, types
began = time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK"))
later = types.ModuleType("gui.app.session")
later.Session = lambda *rest: types.SimpleNamespace(live=None, end=None)
sys.modules["gui.app.session"] = later
loop = types.ModuleType("gui.loop")
def run(app, main):
    print((time.time() - began) * 1000)
    return 0
loop.run = run
import gui
sys.modules["gui.loop"] = loop
gui.loop = loop
from gui.options import Options
import importlib
start = importlib.import_module("gui.app.start")
os._exit(start.run(Options()) or sys.stdout.flush() or 0)
"""


def first_paint() -> list[float]:
    """Milliseconds since the process began; the first run only warms the caches."""
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": home,
            "XDG_CONFIG_HOME": home,
        }
        return [_once(env) for _ in range(ROUNDS + 1)][1:]


def _once(env: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout.split()[-1])
