"""ib_codes.yaml: words of the user's own, and a clear word where the file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.codes import IB_CODES, CodeClass, IbCode
from core.errors import SettingsError
from core.settings import load
from core.settings.codes import NAME, read_codes


def written(folder: Path, text: str) -> Path:
    (folder / NAME).write_text(text)
    return folder


def test_without_a_file_there_are_no_own_words(tmp_path: Path) -> None:
    assert read_codes(tmp_path) == ()
    assert load({}, tmp_path).codes == ()


def test_the_shipped_file_explains_and_says_nothing() -> None:
    assert read_codes(Path(__file__).parents[3] / "config") == ()


def test_a_known_code_is_reworded_and_a_new_one_added(tmp_path: Path) -> None:
    written(
        tmp_path,
        "10349:\n  meaning: Mine.\n1100:\n  advice: ''\n10999:\n  meaning: New.\n  advice: Look.\n"
        "10998:\n  meaning: Doubtful.\n  class: in doubt\n",
    )
    assert load({}, tmp_path).codes == (
        IB_CODES[10349]._replace(meaning="Mine."),
        IB_CODES[1100]._replace(advice=""),
        IbCode(10999, CodeClass.UNKNOWN, "New.", "Look."),
        IbCode(10998, CodeClass.IN_DOUBT, "Doubtful."),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("201:\n  class: unknown\n", "201.class: IBDesk knows this code"),
        (
            "10999:\n  meaning: New.\n  class: rejected\n",
            "10999.class is 'rejected'; allowed is one of unknown, in doubt",
        ),
        ("10999:\n  meaning: New.\n  class: [x]\n", "10999.class is ['x']"),
        ("10999:\n  advice: Look.\n", "10999 is a new code: it needs a meaning."),
        (
            "201:\n  meanning: x\n",
            "201.meanning is no key; allowed is meaning, advice, class. Did you mean meaning?",
        ),
        ("201: Words.\n", "201 must hold meaning and advice"),
        ("201: {}\n", "201 must hold meaning and advice"),
        ("x:\n  meaning: y\n", "'x' is no code"),
        ("0:\n  meaning: y\n", "'0' is no code"),
        ("-1:\n  meaning: y\n", "'-1' is no code"),
        ("1.5:\n  meaning: y\n", "'1.5' is no code"),
        ("true:\n  meaning: y\n", "'True' is no code"),
        ("201:\n  meaning: ''\n", "201.meaning is ''; allowed is one line of at most 300"),
        ("201:\n  meaning: 5\n", "201.meaning is 5"),
        (f"201:\n  meaning: {'x' * 301}\n", "201.meaning is"),
        ('201:\n  meaning: "a\\nb"\n', "201.meaning is"),
        ('201:\n  meaning: "\\u202e"\n', "201.meaning is"),
        ("201:\n  meaning: [\n", "it is not valid YAML"),
        ("- 201\n", "it must hold keys with values"),
        ("201:\n  meaning: &a x\n", "anchor"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, written(tmp_path, text))
    assert words in caught.value.what
    assert str(tmp_path / NAME) in caught.value.what
    assert caught.value.advice


def test_every_wrong_row_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, written(tmp_path, "201:\n  x: y\n202:\n  class: unknown\n"))
    assert [line.split(": ", 1)[1][:3] for line in caught.value.what.splitlines()] == ["201", "202"]


def test_a_file_of_endless_rows_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{code}:\n  meaning: x\n" for code in range(1, 1_100))
    with pytest.raises(SettingsError, match="1,099 rows"):
        load({}, written(tmp_path, rows))


@pytest.mark.skipif(not hasattr(Path, "symlink_to"), reason="no links")
def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(SettingsError, match="not a file"):
        load({}, tmp_path)
