"""The application: paint first, then put the parts together, run, and end cleanly."""

from gui.app.start import run

__all__ = ["run"]
