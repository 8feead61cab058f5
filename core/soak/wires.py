"""The two ends of a connection in memory, and the pipes between them: TCP's promises to asyncio, without TCP."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

Heard = Callable[[int, str, bytes], None]
"""Told of every delivery: the connection's number, "up" (to the server) or "down", the bytes."""

WINDOW: Final = 256 * 1024
"""Bytes that both systems hold for an application that does not read; more stays with the sender."""
READ_AT_ONCE: Final = 256 * 1024
HIGH_WATER: Final = 64 * 1024
LOW_WATER: Final = 16 * 1024


@dataclass(slots=True)
class Weather:
    """What the network does to bytes from now on; seconds."""

    latency_s: float = 0.0002
    jitter_s: float = 0.0002
    slices: bool = False
    """Every write arrives in pieces of a few bytes."""
    refusing: bool = False
    unreachable: bool = False
    """Connection attempts are never answered, as by a firewall that drops."""


class Between(Protocol):
    """The network, as a connection sees it."""

    loop: asyncio.AbstractEventLoop
    seed: int | str
    weather: Weather
    heard: Heard

    def forget(self, gone: MemoryTransport) -> None: ...
    def break_one(self, one_end: MemoryTransport, how: str) -> None: ...


class MemorySocket:
    """What asks for the socket gets this: options are heard, and only lingering matters."""

    def __init__(self, here: tuple[str, int], there: tuple[str, int] | None = None) -> None:
        self._here, self._there = here, there
        self.resets = False
        """SO_LINGER with no time: closing sends RST."""

    def setsockopt(self, level: int, option: int, value: object) -> None:
        if level == socket.SOL_SOCKET and option == socket.SO_LINGER and isinstance(value, bytes):
            onoff, seconds = struct.unpack("ii" if len(value) == 8 else "hh", value)
            self.resets = bool(onoff) and seconds == 0

    def getsockname(self) -> tuple[str, int]:
        return self._here

    def getpeername(self) -> tuple[str, int] | None:
        return self._there

    def fileno(self) -> int:
        return -1


class Pipe:
    """One direction of one connection: bytes in at one end, out at the other, later and in order."""

    def __init__(self, network: Between, source: MemoryTransport, number: int, way: str) -> None:
        self._network, self._loop = network, network.loop
        self._number, self._way = number, way
        self._chance = Random(f"{network.seed} {number} {way}")
        self._source = source
        self._target: MemoryTransport
        self._queue: deque[tuple[float, bytes | None]] = deque()
        self._arrived = bytearray()
        self._ended = False
        """FIN has arrived."""
        self._timer: asyncio.TimerHandle | None = None
        self._latest_s = 0.0
        self._held_until_s = 0.0
        self._swallows = False
        self._cut: tuple[int, str] | None = None
        self.in_flight = 0

    def leads_to(self, target: MemoryTransport) -> None:
        self._target = target

    # --- what the network does to it ----------------------------------------------------------------

    def swallow(self) -> None:
        """From now on nothing arrives any more, and nobody is told: half open."""
        self._swallows = True
        self._drop_queue()

    def hold(self, span_s: float) -> None:
        """Nothing arrives for a while, then everything does."""
        self._held_until_s = max(self._held_until_s, self._loop.time() + span_s)
        self._queue = deque((max(due, self._held_until_s), data) for due, data in self._queue)
        self._latest_s = max(self._latest_s, self._held_until_s)
        self._set_timer()

    def cut_after(self, count: int, how: str) -> None:
        """The connection breaks ("fin" or "rst") once `count` more bytes have arrived, mid-message or not."""
        self._cut = (count, how)

    @property
    def swallows(self) -> bool:
        return self._swallows

    # --- the sender's end ---------------------------------------------------------------------------

    def room(self) -> int:
        return max(0, WINDOW - self.in_flight)

    def put(self, data: bytes) -> None:
        self.in_flight += len(data)
        if self._swallows:
            return
        if self._network.weather.slices and len(data) > 1:
            at = 0
            while at < len(data):
                size = self._chance.choice((1, 1, 2, 3, 5, 40))
                self._enqueue(data[at : at + size])
                at += size
        else:
            self._enqueue(data)

    def end(self) -> None:
        """FIN, after all that was put."""
        if not self._swallows:
            self._enqueue(None)

    def reset(self) -> None:
        """RST: what is on its way is lost, and the other end is told at once."""
        self._drop_queue()
        if not self._swallows:
            self._loop.call_later(self._delay_s(), self._target.broken, errno.ECONNRESET)

    def close(self) -> None:
        """Nobody reads here any more."""
        self._drop_queue()
        self._arrived.clear()

    def _enqueue(self, data: bytes | None) -> None:
        due_s = max(self._loop.time() + self._delay_s(), self._latest_s, self._held_until_s)
        self._latest_s = due_s
        self._queue.append((due_s, data))
        if len(self._queue) == 1:
            self._set_timer()

    def _delay_s(self) -> float:
        weather = self._network.weather
        return weather.latency_s + weather.jitter_s * self._chance.random()

    def _drop_queue(self) -> None:
        self._queue.clear()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            self._timer = self._loop.call_at(self._queue[0][0], self._arrive)

    # --- the receiver's end -------------------------------------------------------------------------

    def _arrive(self) -> None:
        self._timer = None
        now_s = self._loop.time() + 1e-9
        while self._queue and self._queue[0][0] <= now_s:
            _, data = self._queue.popleft()
            if data is None:
                self._ended = True
            elif self._cut is not None and len(data) >= self._cut[0]:
                self._break(data)
                return
            else:
                self._arrived += data
                if self._cut is not None:
                    self._cut = (self._cut[0] - len(data), self._cut[1])
        self._set_timer()
        self.deliver()

    def _break(self, data: bytes) -> None:
        assert self._cut is not None
        left, how = self._cut
        self._arrived += data[:left]
        self._cut = None
        self.deliver()
        self._network.break_one(self._source, how)

    def deliver(self) -> None:
        """Hand over what has arrived, if the application reads."""
        target = self._target
        if target.is_deaf:
            if target.is_gone and self._arrived:
                # A closed socket answers what comes with RST.
                self._arrived.clear()
                if not self._swallows:
                    self._loop.call_later(self._delay_s(), self._source.broken, errno.ECONNRESET)
            return
        while self._arrived and not target.is_deaf:
            chunk = bytes(self._arrived[:READ_AT_ONCE])
            del self._arrived[: len(chunk)]
            self.in_flight -= len(chunk)
            self._network.heard(self._number, self._way, chunk)
            target.received(chunk)
        if self._ended and not self._arrived and not target.is_deaf:
            self._ended = False
            target.received_end()
        self._source.drained()


