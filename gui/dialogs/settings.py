"""Limits, permissions and the connection, read and changed: checked as they are typed, written on Save, to the user's own files only."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.errors import SettingsError
from gui import theme
from gui.bridge import Bridge
from gui.dialogs import settings_rows
from gui.dialogs.settings_rows import Place, Row
from gui.widgets.button import button
from gui.widgets.icons import app_icon
from gui.widgets.text import label, say, set_property
from gui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    # It brings pydantic: only when the dialog is opened.
    from core.settings.saving import Checked, Editor

_SIZE = (1000, 640)
_FIELD_PX = 92
_WIDE_PX = 280
_NARROW = ("pair", "single", "number")
_WIDE = ("list", "hours", "text")
_PARTS = ("risk", "permissions", "link")
_LATER = "Looser: saved now, holds after a restart of the session."
_NEXT = "Saved now, holds from the next start."
_AT_ONCE = "Tighter: holds as soon as it is saved."


class SettingRow:
    """The fields of one row, what they say, and where they came from."""

    def __init__(self, row: Row, dialog: SettingsDialog) -> None:
        self.row = row
        self._dialog = dialog
        slug = "-".join(row.key)
        self.fields: dict[Place, QLineEdit | TickBox] = {place: self._field(place) for place in row.places}
        self.words = label("", tone="dim", name=f"setting-words-{slug}", wrap=True)
        self.origin = label("", role="caption", name=f"setting-from-{slug}")

    def texts(self) -> tuple[str, ...]:
        return tuple(one.text() if isinstance(one, QLineEdit) else "" for one in self.fields.values())

    def fill(self, editor: Editor) -> None:
        """The values as they stand."""
        origins = []
        for place, field in self.fields.items():
            entry = editor.entries.get(place)
            value = None if entry is None else entry.value
            fixed = entry is not None and entry.is_fixed
            if isinstance(field, TickBox):
                field.setChecked(settings_rows.is_on(value))
            else:
                field.setText(settings_rows.shown(self.row, value))
                field.setCursorPosition(0)
            field.setEnabled(not fixed)
            # A long list is wider than its field.
            whole = field.text() if self.row.kind in _WIDE else ""
            fixed_words = f"Set by the {entry.origin}: no file can change it." if fixed and entry else ""
            field.setToolTip(f"<qt>{html.escape(fixed_words or whole)}</qt>" if fixed_words or whole else "")
            origins.append(_where(entry.origin if entry else "", editor))
        say(self.origin, " / ".join(dict.fromkeys(origins)))
        first = editor.entries.get(next(iter(self.fields)))
        self.origin.setToolTip("" if first is None else first.origin)
        self.say_standing()

    def say_standing(self) -> None:
        say(self.words, settings_rows.reading(self.row, self.texts()), "dim")

    def say_fault(self, words: str) -> None:
        say(self.words, words, "danger")

    def say_change(self, later: bool) -> None:
        news = _NEXT if self.row.key[0] == "link" else _LATER if later else _AT_ONCE
        reading = settings_rows.reading(self.row, self.texts()).removesuffix(".")
        say(
            self.words,
            f"{reading}. {news}",
            "warning" if later else "ok",
        )

    def wish(self, place: Place) -> Any:
        field = self.fields[place]
        return field.isChecked() if isinstance(field, TickBox) else settings_rows.wish(self.row, field.text())

    def _field(self, place: Place) -> QLineEdit | TickBox:
        slug, what = "-".join(place), {"soft": "asks", "hard": "denies"}.get(place[-1], "")
        name = " ".join(part for part in (self.row.title, what) if part)
        if self.row.kind == "switch":
            box = TickBox("", f"setting-{slug}", name)
            box.clicked.connect(lambda _checked=False: self._dialog.edited(self, place))
            return box
        field = QLineEdit()
        field.setObjectName(f"setting-{slug}")
        field.setAccessibleName(name)
        field.setMaxLength(400)
        if self.row.kind in _NARROW:
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setPlaceholderText("no limit" if self.row.unit else "")
        field.textEdited.connect(lambda _text: self._dialog.edited(self, place))
        return field


class SettingsDialog(QDialog):
    """Stops nothing while it is open. What was typed and not saved is there again when it is opened again."""

    def __init__(self, bridge: Bridge, env: Mapping[str, str], folder: Path, home: QWidget) -> None:
        super().__init__(home)
        self._bridge = bridge
        self._env, self._folder = dict(env), folder
        self._editor: Editor | None = None
        self._wishes: dict[Place, Any] = {}
        self._checked: Checked | None = None
        self.rows: dict[Place, SettingRow] = {}
        self.setObjectName("settings")
        self.setWindowTitle("Settings – IBDesk")
        self.setWindowIcon(app_icon())
        # A window that is modal would lock the market out, the kill switch too.
        self.setModal(False)
        self.resize(theme.px(_SIZE[0]), theme.px(_SIZE[1]))
        self.pages = QListWidget()
        self.pages.setObjectName("settings-pages")
        self.pages.setAccessibleName("Pages of the settings")
        self.pages.setFixedWidth(theme.px(150))
        self.stack = QStackedWidget()
        self.told = label("", name="settings-told", wrap=True)
        self.save_button = button("Save", "settings-save", self.save, kind="primary")
        self.back_button = button("Take back", "settings-back", self.take_back)
        self.close_button = button("Close", "settings-close", self.close)
        for each in (self.save_button, self.back_button, self.close_button):
            each.setAutoDefault(False)
        self.sources = label("", name="settings-sources", wrap=True)
        self.sources.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pages.currentRowChanged.connect(self.stack.setCurrentIndex)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        if not self._wishes:
            self._read()
        super().showEvent(event)

    # --- reading and checking -----------------------------------------------------------------

    def _read(self) -> None:
        """The files as they are now; the window stays, and says so, when they cannot be read."""
        from core.settings.saving import Editor

        self._wishes.clear()
        try:
            self._editor = Editor(self._env, self._folder)
        except SettingsError as fault:
            self._editor = None
            say(self.told, str(fault), "danger")
            return self._show_buttons()
        if not self.rows:
            self._make_pages(self._editor)
        for row in self.rows.values():
            row.fill(self._editor)
        say(self.sources, _sources(self._editor))
        self._judge()
        return None

    def edited(self, row: SettingRow, place: Place) -> None:
        """A hand has changed a field: what it wishes is judged at once, with all the others."""
        assert self._editor is not None
        entry = self._editor.entries.get(place)
        wish = row.wish(place)
        if settings_rows.shown(row.row, None if entry is None else entry.value) == settings_rows.shown(
            row.row, wish
        ):
            self._wishes.pop(place, None)
        else:
            self._wishes[place] = wish
        self._judge()

    def _judge(self) -> None:
        from core.settings.saving import waits

        assert self._editor is not None
        self._checked = self._editor.check(self._wishes)
        desk = self._bridge.desk
        for row in self.rows.values():
            changed = [place for place in row.fields if place in self._wishes]
            fault = self._mark_faults(row)
            if fault:
                row.say_fault(fault)
            elif changed and not self._checked.faults:
                row.say_change(
                    any(waits(desk.limits, desk.permissions, self._checked, one) for one in changed)
                )
            else:
                row.say_standing()
        self._say_state()
        self._show_buttons()

    def _mark_faults(self, row: SettingRow) -> str:
        assert self._checked is not None
        first = ""
        for place, field in row.fields.items():
            words = next(
                (
                    words
                    for wrong, words in self._checked.faults.items()
                    if wrong[: len(place)] == place or wrong == row.row.key
                ),
                "",
            )
            set_property(field, "wrong", "true" if words else "false")
            first = first or words
        return first

    def _say_state(self) -> None:
        assert self._checked is not None
        count, wrong = len(self._wishes), len(self._checked.faults)
        if wrong:
            say(
                self.told,
                f"{wrong} {'value' if wrong == 1 else 'values'} cannot be saved as typed.",
                "danger",
            )
        elif count:
            say(self.told, f"{count} {'change' if count == 1 else 'changes'}, not saved yet.", "warning")
        else:
            say(self.told, "", "")

    def _show_buttons(self) -> None:
        can_save = bool(self._wishes) and self._checked is not None and not self._checked.faults
        self.save_button.setEnabled(can_save and self._editor is not None)
        self.back_button.setEnabled(bool(self._wishes))

    # --- doing --------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what was changed, then let what is tighter hold."""
        assert self._editor is not None
        assert self._checked is not None
        checked = self._checked
        try:
            written = self._editor.save(self._wishes)
        except SettingsError as fault:
            say(self.told, str(fault), "danger")
            return
        assert checked.limits is not None
        assert checked.permissions is not None
        parts = {place[0] for place in self._wishes}
        left: tuple[str, ...] = ()
        if parts - {"link"}:
            left = self._bridge.take_limits(checked.limits, checked.permissions)
        self._read()
        waiting = [*(["the connection's"] if "link" in parts else []), *left]
        later = (
            f" Waits for a restart of the session: {', '.join(waiting)}."
            if waiting
            else " All of it holds now."
        )
        say(self.told, f"Saved to {', '.join(map(str, written))}.{later}", "warning" if waiting else "ok")

    def take_back(self) -> None:
        """The fields as the files have them."""
        self._read()

    # --- making -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.told, 1)
        for each in (self.back_button, self.save_button, self.close_button):
            buttons.addWidget(each)
        middle = QHBoxLayout()
        middle.addWidget(self.pages)
        middle.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.addLayout(middle, 1)
        column.addLayout(buttons)

    def _make_pages(self, editor: Editor) -> None:
        for title, groups in settings_rows.pages(editor.entries).items():
            self._add_page(title, self._page(groups))
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.addWidget(self.sources)
        column.addStretch(1)
        self._add_page("Where from", holder)
        self.pages.setCurrentRow(0)

    def _add_page(self, title: str, inner: QWidget) -> None:
        scroll = QScrollArea()
        scroll.setObjectName(f"settings-page-{title.lower().replace(' ', '-')}")
        scroll.setAccessibleName(title)
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.pages.addItem(title)
        self.stack.addWidget(scroll)

    def _page(self, groups: tuple[tuple[str, tuple[Row, ...]], ...]) -> QWidget:
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnMinimumWidth(0, theme.px(150))
        grid.setColumnStretch(3, 1)
        for heading, rows in groups:
            self._head(grid, heading, any(row.kind == "pair" for row in rows))
            for row in rows:
                self._add_row(grid, row)
        grid.setRowStretch(grid.rowCount(), 1)
        return inner

    def _head(self, grid: QGridLayout, heading: str, paired: bool) -> None:
        at = grid.rowCount()
        if at > 1:
            grid.setRowMinimumHeight(at, theme.px(10))
            at += 1
        span = 1 if paired else 3
        grid.addWidget(label(heading.upper(), role="heading", wrap=paired), at, 0, 1, span)
        if paired:
            for column, words in ((1, "Asks"), (2, "Denies")):
                shown: QLabel = label(words, role="caption")
                shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
                grid.addWidget(shown, at, column)
        grid.addWidget(label("From", role="caption"), at, 4)

    def _add_row(self, grid: QGridLayout, row: Row) -> None:
        made = SettingRow(row, self)
        self.rows[row.key] = made
        at = grid.rowCount()
        grid.addWidget(label(row.title), at, 0)
        wide = row.kind in _WIDE
        for number, field in enumerate(made.fields.values()):
            if row.kind in _NARROW:
                field.setFixedWidth(theme.px(_FIELD_PX))
            if wide:
                field.setMinimumWidth(theme.px(_WIDE_PX))
            column = 1 if wide or row.kind in ("pair", "switch") else 2
            grid.addWidget(field, at, column + number, 1, 2 if wide else 1)
        grid.addWidget(made.words, at, 3)
        grid.addWidget(made.origin, at, 4)


