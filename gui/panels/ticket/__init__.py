"""The order ticket: terms and checks while typing, then a review, then Send. Nothing in it moves by itself."""

from gui.panels.ticket.panel import TicketPanel
from gui.panels.ticket.parts import Stage

__all__ = ["Stage", "TicketPanel"]
