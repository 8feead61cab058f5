"""What went over the wire, written down line by line, and played again to a client that asks the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from core.simulator.wire.frames import Deframer, frame, frame_fields
from core.simulator.wire.ticks import whole_messages

CLIENT: Final = "client"
GATEWAY: Final = "gateway"


class BadRecording(ValueError):
    """The file is no recording of ours; says at which line."""


class Recorder:
    """Writes one JSON line a message: when, on which connection, from whom, its fields."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._connections = 0

    def connection(self) -> int:
        self._connections += 1
        return self._connections

    def asked(self, connection: int, at_s: float, fields: list[str]) -> None:
        self._write({"at": at_s, "connection": connection, "from": CLIENT, "fields": fields})

    def told(self, connection: int, at_s: float, data: bytes) -> None:
        line: dict[str, object] = {"at": at_s, "connection": connection, "from": GATEWAY}
        for one in _single(data):
            fields = _regular(one)
            # What a fault spoilt is kept byte for byte.
            self._write(line | ({"bytes": one.decode("latin-1")} if fields is None else {"fields": fields}))

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()


def _single(data: bytes) -> list[bytes]:
    """The messages of what was written in one piece; what a fault spoilt is one piece by itself."""
    pieces = list(whole_messages(data))
    return pieces if all(_regular(one) is not None for one in pieces) else [data]


def _regular(data: bytes) -> list[str] | None:
    try:
        fields = frame_fields(data)
    except UnicodeDecodeError:
        return None
    return fields if frame(*fields) == data else None


@dataclass(frozen=True, slots=True)
class Said:
    """One recorded message; `data` is as it went over the wire, `msg_id` of a greeting is ""."""

    by_client: bool
    msg_id: str
    data: bytes


Conversation = list[Said]


def load(path: Path) -> list[Conversation]:
    """The conversations of a recording, by connection; raises `BadRecording` or `OSError`."""
    found: dict[int, Conversation] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                connection, said = _read(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise BadRecording(f"{path}, line {number}: not a recorded message") from None
            found.setdefault(connection, []).append(said)
    if not found:
        raise BadRecording(f"{path}: there is no message in it")
    return list(found.values())


def _read(line: dict[str, object]) -> tuple[int, Said]:
    if not isinstance(line, dict) or line["from"] not in (CLIENT, GATEWAY):
        raise ValueError(line)
    connection = line["connection"]
    if not isinstance(connection, int):
        raise TypeError(connection)
    if "bytes" in line:
        return connection, Said(False, "", str(line["bytes"]).encode("latin-1"))
    fields = line["fields"]
    if not isinstance(fields, list) or not fields:
        raise TypeError(fields)
    texts = [str(one) for one in fields]
    return connection, Said(line["from"] == CLIENT, texts[0], frame(*texts))


@dataclass(slots=True)
class Player:
    """Plays the gateway's part of one conversation: each request brings what followed the like of it."""

    conversation: Conversation
    at: int = 0
    _greeted: bool = False
    _deframer: Deframer = field(default_factory=Deframer)

    def receive(self, data: bytes) -> Iterator[bytes]:
        """What is sent in answer; raises `BadFrame` at what is not the protocol."""
        for fields in self._deframer.feed(data):
            wanted = None if not self._greeted else fields[0]
            self._greeted = True
            yield from self._after(wanted)

    def _after(self, msg_id: str | None) -> Iterator[bytes]:
        for at in range(self.at, len(self.conversation)):
            said = self.conversation[at]
            if said.by_client and msg_id in (None, said.msg_id):
                self.at = at + 1
                break
        else:
            return
        while self.at < len(self.conversation) and not self.conversation[self.at].by_client:
            yield self.conversation[self.at].data
            self.at += 1
