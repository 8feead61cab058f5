"""A row that gives up its least important parts when it is narrow, instead of cutting all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget


def fit_row(row: QHBoxLayout, width: int, optional: Sequence[QWidget]) -> None:
    """Hide as many of `optional`, first ones first, as it takes for the rest to fit into `width`."""
    dropped: set[QWidget] = set()
    for part in optional:
        if _needed(row, dropped, optional) <= width:
            break
        dropped.add(part)
    for part in optional:
        part.setVisible(part not in dropped)


def _needed(row: QHBoxLayout, dropped: set[QWidget], optional: Sequence[QWidget]) -> int:
    margins = row.contentsMargins()
    widths = [margins.left() + margins.right() - row.spacing()]
    for at in range(row.count()):
        item = row.itemAt(at)
        widget = item.widget() if item is not None else None
        if widget is None or widget in dropped or (widget.isHidden() and widget not in optional):
            continue
        widths.append(max(widget.minimumWidth(), widget.minimumSizeHint().width()) + row.spacing())
    return sum(widths)
