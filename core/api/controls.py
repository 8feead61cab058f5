"""The control channel of a simulated gateway: its scenarios and faults, asked for while clients are connected.

One short conversation a command, on this computer only. The token is sent and never shown: not in a repr, not
in a log line, not on a command line.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from core.errors import IBKRConnectionError

DEADLINE_S = 3.0
"""For a whole conversation: connecting, the token, the command and its answer."""

_LOST = "The simulated gateway does not answer on its control channel."
_ADVICE = "Start the simulator again."


@dataclass(frozen=True, slots=True)
class Going:
    """What goes on at the gateway now."""

    scenario: str = ""
    """Its name; "" is the ordinary market."""
    since_s: float = 0.0
    """For how long it has gone on."""
    faults: frozenset[str] = frozenset()
    """Those switched on."""
    cut_off: bool = False
    """IBKR is out of the gateway's reach."""


class Controls:
    """Each call raises IBKRConnectionError with words: the gateway is gone, or refuses the command and says why."""

    def __init__(self, host: str, port: int, token: str, *, deadline_s: float = DEADLINE_S) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the control channel is on this computer only, not on {host}")
        self._where = (host, port)
        self._token = token
        self._deadline_s = deadline_s

    async def scenarios(self) -> dict[str, str]:
        """Each one's name and what it does, in the order to show them."""
        told = (await self._ask({"do": "scenarios"})).get("scenarios")
        return {str(name): str(says) for name, says in told.items()} if isinstance(told, dict) else {}

    async def play(self, scenario: str) -> str:
        """Begin a scenario now, instead of the one before; what it does, in a sentence."""
        return str((await self._ask({"do": "scenario", "name": scenario})).get("says", ""))

    async def end(self) -> None:
        """No scenario and no fault any more; prices and positions stay where they are."""
        await self._ask({"do": "off"})

    async def switch_on(
        self,
        fault: str,
        *,
        rate: float | None = None,
        at: int | None = None,
        times: int | None = None,
        amount: float | None = None,
    ) -> None:
        """A fault of the gateway's catalogue, by name; what is `None` is the fault's own."""
        terms = {"rate": rate, "at": at, "times": times, "amount": amount}
        said = {name: value for name, value in terms.items() if value is not None}
        await self._ask({"do": "on", "fault": fault, **said})

    async def switch_off(self, fault: str) -> None:
        await self._ask({"do": "off", "fault": fault})

    async def drop(self) -> None:
        """Cut every client's connection, without a word."""
        await self._ask({"do": "drop"})

    async def going(self) -> Going:
        """What goes on."""
        told = await self._ask({"do": "status"})
        since_s, faults = told.get("since_s"), told.get("on")
        return Going(
            scenario=str(told.get("scenario") or ""),
            since_s=float(since_s) if isinstance(since_s, int | float) else 0.0,
            faults=frozenset(map(str, faults)) if isinstance(faults, dict) else frozenset(),
            cut_off=bool(told.get("cut_off")),
        )

    # --- inside -------------------------------------------------------------------------------------

    async def _ask(self, command: Mapping[str, object]) -> dict[str, object]:
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await self._converse(command)
        except (OSError, TimeoutError, ValueError):
            # Never the cause's own words: a line that could not be read may hold what was sent.
            raise IBKRConnectionError(_LOST, advice=_ADVICE) from None
        if answer.get("ok") is not True:
            raise IBKRConnectionError(
                f"The simulated gateway refuses: {answer.get('why', 'it says not why')}."
            )
        return answer

    async def _converse(self, command: Mapping[str, object]) -> dict[str, object]:
        reader, writer = await asyncio.open_connection(*self._where)
        try:
            for said in ({"token": self._token}, command):
                writer.write(json.dumps(said).encode() + b"\n")
            # Both lines at once: two answers follow, the token's first.
            _read(await reader.readline())
            return _read(await reader.readline())
        finally:
            with suppress(OSError):
                writer.transport.abort()


def _read(line: bytes) -> dict[str, object]:
    """One answer; ValueError for anything else, a connection that ended among it."""
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise ValueError("an answer is a JSON object")
    return answer
