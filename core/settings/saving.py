"""Settings as they may be edited: where each value came from, what is wrong with a wish, and the writing.

Only the user's own files are ever written, and of them only what was changed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.contract import SecType
from core.domain.limits import Permissions, RiskLimits
from core.errors import SettingsError
from core.risk.tighten import tighten, tighten_permissions
from core.settings import build, limits_of, permissions_of, splice_ini
from core.settings.files import read, read_text, tree_of
from core.settings.layers import NAMES, Layered, Path_, judge, lay, nested, origin_of, stack
from core.settings.splice import put

LINK = "link"
PARTS = ("risk", "permissions", LINK)
_NAMES = {"max_portfolio_risk": "portfolio_risk_fraction", "max_order_size": "quantity"}
"""Where the limits that hold are called otherwise than in the file."""
_HEAD = "# What differs from IBDesk's own defaults. Settings writes here, and so may you.\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value: as it stands now, as it is shipped, and who said it."""

    value: Any
    shipped: Any
    origin: str
    """The file, or "environment: NAME"."""

    @property
    def is_fixed(self) -> bool:
        """The environment stands over the files: no file can change it."""
        return self.origin.startswith("environment")


@dataclass(frozen=True, slots=True)
class Checked:
    """What wishes would come to: all is well, or what is wrong by place."""

    faults: Mapping[Path_, str]
    limits: RiskLimits | None = None
    permissions: Permissions | None = None


def waits(limits: RiskLimits, permissions: Permissions, checked: Checked, place: Path_) -> bool:
    """Whether the value at `place` waits for the next start: it is looser than what holds now, or of the link."""
    if place[0] == LINK:
        return True
    if checked.limits is None or checked.permissions is None:
        return False
    held: Any
    wished: Any
    if place[0] == "risk":
        held, wished = tighten(limits, checked.limits)[0], checked.limits
    else:
        held, wished = tighten_permissions(permissions, checked.permissions)[0], checked.permissions
    name = _NAMES.get(place[1], place[1])
    return bool(_part(held, name, place[2:]) != _part(wished, name, place[2:]))


def _part(whole: Any, name: str, rest: Path_) -> Any:
    found = getattr(whole, name)
    for key in rest:
        found = found.get(SecType(key)) if isinstance(found, dict) else getattr(found, key, None)
    return found


class Editor:
    """Reads the layers once; then checks wishes as they are typed, and saves them."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        """Raises SettingsError when a file cannot be read at all."""
        self._folder = folder
        self._texts = {part: self._text(part) for part in PARTS}
        self._tree, self._origins, self.ignored = stack(env, folder)
        shipped, _, _ = stack({}, folder / "nothing-there")
        leaves = {place for tree in (self._tree, shipped) for place in _leaves(tree)}
        self.entries: dict[Path_, Entry] = {
            place: Entry(_at(self._tree, place), _at(shipped, place), origin_of(self._origins, place))
            for place in sorted(leaves)
            if place[0] in PARTS
        }

    def path(self, part: str) -> Path:
        """The user's own file."""
        return self._folder / NAMES[part]

    def check(self, wishes: Mapping[Path_, Any]) -> Checked:
        """Judge the files as they would be with `wishes`, in the words of a start that reads them."""
        tree, origins = deepcopy(self._tree), dict(self._origins)
        for place, value in wishes.items():
            wish = splice_ini.written(value) if place[0] == LINK else value
            lay(tree, nested(place, wish), origins, (), str(self.path(place[0])))
        files, told = judge(tree, origins)
        if files is None or told:
            return Checked({place: _plain(sentence, origins, place) for place, sentence in told})
        first = next((place for place in wishes if place[0] == LINK), None)
        if first is not None:
            try:
                # What only the files together tell: whether there is such a profile, and how far it may reach.
                build(Layered(files, origins, tree, {}, None, None))
            except SettingsError as fault:
                return Checked({first: _plain(fault.what, origins, first)})
        return Checked({}, limits_of(files.risk), permissions_of(files.permissions))

    def save(self, wishes: Mapping[Path_, Any]) -> tuple[Path, ...]:
        """Write `wishes` into the user's files, each at once or not at all; which were written.

        Raises SettingsError and leaves a file as it was when anything is wrong, or another hand has changed it.
        """
        if faults := self.check(wishes).faults:
            raise SettingsError("\n".join(faults.values()))
        texts = {}
        for part in PARTS:
            own = {place[1:]: value for place, value in wishes.items() if place[0] == part}
            if own:
                texts[part] = self._changed(part, own)
        for part, text in texts.items():
            _write(self.path(part), text)
            self._texts[part] = text
        return tuple(self.path(part) for part in texts)

    def _changed(self, part: str, own: Mapping[Path_, Any]) -> str:
        path, text = self.path(part), self._texts[part]
        if self._text(part) != text:
            raise SettingsError(
                f"{path}: another hand has changed it since the settings were opened.",
                advice="Close the settings, look, and open them again.",
            )
        wanted = {} if text is None else read(path)
        changed = _HEAD if text is None else text
        for place, value in own.items():
            wish = splice_ini.written(value) if part == LINK else value
            changed = splice_ini.put(changed, place, wish) if part == LINK else put(changed, place, wish)
            lay(wanted, nested(place, wish), {}, (), "")
        if _as_text(tree_of(changed, path)) != _as_text(wanted):
            raise SettingsError(
                f"{path}: it is written in a way that Settings cannot change without losing something.",
                advice="Change it by hand: IBDesk reads it again by itself.",
            )
        return changed

    def _text(self, part: str) -> str | None:
        path = self.path(part)
        return read_text(path) if path.exists() else None


def _leaves(tree: Any, above: Path_ = ()) -> Iterator[Path_]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*above, str(key)))
        else:
            yield (*above, str(key))


def _at(tree: Any, place: Path_) -> Any:
    for key in place:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def _as_text(value: Any) -> Any:
    """1000 and "1000" are the same to every reader of these files."""
    if isinstance(value, dict):
        return {str(key): _as_text(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(one) for one in value]
    return value if value is None or isinstance(value, bool) else str(value)


def _plain(sentence: str, origins: Mapping[Path_, str], place: Path_) -> str:
    """Without the file's name: the field that is wrong is in sight."""
    return sentence.removeprefix(f"{origin_of(dict(origins), place)}: ")


def _write(path: Path, text: str) -> None:
    """All of it or nothing: beside the file, onto the disk, then in its place. A link is followed, not replaced."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as fault:
        raise _unwritten(path, fault) from None
    beside = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode)
        beside.replace(target)
    except OSError as fault:
        with suppress(OSError):
            beside.unlink()
        raise _unwritten(path, fault) from None


def _unwritten(path: Path, fault: OSError) -> SettingsError:
    reason = fault.strerror or type(fault).__name__
    return SettingsError(f"{path}: it cannot be written: {reason}.", advice="Check the folder's permissions.")
