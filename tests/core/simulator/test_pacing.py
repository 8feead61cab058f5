"""TWS's limits on how often a client may ask, in TWS's own words."""

from __future__ import annotations

from core.simulator.pacing import Limits, Pace, bar_seconds
from tests.core.simulator.wire_client import (
    CONTRACT_FIELDS,
    WireClient,
    errors,
    greeting,
    kinds,
    new_hub,
)

FIFTY = Limits(messages_a_second=50)


def bars(req_id: int, size: str = "5 secs", what: str = "TRADES", duration: str = "600 S") -> list[str]:
    return ["20", str(req_id), *CONTRACT_FIELDS, "0", "", size, duration, "0", what, "1", "0", ""]


def hurry(client: WireClient, times: int) -> list[list[str]]:
    return [fields for _ in range(times) for fields in client.ask("49", "1")]


def test_more_than_fifty_messages_in_a_second_are_error_100() -> None:
    client = WireClient(new_hub(limits=FIFTY))
    heard = hurry(client, 49)
    assert set(kinds(heard)) == {"49"}
    (refused,) = hurry(client, 1)
    assert refused[2:5] == [
        "-1",
        "100",
        "Max rate of messages per second has been exceeded:max=50 rec=51 (1)",
    ]
    client.after(1.1)
    assert kinds(hurry(client, 1)) == ["49"]
    assert not client.closed


def test_three_breaches_end_the_session_where_that_is_wanted() -> None:
    client = WireClient(new_hub(limits=Limits(messages_a_second=5, breaches_end_session=True)))
    hurry(client, 6)
    assert not client.closed
    hurry(client, 2)
    assert client.closed


def test_a_client_that_asks_to_be_slowed_down_is_not_refused() -> None:
    hub = new_hub(limits=FIFTY)
    client = WireClient(hub, client_id=None)
    other = WireClient(hub, client_id=2)
    del client.heard[:]
    session = hub.admit(client._hear, client._end)
    assert session is not None
    session.receive(greeting("v157..178 +PACEAPI"))
    client.session = session
    client.ask("71", "2", "5", "")
    assert set(kinds(hurry(client, 100))) == {"49"}
    assert errors(hurry(other, 100))


def test_the_same_small_bars_within_fifteen_seconds_are_a_violation() -> None:
    client = WireClient(new_hub())
    assert kinds(client.ask(*bars(1))) == ["17"]
    (refused,) = client.ask(*bars(2))
    assert refused[2:5] == [
        "2",
        "162",
        "Historical Market Data Service error message:Historical data request pacing violation",
    ]
    client.after(15.0)
    assert kinds(client.ask(*bars(3))) == ["17"]


def test_six_requests_for_a_contract_in_two_seconds_are_a_violation() -> None:
    client = WireClient(new_hub())
    found = [errors(client.ask(*bars(at, duration=f"{100 + at} S"))) for at in range(6)]
    assert found == [[]] * 5 + [[("5", "162")]]


def test_sixty_requests_in_ten_minutes_are_the_most() -> None:
    pace = Pace(Limits())
    found = [pace.history_violated((at, "SMART", at), "5 secs", "TRADES", float(at)) for at in range(61)]
    assert found == [False] * 60 + [True]
    assert not pace.history_violated((99, "SMART", 99), "5 secs", "TRADES", 601.0)


def test_bid_ask_counts_twice() -> None:
    pace = Pace(Limits())
    found = [pace.history_violated((at, "SMART", at), "5 secs", "BID_ASK", float(at)) for at in range(31)]
    assert found == [False] * 30 + [True]


def test_bars_of_a_minute_and_more_are_not_refused() -> None:
    client = WireClient(new_hub())
    assert [errors(client.ask(*bars(at, "1 min", duration="1 D"))) for at in range(20)] == [[]] * 20
    assert bar_seconds("30 secs") == 30
    assert bar_seconds("1 min") == bar_seconds("1 day") == 60


def test_the_limit_on_bars_can_be_lifted() -> None:
    client = WireClient(new_hub(limits=Limits(history=False)))
    assert [errors(client.ask(*bars(at))) for at in range(20)] == [[]] * 20


def test_a_tape_is_not_had_again_within_fifteen_seconds() -> None:
    client = WireClient(new_hub())
    tape = ["97", "5", *CONTRACT_FIELDS, "BidAsk", "0", "0"]
    assert errors(client.ask(*tape)) == []
    client.ask("98", "5")
    assert errors(client.ask(*tape)) == [("5", "10190")]
    client.after(15.0)
    assert errors(client.ask(*tape)) == []


def test_sixty_real_time_bars_in_ten_minutes_are_the_most() -> None:
    client = WireClient(new_hub())
    found = []
    for at in range(61):
        found += errors(client.ask("50", "3", str(at), *CONTRACT_FIELDS, "5", "TRADES", "0", ""))
        client.ask("51", "1", str(at))
    assert found == [("60", "420")]
