"""Icons from resources, drawn at the size that is asked for."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


def pixmap(name: str, size: QSize) -> QPixmap:
    """resources/icons/`name`.svg at `size`."""
    renderer = QSvgRenderer(QByteArray(files("resources").joinpath(f"icons/{name}.svg").read_bytes()))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        renderer.render(painter, QRectF(image.rect()))
    return QPixmap.fromImage(image)


def app_icon() -> QIcon:
    """The program's own icon, in the sizes window managers ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app", QSize(size, size)))
    return made
