"""ib_async's client, kept for its encoder, its decoder and its socket; handshake, framing and pacing are ours."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol

from ib_async.client import Client as IbClient
from ib_async.contract import Contract as IbContract
from ib_async.decoder import Decoder

from core.tws.guard import FRAME_CAP, UNSENT_MOST, Complaints, Frames, NotTheProtocol, tune
from core.tws.times import stamp

OLDEST_VERSION = 157
NEWEST_VERSION = 178
_CONTRACT_FIELDS = 12


class Handshake(Protocol):
    """Who is told of the link itself; messages go to the callbacks."""

    def version_heard(self, version: int, time_words: str) -> None: ...
    def nonsense_heard(self, words: str) -> None: ...
    def lost(self, words: str) -> None: ...


class _Decoder(Decoder):
    """ib_async's decoder: what it cannot read is counted and told by number, never shown in full.

    An execution in an unknown time zone is still an execution.
    """

    def __init__(self, callbacks: Any, counts: Counter[str]) -> None:
        super().__init__(callbacks, 0)
        self._counts = counts
        self._message = 0
        self.logger = Complaints(  # type: ignore[assignment]
            counts, lambda: callbacks.unreadable(self._message)
        )

    def interpret(self, fields: list[str]) -> None:
        try:
            self._message = int(fields[0])
            handler = self.handlers[self._message]
        except (LookupError, ValueError):
            # Newer than the version agreed on, or nonsense: IB's rule is to ignore it.
            self._counts["unknown messages"] += 1
            return
        try:
            handler(fields)
        except Exception:
            # The fields of a bad message may be a million: the first ones say what it was.
            self.logger.exception(f"{len(fields)} fields: {[field[:40] for field in fields[:9]]}")

    def parse(self, obj: Any) -> None:
        """Make of each text what its field's default is; which fields are no texts is looked up once a class."""
        for name, read, default in _numbers_of(obj.__class__):
            words = getattr(obj, name)
            setattr(obj, name, read(words) if words else default)

    def execDetails(self, fields: list[str]) -> None:
        try:
            at = stamp(fields[15])
        except (ValueError, IndexError):
            at = datetime.now(UTC)
        fields[15] = f"{at:%Y%m%d-%H:%M:%S}"
        super().execDetails(fields)  # type: ignore[no-untyped-call]


_READ: dict[type, Callable[[str], Any]] = {int: int, float: float, bool: lambda words: bool(int(words))}


@cache
def _numbers_of(kind: type) -> tuple[tuple[str, Callable[[str], Any], Any], ...]:
    """(name, how to read it, default) of the fields of one of ib_async's values that are no texts."""
    fields = dataclasses.fields(kind)
    return tuple(
        (one.name, _READ[type(one.default)], one.default) for one in fields if type(one.default) in _READ
    )


class Callbacks:
    """What the decoder itself wants of its wrapper, besides a method for each message."""

    defaultTimezone = UTC
    ib = SimpleNamespace(TimezoneTWS="UTC")  # `_Decoder.execDetails` has made every time UTC

    def unreadable(self, message: int) -> None:
        """A message of this number could not be decoded or taken in."""

    def _ignore(self, *_: object) -> None:
        """Messages that no request of ours asks for yet."""

    tickOptionComputation = deltaNeutralValidation = positionMulti = _ignore
    securityDefinitionOptionParameter = softDollarTiers = familyCodes = smartComponents = _ignore
    mktDepthExchanges = newsProviders = histogramData = historicalTicks = historicalTicksBidAsk = _ignore
    historicalTicksLast = tickByTickBidAsk = tickByTickMidPoint = _ignore
    historicalSchedule = _ignore


class Client(IbClient):
    """One socket's life. ib_async's throttle is off: the desk's lanes pace what comes here."""

    MaxRequests = 0

    def __init__(self, callbacks: Callbacks, handshake: Handshake, counts: Counter[str]) -> None:
        super().__init__(callbacks)  # type: ignore[no-untyped-call]
        self._callbacks: Any = callbacks
        self._handshake = handshake
        self._frames = Frames()
        self._ended = False
        self._separators = 0
        self.decoder = _Decoder(callbacks, counts)

    @property
    def is_open(self) -> bool:
        """Whether bytes written now go to a socket that, for all we know, is up."""
        transport = self.conn.transport
        return not self._ended and transport is not None and not transport.is_closing()

    @property
    def greeting_began(self) -> bool:
        """Whether anything has been heard, be it only the first byte of a message."""
        return self._serverVersion > 0 or self._frames.started

    async def reach(self, host: str, port: int, client_id: int) -> None:
        """Open the socket and greet. Raises OSError when nobody is there."""
        self.clientId = client_id
        await self.conn.connectAsync(host, port)  # type: ignore[no-untyped-call]
        if self._ended:  # it spoke first, and it was nonsense
            return
        tune(self.conn.transport)  # type: ignore[arg-type]
        versions = f"v{OLDEST_VERSION}..{NEWEST_VERSION}".encode()
        self.conn.sendMsg(b"API\0" + len(versions).to_bytes(4) + versions)  # type: ignore[no-untyped-call]

    def accept(self, version: int) -> None:
        """Speak `version` from now on and announce our client id."""
        self._serverVersion = version
        self.decoder.serverVersion = version
        self._frames.cap = FRAME_CAP
        self.connState = IbClient.CONNECTED
        self.startApi()  # type: ignore[no-untyped-call]

    def abort(self) -> None:
        """Drop the socket at once, unsent bytes and all: a polite close would wait for a peer that may be gone."""
        self._ended = True
        self.connState = IbClient.DISCONNECTED
        if self.conn.transport is not None:
            self.conn.transport.abort()

    def send(self, *fields: Any, makeEmpty: bool = True) -> None:
        self._separators = sum(_CONTRACT_FIELDS if isinstance(one, IbContract) else 1 for one in fields)
        super().send(*fields, makeEmpty=makeEmpty)  # type: ignore[no-untyped-call]

    def sendMsg(self, msg: str) -> None:
        """Raises, with nothing written: ConnectionError when the gateway has stopped reading, ValueError when
        a text of ours would shift every field behind it.
        """
        if msg.count("\0") != self._separators:
            raise ValueError("a text holds a NUL character")
        transport = self.conn.transport
        if transport is not None and transport.get_write_buffer_size() > UNSENT_MOST:
            raise ConnectionError("The gateway does not read what it is sent.")
        data = msg.encode()
        self.conn.sendMsg(len(data).to_bytes(4) + data)  # type: ignore[no-untyped-call]

    def _onSocketHasData(self, data: bytes) -> None:
        try:
            for fields in self._frames.feed(data):
                if self._ended:
                    return
                self._heard(fields)
        except NotTheProtocol as fault:
            self._handshake.nonsense_heard(str(fault))
            return
        self._callbacks.tcpDataProcessed()

    def _heard(self, fields: list[str]) -> None:
        if self._serverVersion:
            self.decoder.interpret(fields)  # type: ignore[no-untyped-call]
        elif len(fields) == 2 and fields[0].isdigit():
            self._handshake.version_heard(int(fields[0]), fields[1])
        else:
            raise NotTheProtocol("the first message is no version")

    def _onSocketDisconnected(self, msg: str) -> None:
        self.connState = IbClient.DISCONNECTED
        self._ended = True
        self._handshake.lost(msg)
