"""The scripted gateway of `tests/core/tws`, for what must be tried over a socket."""

from tests.core.tws.conftest import connected, exec_details, open_order, scripted, told, tws

__all__ = ["connected", "exec_details", "open_order", "scripted", "told", "tws"]
