"""Framing and greeting: a length and fields that each end in a zero byte."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

OLDEST_VERSION = 157
NEWEST_VERSION = 178
MAX_FRAME_BYTES = 0xFFFFFF
MAGIC = b"API\0"
MAX_GREETING_BYTES = 4096

SIMULATOR_ZONE = "EST5EDT"
"""The zone word of our greeting. It names US Eastern time to every client that looks it up, and TWS
itself, which writes EST or EDT, never sends it: so it marks the simulator without lying to anyone."""

_GREETING = re.compile(r"^v(\d{1,6})(?:\.\.(\d{1,6}))?(?: .*)?$", re.DOTALL)
_LENGTH = struct.Struct(">I")


class BadFrame(ValueError):
    """The bytes are not the TWS protocol: only closing the connection is left."""


def frame(*fields: str | int) -> bytes:
    """One message, length first; whole numbers may come as `int`, all else is already text."""
    body = "\0".join(map(str, fields)) + "\0"
    data = body.encode() if body.isascii() else _escaped(body)
    return _LENGTH.pack(len(data)) + data


def tick_frame(fields: str) -> bytes:
    """One message of ticks, the shortest way: `fields` are seven-bit text, each with its zero byte."""
    return _LENGTH.pack(len(fields)) + fields.encode("ascii")


def frame_fields(data: bytes) -> list[str]:
    """The fields of one whole frame, as a client would read them."""
    return data[_LENGTH.size : -1].decode().split("\0")


def _escaped(body: str) -> bytes:
    # Since version 153 TWS sends seven-bit text and escapes the rest as \uXXXX.
    return "".join(c if ord(c) < 128 else f"\\u{ord(c):04x}" for c in body).encode()


def agreed_version(greeting: str) -> int | None:
    """The version to speak with a client that greets so, or None when there is none.

    `greeting` is the text after `API\\0`, "v157..178 +PACEAPI": options follow the first space.
    """
    found = _GREETING.match(greeting)
    if found is None:
        return None
    lowest = int(found[1])
    version = min(int(found[2] or lowest), NEWEST_VERSION)
    return version if version >= max(lowest, OLDEST_VERSION) else None


class Deframer:
    """Cuts what a client sends into its greeting and then into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._magic_seen = False
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[list[str]]:
        """The messages that `data` completes; the first is the greeting as a single field.

        Raises `BadFrame` as soon as the bytes cannot be the protocol any more.
        """
        self._buffer += data
        if not self._magic_seen and not self._take_magic():
            return
        while (body := self._take_body()) is not None:
            yield self._fields(body)

    def _take_magic(self) -> bool:
        start = bytes(self._buffer[: len(MAGIC)])
        if not MAGIC.startswith(start):
            raise BadFrame(f"a client begins with API, not {start!r}")
        if len(start) < len(MAGIC):
            return False
        del self._buffer[: len(MAGIC)]
        self._magic_seen = True
        return True

    def _take_body(self) -> bytes | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        limit = MAX_FRAME_BYTES if self._greeted else MAX_GREETING_BYTES
        if not 0 < length <= limit:
            raise BadFrame(f"a frame of {length} bytes")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return body

    def _fields(self, body: bytes) -> list[str]:
        text = body.decode(errors="replace")
        if not self._greeted:
            self._greeted = True
            return [text.rstrip("\0")]
        if not text.endswith("\0"):
            raise BadFrame("a message whose last field has no end")
        return text[:-1].split("\0")
