"""The virtual loop: time that is counted, and everything else as asyncio promises it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from core.soak.loop import Deadlock, Livelock, VirtualLoop
from core.spawn import spawn

Main = Callable[[VirtualLoop], Coroutine[Any, Any, Any]]


def on_virtual_time(main: Main) -> Any:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()


def test_a_week_passes_at_once() -> None:
    async def main(loop: VirtualLoop) -> float:
        await asyncio.sleep(7 * 86_400)
        return loop.time()

    assert on_virtual_time(main) == pytest.approx(7 * 86_400)


def test_timers_fire_in_the_order_of_their_times_and_callbacks_in_the_order_of_their_calls() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        told: list[str] = []
        loop.call_later(2.0, told.append, "second")
        loop.call_later(1.0, told.append, "first")
        loop.call_soon(told.append, "at once")
        loop.call_soon(told.append, "and then")
        await asyncio.sleep(3.0)
        return told

    assert on_virtual_time(main) == ["at once", "and then", "first", "second"]


def test_a_deadline_ends_a_wait_exactly_then() -> None:
    async def main(loop: VirtualLoop) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await loop.create_future()
        return loop.time()

    assert on_virtual_time(main) == pytest.approx(2.5)


def test_a_wait_that_nothing_can_end_is_told() -> None:
    async def main(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(Deadlock):
        on_virtual_time(main)


def test_callbacks_that_call_one_another_for_ever_are_told() -> None:
    async def main(loop: VirtualLoop) -> None:
        def again() -> None:
            loop.call_soon(again)

        again()
        await asyncio.sleep(1.0)

    with pytest.raises(Livelock):
        on_virtual_time(main)


def test_what_is_still_to_run_can_be_counted() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, int]:
        kept = loop.call_later(60.0, print)
        loop.call_later(60.0, print).cancel()
        with_it = len(loop.pending())
        kept.cancel()
        return with_it, len(loop.pending())

    assert on_virtual_time(main) == (1, 0)


def test_tasks_take_turns_as_on_any_loop() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        told: list[str] = []

        async def count(name: str) -> None:
            for number in range(3):
                told.append(f"{name}{number}")
                await asyncio.sleep(0)

        await asyncio.wait([spawn(count("a"), "a"), spawn(count("b"), "b")])
        return told

    assert on_virtual_time(main) == ["a0", "b0", "a1", "b1", "a2", "b2"]
