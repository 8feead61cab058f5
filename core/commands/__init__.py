"""The subcommands that open no window: `ibdesk simulate`, `journal`, `doctor`, `soak`. Never imports Qt."""

from __future__ import annotations

from collections.abc import Sequence

HEADLESS = frozenset({"simulate", "journal", "doctor", "soak"})


def main(argv: Sequence[str]) -> int:
    """Run a subcommand with these arguments; its exit code, 2 for what makes no sense."""
    # typer takes its time to import: only for those who asked for a command.
    from core.commands.app import run

    return run(list(argv))
