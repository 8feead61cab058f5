"""Market depth, and time and sales, of the selected contract."""

from gui.panels.depth.panel import DepthPanel

__all__ = ["DepthPanel"]
