"""The transport guard: frames cut and capped, sockets tuned, decoder complaints counted instead of flooding."""

from __future__ import annotations

import logging
import socket
from asyncio import Transport
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

log = logging.getLogger(__name__)

FRAME_CAP = 0xFFFFFF
GREETING_CAP = 256
FIELDS_MOST = 1_000_000
"""In one message: twenty thousand bars are 160,000."""
ROWS_MOST = 50_000
"""Orders, executions or positions told in one session: more than anybody has in a day."""
CONTRACTS_MOST = 10_000
"""In the answer to one query."""
UNSENT_MOST = 1_048_576
"""Bytes: a gateway that leaves as many unread does not read any more."""

_KEEPALIVE = (
    ("TCP_KEEPIDLE", 10),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 20_000),
)
"""Seconds, but the last in milliseconds: what was sent and never acknowledged ends the socket as well."""
_LONG_FRAME = 65_536
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
            if length > _LONG_FRAME and (told := buffer.count(0, start + 4, end)) > FIELDS_MOST:
                raise NotTheProtocol(f"a message of {told:,} fields, where {FIELDS_MOST:,} are the most")
            fields = buffer[start + 4 : end].decode(errors="replace").split("\0")
            start = end
            fields.pop()
            yield fields
        del buffer[:start]


class Complaints:
    """Stands in for the decoder's logger: counts what could not be read, logs the first few and each doubling.

    `unreadable` is called for every one of them, while the message is still being decoded.
    """

    def __init__(self, counts: Counter[str], unreadable: Callable[[], None]) -> None:
        self._counts = counts
        self._unreadable = unreadable

    def exception(self, message: str) -> None:
        self._counts["undecodable"] += 1
        told = self._counts["undecodable"]
        if told <= _COMPLAINTS_LOGGED:
            log.warning("the gateway sent something unreadable: %s", message[:300], exc_info=told == 1)
        elif told & (told - 1) == 0:
            log.warning("%d messages of the gateway were unreadable so far", told)
        self._unreadable()


def tune(transport: Transport) -> None:
    """Send small messages at once, and let the kernel notice a peer that vanished, idle or in mid-send."""
    sock = transport.get_extra_info("socket")
    if sock is None:  # an in-memory transport of the simulation
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        with suppress(AttributeError, OSError):  # not every system has them all, and the heartbeat needs none
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
