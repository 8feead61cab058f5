"""The command line: what it understands, and in which words it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.options import Options, UsageError, parse


def test_nothing_said_opens_the_desk_on_the_simulator() -> None:
    assert parse([]) == Options()


def test_everything_said_is_understood() -> None:
    said = "monitor --profile tws-paper --theme light --screenshot a.png --after 2.5 --size 1280x800"
    more = "--scenario margin-call --seed 7 --no-simulator --zoom 150"
    read = parse(f"{said} {more}".split())
    assert read == Options(
        monitor=True,
        profile="tws-paper",
        theme="light",
        screenshot=Path("a.png"),
        after_s=2.5,
        size=(1280, 800),
        scenario="margin-call",
        seed=7,
        simulator=False,
        zoom=1.5,
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("--after -1", "--after"),
        ("--after nan", "number of seconds"),
        ("--after 1e309", "number of seconds"),
        ("--after soon", "number of seconds"),
        ("--size 1600", "1600x1000"),
        ("--size 0x0", "320 to 16384"),
        ("--size 99999x1000", "320 to 16384"),
        ("--size -5x100", "--size"),
        ("--size １６００x1000", "1600x1000"),
        ("--theme pink", "dark"),
        ("--zoom 20", "80 to 200"),
        ("--seed -3", "--seed"),
        ("--seed 1.5", "whole number"),
        ("--screenshot", "--screenshot"),
        ("--colour red", "--colour"),
        ("--scree x", "--scree"),
        ("dashboard", "monitor"),
    ],
)
def test_nonsense_is_refused_in_words(said: str, words: str) -> None:
    with pytest.raises(UsageError, match="ibdesk --help") as told:
        parse(said.split())
    assert words in str(told.value)


def test_help_names_every_option_and_the_headless_commands() -> None:
    words = parse(["--help"]).words
    for option in (
        "--screenshot",
        "--after",
        "--size",
        "--theme",
        "--profile",
        "simulate",
        "doctor",
        "monitor",
    ):
        assert option in words
