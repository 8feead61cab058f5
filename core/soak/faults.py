"""The catalogue of what goes wrong in a session: a row each, drawn by name, time and span."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Final

from core.simulator.faults import FAULTS as OF_THE_GATEWAY
from core.simulator.faults.row import Bites
from core.soak.check import OTHER_CLIENT_ID
from core.soak.world import FOREIGN_PORT, PORT, World

Act = Callable[[World, "Planned"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault of one session; what it draws comes from its own seed, so others can be left out."""

    name: str
    at_s: float
    lasts_s: float
    seed: int

    def chance(self) -> Random:
        return Random(f"{self.seed} {self.name}")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


# --- the network ------------------------------------------------------------------------------------


async def _refused(world: World, planned: Planned) -> None:
    world.network.weather.refusing = True
    world.network.reset_all()
    await asyncio.sleep(planned.lasts_s)
    world.network.weather.refusing = False


async def _unreachable(world: World, planned: Planned) -> None:
    world.network.weather.unreachable = True
    world.network.half_open()
    await asyncio.sleep(planned.lasts_s)
    world.network.weather.unreachable = False


async def _reset(world: World, planned: Planned) -> None:
    world.network.reset_all()


async def _end(world: World, planned: Planned) -> None:
    world.network.end_all()


def _half_open(way: str) -> Act:
    async def act(world: World, planned: Planned) -> None:
        world.network.half_open(way)

    return act


async def _held(world: World, planned: Planned) -> None:
    world.network.hold(planned.lasts_s, planned.chance().choice(("up", "down", "")))


async def _sliced(world: World, planned: Planned) -> None:
    world.network.weather.slices = True
    await asyncio.sleep(planned.lasts_s)
    world.network.weather.slices = False


async def _slow(world: World, planned: Planned) -> None:
    chance, weather = planned.chance(), world.network.weather
    weather.latency_s, weather.jitter_s = chance.uniform(0.02, 0.8), chance.uniform(0.0, 0.8)
    await asyncio.sleep(planned.lasts_s)
    weather.latency_s = weather.jitter_s = 0.0002


def _cut(way: str) -> Act:
    async def act(world: World, planned: Planned) -> None:
        chance = planned.chance()
        world.network.cut_after(chance.randint(1, 600), chance.choice(("fin", "rst")), way)

    return act


# --- the two programs -------------------------------------------------------------------------------


async def _app_crashes(world: World, planned: Planned) -> None:
    await world.crash_app()
    await asyncio.sleep(planned.lasts_s / 4)
    if world.connector is None:
        await world.start_app()


async def _app_restarts(world: World, planned: Planned) -> None:
    await world.quit_app()
    await asyncio.sleep(planned.lasts_s / 4)
    if world.connector is None:
        await world.start_app()


async def _reconnects(world: World, planned: Planned) -> None:
    if world.connector is not None:
        world.connector.disconnect()
        await asyncio.sleep(planned.lasts_s / 4)
    if world.connector is not None:
        world.connect()


async def _other_client(world: World, planned: Planned) -> None:
    world.reconnect(client_id=OTHER_CLIENT_ID)
    await asyncio.sleep(5.0 + planned.lasts_s)
    world.reconnect()


async def _other_login(world: World, planned: Planned) -> None:
    if world.foreign is not None:
        return
    await world.open_foreign()
    world.reconnect(port=FOREIGN_PORT)
    await world.stay_away(4.0 + planned.lasts_s)
    world.reconnect()
    await world.close_foreign()


async def _login_changes(world: World, planned: Planned) -> None:
    """Somebody logs in there as somebody else: the same address, other accounts."""
    if world.foreign is not None or world.gateway is None:
        return
    await world.crash_gateway()
    await world.open_foreign(PORT)
    await world.stay_away(4.0 + planned.lasts_s)
    await world.close_foreign()
    await world.bring_gateway_back()


async def _journal_ill(world: World, planned: Planned) -> None:
    if world.journal is not None:
        world.journal.ill = True
        await asyncio.sleep(planned.lasts_s)
    if world.journal is not None:
        world.journal.ill = False


