"""Facts as the journal keeps them: plain text where a person reads it, JSON where a value has parts.

Absent and default values are left out, so an older journal can be read when a fact has learned a new field.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]

WHICH = "is"
"""Where a field may hold one of several dataclasses, the name of the one it holds."""
_CHOICES: set[type] = set()
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def fields_of(fact: Any) -> Pairs:
    """A dataclass as (name, text) pairs."""
    return tuple(
        (name, plain if type(plain := as_json(value)) is str else dumped(plain))
        for name, value in _said(fact)
    )


def fact_of(kind: type[T], told: Pairs) -> T:
    """The dataclass again. Raises TypeError, ValueError or KeyError for what cannot be one."""
    values: dict[str, Any] = {}
    texts = dict(told)
    for name, default, read in _shape(kind):
        if name in texts:
            values[name] = read(_Text(texts[name]))
        elif default is MISSING:
            values[name] = None
    return kind(**values)


def as_json(value: Any) -> Any:
    """What `json.dumps` takes: dataclasses as objects without their defaults."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return [as_json(one) for one in value]
    told = {name: as_json(one) for name, one in _said(value)}
    return {WHICH: type(value).__name__, **told} if type(value) in _CHOICES else told


def from_json(kind: type[T], plain: Any) -> T:
    """A value of `kind` from what `as_json` made of it."""
    return cast(T, _reader(cast(Any, kind))(plain))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dumped(plain: Any) -> str:
    """JSON in one line."""
    return _ENCODER.encode(plain)


def _said(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields that say something: not those that are absent or as they are by default."""
    for name, default, _ in _shape(type(value)):
        one = getattr(value, name)
        if one is not None and one is not default and (type(one) is not type(default) or one != default):
            yield name, one


class _Text(str):
    """A field's raw text: its reader knows whether it holds JSON."""

    __slots__ = ()


Shape = tuple[tuple[str, Any, Callable[[Any], Any]], ...]
_SHAPES: dict[type, Shape] = {}


def _shape(kind: type) -> Shape:
    """Each field: its name, its default or MISSING, and how it is read."""
    known = _SHAPES.get(kind)
    if known is None:
        hints = get_type_hints(kind)
        known = tuple((one.name, _default(one), _reader(hints[one.name])) for one in fields(kind))
        _SHAPES[kind] = known
    return known


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """How to make a value of this type from JSON, or from a field's text."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        kinds = [one for one in get_args(hint) if one is not type(None)]
        inner = _reader(kinds[0]) if len(kinds) == 1 else _choice_reader(kinds)
        return lambda plain: None if plain is None else inner(plain)
    if origin in (tuple, list, frozenset):
        return _sequence_reader(origin, get_args(hint))
    if is_dataclass(hint):
        return lambda plain: _object(cast(type, hint), _parsed(plain))
    if isinstance(hint, type) and issubclass(hint, Enum):
        kind_of = type(next(iter(hint)).value)
        return lambda plain: hint(kind_of(plain))
    return _SCALARS[hint]


def _choice_reader(kinds: list[Any]) -> Callable[[Any], Any]:
    """One of several dataclasses: each says which it is."""
    _CHOICES.update(kinds)
    readers = {kind.__name__: _reader(kind) for kind in kinds}
    return lambda plain: readers[plain[WHICH]](plain)


def _sequence_reader(origin: Any, parts: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        each = _reader(parts[0])
        return lambda plain: origin(each(one) for one in _parsed(plain))
    if origin is tuple:
        readers = tuple(map(_reader, parts))
        return lambda plain: tuple(read(one) for read, one in zip(readers, _parsed(plain), strict=True))
    each = _reader(parts[0])
    return lambda plain: origin(each(one) for one in _parsed(plain))


def _parsed(plain: Any) -> Any:
    return json.loads(plain) if isinstance(plain, _Text) else plain


def _object(kind: type, told: dict[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for name, default, read in _shape(kind):
        if name in told:
            values[name] = read(told[name])
        elif default is MISSING:
            values[name] = None
    return kind(**values)


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: lambda plain: plain in (True, "true"),
    Decimal: lambda plain: Decimal(str(plain)),
    date: lambda plain: date.fromisoformat(str(plain)),
    time: lambda plain: time.fromisoformat(str(plain)),
    datetime: lambda plain: datetime.fromisoformat(str(plain)),
}
