"""One source of colour and type: tokens become the palette, a small style sheet, and what delegates paint with."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from importlib.resources import files

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from core.domain.link import Mode

FAMILY = "Inter Desk"
"""Ours, in resources/fonts: Inter with every digit equally wide, so that columns stand still as prices move."""
_FALLBACKS = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
BASE_PX = 13
MIN_ZOOM, MAX_ZOOM = 0.8, 2.0


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as "#rrggbb". `*_fill` are grounds that carry `on_fill` text; the others are text on `surface`."""

    name: str
    background: str
    surface: str
    surface_alt: str
    raised: str
    field: str
    border: str
    border_strong: str
    text: str
    text_dim: str
    text_faint: str
    accent: str
    selection: str
    hover: str
    up: str
    down: str
    warning: str
    danger: str
    ok: str
    buy: str
    sell: str
    buy_fill: str
    sell_fill: str
    accent_fill: str
    danger_fill: str
    warning_fill: str
    on_fill: str
    on_warning_fill: str
    mode_sim: str
    mode_paper: str
    mode_live: str
    on_mode_sim: str
    on_mode_paper: str
    on_mode_live: str
    grid: str
    bid: str
    ask: str

    @property
    def is_dark(self) -> bool:
        return QColor(self.background).lightnessF() < 0.5

    def mode(self, mode: Mode) -> str:
        """The colour of whose money it is; grey before anybody knows."""
        return {
            Mode.SIM: self.mode_sim,
            Mode.PAPER: self.mode_paper,
            Mode.LIVE: self.mode_live,
        }.get(mode, self.border_strong)

    def on_mode(self, mode: Mode) -> str:
        """Text on a ground of `mode`'s colour."""
        return {
            Mode.SIM: self.on_mode_sim,
            Mode.PAPER: self.on_mode_paper,
            Mode.LIVE: self.on_mode_live,
        }.get(mode, self.text)

    def signed(self, value: object) -> str:
        """`up`, `down`, or plain text for nought and nothing."""
        if not isinstance(value, (int, float)) and not hasattr(value, "is_signed"):
            return self.text
        return self.up if value > 0 else self.down if value < 0 else self.text  # type: ignore[operator]


DARK = Theme(
    name="dark",
    background="#0b0e13",
    surface="#12161d",
    surface_alt="#161b23",
    raised="#1c222c",
    field="#0b0e13",
    border="#232a35",
    border_strong="#3a4453",
    text="#e3e8ef",
    text_dim="#95a1b2",
    text_faint="#8894a5",
    accent="#5ba7ff",
    selection="#182c48",
    hover="#1a212b",
    up="#34c98e",
    down="#ff6b6b",
    warning="#f2b63c",
    danger="#ff6b6b",
    ok="#34c98e",
    buy="#5ba7ff",
    sell="#ff7d6b",
    buy_fill="#1f6fd6",
    sell_fill="#c93a3a",
    accent_fill="#1f6fd6",
    danger_fill="#c42f35",
    warning_fill="#f2b63c",
    on_fill="#ffffff",
    on_warning_fill="#1a1405",
    mode_sim="#2f7fe0",
    mode_paper="#f0a51e",
    mode_live="#d8363c",
    on_mode_sim="#08101c",
    on_mode_paper="#1a1405",
    on_mode_live="#ffffff",
    grid="#1d2430",
    bid="#5ba7ff",
    ask="#ff7d6b",
)