async def _kill_switch(world: World, planned: Planned) -> None:
    if world.connector is not None:
        world.connector.kill()
    await asyncio.sleep(planned.lasts_s)
    world.resume_trading()


async def _gateway_restarts(world: World, planned: Planned) -> None:
    await world.crash_gateway()
    await asyncio.sleep(planned.lasts_s / 2)
    await world.bring_gateway_back()


OURS: Final[dict[str, Act]] = {
    "network: refused": _refused,
    "network: unreachable": _unreachable,
    "network: reset": _reset,
    "network: end": _end,
    "network: half open": _half_open(""),
    "network: half open up": _half_open("up"),
    "network: half open down": _half_open("down"),
    "network: held": _held,
    "network: sliced": _sliced,
    "network: slow": _slow,
    "network: cut up": _cut("up"),
    "network: cut down": _cut("down"),
    "app: crash": _app_crashes,
    "app: restart": _app_restarts,
    "app: reconnect": _reconnects,
    "app: other client": _other_client,
    "app: other login": _other_login,
    "app: journal ill": _journal_ill,
    "app: kill switch": _kill_switch,
    "gateway: restart": _gateway_restarts,
    "gateway: other login": _login_changes,
}

# --- the gateway's own ------------------------------------------------------------------------------


def _of_gateway(name: str) -> Act:
    async def act(world: World, planned: Planned) -> None:
        if world.gateway is None:
            return
        chance, fault = planned.chance(), OF_THE_GATEWAY[name]
        if name in LIES:
            world.lies.add(name)
        world.withheld |= name in WITHHOLDS
        faults = world.gateway.hub.faults
        if fault.bites is Bites.EVENT:
            # The port that 1300 names is one at which the gateway really listens.
            amount = {"s": chance.uniform(0.5, 12.0), "port": float(PORT)}.get(fault.unit)
            faults.switch_on(name, amount=amount)
            return
        rate, times = chance.choice((None, 0.5, 0.1)), chance.choice((1, 1, 2, 5, None))
        late_s = chance.uniform(*LATE_S[name]) if name in LATE_S else None
        faults.switch_on(name, rate=rate, times=times, amount=late_s)
        await asyncio.sleep(planned.lasts_s)
        faults.switch_off(name)

    return act


LATE_S: Final = {"change-refused": (0.0, 15.0), "change-refused-late": (0.5, 20.0)}
"""When the refusal of a change is told: also after the next change of the order was confirmed."""

LIES: Final = frozenset({"correction", "bust", "overfill", "two-perm-ids"})
"""These tell the app what the gateway itself does not know: afterwards the two rightly differ."""

WITHHOLDS: Final = frozenset({"partial-snapshot", "omit-execution"})
"""These leave something out of lists that the gateway then calls complete: for a while IB's own answers rightly disagree."""

SPOILS: Final = frozenset(
    {
        "too-few-fields",
        "too-many-fields",
        "wrong-fields",
        "unknown-message-ids",
        "protobuf-ids",
        "zero-length",
    }
    | {"garbage", "oversized", "unknown-request-ids"}
)
"""These send what nobody could read; without one of them everything must be readable."""

CATALOGUE: Final[dict[str, Act]] = OURS | {name: _of_gateway(name) for name in OF_THE_GATEWAY}


def draw(chance: Random, span_s: float, most: int) -> list[Planned]:
    """From none to `most` faults, anywhere in the session."""
    found = []
    for _ in range(chance.randint(0, most)):
        names = list(OURS) if chance.random() < 0.5 else list(OF_THE_GATEWAY)
        name = chance.choice(names)
        at_s, lasts_s = chance.uniform(0.0, span_s), min(chance.expovariate(1 / 6), 25.0)
        found.append(Planned(name, round(at_s, 3), round(lasts_s, 3), chance.randrange(2**31)))
    return sorted(found, key=lambda one: one.at_s)
