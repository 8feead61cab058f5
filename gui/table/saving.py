"""A table's rows as a CSV file: named in a dialog that blocks nothing, written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

_WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "it is a read-only place",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "there is no such folder",
    errno.EISDIR: "that is a folder",
}


def ask_where(parent: QWidget, name: str, chosen: Callable[[Path], None]) -> QFileDialog:
    """Ask for a file beside everything else: orders can be placed and cancelled while it is open."""
    dialog = QFileDialog(parent, f"Save {name.lower()} as CSV", f"{name.lower().replace(' ', '-')}.csv")
    dialog.setObjectName("save-csv")
    dialog.setAccessibleName(f"Save {name.lower()} as CSV")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setNameFilter("CSV (*.csv)")
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(f"{name.lower().replace(' ', '-')}.csv")
    # A dialog of the system's own may be modal whatever is asked of it.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda file: chosen(Path(file)))
    dialog.show()
    return dialog


def write(path: Path, text: str) -> str:
    """Put `text` at `path`, whole or not at all; says in words why it could not be, or ""."""
    draft = ""
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        # The mark tells spreadsheets that it is UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as fault:
        if draft:
            with suppress(OSError):
                os.unlink(draft)
        why = _WHY.get(fault.errno or 0) or fault.strerror or "the system refused"
        return f"{path} was not saved: {why}."
    return ""
