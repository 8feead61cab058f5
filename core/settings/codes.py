"""ib_codes.yaml: the user's own words for IB's message codes. Words only: what the desk does is not theirs to change."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.domain.codes import ADDABLE, IB_CODES, CodeClass, IbCode
from core.errors import SettingsError
from core.settings.files import Tree, read, refuse

NAME = "ib_codes.yaml"
MOST_ROWS = 1_000
LONGEST = 300
_KEYS = ("meaning", "advice", "class")
_CLASSES = {"unknown": CodeClass.UNKNOWN, "in doubt": CodeClass.IN_DOUBT}
_ADVICE = "Correct the file, or move it away: IBDesk's own words then hold."


def read_codes(folder: Path) -> tuple[IbCode, ...]:
    """The user's rows, none without a file; SettingsError names every wrong one and what is allowed."""
    path = folder / NAME
    if not (path.exists() or path.is_symlink()):
        return ()
    tree = read(path)
    if len(tree) > MOST_ROWS:
        raise refuse(path, f"it has {len(tree):,} rows; allowed are {MOST_ROWS:,}.", _ADVICE)
    rows, wrong = [], []
    for key, said in tree.items():
        try:
            rows.append(_row(key, said))
        except ValueError as fault:
            wrong.append(f"{path}: {fault}")
    if wrong:
        raise SettingsError("\n".join(wrong), advice=_ADVICE)
    return tuple(rows)


def _row(key: Any, said: Any) -> IbCode:
    if isinstance(key, bool) or not isinstance(key, int) or not 1 <= key <= 99_999:
        raise ValueError(f"{str(key)!r:.40} is no code; allowed is a whole number from 1 to 99,999.")
    if not isinstance(said, dict) or not said:
        raise ValueError(f"{key} must hold {' and '.join(_KEYS[:2])}, each with text.")
    for name in said:
        if name not in _KEYS:
            close = get_close_matches(str(name), _KEYS, 1)
            guess = f" Did you mean {close[0]}?" if close else ""
            raise ValueError(f"{key}.{name} is no key; allowed is {', '.join(_KEYS)}.{guess}")
    known = IB_CODES.get(key)
    if known is not None:
        if "class" in said:
            raise ValueError(
                f"{key}.class: IBDesk knows this code, and what it does about it cannot be changed."
            )
        return known._replace(
            meaning=_text(key, said, "meaning", known.meaning),
            advice=_text(key, said, "advice", known.advice),
        )
    if "meaning" not in said:
        raise ValueError(f"{key} is a new code: it needs a meaning.")
    return IbCode(key, _class(key, said), _text(key, said, "meaning", ""), _text(key, said, "advice", ""))


def _text(code: int, said: Tree, name: str, otherwise: str) -> str:
    if name not in said:
        return otherwise
    value = said[name]
    empty = name == "advice" and value == ""
    if (
        not isinstance(value, str)
        or len(value) > LONGEST
        or not (empty or value.strip())
        or not value.isprintable()
    ):
        raise ValueError(
            f"{code}.{name} is {value!r:.60}; allowed is one line of at most {LONGEST} characters."
        )
    return value.strip()


def _class(code: int, said: Tree) -> CodeClass:
    word = said.get("class", "unknown")
    found = _CLASSES.get(word) if isinstance(word, str) else None
    if found not in ADDABLE or found is None:
        raise ValueError(f"{code}.class is {word!r:.60}; allowed is one of {', '.join(_CLASSES)}.")
    return found
