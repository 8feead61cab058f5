"""IB's own client, old and new, takes the simulated gateway for TWS and has nothing to complain of."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.simulator.server import SimulatedGateway
from tests.conformance.official.environment import OutOfReach, python_with

pytestmark = pytest.mark.timeout(300)

DRIVER = Path(__file__).parent / "official" / "driver.py"


class Official(NamedTuple):
    """A release of IB's client: what to install, and the version agreed with it."""

    requirements: tuple[str, ...]
    server_version: int


CLIENTS = {
    "9.81": Official(("ibapi==9.81.1.post1",), 157),
    "10.19": Official(("nautilus-ibapi==10.19.4",), 176),
    "10.46": Official(("nautilus-ibapi==10.46.1", "protobuf"), 178),
}


async def drive(official: Official) -> dict[str, Any]:
    """What the client saw of a whole session with the simulated gateway."""
    try:
        python = await asyncio.to_thread(python_with, *official.requirements)
    except OutOfReach as why:
        pytest.skip(f"the package registry is out of reach, so IB's client cannot be had: {why}")
    async with SimulatedGateway(seed=1) as gateway:
        process = await asyncio.create_subprocess_exec(
            str(python),
            str(DRIVER),
            gateway.host,
            str(gateway.port),
            "7",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("official", CLIENTS.values(), ids=CLIENTS.keys())
async def test_a_whole_session_is_understood(official: Official) -> None:
    saw = await drive(official)
    assert saw["missing"] == []
    assert saw["complaints"] == []
    assert saw["leftover"] == []
    assert [error for error in saw["errors"] if error[1] != 202] == []
    assert saw["server_version"] == official.server_version
    assert (saw["accounts"], saw["con_id"], saw["min_tick"]) == ("DU1234567", 265598, 0.01)
    assert 0 < saw["bid"] < saw["ask"]
    assert all(int(count) >= 9 for count in saw["bars"].values())
    assert saw["filled"] in ("100", "100.0")
    assert saw["statuses"][-1] == "Filled"
    assert saw["margin_change"] != 0
    assert float(saw["net_liquidation"]) > 0
