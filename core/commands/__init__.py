"""The subcommands that open no window: `ibdesk simulate`, `journal`, `doctor`. Never imports Qt."""

from __future__ import annotations

from collections.abc import Sequence

HEADLESS = frozenset({"simulate", "journal", "doctor"})


def main(argv: Sequence[str]) -> int:
    """Run a subcommand with these arguments; its exit code, 2 for what makes no sense."""
    # typer takes its time to import: only for those who asked for a command.
    from core.commands.app import app

    try:
        app(list(argv), prog_name="ibdesk")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0
