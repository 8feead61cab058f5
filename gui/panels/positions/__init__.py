"""Positions: whose price they are marked by, what they come to, what covers them, and how one is got rid of."""

from gui.panels.positions.panel import PositionsPanel, action_quantity

__all__ = ["PositionsPanel", "action_quantity"]
