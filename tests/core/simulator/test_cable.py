"""The network at its worst: each fault of it on the bytes, on a clock of our own, and over real TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from core.simulator.cable import MAX_WAITING_BYTES, Cable
from core.simulator.faults import Faults
from core.simulator.server import SimulatedGateway
from tests.core.simulator.fake_market import NOW_S, FakeMarket
from tests.core.simulator.wire_client import TcpClient

pytestmark = pytest.mark.timeout(20)


class Clock:
    """An event loop's clock and timers, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Clock.Entry] = []

    class Entry:
        def __init__(self, when: float, callback: Callable[[], None]) -> None:
            self.when, self.callback, self.over = when, callback, False

        def cancel(self) -> None:
            self.over = True

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None], /) -> Entry:
        self.timers.append(Clock.Entry(when, callback))
        return self.timers[-1]

    def run_until(self, now: float) -> None:
        while due := [one for one in self.timers if one.when <= now and not one.over]:
            first = min(due, key=lambda one: one.when)
            first.over = True
            self.now = max(self.now, first.when)
            first.callback()
        self.now = now


class Wire:
    """A cable, what came out of it and when, and how it ended."""

    def __init__(self, name: str, seed: int = 1, **numbers: float) -> None:
        self.faults, self.clock = Faults(seed), Clock()
        self.faults.switch_on(name, **numbers)  # type: ignore[arg-type]
        self.came: list[tuple[float, bytes]] = []
        self.ended = ""
        self.reading = True
        self.cable = Cable(self.faults, self, self.clock)

    def put(self, data: bytes) -> None:
        self.came.append((self.clock.now, data))

    def end(self) -> None:
        self.ended = self.ended or "end"

    def reset(self) -> None:
        self.ended = self.ended or "reset"

    def stop_reading(self) -> None:
        self.reading = False

    @property
    def whole(self) -> bytes:
        return b"".join(data for _, data in self.came)


def test_what_is_delayed_keeps_its_order() -> None:
    wire = Wire("delay", rate=0.5)
    sent = [bytes([65 + at]) for at in range(20)]
    for data in sent:
        wire.cable.send(data)
    wire.clock.run_until(0.19)
    assert wire.whole in (b"", b"A", b"AB", b"ABC"), "only what came before the first delay"
    wire.clock.run_until(1.0)
    assert wire.whole == b"".join(sent)
    assert all(at <= 0.31 for at, _ in wire.came)


def test_slices_are_single_bytes() -> None:
    wire = Wire("slices")
    wire.cable.send(b"hello")
    wire.cable.send(b"you")
    wire.clock.run_until(1.0)
    assert [data for _, data in wire.came] == [bytes([c]) for c in b"helloyou"]
    assert len({at for at, _ in wire.came}) >= 5


def test_what_is_coalesced_comes_at_one_moment() -> None:
    wire = Wire("coalesce", amount=0.5)
    for at, data in enumerate((b"a", b"b", b"c")):
        wire.clock.run_until(0.1 * at)
        wire.cable.send(data)
    wire.clock.run_until(1.0)
    assert {at for at, _ in wire.came} == {0.5}
    assert wire.whole == b"abc"


def test_a_slow_greeting_takes_its_time_and_then_all_is_well() -> None:
    wire = Wire("slow-greeting", amount=2.0)
    wire.cable.send(b"x" * 10)
    wire.clock.run_until(1.0)
    assert 4 <= len(wire.whole) <= 6
    wire.clock.run_until(3.0)
    wire.cable.send(b"yy")
    assert wire.came[-1] == (3.0, b"yy")


def test_the_connection_breaks_after_so_many_bytes() -> None:
    wire = Wire("drop-after", amount=7)
    for _ in range(4):
        wire.cable.send(b"abc")
    assert wire.whole == b"abcabca"
    assert wire.ended == "end"


@pytest.mark.parametrize(("name", "how"), [("reset", "reset"), ("end", "end"), ("stop-writing", "")])
def test_the_connection_breaks_at_a_message(name: str, how: str) -> None:
    wire = Wire(name, at=2)
    for data in (b"a", b"b", b"c"):
        wire.cable.send(data)
    assert (wire.whole, wire.ended) == (b"a", how)


def test_what_comes_is_lost_or_never_read() -> None:
    lost, half_open = Wire("drop-before", at=2), Wire("stop-reading")
    assert lost.cable.passes()
    assert not lost.cable.passes()
    assert lost.ended == "reset"
    assert not half_open.cable.passes()
    assert not half_open.reading
    assert half_open.ended == ""


def test_a_refused_connection_is_reset_and_a_mute_one_stays() -> None:
    refused, mute = Wire("refuse"), Wire("accept-and-mute")
    assert not refused.cable.opens()
    assert refused.ended == "reset"
    assert not mute.cable.opens()
    mute.cable.send(b"x")
    assert (mute.ended, mute.whole) == ("", b"")


def test_a_delay_does_not_hoard_for_ever() -> None:
    wire = Wire("delay", amount=1000)
    for _ in range(MAX_WAITING_BYTES // 1_000_000 + 1):
        wire.cable.send(b"x" * 1_000_000)
    assert wire.ended == "reset"


def test_a_close_waits_for_what_is_on_its_way() -> None:
    wire = Wire("delay", amount=0.1)
    wire.cable.send(b"bye")
    wire.cable.close()
    assert wire.ended == ""
    wire.clock.run_until(1.0)
    assert (wire.whole, wire.ended) == (b"bye", "end")


def test_the_same_seed_delays_by_the_same_times() -> None:
    found = []
    for seed in (1, 1, 2):
        wire = Wire("delay", seed)
        for at in range(10):
            wire.clock.run_until(at)
            wire.cable.send(b"x")
        wire.clock.run_until(20)
        found.append([at for at, _ in wire.came])
    assert found[0] == found[1] != found[2]


# --- Over TCP -----------------------------------------------------------------------------------


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(market=FakeMarket(), clock=lambda: NOW_S) as running:
        yield running


async def test_slices_over_tcp_are_put_together_again(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("slices")
    client = await (await TcpClient.connect(gateway.port)).start(1)
    client.send("49", "1")
    assert await client.read() == ["49", "1", str(int(NOW_S))]
    await client.close()


async def test_a_mute_gateway_accepts_and_says_nothing(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("accept-and-mute")
    client = await TcpClient.connect(gateway.port)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.read(), 0.2)
    await client.close()


async def test_a_reset_is_felt_as_one(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(1)
    gateway.hub.faults.switch_on("reset")
    client.send("49", "1")
    with pytest.raises(ConnectionResetError):
        await client.reader.readexactly(1)
    client.writer.close()


async def test_a_request_is_lost_with_its_connection(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(1)
    gateway.hub.faults.switch_on("drop-before")
    client.send("49", "1")
    assert await client.read() is None
    await client.close()


async def test_a_refused_client_may_come_back_later(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("refuse", times=1)
    client = await TcpClient.connect(gateway.port)
    assert await client.read() is None
    await client.close()
    again = await (await TcpClient.connect(gateway.port)).start(1)
    await again.close()
