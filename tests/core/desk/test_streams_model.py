"""The gateway's lists of books and tapes are ours: after ten thousand random steps against its model."""

from __future__ import annotations

import pytest

from core.domain.events import StreamRefused
from core.domain.line import LineState
from core.domain.requests import CancelStream, Request, SubscribeStream
from core.domain.stream import StreamKind
from core.pacing.lines import Wire
from core.pacing.streams import ASK_APART_S
from tests.core.desk.test_lines_model import CONTRACTS, OWNERS, STEPS, World

DEPTH, TAPE = StreamKind.DEPTH, StreamKind.TAPE
MOST = {DEPTH: 3, TAPE: 1}


class Streams(World):
    """Keeps a list of each kind, and bears no rudeness with either."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.held: set[tuple[StreamKind, int]] = set()
        self.gone: set[tuple[StreamKind, int]] = set()
        self.wanted: set[tuple[StreamKind, int, str]] = set()
        self.asked_at_s: dict[tuple[StreamKind, int], float] = {}
        self.count = 0

    def take(self, requests: list[Request]) -> None:
        for request in requests:
            if isinstance(request, SubscribeStream):
                self.open_stream(request.kind, request.contract.con_id)
            elif isinstance(request, CancelStream):
                key = request.kind, request.con_id
                assert key in self.held or key in self.gone, "cancelled what was never open"
                self.held.discard(key)
                self.gone.discard(key)
        super().take([one for one in requests if not isinstance(one, SubscribeStream | CancelStream)])

    def open_stream(self, kind: StreamKind, con_id: int) -> None:
        key = kind, con_id
        assert key not in self.held, f"{key} subscribed twice"
        asked_s = self.asked_at_s.get(key)
        assert asked_s is None or self.now_s - asked_s >= ASK_APART_S[kind] - 1e-6
        self.asked_at_s[key] = self.now_s
        self.held.add(key)
        self.gone.discard(key)
        assert sum(one[0] is kind for one in self.held) <= MOST[kind]
        self.count += 1

    def end(self) -> None:
        super().end()
        self.held.clear()
        self.gone.clear()
        self.asked_at_s.clear()

    def lose_data(self) -> None:
        self.gone |= self.held
        self.held.clear()
        super().lose_data()

    def wish(self) -> None:
        kind, contract = self.chance.choice((DEPTH, TAPE)), self.chance.choice(CONTRACTS[:8])
        owner = self.chance.choice(OWNERS)
        self.wanted.add((kind, contract.con_id, owner))
        watch = self.desk.watch_depth if kind is DEPTH else self.desk.watch_tape
        self.take(watch(contract, owner, self.now_s))

    def drop(self) -> None:
        if self.wanted:
            kind, con_id, owner = one = self.chance.choice(
                sorted(self.wanted, key=lambda one: (one[0].value, *one[1:]))
            )
            self.wanted.discard(one)
            unwatch = self.desk.unwatch_depth if kind is DEPTH else self.desk.unwatch_tape
            self.take(unwatch(con_id, owner, self.now_s))

    def say_no(self) -> None:
        if self.held:
            key = self.chance.choice(sorted(self.held, key=lambda one: (one[0].value, one[1])))
            self.held.discard(key)
            self.gone.add(key)
            self.tell(StreamRefused(*key, self.chance.choice((354, 322, 316, 10197)), "no"))

    def settle(self) -> None:
        super().settle()
        self.pass_time(120.0)  # every wait that IB wants is over
        super().settle()

    def lists_are_equal(self) -> None:
        super().lists_are_equal()
        for kind, lines in self.desk._streams.items():
            ours = {line.con_id for line in lines.all() if line.wire is Wire.OPEN}
            assert {con_id for held, con_id in self.held if held is kind} == ours
            wanted = {con_id for held, con_id, _ in self.wanted if held is kind}
            assert {line.con_id for line in lines.all()} == wanted
            for con_id in wanted - ours:
                view = self.desk.depth(con_id) if kind is DEPTH else self.desk.tape(con_id)
                assert view is not None
                assert view.words
                assert view.state in (LineState.REFUSED, LineState.EVICTED)
        wanted_keys = {(kind, con_id) for kind, con_id, _ in self.wanted}
        assert set(self.desk._retry_at_s) | set(self.desk._stream_words) <= wanted_keys


@pytest.mark.parametrize("seed", range(2))
def test_after_ten_thousand_random_steps_the_gateways_books_and_tapes_are_ours(seed: int) -> None:
    world = Streams(seed)
    world.connect()
    steps = (
        [world.wish] * 8 + [world.drop] * 8 + [world.say_no] * 2 + [world.watch, world.unwatch]
        + [world.fall, world.lose_data, world.keep_data, world.flap, world.throttle, world.stop_and_start]
    )  # fmt: skip
    for number in range(STEPS):
        world.chance.choice(steps)()
        world.pass_time(world.chance.choice((0.0, 0.0, 0.01, 0.3, 2.0, 9.0)))
        if number % 500 == 499:
            world.settle()
            world.lists_are_equal()
    assert world.count > STEPS / 20
