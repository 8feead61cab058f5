"""Tables as data: columns in, a model that repaints only what changed in sight, and its view."""

from gui.table.column import Align, Column, SortKey
from gui.table.model import TableModel
from gui.table.view import TableView

__all__ = ["Align", "Column", "SortKey", "TableModel", "TableView"]
