"""What an examination finds, each finding over a real socket: the simulator with its faults, or a few hostile lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from core.api import examiner, verdicts
from core.api.examination import CHECKS, Examination, Finding
from core.api.examiner import examine
from core.api.verdicts import masked
from core.domain.limits import LinkSettings
from core.domain.link import LinkFault
from core.simulator.server import SimulatedGateway
from tests.core.tws.conftest import Scripted

REQUEST_CONTRACTS, REQUEST_QUOTES, REQUEST_TIME = "9", "1", "49"
REQUEST_OPEN_ORDERS = ("5", "16", "99")
START = "71"
READ_ONLY = "Error validating request.-'bO' : cause - The API interface is currently in Read-Only mode."


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(seed=7) as running:
        yield running


@pytest.fixture
async def hostile() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    await scripted.listen()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def free_port(hostile: Scripted) -> int:
    await hostile.stop()
    return hostile.port


def link(port: int, **rest: object) -> LinkSettings:
    given = {"kind": "simulator", "connect_deadline_s": 0.5, "heartbeat_deadline_s": 0.3} | rest
    return LinkSettings(port=port, **given)  # type: ignore[arg-type]


def of(found: Examination, check: str) -> Finding:
    return next(one for one in found.findings if one.check == check)


def verdict_of_each(found: Examination) -> dict[str, str]:
    return {one.check: one.verdict for one in found.findings}


def told_at_start(*messages: tuple[int, str]) -> Callable[[list[str]], list[tuple[object, ...]]]:
    notices = [(4, 2, -1, code, text, "") for code, text in messages]
    return lambda _: [(15, 1, "DU1234567"), (9, 1, 7), *notices]


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SNAPSHOT_PATIENCE_S", "CONTRACT_PATIENCE_S", "QUOTE_PATIENCE_S"):
        monkeypatch.setattr(examiner, name, 0.4)


# --- when all is well --------------------------------------------------------------------------------


async def test_a_well_gateway_answers_every_question(gateway: SimulatedGateway) -> None:
    found = await examine(link(gateway.port))
    assert [one.check for one in found.findings] == list(CHECKS)
    assert verdict_of_each(found) == dict.fromkeys(CHECKS, "ok")
    assert (found.worst, found.is_well) == ("ok", True)
    assert (found.accounts, found.server_version) == (("DU1234567",), 178)
    assert found.latency_ms is not None
    assert all("DU1234567" not in one.words for one in found.findings)
    assert "DU****567" in of(found, "account").words


async def test_it_leaves_nothing_behind_and_places_nothing(gateway: SimulatedGateway) -> None:
    await examine(link(gateway.port))
    async with asyncio.timeout(5):
        while gateway.hub.peers():
            await asyncio.sleep(0.01)
    assert gateway.hub.market.next_valid_id(1) == 1
    assert (await examine(link(gateway.port))).is_well


async def test_without_a_port_it_looks_at_a_simulator_of_its_own() -> None:
    found = await examine(link(0))
    assert verdict_of_each(found) == dict.fromkeys(CHECKS, "ok")


ONLY_LATER = {
    LinkFault.STOPPED_ANSWERING,
    LinkFault.OUTAGE_UNTOLD,
    LinkFault.SNAPSHOT_FAILED,
    LinkFault.PORT_CHANGED,
}
"""Faults of a link that had been up: no handshake ends so."""


def test_every_fault_of_a_handshake_ends_at_one_of_the_questions() -> None:
    assert set(verdicts.ENDS_AT) == set(LinkFault) - ONLY_LATER
    assert set(verdicts.ENDS_AT.values()) <= set(CHECKS)


def test_an_account_is_masked() -> None:
    names = ("DU1234567", "U7654321", "F1234567", "somebody", "U1", "")
    assert [masked(name) for name in names] == ["DU****567", "U****321", "F****567", "****", "****", "****"]


# --- it does not come --------------------------------------------------------------------------------


async def test_nothing_listening_is_told_with_the_ports_where_somebody_does(
    gateway: SimulatedGateway, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "KNOWN_PORTS", {gateway.port: ("TWS", "live")})
    found = of(await examine(link(free_port, kind="paper")), "listening")
    assert found.verdict == "problem"
    assert f"Nothing is listening on 127.0.0.1:{free_port}." in found.words
    assert "Enable ActiveX and Socket Clients" in found.advice
    assert f"Somebody listens on {gateway.port} (TWS live)" in found.advice


async def test_what_comes_after_a_failure_is_skipped_and_says_so(free_port: int) -> None:
    found = await examine(link(free_port))
    assert {one.verdict for one in found.findings[2:]} == {"skipped"}
    assert "did not come so far" in of(found, "money").words


async def _mute(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("accept-and-mute")


async def _in_use(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("client-id-in-use")


async def _silent_heart(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.mute(int(REQUEST_TIME))


async def _slow(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("delay", amount=0.28)


async def _clock(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("clock-jump", amount=3600)


async def _competing(gateway: SimulatedGateway) -> None:
    gateway.hub.competing = True


async def _not_all_orders(gateway: SimulatedGateway) -> None:
    gateway.hub.faults.switch_on("omit-open-orders-end")


@pytest.mark.parametrize(
    ("spoil", "check", "verdict", "words", "advice"),
    [
        (_mute, "answers", "problem", "accepts the connection but says nothing", "Enable ActiveX"),
        (_in_use, "client id", "problem", "It is client id 1.", "choose another client id"),
        (_silent_heart, "latency", "problem", "did not tell the time within 0.3 s", "restart it"),
        (_slow, "latency", "warning", "It answers in", "Orders are as slow"),
        (_clock, "clock", "problem", "s behind the gateway's", "NTP"),
        (_competing, "other session", "problem", "takes the market data", "Log it off"),
        (_competing, "market data", "problem", "(IB 10197)", ""),
        (_not_all_orders, "orders", "warning", "did not tell open orders", "read back"),
    ],
)
async def test_a_fault_of_the_gateway_is_found(
    gateway: SimulatedGateway,
    spoil: Callable[[SimulatedGateway], Awaitable[None]],
    check: str,
    verdict: str,
    words: str,
    advice: str,
) -> None:
    await spoil(gateway)
    patient = {"heartbeat_deadline_s": 2.0, "connect_deadline_s": 2.0} if spoil is _slow else {}
    found = of(await examine(link(gateway.port, **patient)), check)
    assert (found.check, found.verdict) == (check, verdict)
    assert words in found.words
    assert advice in found.advice


async def test_a_client_id_that_another_holds_is_found(gateway: SimulatedGateway) -> None:
    async with asyncio.TaskGroup() as both:
        first = both.create_task(examine(link(gateway.port)))
        second = both.create_task(examine(link(gateway.port)))
    found = sorted(of(one.result(), "client id").verdict for one in (first, second))
    assert found == ["ok", "problem"]


async def test_no_subscription_is_found_with_what_to_do(gateway: SimulatedGateway) -> None:
    found = of(await examine(link(gateway.port), symbol="HYG"), "market data")
    assert found.verdict in ("warning", "problem")
    assert "354" in found.words
    assert "Market Data Subscriptions" in found.advice


async def test_a_symbol_that_is_not_there_is_told(gateway: SimulatedGateway) -> None:
    found = of(await examine(link(gateway.port), symbol="NOSUCH"), "market data")
    assert found.verdict == "warning"
    assert "NOSUCH could not be looked up" in found.words


# --- not TWS, or not as it should be -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("greeting", "check", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "protocol", "not a TWS or IB Gateway"),
        (b"\xff\xfe\xc3\x28\x00\x80\xff\x00" * 8, "protocol", "not a TWS or IB Gateway"),
        ((100, "20261122 10:00:00 EST"), "version", "too old"),
    ],
)
async def test_what_is_no_gateway_of_ours_is_told(
    hostile: Scripted, greeting: bytes | tuple[object, ...], check: str, words: str
) -> None:
    hostile.greeting = [greeting]
    found = await examine(link(hostile.port))
    assert of(found, check).verdict == "problem"
    assert words in of(found, check).words
    assert of(found, "client id").verdict == "skipped"


async def test_a_gateway_without_an_account_is_told(hostile: Scripted) -> None:
    hostile.answers[START] = lambda _: [(9, 1, 7)]
    assert of(await examine(link(hostile.port)), "account").verdict == "problem"


async def test_a_read_only_api_is_found_by_asking_for_open_orders(hostile: Scripted) -> None:
    for asked in REQUEST_OPEN_ORDERS:
        hostile.answers[asked] = lambda _: [(4, 2, -1, 321, READ_ONLY, "")]
    found = of(await examine(link(hostile.port)), "orders")
    assert found.verdict == "problem"
    assert "The API is read-only: no order can be sent." in found.words
    assert "untick Read-Only API" in found.advice
    assert not [one for one in hostile.heard if one[0] == "3"], "an order was placed to find out"


@pytest.mark.parametrize(("code", "verdict"), [(10089, "warning"), (10090, "warning"), (10167, "warning")])
async def test_delayed_prices_are_a_warning(hostile: Scripted, code: int, verdict: str) -> None:
    hostile.answers[REQUEST_CONTRACTS] = _one_contract
    hostile.answers[REQUEST_QUOTES] = lambda asked: [
        (4, 2, asked[2], code, "Requested market data requires additional subscription", ""),
        (1, 6, asked[2], 68, 150.25, 100, 0),
    ]
    found = of(await examine(link(hostile.port)), "market data")
    assert (found.verdict, found.advice) == (verdict, verdicts.DELAYED_ADVICE)
    assert "AAPL is delayed." in found.words


async def test_no_quote_at_all_is_a_warning(hostile: Scripted) -> None:
    hostile.answers[REQUEST_CONTRACTS] = _one_contract
    found = of(await examine(link(hostile.port)), "market data")
    assert (found.verdict, found.words[:20]) == ("warning", "No quote of AAPL cam")


@pytest.mark.parametrize(
    ("told", "check", "verdict", "words"),
    [
        ([(1100, "lost")], "IBKR", "problem", "(IB 1100)"),
        ([(2110, "lost")], "IBKR", "problem", "(IB 2110)"),
        ([(1100, "lost"), (1102, "back")], "IBKR", "ok", "nothing against"),
        ([(2103, "farm connection is broken:usfarm")], "data farms", "warning", "usfarm"),
        ([(2103, "broken:usfarm"), (2104, "OK:usfarm")], "data farms", "ok", "No farm"),
        ([(2105, "broken:ushmds"), (2104, "OK:usfarm")], "data farms", "warning", "ushmds"),
    ],
)
async def test_what_the_gateway_says_of_ibkr_is_found(
    hostile: Scripted, told: list[tuple[int, str]], check: str, verdict: str, words: str
) -> None:
    hostile.answers[START] = told_at_start(*told)
    found = of(await examine(link(hostile.port)), check)
    assert found.verdict == verdict
    assert words in found.words


async def test_a_gateway_that_leaves_in_the_middle_is_told(hostile: Scripted) -> None:
    def leave(_: list[str]) -> list[tuple[object, ...]]:
        hostile.cut()
        return []

    hostile.answers[REQUEST_TIME] = leave
    found = await examine(link(hostile.port))
    assert of(found, "orders").verdict == "skipped"
    assert "the connection ended" in of(found, "orders").words


async def test_the_time_it_takes_is_bounded(hostile: Scripted) -> None:
    async with asyncio.timeout(30):
        found = await examine(link(hostile.port, heartbeat_deadline_s=60.0), deadline_s=0.5)
    assert of(found, "market data").words == "Not looked at: the time was up."


# --- whose money -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accounts", "changes", "check", "verdict", "words"),
    [
        ("DU1234567", {"kind": "paper"}, "money", "ok", "A paper account."),
        ("DU1234567", {"kind": "live"}, "money", "problem", "every account here is a paper one"),
        ("U7654321", {"kind": "live"}, "money", "ok", "read-only until you arm it"),
        ("U7654321", {"kind": "paper"}, "money", "problem", "it counts as LIVE"),
        ("DU1234567,U7654321", {"kind": "paper"}, "money", "problem", "not a paper account"),
        ("DU1234567", {"kind": "simulator"}, "money", "problem", "it counts as LIVE"),
        ("DU1234567", {"kind": ""}, "money", "warning", "Nothing proves"),
        ("DU1234567", {"account": "DU0000001"}, "account", "problem", "DU****001 is not managed here"),
    ],
)
async def test_the_profile_and_the_accounts_must_agree(
    hostile: Scripted, accounts: str, changes: dict[str, str], check: str, verdict: str, words: str
) -> None:
    hostile.answers[START] = lambda _: [(15, 1, accounts), (9, 1, 7)]
    found = of(await examine(link(hostile.port, **changes), deadline_s=0.6), check)
    assert found.verdict == verdict
    assert words in found.words


@pytest.mark.parametrize(
    ("kind", "what", "verdict"),
    [
        ("paper", "live", "problem"),
        ("live", "paper", "problem"),
        ("paper", "paper", "ok"),
        ("", "live", "ok"),
    ],
)
async def test_the_port_must_be_one_for_what_the_profile_says(
    free_port: int, monkeypatch: pytest.MonkeyPatch, kind: str, what: str, verdict: str
) -> None:
    monkeypatch.setattr(verdicts, "KNOWN_PORTS", {free_port: ("TWS", what)})
    assert of(await examine(link(free_port, kind=kind)), "port").verdict == verdict


def _one_contract(asked: list[str]) -> list[tuple[object, ...]]:
    req_id = asked[2]
    row = (
        10, req_id, "AAPL", "STK", "", "0", "", "SMART", "USD", "AAPL", "NMS", "NMS", 265598, 0.01, "",
        "LMT,MKT", "SMART", 1, 0, "APPLE INC", "NASDAQ", "", "", "", "", "US/Eastern", "", "", "", 0, 0, 1,
        "", "", "", "", "COMMON", 1, 1, 1,
    )  # fmt: skip
    return [row, (52, 1, req_id)]
