"""What must survive the gateway's sudden death: orders, ids and executions, in one file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Protocol, runtime_checkable


class BadState(ValueError):
    """The file is not a state of ours."""


@runtime_checkable
class Remembers(Protocol):
    """A market that can say what it must not forget, and be told again."""

    def state(self) -> dict[str, object]: ...
    def restore(self, state: dict[str, object]) -> None: ...


class StateFile:
    """Written whole at every change of an order, before any client hears of it."""

    def __init__(self, path: Path, market: Remembers) -> None:
        self._path, self._market = path, market

    def load(self) -> bool:
        """Bring the market to what is in the file; False when there is none yet. `BadState`, `OSError`."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        try:
            state = json.loads(text)
            if not isinstance(state, dict):
                raise TypeError(state)
            self._market.restore(state)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as why:
            raise BadState(f"{self._path} is not the state of a simulated gateway: {why!r:.100}") from None
        return True

    def save(self) -> None:
        # Moved into its place: whoever is killed in between leaves the state before.
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text(json.dumps(self._market.state(), separators=(",", ":")), encoding="utf-8")
        os.replace(beside, self._path)
