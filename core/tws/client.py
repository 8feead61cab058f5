"""ib_async's client, kept for its encoder, its decoder and its socket; handshake, framing and pacing are ours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Protocol

from ib_async.client import Client as IbClient
from ib_async.decoder import Decoder

from core.tws.guard import FRAME_CAP, Complaints, Frames, NotTheProtocol, tune
from core.tws.inbound import stamp

OLDEST_VERSION = 157
NEWEST_VERSION = 178


class Handshake(Protocol):
    """Who is told of the link itself; messages go to the callbacks."""

    def version_heard(self, version: int, time_words: str) -> None: ...
    def nonsense_heard(self, words: str) -> None: ...
    def lost(self, words: str) -> None: ...


class _Decoder(Decoder):
    """ib_async's decoder, for which an execution in an unknown time zone is still an execution."""

    def execDetails(self, fields: list[str]) -> None:
        try:
            at = stamp(fields[15])
        except (ValueError, IndexError):
            at = datetime.now(UTC)
        fields[15] = f"{at:%Y%m%d-%H:%M:%S}"
        super().execDetails(fields)  # type: ignore[no-untyped-call]


class Callbacks:
    """What the decoder itself wants of its wrapper, besides a method for each message."""

    defaultTimezone = UTC
    ib = SimpleNamespace(TimezoneTWS="UTC")  # `_Decoder.execDetails` has made every time UTC

    def _ignore(self, *_: object) -> None:
        """Messages that no request of ours asks for yet."""

    tickOptionComputation = deltaNeutralValidation = positionMulti = _ignore
    securityDefinitionOptionParameter = softDollarTiers = familyCodes = smartComponents = _ignore
    mktDepthExchanges = newsProviders = histogramData = historicalTicks = historicalTicksBidAsk = _ignore
    historicalTicksLast = tickByTickAllLast = tickByTickBidAsk = tickByTickMidPoint = _ignore
    scannerData = scannerDataEnd = historicalSchedule = _ignore


class Client(IbClient):
    """One socket's life. ib_async's throttle is off: the desk's lanes pace what comes here."""

    MaxRequests = 0

    def __init__(self, callbacks: Callbacks, handshake: Handshake, counts: Counter[str]) -> None:
        super().__init__(callbacks)  # type: ignore[no-untyped-call]
        self._callbacks: Any = callbacks
        self._handshake = handshake
        self._frames = Frames()
        self._ended = False
        self.decoder = _Decoder(callbacks, 0)  # type: ignore[arg-type]
        self.decoder.logger = Complaints(counts)  # type: ignore[assignment]

    @property
    def is_open(self) -> bool:
        """Whether bytes written now go to a socket that, for all we know, is up."""
        transport = self.conn.transport
        return not self._ended and transport is not None and not transport.is_closing()

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

    def sendMsg(self, msg: str) -> None:
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
