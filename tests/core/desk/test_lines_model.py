"""The gateway's list of lines is ours: after ten thousand random steps against a model of the gateway."""

from __future__ import annotations

from random import Random

import pytest

from core.desk import Desk
from core.domain.contract import Contract, ContractDetails
from core.domain.events import (
    AccountReported,
    ConnectAsked,
    ContractsReported,
    DisconnectAsked,
    Event,
    LinkLost,
    MessageReported,
    ProbeAnswered,
    QuoteRefused,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.line import LineState
from core.domain.link import LinkFault, Socket
from core.domain.quote import QuoteKind, QuoteReport
from core.domain.requests import (
    CancelQuotes,
    Connect,
    Disconnect,
    Probe,
    Request,
    RequestContracts,
    SubscribeQuotes,
    TakeSnapshot,
    Wake,
)
from core.pacing.lines import Wire

CONTRACTS = tuple(Contract(number, f"S{number}") for number in range(1, 41))
OWNERS = ("chart", "ticket", "positions", "watchlist", "api")
LIMIT = 12
STEPS = 10_000


class World:
    """A desk, a clock, and a gateway that keeps its own list and bears no rudeness."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.now_s = 1_780_498_800.0
        self.lines: dict[int, bool] = {}
        self.ghosts: set[int] = set()
        """Ended by the gateway: a cancel of one is an echo, not an orphan."""
        self.watched: set[tuple[int, str]] = set()
        self.wake_at_s: float | None = None
        self.subscriptions = 0
        self.desk = Desk(
            LinkSettings(kind="simulator", lines=LIMIT),
            RiskLimits(),
            Permissions(),
            now_s=self.now_s,
            new_ref=lambda: "ref",
            jitter=lambda: 0.5,
        )

    def tell(self, *events: Event) -> None:
        for event in events:
            self.take(self.desk.step(event, self.now_s))

    def take(self, requests: list[Request]) -> None:
        for request in requests:
            if isinstance(request, SubscribeQuotes):
                con_id = request.contract.con_id
                assert con_id not in self.lines, f"{con_id} subscribed twice"
                self.lines[con_id] = request.delayed
                self.ghosts.discard(con_id)
                assert len(self.lines) <= LIMIT
                self.subscriptions += 1
            elif isinstance(request, CancelQuotes):
                assert request.con_id in self.lines or request.con_id in self.ghosts, (
                    "cancelled what was never open"
                )
                self.lines.pop(request.con_id, None)
                self.ghosts.discard(request.con_id)
            elif isinstance(request, Connect):
                self.open()
            elif isinstance(request, Disconnect):
                self.end()
            elif isinstance(request, Probe):
                self.tell(ProbeAnswered(0.001))
            elif isinstance(request, TakeSnapshot):
                self.tell(SnapshotCompleted(1, (), (), (), ()))
            elif isinstance(request, RequestContracts):
                found = next(one for one in CONTRACTS if one.con_id == request.query.con_id)
                self.tell(ContractsReported(request.query, (ContractDetails(found),)))
            elif isinstance(request, Wake):
                at_s = self.now_s + request.delay_s
                self.wake_at_s = at_s if self.wake_at_s is None else min(at_s, self.wake_at_s)

    def end(self) -> None:
        self.lines.clear()
        self.ghosts.clear()

    def open(self) -> None:
        self.end()
        if self.chance.random() < 0.8:
            self.tell(SocketOpened(178, ("DU1",), 1, simulator=True), AccountReported("DU1", ()))
        else:
            self.tell(LinkLost(LinkFault.CLOSED))

    # --- what may happen ------------------------------------------------------------------------------

    def watch(self) -> None:
        contract, owner = self.chance.choice(CONTRACTS), self.chance.choice(OWNERS)
        if self.chance.random() < 0.2:
            contract = Contract(contract.con_id, contract.symbol, exchange="")
        self.watched.add((contract.con_id, owner))
        self.take(self.desk.watch(contract, owner, self.now_s))

    def unwatch(self) -> None:
        if self.watched:
            con_id, owner = self.chance.choice(sorted(self.watched))
            self.watched.discard((con_id, owner))
            self.take(self.desk.unwatch(con_id, owner, self.now_s))

    def fall(self) -> None:
        if self.desk.link.socket in (Socket.SYNCING, Socket.UP):
            self.end()
            self.tell(LinkLost(LinkFault.CLOSED))

    def lose_data(self) -> None:
        if self.desk.link.socket in (Socket.SYNCING, Socket.UP):
            self.ghosts |= set(self.lines)
            self.lines.clear()
            self.tell(MessageReported(1101, "restored, data lost"))

    def keep_data(self) -> None:
        self.tell(MessageReported(1100, "lost"), MessageReported(1102, "restored, data kept"))

    def flap(self) -> None:
        self.tell(MessageReported(2103, "broken:usfarm"), MessageReported(2104, "OK:usfarm"))

    def throttle(self) -> None:
        self.tell(MessageReported(100, "max rate"))

    def refuse(self) -> None:
        if not self.lines:
            return
        con_id = self.chance.choice(sorted(self.lines))
        code = self.chance.choice((354, 200, 322, 10089, 10168, 10197))
        if code != 10089:
            del self.lines[con_id]
            self.ghosts.add(con_id)  # our cancel may be on its way
        self.tell(QuoteRefused(con_id, code, "no"))

    def tick(self) -> None:
        live = [con_id for con_id in self.lines if self.chance.random() < 0.6]
        if live:
            rest = (None,) * 10
            self.tell(
                QuotesReported(tuple(QuoteReport(one, QuoteKind.LIVE, 1.0, *rest, False) for one in live))
            )

    def stop_and_start(self) -> None:
        self.tell(DisconnectAsked())
        self.connect()

    def connect(self) -> None:
        self.tell(ConnectAsked("127.0.0.1", 5000, 1, "simulator", "simulator"))

    def pass_time(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.wake_at_s is not None and self.wake_at_s <= until_s:
            self.now_s, self.wake_at_s = max(self.now_s, self.wake_at_s), None
            self.tell(Woke())
        self.now_s = until_s

    # --- what must hold -------------------------------------------------------------------------------

    def settle(self) -> None:
        """Up again, and everything that waited has gone out."""
        while not self.desk.link.synchronised or self.desk._lanes.queued:
            self.pass_time(1.0)

    def lists_are_equal(self) -> None:
        ours = {line.con_id for line in self.desk._lines.all() if line.wire is Wire.OPEN}
        assert set(self.lines) == ours
        wanted = {con_id for con_id, _ in self.watched}
        assert ours <= wanted
        assert {line.con_id for line in self.desk._lines.all()} == wanted
        for con_id in wanted - ours:
            view = self.desk.line(con_id)
            assert view is not None
            assert view.words
            assert view.state in (LineState.REFUSED, LineState.EVICTED, LineState.WAITING)
            quote = self.desk.quote(con_id)
            assert quote is None or quote.lost_at_s is not None
        assert {con_id for con_id in range(1, 41) if self.desk.quote(con_id)} <= wanted
        assert len(self.desk._fresh._streams) == len(wanted)
        assert set(self.desk._refusals) <= wanted


@pytest.mark.parametrize("seed", range(2))
def test_after_ten_thousand_random_steps_the_gateways_list_of_lines_is_ours(seed: int) -> None:
    world = World(seed)
    world.connect()
    steps = (
        [world.watch] * 8 + [world.unwatch] * 8 + [world.tick] * 4 + [world.refuse] * 2
        + [world.fall, world.lose_data, world.keep_data, world.flap, world.throttle, world.stop_and_start]
    )  # fmt: skip
    for number in range(STEPS):
        world.chance.choice(steps)()
        world.pass_time(world.chance.choice((0.0, 0.0, 0.01, 0.3, 2.0)))
        if number % 500 == 499:
            world.settle()
            world.lists_are_equal()
    world.settle()
    world.lists_are_equal()
    assert world.subscriptions > STEPS / 10
