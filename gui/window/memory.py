"""What the window remembers between runs: one JSON file, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

VERSION = 1
"""Of the file's shape: another one is not read."""


class Memory:
    """A dictionary with a file. Nothing in it matters to trading, so no fault of the file stops the program."""

    def __init__(self, path: Path | None) -> None:
        """Read `path`; `None` remembers nothing. `fault` then says in words what was wrong with it, or ""."""
        self._path = path
        self.fault = ""
        self.values: dict[str, Any] = {}
        if path is not None:
            self._read(path)

    def text(self, key: str) -> str:
        """A remembered word, "" if there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def table(self, key: str) -> dict[str, Any]:
        value = self.values.get(key)
        return value if isinstance(value, dict) else {}

    def number(self, key: str, default: float) -> float:
        value = self.values.get(key)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default

    def write(self) -> str:
        """Keep everything; says in words what went wrong, or ""."""
        if self._path is None:
            return ""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
            fresh.write_text(json.dumps({"version": VERSION, **self.values}, indent=1, sort_keys=True))
            fresh.replace(self._path)
        except (OSError, TypeError, ValueError) as fault:
            return f"The layout could not be saved to {self._path}: {fault}"
        return ""

    def _read(self, path: Path) -> None:
        try:
            read = json.loads(path.read_text())
            if not isinstance(read, dict) or read.get("version") != VERSION:
                self.fault = f"The saved layout {path} is of another version; the default is used."
                return
            self.values = {key: value for key, value in read.items() if key != "version"}
        except FileNotFoundError:
            return
        except (OSError, ValueError) as fault:
            self.fault = f"The saved layout {path} cannot be read ({fault}); the default is used."
