"""Layers: which file or variable said what, so that a wrong value can be told with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.errors import SettingsError
from core.settings.allowed import host, whole
from core.settings.files import Tree, looks_secret, read
from core.settings.schema import QUANTITY_CEILINGS, Files
from core.settings.shapes import soften, translate

NAMES = {"link": "ibkr_config.ini", "risk": "risk_config.yaml", "permissions": "trading_permissions.yaml"}

VARIABLES: dict[str, tuple[str, ...]] = {
    "IBKR_CLIENT_ID": ("link", "connection", "client_id"),
    "IBKR_ACCOUNT_ID": ("link", "connection", "account"),
    "MAX_ORDER_SIZE": ("risk", "max_order_size"),
    "MAX_PORTFOLIO_RISK": ("risk", "max_portfolio_risk"),
}
"""The environment's names, and the keys they stand over."""

TARGET: dict[str, TypeAdapter[Any]] = {
    "IBKR_HOST": TypeAdapter(Annotated[str, host()]),
    "IBKR_PORT": TypeAdapter(Annotated[int, whole(1, 65_535)]),
}
"""These two stand over the chosen profile, which is known only when the files have been read."""

Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layered:
    """The files as one checked tree, and where each value came from."""

    files: Files
    origins: dict[Path_, str]
    tree: Tree
    env: Mapping[str, str]
    host: str | None
    port: int | None
    ignored: tuple[str, ...] = ()
    """Sentences about keys of other desks' files that mean nothing here."""

    def wrong(self, file: str, key: str, allowed: str) -> SettingsError:
        place = (file, *key.split(".", 2)) if key.startswith("profile.") else (file, *key.split("."))
        return SettingsError(_sentence(self.origins, self.tree, place, allowed))

    def wrong_env(self, name: str, allowed: str) -> SettingsError:
        return SettingsError(f"environment: {name} is {_shown(self.env[name])}; allowed is {allowed}.")

    @staticmethod
    def together(faults: Iterable[SettingsError]) -> SettingsError:
        return SettingsError("\n".join(fault.what for fault in faults))


def gather(env: Mapping[str, str], user_folder: Path) -> Layered:
    """Shipped files, the user's copies over them, the environment over both; every wrong value is told at once."""
    tree, origins, ignored = stack(env, user_folder)
    at_host, at_port, faults = _target(env)
    faults += _empty(env)
    files, told = judge(tree, origins)
    faults += [sentence for _, sentence in told]
    if files is None or faults:
        raise SettingsError("\n".join(dict.fromkeys(faults)))
    return Layered(files, origins, tree, env, at_host, at_port, ignored)


def stack(env: Mapping[str, str], user_folder: Path) -> tuple[Tree, dict[Path_, str], tuple[str, ...]]:
    """(the layers as one tree, who said each value, sentences about what is not used); nothing is checked yet."""
    tree: Tree = {}
    origins: dict[Path_, str] = {}
    ignored: list[str] = []
    with resources.as_file(resources.files("config")) as shipped:
        for folder in (shipped, user_folder):
            for part, name in NAMES.items():
                path = folder / name
                if folder is shipped or _is_there(path):
                    own, unused, taken = translate(part, read(path), str(path))
                    ignored += unused
                    lay(tree.setdefault(part, {}), own, origins, (part,), str(path))
                    soften(tree[part], taken)
    for name, place in VARIABLES.items():
        if env.get(name, "").strip():
            lay(tree, nested(place, env[name].strip()), origins, (), f"environment: {name}")
    return tree, origins, tuple(ignored)


def judge(tree: Tree, origins: dict[Path_, str]) -> tuple[Files | None, list[tuple[Path_, str]]]:
    """(the files when all is well, what is wrong: where, and as a sentence)."""
    known = _known_sections(tree)
    try:
        files = Files.model_validate(tree)
    except ValidationError as fault:
        wrong = fault.errors(include_url=False)
        return None, [(_place(one), _told(one, tree, origins, known)) for one in wrong]
    return files, _over_ceilings(files, tree, origins)


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        # A folder that cannot be looked into: reading will say so.
        return True


def lay(under: Tree, over: Tree, origins: dict[Path_, str], place: Path_, origin: str) -> None:
    """Put `over` on top, key by key, and remember who said it."""
    for key, value in over.items():
        here = (*place, str(key))
        origins[here] = origin
        if not (isinstance(value, dict) and isinstance(under.get(key), dict)):
            under[key] = deepcopy(value)
        if isinstance(value, dict):
            lay(under[key], value, origins, here, origin)


def nested(place: Path_, value: Any) -> Tree:
    """`value` at `place` in a tree that holds nothing else."""
    tree: Any = value
    for key in reversed(place):
        tree = {key: tree}
    return dict(tree)


