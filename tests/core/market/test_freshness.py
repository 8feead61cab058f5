"""Flow is proven by the age of the last tick; the figures of `core.market.freshness`, in virtual time."""

from __future__ import annotations

from core.domain.line import LineState
from core.market.freshness import ASK_AGAIN_S, FIRST_TICK_S, FLOWS_S, LONGEST_S, SILENT_S, Freshness


class Watch:
    """One thing that may tick, judged once a second."""

    def __init__(self, *, should_flow: bool = True) -> None:
        self.fresh: Freshness[str] = Freshness()
        self.tick_s: float | None = None
        self.should_flow = should_flow
        self.now_s = 1_000.0
        self.asks: list[float] = []
        self.fresh.asked("line", self.now_s)

    def run(self, seconds: int, *, ticks: bool = False, answers: bool = False) -> LineState:
        """Every asking again goes out at once; with `answers` it is answered by a tick."""
        for _ in range(seconds):
            self.now_s += 1.0
            if ticks:
                self.tick_s = self.now_s
            for key in self.fresh.judge(lambda _: self.tick_s, lambda _: self.should_flow, self.now_s):
                self.fresh.asked(key, self.now_s)
                self.asks.append(self.now_s)
                if answers:
                    self.tick_s = self.now_s
        state = self.fresh.state("line")
        assert state is not None
        return state[0]


def test_from_asking_to_flowing_to_quiet() -> None:
    watch = Watch(should_flow=False)
    assert watch.run(5) is LineState.WAITING
    assert watch.run(5, ticks=True) is LineState.FLOWING
    assert watch.run(int(FLOWS_S)) is LineState.FLOWING
    assert watch.run(1) is LineState.QUIET
    assert watch.asks == []


def test_the_first_tick_is_waited_for_then_asked_for_once_then_it_is_dead() -> None:
    watch = Watch()
    assert watch.run(int(FIRST_TICK_S)) is LineState.WAITING
    assert len(watch.asks) == 1
    assert watch.run(int(FIRST_TICK_S)) is LineState.DEAD
    assert len(watch.asks) == 1


def test_the_dead_are_asked_for_at_doubling_distances_up_to_a_quarter_of_an_hour() -> None:
    watch = Watch()
    watch.run(6 * 3600)
    distances = [round(after - before) for before, after in zip(watch.asks, watch.asks[1:], strict=False)]
    assert distances[:4] == [ASK_AGAIN_S, 2 * ASK_AGAIN_S, 4 * ASK_AGAIN_S, 8 * ASK_AGAIN_S]
    assert set(distances[4:]) == {LONGEST_S}


def test_a_tick_raises_the_dead() -> None:
    watch = Watch()
    watch.run(30)
    assert watch.run(1, ticks=True) is LineState.FLOWING
    assert watch.fresh.asks("line") == 0


def test_what_answers_each_asking_is_believed_ever_longer_and_anew_once_it_flows_by_itself() -> None:
    watch = Watch()
    watch.run(5, ticks=True)
    watch.run(4 * 3600, answers=True)
    distances = [round(after - before) for before, after in zip(watch.asks, watch.asks[1:], strict=False)]
    assert distances == sorted(distances)
    assert distances[-1] == LONGEST_S
    watch.run(int(SILENT_S) + 5, ticks=True)
    before = watch.now_s
    watch.asks.clear()
    watch.run(int(SILENT_S) + 1, answers=True)
    assert watch.asks == [before + SILENT_S]


def test_after_an_outage_even_what_ticked_just_before_must_tick_again() -> None:
    watch = Watch(should_flow=False)
    watch.run(5, ticks=True)
    watch.fresh.doubt(["line", "another"], 3.0, watch.now_s)
    watch.run(2)
    assert watch.asks == []
    watch.run(1)
    assert len(watch.asks) == 1
    watch.run(100)
    assert len(watch.asks) == 1


def test_one_that_ticks_after_the_outage_has_proven_itself() -> None:
    watch = Watch(should_flow=False)
    watch.run(5, ticks=True)
    watch.fresh.doubt(["line"], 3.0, watch.now_s)
    watch.run(1, ticks=True)
    watch.run(60)
    assert watch.asks == []


def test_what_stands_is_not_judged_until_it_is_asked_for_again() -> None:
    watch = Watch()
    watch.fresh.stands("line", LineState.REFUSED, watch.now_s)
    assert watch.run(600) is LineState.REFUSED
    assert watch.asks == []
    watch.fresh.asked("line", watch.now_s)
    assert watch.run(1) is LineState.WAITING


def test_a_lost_link_makes_everything_wait_and_forget_its_silence() -> None:
    watch = Watch()
    watch.run(30)
    watch.fresh.lost(watch.now_s)
    state = watch.fresh.state("line")
    assert state == (LineState.WAITING, watch.now_s)
    assert watch.fresh.asks("line") == 0


def test_each_change_of_state_is_told_once() -> None:
    watch = Watch()
    watch.fresh.changed.clear()
    watch.run(1, ticks=True)
    assert watch.fresh.changed == {"line"}
    watch.fresh.changed.clear()
    watch.run(10, ticks=True)
    assert watch.fresh.changed == set()
