"""News as a client reads it: headlines newest first, articles that are plain text, refusals."""

from __future__ import annotations

import pytest

from tests.core.simulator.wire_client import CONTRACT_FIELDS, WireClient, errors, kinds, new_hub


@pytest.fixture
def client() -> WireClient:
    return WireClient(new_hub())


def headlines(
    client: WireClient, providers: str = "BRFG+DJNL", most: str = "5", start: str = ""
) -> list[list[str]]:
    return client.ask("86", "4", "265598", providers, start, "", most, "")


def test_headlines_come_newest_first_and_are_counted(client: WireClient) -> None:
    heard = headlines(client)
    assert kinds(heard) == ["86"] * 5 + ["87"]
    assert heard[-1] == ["87", "4", "1"]
    times = [fields[2] for fields in heard[:-1]]
    assert times == sorted(times, reverse=True)
    assert all(fields[1] == "4" for fields in heard[:-1])


def test_headlines_are_the_same_when_asked_again(client: WireClient) -> None:
    assert headlines(client) == headlines(client)


def test_headlines_of_one_provider_since_a_day(client: WireClient) -> None:
    heard = headlines(client, "DJNL", "300", "2026-11-15 00:00:00.0")
    assert heard[-1] == ["87", "4", "0"]
    assert {fields[3] for fields in heard[:-1]} == {"DJNL"}
    assert all(fields[2] >= "2026-11-15" for fields in heard[:-1])


def test_every_headline_has_an_article_that_says_what_it_is(client: WireClient) -> None:
    first = headlines(client)[0]
    (article,) = client.ask("84", "5", first[3], first[4], "")
    assert article[:3] == ["83", "5", "0"]
    assert article[3].startswith(first[5])
    assert "simulated gateway" in article[3]


def test_what_there_is_no_news_of_is_refused(client: WireClient) -> None:
    assert errors(client.ask("84", "5", "BRFG", "BRFG$nonsense", "")) == [("5", "10172")]
    assert errors(client.ask("84", "5", "DJNL", "BRFG$00040d7e000001", "")) == [("5", "10172")]
    assert errors(client.ask("86", "4", "1", "BRFG", "", "", "5", "")) == [("4", "321")]
    assert errors(headlines(client, "NOPE")) == [("4", "321")]
    assert errors(headlines(client, start="yesterday")) == [("4", "321")]


def test_a_line_with_news_brings_the_latest_headline(client: WireClient) -> None:
    heard = client.ask("1", "11", "9", *CONTRACT_FIELDS, "0", "mdoff,292:BRFG", "0", "0", "")
    (news,) = [fields for fields in heard if fields[0] == "84"]
    assert news[1] == "9"
    assert len(news) == 7
