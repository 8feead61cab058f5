"""The blotter: every order the desk knows, its state in words, and what can be done to it, or why not."""

from gui.panels.orders.panel import OrdersPanel

__all__ = ["OrdersPanel"]
