"""A headless IBDesk to be killed: opens its journal, connects, compares itself with the gateway's file, trades.

Says where it is as lines of JSON, and lives until it is killed. `python -m core.soak.victim` is for `kills`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from core.api.assemble import assemble, open_journal
from core.connector import Connector
from core.domain.order import Overlay
from core.journal import entries
from core.simulator.exchange import Exchange
from core.simulator.state import StateFile
from core.soak import check
from core.soak.check import CLIENT_ID, Facts, Intent
from core.soak.trader import Trader, draw
from core.soak.world import SETTINGS, UNSETTLED

AGREE_WITHIN_S = 75.0
"""Long enough for every proof that an order never arrived."""
LOOK_EVERY_S = 0.05
HURRY = 20
"""How many times faster than in a simulated session it trades: its life is short."""


def _say(at: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"at": at, **more}) + "\n")
    sys.stdout.flush()


class _Intents(dict[str, Intent]):
    """Says so when the first order of this life has been taken on."""

    _trading = False

    def __setitem__(self, order_ref: str, intent: Intent) -> None:
        super().__setitem__(order_ref, intent)
        if not self._trading:
            self._trading = True
            _say("trading")


class Victim:
    """One life between two kills."""

    def __init__(
        self, connector: Connector, intents: dict[str, Intent], state: Path, seed: int, patient: bool
    ) -> None:
        self.connector = connector
        self.desk = connector.desk
        self.intents = _Intents(intents)
        self._state, self._seed, self._patient = state, seed, patient

    async def live(self, host: str, port: int) -> None:
        connector, desk = self.connector, self.connector.desk
        await connector.start()
        connector.connect(host, port, CLIENT_ID, "simulator", "simulator")
        if not await self._until(lambda: desk.link.is_ready):
            _say("wrong", words=[f"never ready: {desk.link.words}"])
            return
        _say("ready")
        found: list[str] = []

        def agrees() -> bool:
            nonlocal found
            found = self._compare()
            return not found

        if not await self._until(self._is_quiet) or not await self._until(agrees):
            _say("wrong", words=found or ["orders wait for ever"])
            return
        _say("agreed", orders=len(self.intents), doubts=self._doubts())
        chance = Random(self._seed)
        while True:
            # A successor's intent would be told after it went: the reader of this process could not know it.
            hurried = [
                replace(one, after_s=one.after_s / HURRY) for one in draw(chance) if one.what != "replace"
            ]
            await Trader(self, hurried, LOOK_EVERY_S).trade()

    def is_home(self) -> bool:
        return True

    async def _until(self, holds: Any) -> bool:
        began_s = time.monotonic()
        while not holds():
            if time.monotonic() - began_s > AGREE_WITHIN_S:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    def _is_quiet(self) -> bool:
        return not any(
            one.state in UNSETTLED or Overlay.REQUESTED in (one.modify, one.cancel)
            for one in self.desk.live_orders()
        )

    def _doubts(self) -> int:
        return sum(one.state == "in doubt" for one in self.desk.orders())

    def _compare(self) -> list[str]:
        """Against what the gateway has on its disk: it writes that before any client hears of it."""
        market = Exchange(1, time.time())
        StateFile(self._state, market).load()
        refused = {one.order_id or 0 for one in self.desk.orders() if one.code is not None}
        facts = Facts(self.desk, market, self.intents, _placed(market), refused, early=not self._patient)
        # Cash is in the file too, but its currencies move with the market from one second to the next.
        return [words for words in check.agrees(facts) if not words.startswith("cash")]


def _placed(market: Exchange) -> dict[int, list[str]]:
    placed: dict[int, list[str]] = {}
    for one in (*market.open_orders(), *market.completed_orders()):
        placed.setdefault(one.order_id, []).append(one.order_ref)
    return placed


def intents_in(journal: Path) -> dict[str, Intent]:
    """What the journal says was meant: committed before a byte was sent."""
    found: dict[str, Intent] = {}
    refused = {entry.subject for entry in entries(journal) if entry.kind in ("refused", "intent refused")}
    for entry in entries(journal, "intent"):
        told = dict(entry.fields)
        if told.get("modifies", "").lower() == "true" and entry.subject in found:
            found[entry.subject].modifications += 1
        elif entry.subject not in refused:
            found[entry.subject] = Intent(entry.subject, int(told["order_id"]))
    return found


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="victim")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patient", action="store_true", help="wait until nothing is in doubt that can be proven"
    )
    asked = parser.parse_args(argv)
    settings = replace(SETTINGS, link=replace(SETTINGS.link, host=asked.host, port=asked.port))
    journal = open_journal(settings, asked.journal)
    connector = assemble(settings, journal=journal)
    _say("view", orders=len(connector.desk.orders()))
    victim = Victim(connector, intents_in(asked.journal), asked.state, asked.seed, asked.patient)
    asyncio.run(victim.live(asked.host, asked.port))


if __name__ == "__main__":
    main()
