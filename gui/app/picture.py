"""A picture of the window as a file, its popups in their places."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSaveFile
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from gui.window import MainWindow


def save_picture(shown: QWidget, path: Path) -> str:
    """Write a PNG; says in words what went wrong, or ""."""
    picture = shown.grab()
    if isinstance(shown, MainWindow):
        with QPainter(picture) as painter:
            for popup in shown.open_popups():
                painter.drawPixmap(shown.mapFromGlobal(popup.pos()), popup.grab())
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        return f"The picture cannot be written to {path}: {file.errorString()}"
    if not picture.save(file, "PNG") or not file.commit():
        return f"The picture could not be written to {path}: {file.errorString()}"
    return ""
