"""The transport guard: frames cut and capped, sockets tuned, decoder complaints counted instead of flooding."""

from __future__ import annotations

import logging
import socket
from asyncio import Transport
from collections import Counter
from collections.abc import Iterator

log = logging.getLogger(__name__)

FRAME_CAP = 0xFFFFFF
GREETING_CAP = 256
_COMPLAINTS_LOGGED = 20


class NotTheProtocol(Exception):
    """The bytes cannot be the TWS protocol any more."""


class Frames:
    """Cuts received bytes into messages; holds no more than one frame's worth."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.cap = GREETING_CAP
        """The first frame is the version; whoever reads it raises this to `FRAME_CAP`."""

    @property
    def started(self) -> bool:
        """Whether a frame has begun that has not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[list[str]]:
        """The fields of every message that `data` completes. Raises `NotTheProtocol` past the cap."""
        self._buffer += data
        start, buffer = 0, self._buffer
        while len(buffer) - start >= 4:
            length = int.from_bytes(buffer[start : start + 4])
            if length > self.cap:
                raise NotTheProtocol(f"a message of {length:,} bytes, where {self.cap:,} are the most")
            end = start + 4 + length
            if len(buffer) < end:
                break
            fields = buffer[start + 4 : end].decode(errors="backslashreplace").split("\0")
            start = end
            fields.pop()
            yield fields
        del buffer[:start]


class Complaints:
    """Stands in for the decoder's logger: counts what could not be read, and logs only the first few."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def exception(self, message: str) -> None:
        self._counts["undecodable"] += 1
        told = self._counts["undecodable"]
        if told <= _COMPLAINTS_LOGGED:
            log.warning("the gateway sent something unreadable: %s", message[:300], exc_info=told == 1)
        if told == _COMPLAINTS_LOGGED:
            log.warning("further unreadable messages are only counted")


def tune(transport: Transport) -> None:
    """Send small messages at once, and let the kernel notice a peer that vanished."""
    sock = transport.get_extra_info("socket")
    if sock is None:  # an in-memory transport of the simulation
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
