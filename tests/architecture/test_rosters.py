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


def _origins(init: Path, package: str) -> dict[str, str]:
    """Each name that `init` imports from a module of its own package, and that module."""
    dotted = package.replace("/", ".")
    origins = {}
    for node in source.tree(init).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound = alias.asname or alias.name
                if node.module == dotted:
                    origins[bound] = alias.name
                elif node.module.startswith(f"{dotted}."):
                    origins[bound] = node.module.removeprefix(f"{dotted}.").split(".")[0]
    return origins


@pytest.mark.parametrize("package", ROSTERED)
def test_every_file_is_in_its_roster(package: str) -> None:
    init = source.ROOT / package / "__init__.py"
    origins = _origins(init, package)
    listed = {
        origins[node.id]
        for node in ast.walk(_roster(init))
        if isinstance(node, ast.Name) and node.id in origins
    }
    files = {path.stem for path in init.parent.glob("*.py")} - {"__init__"}
    assert listed == files


@pytest.mark.parametrize("package", ROSTERED)
def test_no_roster_names_anything_twice(package: str) -> None:
    init = source.ROOT / package / "__init__.py"
    origins = _origins(init, package)
    names = [node.id for node in ast.walk(_roster(init)) if isinstance(node, ast.Name) and node.id in origins]
    assert len(names) == len(set(names))