class MemoryTransport(asyncio.Transport):
    """One end of a connection, with the manners of asyncio's own socket transport."""

    def __init__(self, network: Between, here: tuple[str, int], there: tuple[str, int]) -> None:
        super().__init__({"socket": MemorySocket(here, there), "sockname": here, "peername": there})
        self._network, self._loop = network, network.loop
        self.out: Pipe
        self._in: Pipe
        self._protocol: Any = None
        self._buffer: deque[bytes] = deque()
        self._buffered = 0
        self._reading = True
        self._started = False
        self._closing = False
        self._gone = False
        self._ended = False
        """write_eof was called."""
        self._fin_sent = False
        self._writing_paused = False
        self._high, self._low = HIGH_WATER, LOW_WATER

    def attach(self, out: Pipe, inwards: Pipe) -> None:
        self.out, self._in = out, inwards

    def start(self, protocol: asyncio.BaseProtocol) -> None:
        """connection_made, and from then on reading."""
        self._protocol = protocol
        protocol.connection_made(self)
        self._started = True
        self._loop.call_soon(self._in.deliver)

    # --- asyncio's promises -------------------------------------------------------------------------

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._closing and not self._reading:
            self._reading = True
            self._loop.call_soon(self._in.deliver)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = HIGH_WATER if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        return self._buffered

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._ended:
            raise RuntimeError("Cannot call write() after write_eof()")
        if not data or self._gone or self._closing:
            return
        self._buffer.append(bytes(data))
        self._buffered += len(data)
        self._flush()
        if self._buffered > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._closing and not self._ended:
            self._ended = True
            self._flush()

    def close(self) -> None:
        """What is buffered is still sent; then FIN, and connection_lost(None)."""
        if not self._closing:
            self._closing = True
            self._flush()

    def abort(self) -> None:
        """At once: what is buffered is lost."""
        self._force_close(None)

    # --- the pipes' side ----------------------------------------------------------------------------

    @property
    def is_deaf(self) -> bool:
        """Whether nothing can be handed over now."""
        return self._closing or not self._started or not self._reading

    @property
    def is_gone(self) -> bool:
        return self._gone

    @property
    def is_half_open(self) -> bool:
        return self.out.swallows or self._in.swallows

    def received(self, data: bytes) -> None:
        try:
            self._protocol.data_received(data)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as fault:  # noqa: BLE001 - asyncio's transports do the same
            self._fatal(fault, "Fatal error: protocol.data_received() call failed.")

    def received_end(self) -> None:
        try:
            keep_open = self._protocol.eof_received()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as fault:  # noqa: BLE001
            self._fatal(fault, "Fatal error: protocol.eof_received() call failed.")
            return
        if not keep_open:
            self.close()

    def drained(self) -> None:
        """The other side has read: there may be room again."""
        if self._buffer:
            self._flush()

    def broken(self, code: int) -> None:
        """The connection is no more, and this end has just heard of it."""
        if not self._gone:
            self._force_close(
                ConnectionResetError(code, errno.errorcode[code])
                if code != errno.ETIMEDOUT
                else TimeoutError(code, "Connection timed out")
            )

    def _flush(self) -> None:
        while self._buffer and (room := self.out.room()):
            data = self._buffer.popleft()
            if len(data) > room:
                self._buffer.appendleft(data[room:])
                data = data[:room]
            self._buffered -= len(data)
            self.out.put(data)
        if self._writing_paused and self._buffered <= self._low and not self._gone:
            self._writing_paused = False
            self._protocol.resume_writing()
        if not self._buffer and not self._fin_sent and (self._closing or self._ended):
            self._fin_sent = True
            self.out.end()
        if not self._buffer and self._closing and not self._gone:
            self._go(None)

    def _fatal(self, fault: BaseException, message: str) -> None:
        if not isinstance(fault, OSError):
            self._loop.call_exception_handler(
                {"message": message, "exception": fault, "transport": self, "protocol": self._protocol}
            )
        self._force_close(fault)

    def _force_close(self, fault: BaseException | None) -> None:
        if self._gone:
            return
        self._closing = True
        self._buffer.clear()
        self._buffered = 0
        if fault is None and self._socket.resets:
            self.out.reset()
        elif fault is None and not self._fin_sent:
            self._fin_sent = True
            self.out.end()
        self._go(fault)

    @property
    def _socket(self) -> MemorySocket:
        sock: MemorySocket = self.get_extra_info("socket")
        return sock

    def _go(self, fault: BaseException | None) -> None:
        self._gone = True
        self._loop.call_soon(self._lost, fault)

    def _lost(self, fault: BaseException | None) -> None:
        self._in.close()
        self._network.forget(self)
        self._protocol.connection_lost(fault)
