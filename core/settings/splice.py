"""A value put into a YAML text where it stands, so that everything else in the file stays: comments, order, spacing."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

Place = tuple[str, ...]

_PLAIN = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")


def put(text: str, place: Place, value: object) -> str:
    """`text` with `value` at `place`; sections that are not there yet are made."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        return _appended(text, f"{place[0]}: {_written(_under(place[1:], value))}")
    rest = place
    while rest and (found := _child(node, rest[0])) is not None:
        node, rest = found, rest[1:]
    if not rest or not isinstance(node, yaml.MappingNode):
        return _replaced(text, node, _written(_under(rest, value)))
    pair = f"{rest[0]}: {_written(_under(rest[1:], value))}"
    if node.flow_style:
        return _into_braces(text, node, pair)
    return _under_block(text, node, pair)


def _child(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _under(place: Place, value: object) -> object:
    for key in reversed(place):
        value = {key: value}
    return value


def _written(value: object) -> str:
    """As a person would write it on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_written(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _replaced(text: str, node: Any, written: str) -> str:
    start, end = node.start_mark.index, _end(node)
    # A key with nothing behind it: its value begins at the colon.
    gap = " " if start == end else ""
    return f"{text[:start]}{gap}{written}{text[end:]}"


def _into_braces(text: str, node: Any, pair: str) -> str:
    if not node.value:
        return _replaced(text, node, f"{{{pair}}}")
    end = _end(node.value[-1][1])
    return f"{text[:end]}, {pair}{text[end:]}"


def _under_block(text: str, node: Any, pair: str) -> str:
    last = _end(node.value[-1][1])
    indent = " " * node.value[0][0].start_mark.column
    turn = text.find("\n", last)
    if turn < 0:
        return f"{text}\n{indent}{pair}\n"
    return f"{text[:turn]}\n{indent}{pair}{text[turn:]}"


def _appended(text: str, line: str) -> str:
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def _end(node: Any) -> int:
    """Where what is written of it ends; a block's own mark lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
