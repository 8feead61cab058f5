"""No gateway there, or something else, or one that says nothing: the window lives and says what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PySide6.QtCore import Qt

from core.domain.link import Mode
from tests.journeys.conftest import Play
from tests.journeys.trader import Gaps, Trader, report

Serve = Callable[[socket.socket], None]
SETTINGS = """\
[connection]
profile = nobody

[timing]
connect_deadline_s = 1

[reconnect]
backoff_first_s = 20
backoff_most_s = 30

"""
PROFILE = """\
[profile.{name}]
host = 127.0.0.1
port = {port}
kind = paper

"""
LIVELY_MS = 100
"""What the trader is promised; printed, not asserted: machines differ."""


class Quiet(BaseHTTPRequestHandler):
    """A web server that writes no log."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def nobody() -> Iterator[int]:
    """A port that was free a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    yield port


@contextmanager
def web() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Accepts, hears the greeting, says `answer`, and then keeps the line open for ever."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        calls: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    call, _ = listener.accept()
                    calls.append(call)
                    call.recv(64)
                    call.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            # Closing alone does not wake who waits in accept.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for call in calls:
                call.close()


NOT_TWS = ("{where} is not a TWS or IB Gateway", "Check it: 7497 and 7496 are TWS")
MUTE = ("{where} accepts the connection but says nothing.", "In TWS look for an open question")
SERVICES = {
    "nobody": (nobody, "Nothing is listening on {where}.", "Enable ActiveX and Socket Clients"),
    "proxy": (lambda: answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), *NOT_TWS),
    "garbage": (lambda: answering(bytes(range(255, 0, -1)) * 8), *NOT_TWS),
    # It waits for the end of a line that never comes.
    "web": (web, *MUTE),
    "silence": (lambda: answering(b""), *MUTE),
}
"""What stands at the port, what is said of it, and what to do."""


async def try_profile(trader: Trader, name: str, port: int, words: str, advice: str) -> None:
    """Choose a profile by keyboard, connect, read what is said; meanwhile the window takes keys and clicks."""
    if trader.text("fact-where") != f"127.0.0.1:{port}":
        await trader.pick("connection-profile", name)
        await trader.click("connection-connect")
    with Gaps.measured() as gaps:
        await trader.click("watchlist-add")
        await trader.type("alive")
        assert trader.text("watchlist-add") == "alive"
        await trader.press(Qt.Key.Key_Escape)
        where = f"127.0.0.1:{port}"
        await trader.sees(
            lambda: words.format(where=where) in trader.text("link-strip-words"), f"{name}: {words}"
        )
        assert advice in trader.text("link-strip-words")
        assert words.format(where=where) in trader.text("connection-words")
        await trader.reads("connection-countdown", r"^Retrying in \d+ s \(attempt \d+\)$")
        await trader.show_panel("log")
        await trader.show_panel("orders")
    report(f"{name}: longest gap of the event loop {gaps.worst_ms:.0f} ms of {LIVELY_MS}")
    assert trader.text("top-state") == "No connection"
    assert trader.window.frame.mode is Mode.UNKNOWN
    assert trader.text("top-nlv-value") == "–"
    assert not trader.find("review").isEnabled()


def test_whatever_stands_at_the_port_the_window_lives_and_says_what_to_do(play: Play, home: Path) -> None:
    async def journey(trader: Trader) -> None:
        await trader.sees(lambda: trader.window.docks.panels, "a furnished window")
        await trader.show_panel("connection")
        for name, (_, words, advice) in SERVICES.items():
            await try_profile(trader, name, ports[name], words, advice)
        await trader.click("strip-stop")
        await trader.reads("top-state", "^Not connected$")
        assert not trader.seen("link-strip")

    folder = home / "xdg_config_home" / "ibdesk"
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        ports = {name: stack.enter_context(service()) for name, (service, _, _) in SERVICES.items()}
        profiles = [PROFILE.format(name=name, port=port) for name, port in ports.items()]
        (folder / "ibkr_config.ini").write_text("".join([SETTINGS, *profiles]))
        assert play(journey) == 0
