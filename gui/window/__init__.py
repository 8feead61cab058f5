"""The main window: docks, bars, menus, and what is remembered of them."""

from gui.window.main_window import MainWindow
from gui.window.memory import Memory

__all__ = ["MainWindow", "Memory"]
