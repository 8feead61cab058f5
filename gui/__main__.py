"""The program's door: headless commands go on without Qt; the rest is checked before a window is tried."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from core.commands import HEADLESS
from core.commands import main as headless
from gui.options import Options, UsageError, parse

APT_PACKAGES = (
    "libglib2.0-0 libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 "
    "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
NO_DISPLAY = (
    "ibdesk: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). "
    "To render to a file instead: ibdesk --screenshot FILE --after SECONDS"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run with these arguments (without the program's name); the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in HEADLESS:
        return headless(arguments)
    try:
        options = parse(arguments)
    except UsageError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    if options.words:
        sys.stdout.write(f"{options.words}\n")
        return 0
    if trouble := _platform(options, os.environ):
        sys.stderr.write(f"{trouble}\n")
        return 1
    return _open(options)


def _open(options: Options) -> int:
    try:
        from gui.app import run
    except ImportError as fault:
        if not _is_system_library(fault):
            raise
        sys.stderr.write(f"ibdesk: {missing_library_words(str(fault))}\n")
        return 1
    return run(options)


def missing_library_words(detail: str) -> str:
    """Which library Qt misses, and the one line that installs them all."""
    return f"Qt cannot load a system library ({detail}). Install them: apt-get install -y {APT_PACKAGES}"


def _is_system_library(fault: ImportError) -> bool:
    return ".so" in str(fault) and "cannot open shared object file" in str(fault)


def _platform(options: Options, env: Mapping[str, str]) -> str:
    """Choose offscreen for a screenshot; say in words why no window can be opened, or ""."""
    if env.get("QT_QPA_PLATFORM"):
        return ""
    if options.screenshot is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return ""
    if not sys.platform.startswith("linux"):
        return ""
    if not env.get("DISPLAY") and not env.get("WAYLAND_DISPLAY"):
        return NO_DISPLAY
    return "" if env.get("WAYLAND_DISPLAY") else _x11_trouble(env["DISPLAY"])


def _x11_trouble(display: str) -> str:
    """Qt aborts the whole process over these; look first, and say it in words."""
    import ctypes

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError as fault:
        return f"ibdesk: {missing_library_words(str(fault))}"
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    if refused:
        return f"ibdesk: the display {display} cannot be opened. {NO_DISPLAY.partition('. ')[2]}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
