"""A gateway that says anything at all: nothing crashes, nothing is believed that cannot be read, nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import weakref

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.events import Event, LinkLost
from core.domain.requests import Connect
from core.tws.gateway import TwsGateway
from core.tws.session import Session

field = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "7",
        "10000007",
        "1.5",
        "1.7976931348623157E308",
        "nan",
        "x",
        "9" * 400,
        "20261122",
        "\x1b",
        "True",
    ]
) | st.text(max_size=8)
message = st.tuples(st.integers(1, 108).map(str), st.lists(field, max_size=140)).map(
    lambda parts: [parts[0], *parts[1]]
)
chunk = st.lists(message, min_size=1, max_size=8)


def framed(messages: list[list[str]]) -> bytes:
    bodies = ["".join(f"{part}\0" for part in fields).encode(errors="replace") for fields in messages]
    return b"".join(len(body).to_bytes(4) + body for body in bodies)


def ready_session(loop: asyncio.AbstractEventLoop, told: list[Event]) -> Session:
    """A session past its handshake, without a socket: bytes are handed to it as a socket would."""
    from collections import Counter

    session = Session(Connect("127.0.0.1", 1, 1, 5.0), told.append, {}, 1.0, Counter(), loop)
    session._client.sendMsg = lambda _: None  # type: ignore[method-assign]
    session._client._onSocketHasData(framed([["178", "20261122 10:00:00 EST"]]))
    session._client._onSocketHasData(framed([["15", "1", "DU1234567"], ["9", "1", "7"]]))
    assert session.is_ready
    return session


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(chunk, max_size=4))
def test_no_sequence_of_messages_gets_through_as_an_exception(chunks: list[list[list[str]]]) -> None:
    loop = asyncio.new_event_loop()
    told: list[Event] = []
    try:
        session = ready_session(loop, told)
        for messages in chunks:
            session._client._onSocketHasData(framed(messages))
        session.end()
    finally:
        loop.close()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_get_through_as_an_exception(data: bytes) -> None:
    loop = asyncio.new_event_loop()
    told: list[Event] = []
    try:
        session = ready_session(loop, told)
        session._client._onSocketHasData(data)
        assert len([event for event in told if isinstance(event, LinkLost)]) <= 1
        session.end()
    finally:
        loop.close()


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 7))
def test_messages_may_come_in_slices_of_any_size(size: int) -> None:
    loop = asyncio.new_event_loop()
    told: list[Event] = []
    try:
        session = ready_session(loop, told)
        data = framed([["4", "2", "-1", "2104", f"farm {number}", ""] for number in range(20)])
        for start in range(0, len(data), size):
            session._client._onSocketHasData(data[start : start + size])
        assert [event.text for event in told[1:]] == [f"farm {number}" for number in range(20)]  # type: ignore[union-attr]
        session.end()
    finally:
        loop.close()


async def test_an_ended_connection_leaves_nothing_behind(connected, tws: TwsGateway) -> None:
    await connected()
    assert tws._session is not None
    session = weakref.ref(tws._session)
    await tws.close()
    gc.collect()
    assert session() is None
