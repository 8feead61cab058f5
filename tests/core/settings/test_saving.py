"""Settings are saved as a careful hand would: only what changed, comments kept, all or nothing, never a wrong value."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.contract import SecType
from core.domain.limits import Threshold
from core.errors import SettingsError
from core.settings import load
from core.settings.saving import Editor, waits

RISK = "risk_config.yaml"
OWN = """\
# My own limits.
notional: {soft: 10000, hard: 50000}  # after the bad Tuesday

quantity:
  # Never again.
  STK: {soft: 100, hard: 500}
daily_loss: 1000  # dollars
"""
NOTIONAL = ("risk", "notional", "soft")


def editor(folder: Path, **env: str) -> Editor:
    return Editor(env, folder)


def test_each_value_says_where_it_came_from_and_what_is_shipped(tmp_path: Path) -> None:
    (tmp_path / RISK).write_text(OWN)
    found = editor(tmp_path, MAX_ORDER_SIZE="50").entries
    assert found[NOTIONAL].value == 10000
    assert found[NOTIONAL].shipped == 25000
    assert found[NOTIONAL].origin == str(tmp_path / RISK)
    assert found["risk", "quote_age_s"].origin.endswith(RISK)
    assert found["risk", "quote_age_s"].origin != str(tmp_path / RISK)
    assert found["risk", "max_order_size"].is_fixed
    assert found["risk", "max_order_size"].origin == "environment: MAX_ORDER_SIZE"


def test_a_wish_is_judged_in_the_words_of_the_loader(tmp_path: Path) -> None:
    one = editor(tmp_path)
    assert one.check({NOTIONAL: "a lot"}).faults == {
        NOTIONAL: "notional.soft is 'a lot'; allowed is a number above 0, at most 10,000,000, or null."
    }
    (tmp_path / RISK).write_text("notional: {soft: a lot}\n")
    with pytest.raises(SettingsError) as refusal:
        load({}, tmp_path)
    assert "notional.soft is 'a lot'; allowed is a number above 0, at most 10,000,000, or null." in str(
        refusal.value
    )


def test_a_soft_limit_over_the_hard_one_and_a_ceiling_are_told_at_their_place(tmp_path: Path) -> None:
    one = editor(tmp_path)
    assert set(one.check({NOTIONAL: "200000"}).faults) == {("risk", "notional")}
    beyond = ("risk", "quantity", "STK", "hard")
    assert set(one.check({beyond: "100001"}).faults) == {beyond}


def test_a_wish_that_is_well_comes_back_as_limits(tmp_path: Path) -> None:
    checked = editor(tmp_path).check({NOTIONAL: "500", ("permissions", "shorting"): False})
    assert checked.limits is not None
    assert checked.limits.notional.soft == Decimal(500)
    assert checked.permissions is not None
    assert not checked.permissions.shorting


def test_comments_order_and_everything_else_stay_where_they_were(tmp_path: Path) -> None:
    (tmp_path / RISK).write_text(OWN)
    wishes = {
        NOTIONAL: "5000",
        ("risk", "quantity", "STK", "hard"): "400",
        ("risk", "quantity", "OPT", "soft"): "3",
        ("risk", "daily_loss"): None,
        ("risk", "collar", "STK", "soft"): "0.01",
    }
    assert editor(tmp_path).save(wishes) == (tmp_path / RISK,)
    assert (
        (tmp_path / RISK).read_text()
        == """\
# My own limits.
notional: {soft: 5000, hard: 50000}  # after the bad Tuesday

quantity:
  # Never again.
  STK: {soft: 100, hard: 400}
  OPT: {soft: 3}