LIGHT = Theme(
    name="light",
    background="#e9edf2",
    surface="#ffffff",
    surface_alt="#f6f8fa",
    raised="#eef1f5",
    field="#ffffff",
    border="#d5dbe3",
    border_strong="#a9b3c1",
    text="#131a24",
    text_dim="#4e5a6b",
    text_faint="#566273",
    accent="#0b5fcc",
    selection="#dceafc",
    hover="#eaf0f7",
    up="#086e44",
    down="#b92025",
    warning="#7d5200",
    danger="#b92025",
    ok="#086e44",
    buy="#0b5fcc",
    sell="#b52f22",
    buy_fill="#1663c7",
    sell_fill="#c2332f",
    accent_fill="#1663c7",
    danger_fill="#bf2a2f",
    warning_fill="#f2b63c",
    on_fill="#ffffff",
    on_warning_fill="#1a1405",
    mode_sim="#2f7fe0",
    mode_paper="#f0a51e",
    mode_live="#d8363c",
    on_mode_sim="#08101c",
    on_mode_paper="#1a1405",
    on_mode_live="#ffffff",
    grid="#e6eaf0",
    bid="#0b5fcc",
    ask="#b52f22",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

CONVENTIONS: dict[str, dict[str, str]] = {
    "western": {},
    "east-asian": {"up": "down", "down": "up"},
    "colour-blind": {"up": "accent", "down": "warning"},
}
"""Which token each of up and down borrows its colour from."""


def with_convention(theme: Theme, convention: str) -> Theme:
    """`theme` with its up and down colours as this part of the world, or this eye, reads them."""
    borrowed = CONVENTIONS.get(convention, {})
    return replace(theme, **{token: getattr(theme, source) for token, source in borrowed.items()})


class _Worn:
    """What the running application wears; one application, one look."""

    theme = DARK
    zoom = 1.0
    font: QFont | None = None
    styled = False


def current() -> Theme:
    """The theme last applied; dark before any was. Widgets repaint on `QEvent.PaletteChange`."""
    return _Worn.theme


def zoom() -> float:
    return _Worn.zoom


def px(size: float) -> int:
    """A length of the design at the trader's zoom."""
    return max(1, round(size * _Worn.zoom))


def numeric_font(size: float = BASE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font whose digits are equally wide, at `size` design pixels times the zoom."""
    font = QFont()
    font.setFamilies([FAMILY, *_FALLBACKS])
    font.setPixelSize(px(size))
    font.setWeight(weight)
    # Where ours could not be loaded, ask the fallback for its tabular digits.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def wear(app: QApplication, theme: Theme, zoom: float = 1.0) -> None:
    """Style, font and palette, without the style sheet: for widgets to be built under, which is twice as fast."""
    _Worn.theme = theme
    _Worn.zoom = min(MAX_ZOOM, max(MIN_ZOOM, zoom))
    _load_fonts()
    if not _Worn.styled:
        app.setStyle("fusion")
        _Worn.styled = True
    app.setFont(numeric_font())
    app.setPalette(palette(theme))


def apply(app: QApplication, theme: Theme, zoom: float = 1.0) -> None:
    """Make the whole application look like `theme`; every widget gets a PaletteChange."""
    wear(app, theme, zoom)
    app.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """The tokens in Qt's roles, so that widgets nobody styled still fit."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.surface,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.surface_alt,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.text_faint,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: theme.border_strong,
        role.Shadow: theme.background,
        role.Accent: theme.accent,
    }
    made = QPalette()
    for name, colour in colours.items():
        made.setColor(name, QColor(colour))
    for name in (role.Text, role.WindowText, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.text_faint))
    return made


def style_sheet(theme: Theme) -> str:
    """The shipped template with its @tokens filled in; lengths follow the zoom."""
    text = _resource("style.qss").decode()
    for token in sorted((field.name for field in fields(theme)), key=len, reverse=True):
        text = text.replace(f"@{token}@", getattr(theme, token))
    # A neutral grey that shows on either ground: style sheets can only load files.
    text = text.replace("@icon(chevron)@", str(files("resources").joinpath("icons/chevron.svg")))
    while "@px(" in text:
        before, _, rest = text.partition("@px(")
        length, _, after = rest.partition(")")
        text = f"{before}{px(float(length))}px{after}"
    return text


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" as WCAG defines it."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _resource(name: str) -> bytes:
    return files("resources").joinpath(name).read_bytes()


def _load_fonts() -> None:
    if _Worn.font is None:
        for weight in ("Regular", "Medium", "SemiBold"):
            QFontDatabase.addApplicationFontFromData(_resource(f"fonts/InterDesk-{weight}.ttf"))
        _Worn.font = QFont(FAMILY)
