"""The source as the architecture tests read it: files, syntax trees, and what git holds."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "gui")


def modules() -> list[Path]:
    """Every Python file of the product."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    """The path from the root, as a reader of a failure wants it."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """The dotted names of all absolute imports, those inside functions and for types only included."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def mentions(path: Path, names: set[str]) -> list[int]:
    """The lines that use one of `names`, as a name, as an attribute, or in an import."""
    lines = []
    for node in ast.walk(tree(path)):
        used = (
            (isinstance(node, ast.Name) and node.id in names)
            or (isinstance(node, ast.Attribute) and node.attr in names)
            or (isinstance(node, ast.alias) and node.name in names)
        )
        if used:
            lines.append(node.lineno)
    return lines


def tracked() -> list[Path]:
    """Every file that git holds or would add."""
    if not (ROOT / ".git").exists():
        pytest.skip("only a git checkout knows which files are ours")
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / line for line in listing.stdout.split("\0") if line]
    return [path for path in paths if path.is_file()]