daily_loss: null  # dollars
collar: {STK: {soft: 0.01}}
"""
    )
    limits = load({}, tmp_path).limits
    assert limits.quantity[SecType.OPT] == Threshold(Decimal(3), Decimal(100))
    assert limits.daily_loss is None


def test_without_a_file_of_ones_own_one_is_made_that_holds_only_what_differs(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    editor(folder).save({NOTIONAL: "5000", ("permissions", "exchanges"): ["SMART", "NO"]})
    lines = (folder / RISK).read_text().splitlines()
    assert lines[1:] == ["notional: {soft: 5000}"]
    settings = load({}, folder)
    assert settings.limits.notional.soft == Decimal(5000)
    assert settings.permissions.exchanges == {"SMART", "NO"}


@pytest.mark.parametrize(
    "own",
    [
        "",
        "# nothing but words\n",
        "notional:\n  soft: 9\n  hard: 10",
        "notional:\n",
        "{notional: {soft: 9, hard: 10}}\n",
        "notional: {}\n",
        "notional:\n    # why\n    hard: 10000\nquote_age_s: 4\n",
        "risk_limits: {max_order_value: 50000}\n",
        "\ufeffquote_age_s: 4\r\nnotional: {hard: 90000}\r\n",
    ],
)
def test_however_the_file_is_written_the_wish_is_read_back_from_it(tmp_path: Path, own: str) -> None:
    (tmp_path / RISK).write_text(own, newline="")
    Editor({}, tmp_path).save({NOTIONAL: "8", ("risk", "notional", "hard"): "9"})
    assert load({}, tmp_path).limits.notional == Threshold(Decimal(8), Decimal(9))
    assert all(line in (tmp_path / RISK).read_text() for line in own.splitlines() if line.startswith("#"))


def test_a_wrong_wish_is_not_written(tmp_path: Path) -> None:
    (tmp_path / RISK).write_text(OWN)
    before = (tmp_path / RISK).read_bytes()
    with pytest.raises(SettingsError, match="at most"):
        editor(tmp_path).save({NOTIONAL: "-1"})
    assert (tmp_path / RISK).read_bytes() == before


def test_a_file_that_another_hand_changed_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / RISK).write_text("quote_age_s: 4\n")
    one = editor(tmp_path)
    (tmp_path / RISK).write_text("quote_age_s: 3\n")
    with pytest.raises(SettingsError, match="another hand"):
        one.save({NOTIONAL: "5"})
    assert (tmp_path / RISK).read_text() == "quote_age_s: 3\n"


def test_a_link_is_followed_and_the_files_rights_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.yaml"
    real.write_text("quote_age_s: 4\n")
    real.chmod(0o640)
    (tmp_path / RISK).symlink_to(real)
    editor(tmp_path).save({NOTIONAL: "5"})
    assert (tmp_path / RISK).is_symlink()
    assert "notional: {soft: 5}" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / RISK).write_text("quote_age_s: 4\n")
    one = editor(tmp_path)

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        one.save({NOTIONAL: "5"})
    assert [path.name for path in tmp_path.iterdir()] == [RISK]
    assert (tmp_path / RISK).read_text() == "quote_age_s: 4\n"


def test_two_saves_follow_one_another(tmp_path: Path) -> None:
    one = editor(tmp_path)
    one.save({NOTIONAL: "5000"})
    one.save({NOTIONAL: "4000"})
    assert load({}, tmp_path).limits.notional.soft == Decimal(4000)


@pytest.mark.parametrize(
    ("place", "wish", "later"),
    [
        (NOTIONAL, "500", False),
        (NOTIONAL, "90000", True),
        (NOTIONAL, None, True),
        (("risk", "quantity", "STK", "hard"), "5000", False),
        (("risk", "quantity", "STK", "hard"), "50000", True),
        (("risk", "max_order_size"), "50", False),
        (("risk", "daily_loss"), "1000", False),
        (("risk", "restart_quiet_s"), "30", True),
        (("permissions", "shorting"), False, False),
        (("permissions", "sec_types"), ["STK", "FUND"], True),
        (("permissions", "options_level"), "1", False),
    ],
)
def test_what_is_looser_is_known_to_wait(
    tmp_path: Path, place: tuple[str, ...], wish: object, later: bool
) -> None:
    standing = load({}, tmp_path)
    checked = editor(tmp_path).check({place: wish})
    assert checked.faults == {}
    assert waits(standing.limits, standing.permissions, checked, place) is later


# --- the connection's file ---------------------------------------------------------------------------

LINK = "ibkr_config.ini"
OWN_LINK = """\
# My own desk.
[connection]
profile = gateway-paper
; an old one
client_id=7

