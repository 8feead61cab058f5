"""Contract details and searches: always answered, with market rules asked for once."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import ContractQuery, PriceBand, SecType
from core.domain.events import ContractsFound, ContractsReported, MessageReported
from core.domain.requests import RequestContracts, SearchContracts
from core.tws import directory

APPLE = ContractQuery("AAPL")


def details(
    req_id: int, symbol: str = "AAPL", con_id: int = 265598, name: str = "APPLE INC"
) -> tuple[object, ...]:
    hours = "20261123:0400-20261123:2000"
    return (
        *(
            10,
            req_id,
            symbol,
            "STK",
            "",
            0,
            "",
            "SMART",
            "USD",
            symbol,
            "NMS",
            "NMS",
            con_id,
            0.01,
            "",
            "LMT,MKT",
        ),
        *(
            "SMART,NASDAQ",
            1,
            0,
            name,
            "NASDAQ",
            "",
            "Technology",
            "Computers",
            "Computers",
            "US/Eastern",
            hours,
        ),
        *(hours, "", 0, 0, 1, "", "", "26,26", "", "COMMON", 1, 1, 100),
    )


async def test_details_come_with_the_price_bands_of_their_market_rule(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(RequestContracts(APPLE))
    req_id = (await scripted.hears(9))[2]
    scripted.say(details(req_id), (52, 1, req_id))
    assert await scripted.hears(91) == ["91", "26"]
    scripted.say((93, 26, 2, 0, 0.0001, 1, 0.01))
    (found,) = (await told.first(ContractsReported)).details
    assert found.price_bands == (
        PriceBand(Decimal(0), Decimal("0.0001")),
        PriceBand(Decimal(1), Decimal("0.01")),
    )
    assert (found.contract.con_id, found.order_types) == (265598, {"LMT", "MKT"})
    assert (found.long_name, found.min_size, len(found.trading)) == ("APPLE INC", 1, 1)


async def test_a_market_rule_is_asked_for_once(connected, scripted, tws, told) -> None:
    await connected()
    for symbol in ("AAPL", "MSFT", "AAPL"):
        tws.perform(RequestContracts(ContractQuery(symbol)))
    await scripted.hears(9, 3)
    asked = [message[2] for message in scripted.heard if message[0] == "9"]
    for req_id in asked:
        scripted.say(details(req_id), (52, 1, req_id))
    await scripted.hears(91)
    scripted.say((93, 26, 1, 0, 0.01))
    await told.first(ContractsReported, lambda event: event.query.symbol == "MSFT")
    tws.perform(RequestContracts(APPLE))
    again = (await scripted.hears(9, 4))[2]
    told.events.clear()
    scripted.say(details(again), (52, 1, again))
    await told.first(ContractsReported)
    assert len([message for message in scripted.heard if message[0] == "91"]) == 1


async def test_an_unknown_contract_is_answered_with_the_code(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(RequestContracts(ContractQuery("ZZZZ")))
    req_id = (await scripted.hears(9))[2]
    scripted.say((4, 2, req_id, 200, "No security definition has been found", ""))
    answer = await told.first(ContractsReported)
    assert (answer.details, answer.code) == ((), 200)


async def test_silence_is_answered_at_the_deadline_and_a_late_answer_is_counted(
    connected, scripted, tws, told
) -> None:
    await connected()
    tws.perform(RequestContracts(APPLE))
    req_id = (await scripted.hears(9))[2]
    answer = await told.first(ContractsReported)
    assert answer.details == ()
    assert "No answer" in answer.text
    scripted.say(details(req_id), (52, 1, req_id), (4, 2, -1, 2104, "OK", ""))
    await told.first(MessageReported)
    assert tws.counts["late contracts"] == 2
    assert len(told.all(ContractsReported)) == 1


async def test_names_keep_their_letters(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(RequestContracts(APPLE))
    req_id = (await scripted.hears(9))[2]
    scripted.say(details(req_id, name="CR\\u00c9DIT AGRICOLE"), (52, 1, req_id))
    await scripted.hears(91)
    scripted.say((93, 26, 1, 0, 0.01))
    assert (await told.first(ContractsReported)).details[0].long_name == "CRÉDIT AGRICOLE"


async def test_a_search_finds_contracts_with_their_names(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SearchContracts("app"))
    req_id = (await scripted.hears(81))[1]
    scripted.say(
        (
            *(79, req_id, 3, 265598, "AAPL", "STK", "NASDAQ", "USD", 2, "OPT", "WAR", "APPLE INC", ""),
            *(1, "X", "NEWS", "", "USD", 0, "", "", 12087792, "EUR", "CASH", "IDEALPRO", "USD", 0, "", ""),
        )
    )
    found = await told.first(ContractsFound)
    assert [contract.symbol for contract in found.contracts] == ["AAPL", "EUR"]
    assert (found.contracts[0].exchange, found.contracts[0].primary_exchange) == ("SMART", "NASDAQ")
    assert found.contracts[1].sec_type is SecType.CASH
    assert found.names == ("APPLE INC", "")


async def test_a_search_without_an_answer_finds_nothing(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(SearchContracts("app"))
    assert await told.first(ContractsFound) == ContractsFound("app", ())


async def test_contracts_without_end_are_cut_at_the_cap_and_answered(
    connected, scripted, tws, told, monkeypatch
) -> None:
    monkeypatch.setattr(directory, "CONTRACTS_MOST", 3)
    await connected()
    scripted.answers["9"] = lambda fields: [
        *(details(fields[2], con_id=number) for number in range(1, 11)),
        (52, 1, fields[2]),
    ]
    scripted.answers["91"] = lambda fields: [(93, fields[1], 1, 0, 0.01)]
    tws.perform(RequestContracts(APPLE))
    assert len((await told.first(ContractsReported)).details) == 3
    assert tws.counts["contracts beyond the cap"] == 7
