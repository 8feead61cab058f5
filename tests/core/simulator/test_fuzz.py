"""A few thousand of the million mutated frames that `fuzz.py` throws."""

from __future__ import annotations

import random

from core.simulator.wire.frames import Deframer, frame
from tests.core.simulator.fuzz import corpus, mutated, run


def test_mutated_frames_harm_nobody() -> None:
    report = run(4_000, seed=20261122)
    assert report.crashes == []
    assert report.frames == 4_000
    assert report.sessions < 2_000, "most clients live through most of it"


def test_the_mutations_are_repeatable() -> None:
    first, again = ([mutated(corpus()[0], random.Random(5)) for _ in range(10)] for _ in range(2))
    assert first == again


def test_a_frame_is_never_held_beyond_its_length() -> None:
    deframer = Deframer()
    list(deframer.feed(b"API\0" + frame("v157..178")))
    for _ in range(100):
        assert list(deframer.feed(frame("49", "1"))) == [["49", "1"]]
    assert not deframer._buffer