[profile.mine]
host = 127.0.0.1
port = 4010
# it is one
kind = paper
"""
CLIENT_ID = ("link", "connection", "client_id")


def test_the_connections_file_keeps_its_comments_and_takes_what_changed(tmp_path: Path) -> None:
    (tmp_path / LINK).write_text(OWN_LINK)
    wishes = {
        CLIENT_ID: "9",
        ("link", "connection", "read_only"): True,
        ("link", "profile", "mine", "port"): "4011",
        ("link", "profile", "custom", "port"): "4012",
        ("link", "schedule", "restart_at"): "",
    }
    assert editor(tmp_path).save(wishes) == (tmp_path / LINK,)
    assert (
        (tmp_path / LINK).read_text()
        == """\
# My own desk.
[connection]
profile = gateway-paper
; an old one
client_id = 9
read_only = yes

[profile.mine]
host = 127.0.0.1
port = 4011
# it is one
kind = paper

[profile.custom]
port = 4012

[schedule]
restart_at =
"""
    )
    settings = load({}, tmp_path)
    assert (settings.link.client_id, settings.link.read_only) == (9, True)
    assert (settings.profiles["mine"].port, settings.profiles["custom"].port) == (4011, 4012)
    assert settings.link.restart_at == ""


@pytest.mark.parametrize(
    "own",
    ["", "[connection]", "# words\r\n[timing]\r\nheartbeat_s = 3\r\n", "\ufeff[connection]\nclient_id = 3\n"],
)
def test_however_the_connections_file_is_written_the_wish_is_read_back(tmp_path: Path, own: str) -> None:
    (tmp_path / LINK).write_text(own, newline="")
    editor(tmp_path).save({CLIENT_ID: "12"})
    assert load({}, tmp_path).link.client_id == 12
    if "\r\n" in own:
        assert "\n" not in (tmp_path / LINK).read_bytes().decode().replace("\r\n", "")


@pytest.mark.parametrize(
    ("place", "wish", "words"),
    [
        (CLIENT_ID, "many", "a whole number from 0 to 999,999"),
        (CLIENT_ID, "", "a whole number from 0 to 999,999"),
        (("link", "connection", "profile"), "nowhere", "one of simulator"),
        (("link", "profile", "custom", "host"), "192.0.2.7", "this computer"),
        (("link", "profile", "custom", "port"), "70000", "65,535"),
        (("link", "timing", "heartbeat_s"), "0", "above 0"),
    ],
)
def test_a_wrong_wish_for_the_connection_is_told_at_its_place_and_not_written(
    tmp_path: Path, place: tuple[str, ...], wish: str, words: str
) -> None:
    one = editor(tmp_path)
    faults = one.check({place: wish}).faults
    assert list(faults) == [place]
    assert words in faults[place]
    with pytest.raises(SettingsError, match=words):
        one.save({place: wish})
    assert not (tmp_path / LINK).exists()


def test_what_is_said_of_the_connection_waits_for_the_next_start(tmp_path: Path) -> None:
    standing, one = load({}, tmp_path), editor(tmp_path)
    checked = one.check({CLIENT_ID: "9"})
    assert waits(standing.limits, standing.permissions, checked, CLIENT_ID)


def test_a_value_over_several_lines_is_left_to_its_owner(tmp_path: Path) -> None:
    (tmp_path / LINK).write_text("[connection]\naccount = DU1\n   \nclient_id = 3\n  4\n")
    before = (tmp_path / LINK).read_bytes()
    with pytest.raises(SettingsError):
        editor(tmp_path).save({CLIENT_ID: "12"})
    assert (tmp_path / LINK).read_bytes() == before
