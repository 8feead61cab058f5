"""An environment of its own for each of IB's clients: both call their package `ibapi`.

Made once and kept in the user's cache. Their licence is IB's: they are installed for tests, never bundled.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import platformdirs

INSTALL_DEADLINE_S = 180


class OutOfReach(RuntimeError):
    """The registry gave us no such package; says what the installer said."""


def python_with(*requirements: str) -> Path:
    """The interpreter of an environment that has `requirements` and nothing else; `OutOfReach`."""
    name = "-".join([f"py{sys.version_info.major}{sys.version_info.minor}", *requirements])
    home = Path(platformdirs.user_cache_dir("ibdesk")) / "conformance" / name.replace("==", "-")
    if not _interpreter(home).exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        _make(home, requirements)
    return _interpreter(home)


def _interpreter(home: Path) -> Path:
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make(home: Path, requirements: tuple[str, ...]) -> None:
    # Made beside its place and moved there: half an environment is never found.
    making = Path(tempfile.mkdtemp(dir=home.parent))
    try:
        venv.create(making, with_pip=True)
        _install(_interpreter(making), requirements)
        try:
            making.rename(home)
        except OSError:
            if not _interpreter(home).exists():  # Else another worker was faster.
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _install(python: Path, requirements: tuple[str, ...]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=INSTALL_DEADLINE_S
        )
    except subprocess.TimeoutExpired:
        raise OutOfReach(f"no answer within {INSTALL_DEADLINE_S} s") from None
    if done.returncode:
        raise OutOfReach(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed")
