"""What can be said on the command line, and in words what cannot. No Qt here: it must answer at once."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from core.commands import HEADLESS

_LEAST, _MOST = 320, 16_384


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, understood."""

    monitor: bool = False
    profile: str = ""
    theme: str = ""
    screenshot: Path | None = None
    after_s: float = 4.0
    size: tuple[int, int] | None = None
    scenario: str = ""
    seed: int | None = None
    simulator: bool = True
    """False: never start the embedded gateway."""
    zoom: float | None = None
    words: str = ""
    """Print this and end: help or version."""


class UsageError(Exception):
    """The command line makes no sense; says why, and what would."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"ibdesk: {message}\nibdesk --help says what is understood.")


def parse(arguments: Sequence[str]) -> Options:
    """Raises UsageError in words."""
    parser = _parser()
    read = parser.parse_args(arguments)
    if read.screen not in ([], ["monitor"]):
        parser.error(
            f"{' '.join(read.screen)!r} is not understood (monitor is, and {', '.join(sorted(HEADLESS))})"
        )
    if read.help:
        return Options(words=parser.format_help().rstrip())
    if read.version:
        from importlib.metadata import version

        return Options(words=f"ibdesk {version('ibdesk')}")
    return Options(
        monitor=bool(read.screen),
        profile=read.profile,
        theme=read.theme,
        screenshot=read.screenshot,
        after_s=read.after,
        size=read.size,
        scenario=read.scenario,
        seed=read.seed,
        simulator=not read.no_simulator,
        zoom=read.zoom,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ibdesk",
        description="A trading dashboard for Interactive Brokers. Without options it goes where the settings say: as shipped, to the embedded simulator.",
        epilog=f"Without a window: ibdesk {{{','.join(sorted(HEADLESS))}}} --help",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument(
        "screen", nargs="*", metavar="monitor", help="the read-only full screen instead of the desk"
    )
    parser.add_argument(
        "--profile", default="", metavar="NAME", help="connection profile, such as simulator or tws-paper"
    )
    parser.add_argument("--theme", default="", choices=["dark", "light"], help="dark or light")
    parser.add_argument("--zoom", type=_zoom, metavar="PERCENT", help="size of everything, 80 to 200")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1600x1000")
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="render without a display, save a PNG, end"
    )
    parser.add_argument(
        "--after", type=_seconds, default=4.0, metavar="SECONDS", help="when to take it (default 4)"
    )
    parser.add_argument("--scenario", default="", metavar="NAME", help="what the embedded simulator plays")
    parser.add_argument("--seed", type=_seed, metavar="N", help="the embedded simulator's chance")
    parser.add_argument("--no-simulator", action="store_true", help="never start the embedded simulator")
    parser.add_argument("--version", action="store_true", help="say the version and end")
    parser.add_argument("--help", "-h", action="store_true", help="say this and end")
    return parser


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 3600")
    return value


def _zoom(text: str) -> float:
    value = _number(text.removesuffix("%"))
    if not 80 <= value <= 200:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 80 to 200")
    return value / 100


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text, re.ASCII)
    if found is None or not all(_LEAST <= int(side) <= _MOST for side in found.groups()):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size such as 1600x1000 (each side {_LEAST} to {_MOST} pixels)"
        )
    return int(found[1]), int(found[2])


def _seed(text: str) -> int:
    if re.fullmatch(r"\d{1,18}", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _number(text: str) -> float:
    """NaN for what is no finite number: no comparison lets it through."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
