"""The roster of headless commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

import typer

from core.commands import doctor, journal, simulate, soak

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="IBDesk without a window.",
)
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)
app.command("soak")(soak.soak)
app.add_typer(journal.app, name="journal")


@app.callback()
def _() -> None:
    """IBDesk without a window. `ibdesk` alone opens the dashboard."""


# --- what makes no sense is told in one line ---------------------------------------------------------

NONSENSE, INTERRUPTED = 2, 130
_Nonsense: type[Exception] = typer.BadParameter.__mro__[1]
"""The parent of every complaint about a command line; typer gives it no public name."""

_NUMBERS = (
    (r"Input should be a valid integer.*", "it must be a whole number"),
    (r"Input should be a valid number.*", "it must be a number"),
    (r"Input should be greater than or equal to (\S+)", r"it must be at least \1"),
    (r"Input should be less than or equal to (\S+)", r"it must be at most \1"),
    (r"Input should be greater than (\S+)", r"it must be above \1"),
    (r"Input should be less than (\S+)", r"it must be under \1"),
    (r"No such option: (\S+)", r"there is no option \1"),
    (r"No such command (.+?)\.?", r"there is no command \1"),
    (r"Option '(\S+)' requires an argument\.", r"\1 needs a value"),
    (r"Option '(\S+)' does not take a value\.", r"\1 takes no value"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", r"it does not understand \1"),
)
"""typer's sentence for what is wrong, and ours."""


def run(argv: Sequence[str]) -> int:
    """Run a subcommand; nonsense on the command line is one line on stderr and exit code 2."""
    try:
        code = app(list(argv), prog_name="ibdesk", standalone_mode=False)
    except _Nonsense as fault:
        if words := told(fault, argv):
            typer.echo(words, err=True)
        return NONSENSE
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return code if isinstance(code, int) else 0


def told(fault: Exception, argv: Sequence[str]) -> str:
    """What is wrong with a command line, in one line; "" where the help has been printed instead."""
    said = str(getattr(fault, "message", fault)).strip()
    if not said:
        return ""
    context = getattr(fault, "ctx", None)
    command = context.command_path if context else " ".join(["ibdesk", *argv[:1]])
    words = next(
        (re.sub(sentence, ours, said) for sentence, ours in _NUMBERS if re.fullmatch(sentence, said)), said
    )
    names = _names(fault)
    given = _given(names, argv)
    at = names[0] if names else ""
    where = f"{at} is {given!r}: " if at and given is not None else f"{at}: " if at else ""
    close = getattr(fault, "possibilities", None)
    guess = f" (did you mean {close[0]}?)" if close else ""
    line = " ".join(f"{where}{words.rstrip('.')}{guess}.".split())
    return f"{command}: {line} See {command} --help."


def _names(fault: Exception) -> list[str]:
    """The option or argument that the complaint is about, its longest name first."""
    hint = getattr(fault, "param_hint", None)
    if isinstance(hint, str):
        return [hint]
    param = getattr(fault, "param", None)
    return sorted(getattr(param, "opts", ()), key=len, reverse=True)


def _given(names: Sequence[str], argv: Sequence[str]) -> str | None:
    """What was typed for an option."""
    for at, word in enumerate(argv):
        name, sign, value = word.partition("=")
        if name in names:
            return value if sign else argv[at + 1] if at + 1 < len(argv) else None
    return None
