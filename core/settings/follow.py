"""Limits that change on disk while the desk runs: looked at every few seconds, read again only when a file changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from core.errors import SettingsError

T = TypeVar("T")
EVERY_S = 2.0
_Stamp = tuple[int, int] | None


class Followed(Generic[T]):
    """The user's own files of `names` in `folder`; `read` makes settings of them as the start did."""

    def __init__(
        self,
        folder: Path,
        names: tuple[str, ...],
        env: Mapping[str, str],
        read: Callable[[Mapping[str, str], Path], T],
    ) -> None:
        self._paths = tuple(folder / name for name in names)
        self._folder = folder
        self._env = dict(env)
        self._read = read
        self._seen = self._stamps()

    def look(self) -> T | SettingsError | None:
        """The settings anew when a file changed, what is wrong with them, or `None` when nothing did."""
        stamps = self._stamps()
        if stamps == self._seen:
            return None
        self._seen = stamps
        try:
            return self._read(self._env, self._folder)
        except SettingsError as fault:
            return fault

    def _stamps(self) -> tuple[_Stamp, ...]:
        return tuple(map(_stamp, self._paths))


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
