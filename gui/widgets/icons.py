"""Line icons from resources, drawn in whatever colour the theme asks for."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SCALES = (1, 2)


@lru_cache(maxsize=128)
def icon(name: str, colour: str, size: int = 16) -> QIcon:
    """resources/icons/`name`.svg with its currentColor set to `colour`."""
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(pixmap(name, colour, QSize(size * scale, size * scale)))
    return made


def pixmap(name: str, colour: str, size: QSize) -> QPixmap:
    source = files("resources").joinpath(f"icons/{name}.svg").read_text()
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        renderer.render(painter, QRectF(image.rect()))
    return QPixmap.fromImage(image)


def app_icon() -> QIcon:
    """The program's own icon, in the sizes window managers ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app", "#ffffff", QSize(size, size)))
    return made
