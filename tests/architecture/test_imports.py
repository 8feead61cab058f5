"""What the import contracts in pyproject.toml cannot say."""

from __future__ import annotations

import ast

from tests.architecture import source


def test_only_core_tws_imports_ib_async() -> None:
    speakers = [
        source.name(path)
        for path in source.modules()
        if any(found.split(".")[0] in {"ib_async", "eventkit"} for found in source.imported(path))
    ]
    assert [path for path in speakers if not path.startswith("core/tws/")] == []


def test_tasks_start_only_through_spawn() -> None:
    strays = [
        f"{source.name(path)}:{line}"
        for path in source.modules()
        if source.name(path) != "core/spawn.py"
        for line in source.mentions(path, {"create_task", "ensure_future", "asyncSlot"})
    ]
    assert strays == []


def test_an_approval_is_minted_only_by_the_gate() -> None:
    strays = [
        f"{source.name(path)}:{node.lineno}"
        for path in source.modules()
        if source.name(path) != "core/risk/gate.py"
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call) and _makes(node.func, "Approved")
    ]
    assert strays == []


def test_an_approval_goes_by_no_other_name() -> None:
    """An alias would hide its minting from the test above."""
    aliases = [
        f"{source.name(path)}:{node.lineno}"
        for path in source.modules()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.alias) and node.name == "Approved" and node.asname not in {None, "Approved"}
    ]
    assert aliases == []


def _makes(function: ast.expr, name: str) -> bool:
    return (isinstance(function, ast.Name) and function.id == name) or (
        isinstance(function, ast.Attribute) and function.attr == name
    )
