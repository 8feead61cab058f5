"""The lock, the wheel and the set-up say the same thing, and name nobody's package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.version import Version

from gui.__main__ import APT_PACKAGES
from tests.architecture import source

PYPROJECT = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (source.ROOT / "requirements.lock").read_text(encoding="utf-8")

# Spelt in halves, so that this file does not name what it looks for.
INDEX_HOSTS = ("pypi" + ".org", "files.python" + "hosted", "index" + "-url", "find" + "-links")
LEFTOVERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")


def _text(path: Path) -> str:
    """The file's text; of a binary file, what can be read."""
    return path.read_bytes().decode("utf-8", errors="ignore")


def _pins() -> dict[str, list[Requirement]]:
    """What the lock pins, by normalised name; a name may have one pin for each Python."""
    pins: dict[str, list[Requirement]] = {}
    for line in LOCK.splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.removesuffix("\\").strip())
            pins.setdefault(_normal(requirement.name), []).append(requirement)
    return pins


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def test_every_pin_has_a_hash() -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    entries = [entry for entry in entries if "==" in entry.splitlines()[0]]
    assert len(entries) == sum(map(len, _pins().values())) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_never_holds_the_pyside6_that_loses_references() -> None:
    versions = {_version(pin) for pin in _pins()["pyside6-essentials"]}
    assert versions
    assert Version("6.12.0") not in versions
    assert not Requirement(
        next(line for line in PYPROJECT["project"]["dependencies"] if line.startswith("PySide6-Essentials"))
    ).specifier.contains("6.12.0")


def test_the_lock_satisfies_everything_that_pyproject_asks_for() -> None:
    pins = _pins()
    for line in PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]:
        asked = Requirement(line)
        locked = pins.get(_normal(asked.name), [])
        assert locked, f"{asked.name} is not locked: run make lock"
        for pin in locked:
            assert asked.specifier.contains(_version(pin)), f"{pin} is not {asked}: run make lock"


def test_the_build_backend_comes_from_the_lock() -> None:
    """Set-up builds without isolation, so that it asks an index for nothing that is not locked."""
    assert {_normal(Requirement(line).name) for line in PYPROJECT["build-system"]["requires"]} <= set(_pins())


def test_no_file_names_a_package_index() -> None:
    strays = [
        f"{source.name(path)}: {host}"
        for path in source.tracked()
        for host in INDEX_HOSTS
        if host in _text(path)
    ]
    # The Makefile tells uv to keep them out of the lock.
    assert strays == [f"Makefile: {INDEX_HOSTS[2]}"]


def test_no_file_holds_unfinished_business() -> None:
    assert [source.name(path) for path in source.tracked() if LEFTOVERS.search(_text(path))] == []


def test_the_wheel_holds_every_file_of_the_product() -> None:
    top = tuple(
        f"{package}/" for package in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    )
    built = {
        Path(entry.distribution_path).as_posix()
        for entry in WheelBuilder(str(source.ROOT)).recurse_included_files()
    }
    ours = {source.name(path) for path in source.tracked() if source.name(path).startswith(top)}
    assert ours <= built
    assert top == ("core/", "gui/", "resources/", "config/")


def test_set_up_readme_and_window_name_the_same_system_packages() -> None:
    script = (source.ROOT / "scripts/setup.sh").read_text(encoding="utf-8")
    table = script.split("LIBRARIES='")[1].split("'")[0]
    installed = {line.split()[1] for line in table.strip().splitlines()}
    readme = (source.ROOT / "README.md").read_text(encoding="utf-8")
    listed = readme.split("--no-install-recommends")[1].split("\n\n")[0]
    assert installed == set(listed.replace("\\", "").split()) == set(APT_PACKAGES.split())
