"""A panel or rule that misses its roster would never run: every file must be in the ROSTER of its package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture import source

ROSTERED = ("core/risk/rules", "core/alerts/rules", "gui/panels")


def _roster(init: Path) -> ast.expr:
    """The expression assigned to ROSTER."""
    for node in source.tree(init).body:
        if isinstance(node, ast.Assign) and any(_is_roster(target) for target in node.targets):
            return node.value
        if isinstance(node, ast.AnnAssign) and _is_roster(node.target) and node.value is not None:
            return node.value
    pytest.fail(f"{source.name(init)} assigns no ROSTER")


def _is_roster(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "ROSTER"


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
    for node in ast.walk(_roster(init)):
        if isinstance(node, ast.Name) and node.id in imported:
            listed.append(imported[node.id])
        elif isinstance(node, ast.Constant) and str(node.value).startswith(f"{dotted}."):
            listed.append(str(node.value))
    return listed


@pytest.mark.parametrize("package", ROSTERED)
def test_every_file_is_in_its_roster(package: str) -> None:
    files = {path.stem for path in (source.ROOT / package).glob("*.py")} - {"__init__"}
    assert {module.rpartition(".")[2] for module in _listed(package)} == files


@pytest.mark.parametrize("package", ROSTERED)
def test_no_roster_names_a_file_twice(package: str) -> None:
    listed = _listed(package)
    assert len(listed) == len(set(listed))