def own_settings(bridge: Bridge, home: QWidget) -> SettingsDialog:
    """The dialog over this user's own files."""
    from core.settings import own_folder

    return SettingsDialog(bridge, os.environ, own_folder(), home)


def _where(origin: str, editor: Editor) -> str:
    if origin.startswith("environment"):
        return "environment"
    return "your file" if any(origin == str(editor.path(part)) for part in _PARTS) else "shipped"


def _sources(editor: Editor) -> str:
    files = [
        f"{editor.path(part)}{'' if editor.path(part).exists() else ' (not there yet: made by the first Save)'}"
        for part in _PARTS
    ]
    fixed = [f"{'.'.join(place[1:])}: {one.origin}" for place, one in editor.entries.items() if one.is_fixed]
    own = sum(one.origin in map(str, map(editor.path, _PARTS)) for one in editor.entries.values())
    parts = [
        "YOUR OWN FILES\nOnly these are written, and of them only what is changed here:\n" + "\n".join(files),
        f"{own} of {len(editor.entries)} values come from them; the others are as shipped.",
        "ENVIRONMENT\n" + ("\n".join(fixed) if fixed else "Nothing is set there."),
        "NOT USED\n" + ("\n".join(editor.ignored) if editor.ignored else "Everything in your files is used."),
    ]
    return "\n\n".join(parts)
