"""What the window remembers: whole or not at all, and never a reason not to start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gui.window.memory import VERSION, Memory


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "ibdesk" / "layout.json"
    memory = Memory(path)
    memory.values.update(theme="light", zoom=1.2, docks={"layout": "abc"})
    assert memory.write() == ""
    again = Memory(path)
    assert (again.text("theme"), again.number("zoom", 1.0), again.table("docks")) == (
        "light",
        1.2,
        {"layout": "abc"},
    )
    assert again.fault == ""
    assert [one.name for one in path.parent.iterdir()] == ["layout.json"]


def test_no_file_is_the_default_and_no_fault(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "layout.json")
    assert memory.values == {}
    assert memory.fault == ""


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b'"words"', b"\xff\xfe\x00", b'{"version": 99}', b"null"]
)
def test_a_corrupt_file_falls_back_to_the_default_and_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "layout.json"
    path.write_bytes(content)
    memory = Memory(path)
    assert memory.values == {}
    assert str(path) in memory.fault
    assert "default" in memory.fault


def test_values_of_another_kind_are_as_good_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_text(json.dumps({"version": VERSION, "theme": 3, "zoom": "big", "docks": []}))
    memory = Memory(path)
    assert (memory.text("theme"), memory.number("zoom", 1.0), memory.table("docks")) == ("", 1.0, {})


def test_a_folder_that_cannot_be_made_is_said_not_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = Memory(tmp_path / "file" / "layout.json").write()
    assert "could not be saved" in words


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    memory = Memory(path)
    memory.values["theme"] = "dark"
    assert memory.write() == ""
    memory.values["theme"] = object()
    assert memory.write() != ""
    assert Memory(path).text("theme") == "dark"


def test_no_path_remembers_nothing() -> None:
    assert Memory(None).write() == ""
