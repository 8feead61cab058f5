"""A panel or rule that misses its roster would never run: every file or folder must be in a roster of its package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture import source

ROSTERED = ("core/risk/rules", "core/alerts/rules", "gui/panels")


def _rosters(init: Path) -> list[ast.expr]:
    """What is assigned to ROSTER, and to other rosters beside it."""
    found = []
    for node in source.tree(init).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if value is not None and any(_is_roster(target) for target in targets):
            found.append(value)
    assert found, f"{source.name(init)} assigns no ROSTER"
    return found


def _is_roster(target: ast.expr | None) -> bool:
    return isinstance(target, ast.Name) and target.id.endswith("ROSTER")


def _imported(init: Path, dotted: str) -> dict[str, str]:
    """Each name that `init` imports from a module of its own package, and that module."""
    modules = {}
    for node in source.tree(init).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound = alias.asname or alias.name
                if node.module == dotted:
                    modules[bound] = f"{dotted}.{alias.name}"
                elif node.module.startswith(f"{dotted}."):
                    modules[bound] = node.module
    return modules


def _listed(package: str) -> list[str]:
    """The modules that the roster names, by something imported from them or, to load them late, by their dotted name."""
    init = source.ROOT / package / "__init__.py"
    dotted = package.replace("/", ".")
    imported = _imported(init, dotted)
    listed = []
    for node in (one for roster in _rosters(init) for one in ast.walk(roster)):
        if isinstance(node, ast.Name) and node.id in imported:
            listed.append(imported[node.id])
        elif isinstance(node, ast.Constant) and str(node.value).startswith(f"{dotted}."):
            listed.append(str(node.value))
    return listed


@pytest.mark.parametrize("package", ROSTERED)
def test_every_file_is_in_its_roster(package: str) -> None:
    folder = source.ROOT / package
    files = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    files -= {"__init__"}
    assert {module.rpartition(".")[2] for module in _listed(package)} == files


@pytest.mark.parametrize("package", ROSTERED)
def test_no_roster_names_a_file_twice(package: str) -> None:
    listed = _listed(package)
    assert len(listed) == len(set(listed))
