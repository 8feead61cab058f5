"""The network in memory: what TCP and asyncio promise, and what a bad network does to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from core.soak.loop import VirtualLoop
from core.soak.network import KEEPALIVE_S, Network
from core.soak.wires import HIGH_WATER, WINDOW, MemoryTransport, Weather

PORT = 4000


class End(asyncio.Protocol):
    """Writes down what a protocol is told."""

    def __init__(self, keep_open: bool = False) -> None:
        self.told: list[str] = []
        self.data = bytearray()
        self.chunks: list[bytes] = []
        self.lost: list[Exception | None] = []
        self._keep_open = keep_open
        self.transport: MemoryTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, MemoryTransport)
        self.transport = transport
        self.told.append("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.chunks.append(data)

    def eof_received(self) -> bool:
        self.told.append("eof")
        return self._keep_open

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)
        self.told.append("lost")


class Pair:
    """A connection: the client's end, the server's end, and the network between."""

    def __init__(self, loop: VirtualLoop, near: End, far: End) -> None:
        self.loop, self.near, self.far = loop, near, far
        self.network = loop.network


Main = Callable[[Pair], Coroutine[Any, Any, Any]]


def between(
    main: Main, *, seed: int = 1, near: End | None = None, far: End | None = None, **weather: Any
) -> Pair:
    """Run `main` on a connected pair, and let everything come to rest."""
    loop = VirtualLoop(Network(seed, Weather(**weather)))

    async def run() -> Pair:
        server_end = far or End()
        await loop.create_server(lambda: server_end, "127.0.0.1", PORT)
        _, client_end = await loop.create_connection(lambda: near or End(), "127.0.0.1", PORT)
        assert isinstance(client_end, End)
        pair = Pair(loop, client_end, server_end)
        await main(pair)
        await asyncio.sleep(KEEPALIVE_S + 10.0)
        return pair

    try:
        pair = loop.run_until_complete(run())
        assert not loop.pending()
        return pair
    finally:
        loop.close()


def test_bytes_arrive_later_whole_and_in_order() -> None:
    async def main(pair: Pair) -> None:
        for number in range(100):
            pair.near.transport.write(bytes([number]))
        assert not pair.far.data

    pair = between(main, latency_s=0.1, jitter_s=0.5)
    assert pair.far.data == bytes(range(100))


def test_a_polite_end_lets_what_was_written_arrive_first() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.write(b"last words")
        pair.near.transport.close()

    pair = between(main)
    assert pair.far.data == b"last words"
    assert pair.near.told == ["made", "lost"]
    assert pair.far.told == ["made", "eof", "lost"]
    assert pair.near.lost == pair.far.lost == [None]
    assert pair.network.open == 0


def test_connection_lost_comes_once_however_often_it_ends() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.close()
        pair.near.transport.abort()
        pair.far.transport.abort()
        pair.network.reset_all()

    pair = between(main)
    assert len(pair.near.lost) == len(pair.far.lost) == 1


def test_connection_lost_never_comes_out_of_the_call_that_caused_it() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.abort()
        assert not pair.near.lost
        assert pair.near.transport.is_closing()

    between(main)


def test_nothing_is_received_after_closing_and_nothing_sent() -> None:
    async def main(pair: Pair) -> None:
        pair.far.transport.write(b"too late")
        pair.near.transport.close()
        pair.near.transport.write(b"too late as well")

    pair = between(main)
    assert not pair.near.data
    assert not pair.far.data


def test_an_abort_that_lingers_for_no_time_is_heard_as_a_reset() -> None:
    async def main(pair: Pair) -> None:
        sock = pair.far.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        pair.far.transport.write(b"lost on the way")
        pair.far.transport.abort()

    pair = between(main)
    assert not pair.near.data
    assert isinstance(pair.near.lost[0], ConnectionResetError)


def test_writing_to_a_peer_that_has_gone_is_answered_with_a_reset() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.pause_reading()  # so that it does not hear the end
        pair.far.transport.abort()
        await asyncio.sleep(1.0)
        assert not pair.near.lost
        pair.near.transport.write(b"anybody there?")

    pair = between(main)
    assert isinstance(pair.near.lost[0], ConnectionResetError)


@pytest.mark.parametrize(("how", "kind"), [("reset_all", ConnectionResetError), ("end_all", type(None))])
def test_a_path_that_breaks_is_heard_at_both_ends(how: str, kind: type) -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.write(b"on its way")
        getattr(pair.network, how)()

    pair = between(main)
    assert not pair.far.data
    assert [type(one.lost[0]) for one in (pair.near, pair.far)] == [kind, kind]


@pytest.mark.parametrize(
    ("way", "up_arrives", "down_arrives"), [("up", False, True), ("down", True, False), ("", False, False)]
)
def test_half_open_is_silent_and_given_up_by_the_systems_much_later(
    way: str, up_arrives: bool, down_arrives: bool
) -> None:
    async def main(pair: Pair) -> None:
        pair.network.half_open(way)
        pair.near.transport.write(b"up")
        pair.far.transport.write(b"down")
        await asyncio.sleep(KEEPALIVE_S - 1.0)
        assert not pair.near.lost
        assert not pair.far.lost

    pair = between(main)
    assert bool(pair.far.data) == up_arrives
    assert bool(pair.near.data) == down_arrives
    assert isinstance(pair.near.lost[0], TimeoutError)
    assert isinstance(pair.far.lost[0], TimeoutError)


def test_slices_are_small_and_add_up() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.write(bytes(range(256)))

    pair = between(main, slices=True)
    assert pair.far.data == bytes(range(256))
    assert len(pair.far.chunks) > 5


def test_what_is_held_comes_in_one_go_afterwards() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.write(b"one ")
        pair.network.hold(5.0, "up")
        pair.near.transport.write(b"two")
        await asyncio.sleep(4.9)
        assert not pair.far.data

    assert between(main).far.data == b"one two"


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_can_be_cut_in_the_middle_of_a_message(how: str) -> None:
    async def main(pair: Pair) -> None:
        pair.network.cut_after(5, how, "up")
        pair.near.transport.write(b"0123")
        pair.near.transport.write(b"456789")

    pair = between(main)
    assert pair.far.data == b"01234"
    assert pair.near.lost
    assert pair.far.lost


def test_who_does_not_read_stops_the_writer() -> None:
    async def main(pair: Pair) -> None:
        pair.far.transport.pause_reading()
        written = WINDOW + HIGH_WATER + 1
        pair.near.transport.write(bytes(written))
        assert pair.near.told == ["made", "pause"]
        assert pair.near.transport.get_write_buffer_size() == HIGH_WATER + 1
        await asyncio.sleep(1.0)
        assert not pair.far.data
        pair.far.transport.resume_reading()
        await asyncio.sleep(1.0)
        assert len(pair.far.data) == written
        assert pair.near.told == ["made", "pause", "resume"]

    between(main)


def test_who_reads_again_hears_the_end_that_came_meanwhile() -> None:
    async def main(pair: Pair) -> None:
        pair.far.transport.pause_reading()
        pair.near.transport.write(b"bye")
        pair.near.transport.close()
        await asyncio.sleep(1.0)
        assert pair.far.told == ["made"]
        pair.far.transport.resume_reading()

    pair = between(main)
    assert pair.far.data == b"bye"
    assert pair.far.told == ["made", "eof", "lost"]


def test_a_server_that_reads_a_client_no_more_is_let_go_when_the_dead_are_buried() -> None:
    async def main(pair: Pair) -> None:
        pair.far.transport.pause_reading()
        pair.network.bury()

    pair = between(main)
    assert [type(end.lost[0]) for end in (pair.near, pair.far)] == [ConnectionResetError] * 2


def test_the_dead_are_buried_without_the_living() -> None:
    async def main(pair: Pair) -> None:
        pair.network.bury()
        pair.near.transport.write(b"alive")

    assert between(main).far.data == b"alive"


def test_half_a_connection_can_stay_open() -> None:
    async def main(pair: Pair) -> None:
        pair.near.transport.write_eof()
        await asyncio.sleep(1.0)
        pair.far.transport.write(b"still here")
        await asyncio.sleep(1.0)
        with pytest.raises(RuntimeError):
            pair.near.transport.write(b"no more")
        pair.far.transport.close()

    pair = between(main, far=End(keep_open=True))
    assert pair.near.data == b"still here"


def test_a_protocol_that_fails_loses_its_connection_and_the_loop_is_told() -> None:
    class Clumsy(End):
        def data_received(self, data: bytes) -> None:
            raise ValueError("clumsy")

    heard: list[dict[str, Any]] = []

    async def main(pair: Pair) -> None:
        pair.loop.set_exception_handler(lambda _, context: heard.append(context))
        pair.near.transport.write(b"x")

    pair = between(main, far=Clumsy())
    assert isinstance(pair.far.lost[0], ValueError)
    assert len(heard) == 1


def test_a_port_where_nobody_listens_refuses_and_a_silent_one_never_answers() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        with pytest.raises(ConnectionRefusedError, match="4000"):
            await loop.create_connection(End, "127.0.0.1", PORT)
        loop.network.weather.unreachable = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await loop.create_connection(End, "127.0.0.1", PORT)
        assert loop.time() > 5.0

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def test_the_same_seed_delivers_the_same_pieces_at_the_same_times() -> None:
    def heard(seed: int) -> list[tuple[float, bytes]]:
        told: list[tuple[float, bytes]] = []

        async def main(pair: Pair) -> None:
            pair.network.heard = lambda number, way, data: told.append((pair.loop.time(), data))
            for number in range(50):
                pair.near.transport.write(bytes([number] * 20))
                await asyncio.sleep(0.01)

        between(main, seed=seed, slices=True, latency_s=0.05, jitter_s=0.2)
        return told

    assert heard(1) == heard(1)
    assert heard(1) != heard(2)
