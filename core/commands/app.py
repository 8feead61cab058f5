"""The roster of headless commands."""

from __future__ import annotations

import typer

from core.commands import doctor, journal, simulate

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="IBDesk without a window.",
)
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)
app.add_typer(journal.app, name="journal")


@app.callback()
def _() -> None:
    """IBDesk without a window. `ibdesk` alone opens the dashboard."""
