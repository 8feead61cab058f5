"""The control channel: whoever has the token switches faults and scenarios while clients are connected.

One JSON object a line, one answer a line. The first line is {"token": ...}; after it
{"do": "scenarios"}, {"do": "scenario", "name": NAME}, {"do": "on", "fault": NAME, "rate": 0.1, "at": 3, "times": 1,
"amount": 2.5} (all but the name may be left off), {"do": "off"} or with a fault, {"do": "drop"} or with a client,
{"do": "notice", "code": 1100}, {"do": "faults"} and {"do": "status"}.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from typing import Any, Final

from core.simulator.courses import COURSES
from core.simulator.faults import BROADCASTS, FAULTS
from core.simulator.hub import Hub
from core.simulator.scenario import SCENARIOS

log = logging.getLogger(__name__)

MAX_LINE_BYTES: Final = 64 * 1024
TOKEN_DEADLINE_S: Final = 10.0

SAYS: Final = {name: row.says for name, row in SCENARIOS.items()} | {
    name: course.says for name, course in COURSES.items()
}
"""Every scenario that can be begun, in the order to show them."""

Answer = dict[str, object]


class Refused(ValueError):
    """The command means nothing; says why."""


class Control:
    """Carries out commands on a hub; knows nothing of sockets or tokens."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._commands: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "on": self._on,
            "off": self._off,
            "scenarios": self._scenarios,
            "scenario": self._scenario,
            "drop": self._drop,
            "notice": self._notice,
            "faults": self._faults,
            "status": self._status,
        }

    def obey(self, line: str) -> Answer:
        """{"ok": true, ...} or {"ok": false, "why": ...}; never raises at what a caller wrote."""
        try:
            asked = json.loads(line)
            if not isinstance(asked, dict):
                raise Refused("a command is a JSON object")
            command = self._commands.get(str(asked.get("do")))
            if command is None:
                raise Refused(f'"do" is one of {", ".join(self._commands)}')
            return {"ok": True, **command(asked)}
        except (ValueError, TypeError, RecursionError) as why:
            return {"ok": False, "why": str(why)[:500]}

    def _on(self, asked: dict[str, Any]) -> Answer:
        unknown = asked.keys() - {"do", "fault", "rate", "at", "times", "amount"}
        if unknown:
            raise Refused(f"unknown: {', '.join(sorted(unknown))}")
        numbers = {name: asked.get(name) for name in ("rate", "at", "times", "amount")}
        for name, value in numbers.items():
            wanted = (int,) if name in ("at", "times") else (int, float)
            if value is not None and (isinstance(value, bool) or not isinstance(value, wanted)):
                raise Refused(f"{name} is a number, not {value!r}")
        self._hub.faults.switch_on(str(asked.get("fault")), **numbers)
        return {}

    def _off(self, asked: dict[str, Any]) -> Answer:
        name = asked.get("fault")
        self._hub.faults.switch_off(None if name is None else str(name))
        if name is None:
            self._hub.end()
        return {}

    def _scenarios(self, _asked: dict[str, Any]) -> Answer:
        return {"scenarios": SAYS}

    def _scenario(self, asked: dict[str, Any]) -> Answer:
        name = str(asked.get("name"))
        if name not in SAYS:
            raise Refused(f"a scenario is one of {', '.join(SAYS)}")
        self._hub.begin(name)
        return {"scenario": name, "says": SAYS[name]}

    def _drop(self, asked: dict[str, Any]) -> Answer:
        client_id = asked.get("client")
        if client_id is not None and (isinstance(client_id, bool) or not isinstance(client_id, int)):
            raise Refused(f"a client is a number, not {client_id!r}")
        return {"dropped": self._hub.drop(client_id)}

    def _notice(self, asked: dict[str, Any]) -> Answer:
        code = asked.get("code")
        if code not in BROADCASTS:
            raise Refused(f"a notice is one of {', '.join(map(str, BROADCASTS))}")
        self._hub.broadcast(int(code))
        return {}

    def _faults(self, _asked: dict[str, Any]) -> Answer:
        return {"faults": {name: fault.says for name, fault in FAULTS.items()}}

    def _status(self, _asked: dict[str, Any]) -> Answer:
        hub, switches = self._hub, self._hub.faults.switches
        return {
            "scenario": hub.scenario,
            "since_s": round(hub.clock_s - hub.scenario_since_s, 3) if hub.scenario else None,
            "clients": [peer.client_id for peer in hub.peers()],
            "on": {name: {"seen": one.seen, "bitten": one.bitten} for name, one in switches.items()},
            "cut_off": hub.is_cut_off,
        }


class ControlConnection(asyncio.Protocol):
    """One caller: closed without a word unless its first line holds the token."""

    def __init__(self, control: Control, token: str) -> None:
        self._control, self._token = control, token
        self._buffer = bytearray()
        self._known = False
        self._transport: asyncio.Transport | None = None
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._patience = asyncio.get_running_loop().call_later(TOKEN_DEADLINE_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = self._buffer[:end].decode(errors="replace")
            del self._buffer[: end + 1]
            if not self._take(line):
                return
        if len(self._buffer) > MAX_LINE_BYTES:
            self._end()

    def _take(self, line: str) -> bool:
        assert self._transport is not None
        if not self._known and not self._has_token(line):
            log.warning("a caller of the control channel has no token")
            self._end()
            return False
        if not self._known:
            self._known = True
            answer: Answer = {"ok": True}
        else:
            answer = self._control.obey(line)
        self._transport.write(json.dumps(answer).encode() + b"\n")
        return True

    def _has_token(self, line: str) -> bool:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return False
        token = said.get("token") if isinstance(said, dict) else None
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self._token.encode())

    def _give_up(self) -> None:
        if not self._known:
            self._end()

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.abort()