def _target(env: Mapping[str, str]) -> tuple[str | None, int | None, list[str]]:
    """IBKR_HOST and IBKR_PORT, each checked as a profile's are."""
    found: dict[str, Any] = {}
    faults = []
    for name, kind in TARGET.items():
        if name in env and env[name].strip():
            try:
                found[name] = kind.validate_python(env[name].strip())
            except ValidationError as fault:
                allowed = _allowed(fault.errors(include_url=False)[0])
                faults.append(f"environment: {name} is {_shown(env[name])}; allowed is {allowed}.")
    return found.get("IBKR_HOST"), found.get("IBKR_PORT"), faults


def _empty(env: Mapping[str, str]) -> list[str]:
    return [
        f"environment: {name} is empty; give it a value, or take it out."
        for name in (*TARGET, *VARIABLES)
        if name in env and not env[name].strip()
    ]


# --- telling -----------------------------------------------------------------------------------------


def _place(fault: ErrorDetails) -> Path_:
    return tuple(str(part) for part in fault["loc"] if part != "[key]")


def _told(fault: ErrorDetails, tree: Tree, origins: dict[Path_, str], known: dict[Path_, list[str]]) -> str:
    place = _place(fault)
    if fault["type"] == "extra_forbidden":
        return _unknown_key(place, origins, known)
    if fault["type"] == "missing":
        return _sentence(origins, tree, place[:-1], f"a section with the key {place[-1]}")
    if fault["type"] == "value_error" and fault["loc"][-1] == "[key]":
        name = ".".join(place[1:])
        return f"{origin_of(origins, place)}: {name} is no key; allowed is {_allowed(fault)}."
    return _sentence(origins, tree, place, _allowed(fault))


def _sentence(origins: dict[Path_, str], tree: Tree, place: Path_, allowed: str) -> str:
    value: Any = tree
    for key in place:
        value = (
            value[int(key)]
            if isinstance(value, list)
            else value.get(key)
            if isinstance(value, dict)
            else None
        )
    origin = origin_of(origins, place)
    if origin.startswith("environment"):
        return f"{origin} is {_shown(value)}; allowed is {allowed.removesuffix(', or null')}."
    return f"{origin}: {'.'.join(place[1:])} is {_shown(value)}; allowed is {allowed}."


def origin_of(origins: dict[Path_, str], place: Path_) -> str:
    for length in range(len(place), 0, -1):
        if place[:length] in origins:
            return origins[place[:length]]
    return NAMES[place[0]]


def _allowed(fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    words = {"list_type": "a list: [A, B]", "dict_type": "keys with values", "model_type": "keys with values"}
    return words.get(fault["type"], fault["msg"])


def _shown(value: object) -> str:
    """The value as the user wrote it, shortened; control characters made visible."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {'…' if looks_secret(str(key)) else one}" for key, one in value.items())
        value = f"{{{pairs}}}"
    text = repr(value if isinstance(value, str) else str(value))
    if "@" in text:
        return "not shown, for it may hold a password"
    return text if len(text) <= 60 else f"{text[:57]}…'"


def _unknown_key(place: Path_, origins: dict[Path_, str], known: dict[Path_, list[str]]) -> str:
    siblings = known.get(place[:-1], [])
    close = get_close_matches(place[-1], siblings, 1)
    guess = f" Did you mean {close[0]}?" if close else ""
    allowed = f"; allowed is {', '.join(siblings)}" if siblings else ""
    return f"{origin_of(origins, place)}: {'.'.join(place[1:])} is no key of IBDesk's{allowed}.{guess}"


def _known_sections(tree: Tree) -> dict[Path_, list[str]]:
    """Every section of the schema with its keys, for suggestions."""
    found: dict[Path_, list[str]] = {}

    def walk(model: type[BaseModel], place: Path_) -> None:
        found[place] = list(model.model_fields)
        for name, field in model.model_fields.items():
            annotation = field.annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                walk(annotation, (*place, name))
            for inner in getattr(annotation, "__args__", ()):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    part = tree.get(place[0]) if place else None
                    keyed = part.get(name) if isinstance(part, dict) else None
                    for key in keyed if isinstance(keyed, dict) else ():
                        walk(inner, (*place, name, str(key)))

    walk(Files, ())
    return found


def _over_ceilings(files: Files, tree: Tree, origins: dict[Path_, str]) -> list[tuple[Path_, str]]:
    told: list[tuple[Path_, str]] = []
    for kind, ceiling in QUANTITY_CEILINGS.items():
        if files.risk.quantity[kind].hard > ceiling:
            place: Path_ = ("risk", "quantity", str(kind), "hard")
            told.append((place, _sentence(origins, tree, place, f"a number above 0, at most {ceiling:,}")))
    return told
