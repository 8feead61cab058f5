"""The settings dialog over real files: typed with real keys, judged at once, written only on Save."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from core.settings import load
from gui.dialogs.settings import SettingsDialog
from gui.widgets.tick_box import TickBox
from tests.gui.panels.stand_in import Floor

RISK = "risk_config.yaml"


class Open:
    """The dialog, and hands on it."""

    def __init__(self, floor: Floor, dialog: SettingsDialog, folder: Path) -> None:
        self.floor, self.dialog, self.folder = floor, dialog, folder

    def type(self, name: str, words: str) -> None:
        field = self.field(name)
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, words)

    def field(self, name: str) -> QLineEdit:
        found = self.dialog.findChild(QLineEdit, f"setting-{name}")
        assert found is not None, name
        return found

    def words(self, name: str) -> str:
        found = self.dialog.findChild(QLabel, f"setting-words-{name}")
        assert found is not None, name
        return found.text()

    def origin(self, name: str) -> str:
        found = self.dialog.findChild(QLabel, f"setting-from-{name}")
        assert found is not None, name
        return found.text()

    def save(self) -> None:
        QTest.mouseClick(self.dialog.save_button, Qt.MouseButton.LeftButton)

    @property
    def told(self) -> str:
        return self.dialog.told.text()


@pytest.fixture
def open_settings(qtbot: Any, desk_floor: Floor, tmp_path: Path) -> Iterator[Callable[..., Open]]:
    homes: list[QWidget] = []

    def make(**env: str) -> Open:
        home = QWidget()
        homes.append(home)
        qtbot.addWidget(home)
        standing = load(env, tmp_path)
        desk_floor.desk.limits, desk_floor.desk.permissions = standing.limits, standing.permissions
        dialog = SettingsDialog(desk_floor.bridge, env, tmp_path, home)
        dialog.show()
        return Open(desk_floor, dialog, tmp_path)

    yield make
    for home in homes:
        for dialog in home.findChildren(SettingsDialog):
            dialog.close()


def test_it_locks_nothing_and_reads_in_words(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    assert not one.dialog.isModal()
    assert one.field("risk-notional_fraction-soft").text() == "0.05"
    assert one.words("risk-notional_fraction") == "Asks above 5 %, denies above 25 % of net liquidation"
    assert one.words("risk-daily_loss") == "No limit"
    assert one.origin("risk-notional") == "shipped"


def test_nothing_is_written_until_save_and_tighter_holds_at_once(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    assert not one.dialog.save_button.isEnabled()
    one.type("risk-notional-soft", "5000")
    assert "holds as soon as it is saved" in one.words("risk-notional")
    assert one.told == "1 change, not saved yet."
    assert list(one.folder.iterdir()) == []
    one.save()
    assert "notional: {soft: 5000}" in (one.folder / RISK).read_text()
    assert one.floor.desk.limits.notional.soft == Decimal(5000)
    assert one.origin("risk-notional") == "your file / shipped"
    assert "All of it holds now" in one.told
    assert not one.dialog.save_button.isEnabled()


def test_looser_is_said_beside_the_field_and_waits_for_the_next_start(
    open_settings: Callable[..., Open],
) -> None:
    one = open_settings()
    one.type("risk-notional-hard", "500000")
    assert "after a restart of the session" in one.words("risk-notional")
    one.save()
    assert one.floor.desk.limits.notional.hard == Decimal(100000)
    assert load({}, one.folder).limits.notional.hard == Decimal(500000)
    assert "Waits for a restart of the session: notional" in one.told


def test_a_wrong_value_says_what_is_allowed_as_it_is_typed_and_shuts_save(
    open_settings: Callable[..., Open],
) -> None:
    one = open_settings()
    one.type("risk-quantity-STK-hard", "1000000")
    assert "allowed is a number above 0, at most 100,000." in one.words("risk-quantity-STK")
    assert one.field("risk-quantity-STK-hard").property("wrong") == "true"
    assert not one.dialog.save_button.isEnabled()
    assert "cannot be saved" in one.told
    one.type("risk-quantity-STK-hard", "9000")
    assert one.dialog.save_button.isEnabled()


def test_taking_back_shows_the_files_again(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    one.type("risk-notional-soft", "1")
    QTest.mouseClick(one.dialog.back_button, Qt.MouseButton.LeftButton)
    assert one.field("risk-notional-soft").text() == "25000"
    assert not one.dialog.save_button.isEnabled()


def test_a_value_typed_back_is_no_change(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    one.type("risk-notional-soft", "1")
    one.type("risk-notional-soft", "25000")
    assert one.told == ""
    assert not one.dialog.save_button.isEnabled()


def test_closed_with_changes_they_are_there_again(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    one.type("risk-notional-soft", "1234")
    QTest.keyClick(one.dialog, Qt.Key.Key_Escape)
    assert not one.dialog.isVisible()
    one.dialog.show()
    assert one.field("risk-notional-soft").text() == "1234"
    assert one.told == "1 change, not saved yet."


def test_what_the_environment_says_cannot_be_typed_over(open_settings: Callable[..., Open]) -> None:
    one = open_settings(MAX_ORDER_SIZE="50")
    field = one.field("risk-max_order_size")
    assert not field.isEnabled()
    assert "MAX_ORDER_SIZE" in field.toolTip()
    assert one.origin("risk-max_order_size") == "environment"
    assert "environment: MAX_ORDER_SIZE" in one.dialog.sources.text()


def test_what_is_ignored_is_listed_with_its_file(open_settings: Callable[..., Open], tmp_path: Path) -> None:
    (tmp_path / RISK).write_text("risk_engine: {enabled: true}\n")
    one = open_settings()
    assert "risk_engine.enabled is not used: the gate is always on." in one.dialog.sources.text()


def test_permissions_are_lists_switches_and_words(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    box = one.dialog.findChild(TickBox, "setting-permissions-shorting")
    assert box is not None
    one.dialog.pages.setCurrentRow(5)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    one.type("permissions-exchanges", "SMART, NYSE")
    one.type("permissions-hours", "09:30-16:00 America/New_York")
    one.save()
    found = load({}, one.folder).permissions
    assert (found.shorting, found.exchanges) == (False, {"SMART", "NYSE"})
    assert found.hours is not None
    assert found.hours.zone == "America/New_York"
    assert not one.floor.desk.permissions.shorting


def test_a_file_changed_by_another_hand_is_not_written_over(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    one.type("risk-notional-soft", "5000")
    (one.folder / RISK).write_text("quote_age_s: 3\n")
    one.save()
    assert "another hand" in one.told
    assert (one.folder / RISK).read_text() == "quote_age_s: 3\n"


def test_every_field_has_a_name_for_those_who_cannot_see_it(open_settings: Callable[..., Open]) -> None:
    one = open_settings()
    fields = [*one.dialog.findChildren(QLineEdit), *one.dialog.findChildren(TickBox)]
    assert len(fields) > 80
    assert [field.objectName() for field in fields if not field.accessibleName()] == []


def test_the_connection_is_changed_here_too_and_holds_from_the_next_start(
    open_settings: Callable[..., Open],
) -> None:
    one = open_settings()
    one.type("link-connection-client_id", "x")
    assert "a whole number" in one.words("link-connection-client_id")
    assert not one.dialog.save_button.isEnabled()
    one.type("link-connection-client_id", "17")
    assert "holds from the next start" in one.words("link-connection-client_id")
    one.type("link-profile-custom-port", "4010")
    box = one.dialog.findChild(TickBox, "setting-link-connection-read_only")
    assert box is not None
    box.click()
    box.click()
    assert one.told == "2 changes, not saved yet."
    limits = one.floor.desk.limits
    one.save()
    assert "Waits for a restart of the session: the connection's." in one.told
    assert one.floor.desk.limits is limits
    settings = load({}, one.folder)
    assert settings.link.client_id == 17
    assert settings.profiles["custom"].port == 4010
    assert one.origin("link-connection-client_id") == "your file"


def test_what_the_environment_says_of_the_connection_is_closed(open_settings: Callable[..., Open]) -> None:
    one = open_settings(IBKR_CLIENT_ID="5")
    assert not one.field("link-connection-client_id").isEnabled()
    assert one.origin("link-connection-client_id") == "environment"
