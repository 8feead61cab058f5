"""Reading the files: text into plain trees, with every trap of the two formats closed.

No line of a broken file is ever quoted: it might hold what must not be shown.
"""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import yaml

from core.errors import SettingsError

Tree = dict[str, Any]

LARGEST_BYTES = 256 * 1024
DEEPEST = 8
_SECRET = re.compile(
    r"\bpass(code)?\b|password|passwd|passphrase|secret|token|api[ _.-]?key|private[ _.-]?key|credential|\bpwd?\b|\bpin\b",
    re.IGNORECASE,
)


def looks_secret(key: str) -> bool:
    """Whether a key names something that must not lie in a settings file."""
    return bool(_SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", key)) or _SECRET.search(key))


def read(path: Path) -> Tree:
    """The file as a tree of its keys; SettingsError in words when it cannot be read as what it is."""
    return tree_of(read_text(path), path)


def tree_of(text: str, path: Path) -> Tree:
    """As `read`, for a text that stands in the file `path`, or is to."""
    tree = _ini(text, path) if path.suffix == ".ini" else _yaml(text, path)
    _refuse_secrets(tree, path, "")
    return tree


def refuse(path: Path, what: str, advice: str = "") -> SettingsError:
    return SettingsError(f"{path}: {what}", advice=advice)


def read_text(path: Path) -> str:
    """The file as text; SettingsError in words when it is none."""
    try:
        if not path.is_file():
            raise refuse(
                path, "this is not a file.", "Move it away, or put a file of that name in its place."
            )
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise refuse(path, f"it cannot be read: {reason}.", "Check its permissions.") from None
    if len(data) > LARGEST_BYTES:
        raise refuse(path, f"it is larger than {LARGEST_BYTES // 1024} kB.", "Is it the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise refuse(path, f"line {line} is not UTF-8 text.", "Save the file as UTF-8.") from None
    if "\0" in text:
        raise refuse(path, "it holds characters that are no text.", "Save the file as UTF-8.")
    return text


# --- INI ---------------------------------------------------------------------------------------------


class _Ini(configparser.RawConfigParser):
    """No interpolation, no default section that leaks into all others, keys as they are written."""

    def __init__(self) -> None:
        super().__init__(delimiters=("=",), strict=True, default_section="\n", empty_lines_in_values=False)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _ini(text: str, path: Path) -> Tree:
    parser = _Ini()
    try:
        parser.read_string(text)
    except configparser.DuplicateOptionError as fault:
        _refuse_secret_key(path, f"{fault.section}.{fault.option}")
        raise refuse(
            path,
            f"{fault.section}.{fault.option} stands there twice (line {fault.lineno}).",
            "Keep one of them.",
        ) from None
    except configparser.DuplicateSectionError as fault:
        raise refuse(
            path, f"section [{fault.section}] stands there twice (line {fault.lineno}).", "Join the two."
        ) from None
    except configparser.MissingSectionHeaderError as fault:
        raise refuse(
            path, f"line {fault.lineno} stands before any [section].", "Put it under its section."
        ) from None
    except configparser.ParsingError as fault:
        lines = ", ".join(str(number) for number, _ in fault.errors)
        raise refuse(path, f"line {lines} is neither [section] nor key = value.") from None
    tree: Tree = {}
    for section in parser.sections():
        name, dot, rest = section.partition(".")
        values = {key: value.strip() for key, value in parser.items(section)}
        if dot:
            tree.setdefault(name, {})[rest] = values
        else:
            tree.setdefault(name, {}).update(values)
    return tree


# --- YAML --------------------------------------------------------------------------------------------


def _yaml(text: str, path: Path) -> Tree:
    try:
        _refuse_traps(text, path)
        tree = yaml.safe_load(text)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise refuse(
            path, f"it is not valid YAML ({where}).", "Check indentation, colons and quotes there."
        ) from None
    except (yaml.YAMLError, ValueError):
        raise refuse(path, "it is not valid YAML.", "Check indentation, colons and quotes.") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise refuse(path, "it must hold keys with values.", "Write key: value.")
    return tree


def _refuse_traps(text: str, path: Path) -> None:
    """Aliases (a few lines of them fill the memory), tags, several documents, depth, keys that stand twice."""
    keys: list[set[str] | None] = []
    expects_key: list[bool] = []
    documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise refuse(path, f"a second document begins in line {line}.", "Keep one.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refuse(path, f"line {line} uses an anchor or alias (& or *).", "Write the value out.")
        if getattr(event, "tag", None):
            raise refuse(path, f"line {line} uses a tag (!).", "Write a plain value.")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            _note_key(event, keys, expects_key, path, line)
        if isinstance(event, yaml.CollectionStartEvent):
            keys.append(set() if isinstance(event, yaml.MappingStartEvent) else None)
            expects_key.append(True)
            if len(keys) > DEEPEST:
                raise refuse(path, f"line {line} is nested too deep.")
        elif isinstance(event, yaml.CollectionEndEvent):
            keys.pop()
            expects_key.pop()


def _note_key(
    event: yaml.Event, keys: list[set[str] | None], expects_key: list[bool], path: Path, line: int
) -> None:
    """In a mapping, every other node is a key."""
    if not keys or (seen := keys[-1]) is None:
        return
    if expects_key[-1]:
        if not isinstance(event, yaml.ScalarEvent):
            raise refuse(path, f"line {line} has a key that is no plain word.")
        if event.value in seen:
            raise refuse(path, f"{event.value} stands there twice (line {line}).", "Keep one of them.")
        seen.add(event.value)
    expects_key[-1] = not expects_key[-1]


# --- what must not be there --------------------------------------------------------------------------


def _refuse_secrets(tree: Any, path: Path, above: str) -> None:
    if isinstance(tree, dict):
        for key, value in tree.items():
            name = f"{above}.{key}" if above else str(key)
            _refuse_secret_key(path, name)
            _refuse_secrets(value, path, name)
    elif isinstance(tree, list):
        for value in tree:
            _refuse_secrets(value, path, above)


def _refuse_secret_key(path: Path, name: str) -> None:
    if looks_secret(name):
        raise refuse(
            path,
            f"{name} looks like a secret, and IBDesk keeps none.",
            "Take it out of the file: the login is in TWS, the API needs no password.",
        )
