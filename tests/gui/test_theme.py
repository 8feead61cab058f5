"""Colours that can be read, digits that stand still."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from core.domain.link import Mode
from gui import theme

GROUNDS = ("background", "surface", "surface_alt", "raised", "field", "hover", "selection")
INKS = (
    "text",
    "text_dim",
    "text_faint",
    "accent",
    "up",
    "down",
    "warning",
    "danger",
    "ok",
    "buy",
    "sell",
    "bid",
    "ask",
)
FILLS = (
    ("on_fill", "buy_fill"),
    ("on_fill", "sell_fill"),
    ("on_fill", "accent_fill"),
    ("on_fill", "danger_fill"),
    ("on_warning_fill", "warning_fill"),
    ("on_mode_sim", "mode_sim"),
    ("on_mode_paper", "mode_paper"),
    ("on_mode_live", "mode_live"),
)


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=theme.THEMES)
def test_every_ink_can_be_read_on_every_ground(look: theme.Theme) -> None:
    pairs = [*product(INKS, GROUNDS), *FILLS]
    faint = {pair: theme.contrast(getattr(look, pair[0]), getattr(look, pair[1])) for pair in pairs}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=theme.THEMES)
@pytest.mark.parametrize("convention", theme.CONVENTIONS)
def test_every_colour_convention_can_be_read_and_told_apart(look: theme.Theme, convention: str) -> None:
    worn = theme.with_convention(look, convention)
    assert worn.up != worn.down
    assert min(theme.contrast(ink, worn.surface) for ink in (worn.up, worn.down)) >= 4.5


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=theme.THEMES)
def test_the_style_sheet_has_no_token_left_unfilled(look: theme.Theme) -> None:
    assert "@" not in theme.style_sheet(look)


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=theme.THEMES)
def test_every_token_but_the_name_is_a_colour(look: theme.Theme) -> None:
    assert all(len(getattr(look, one.name)) == 7 for one in fields(look) if one.name != "name")


def test_modes_have_three_colours_and_a_grey_for_nobody_knows() -> None:
    assert len({theme.DARK.mode(mode) for mode in Mode}) == 4


def test_every_digit_is_equally_wide(qapp: QApplication) -> None:
    metrics = QFontMetricsF(theme.numeric_font())
    assert QFontInfo(theme.numeric_font()).family() == theme.FAMILY
    assert len({metrics.horizontalAdvance(sign) for sign in "0123456789+−"}) == 1


def test_a_change_of_theme_reaches_every_widget(qapp: QApplication, qtbot: object) -> None:
    class Ear(QObject):
        heard = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.heard += event.type() == QEvent.Type.PaletteChange
            return False

    shown, ear = QLabel("text"), Ear()
    shown.installEventFilter(ear)
    theme.apply(qapp, theme.LIGHT)
    assert ear.heard
    assert shown.palette().color(QPalette.ColorRole.WindowText).name() == theme.LIGHT.text
    assert theme.current() is theme.LIGHT


def test_zoom_stays_within_what_can_be_used(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DARK, 9.0)
    assert theme.zoom() == theme.MAX_ZOOM
    assert qapp.font().pixelSize() == 26
    theme.apply(qapp, theme.DARK, 0.1)
    assert theme.zoom() == theme.MIN_ZOOM
