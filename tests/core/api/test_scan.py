"""The market scanner through the public door: a ranking once, in words when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from core.api import IBKRConnector
from core.errors import IBKRConnectionError, MarketDataError, NotSubscribedError
from tests.core.api.middleman import Middleman

pytestmark = pytest.mark.usefixtures("own_folders", "nothing_left")

SCAN, CANCEL_SCAN = "22", "23"


async def connected(middleman: Middleman) -> IBKRConnector:
    connector = IBKRConnector(port=middleman.port)
    await connector.connect()
    return connector


async def test_a_scan_is_a_ranking_of_contracts_that_bars_can_be_asked_of(middleman: Middleman) -> None:
    connector = await connected(middleman)
    rows = await connector.scan_market("top_perc_gain", rows=5)
    assert [row.rank for row in rows] == [0, 1, 2, 3, 4]
    assert len({row.con_id for row in rows}) == 5
    bars = await connector.get_market_data(con_id=rows[0].con_id, bar_size="5 mins")
    assert bars.symbol == rows[0].symbol


async def test_more_scans_than_ib_gives_at_once_are_all_answered(middleman: Middleman) -> None:
    connector = await connected(middleman)
    for rows in range(1, 13):
        assert len(await connector.scan_market("MOST_ACTIVE", rows=rows)) == rows


async def test_a_price_floor_leaves_out_what_is_cheaper(middleman: Middleman) -> None:
    connector = await connected(middleman)
    everything = await connector.scan_market("MOST_ACTIVE")
    dear = await connector.scan_market("MOST_ACTIVE", price_above=300)
    assert 0 < len(dear) < len(everything)


async def test_a_scan_that_ib_does_not_know_is_told_in_its_words(middleman: Middleman) -> None:
    connector = await connected(middleman)
    with pytest.raises(MarketDataError, match="NO_SUCH_SCAN is disabled") as refused:
        await connector.scan_market("NO_SUCH_SCAN")
    assert refused.value.code == 162


async def test_a_scan_without_permission_says_where_to_subscribe(middleman: Middleman) -> None:
    middleman.answers[SCAN] = lambda fields: [(4, 2, fields[1], 162, "No scanner permission for STK.US", "")]
    connector = await connected(middleman)
    with pytest.raises(NotSubscribedError, match="No scanner permission") as refused:
        await connector.scan_market("MOST_ACTIVE")
    assert "Client Portal" in refused.value.advice


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"code": "MOST ACTIVE"}, "a scan code"),
        ({"code": "MOST_ACTIVE", "rows": 51}, "from 1 to 50"),
        ({"code": "MOST_ACTIVE", "row": 5}, "did you mean 'rows'"),
        ({"code": "MOST_ACTIVE", "price_above": float("nan")}, "price_above"),
    ],
)
async def test_a_scan_that_makes_no_sense_is_refused_before_ib_is_asked(
    middleman: Middleman, asked: dict[str, Any], words: str
) -> None:
    connector = await connected(middleman)
    with pytest.raises(MarketDataError, match=words):
        await connector.scan_market(**asked)


async def test_without_a_gateway_there_is_no_scan() -> None:
    with pytest.raises(IBKRConnectionError):
        await IBKRConnector().scan_market("MOST_ACTIVE")


async def test_a_scan_that_is_cut_off_says_so_at_once(middleman: Middleman) -> None:
    def fall_silent(_: list[str]) -> list[tuple[object, ...]]:
        for writer in tuple(middleman._writers):
            writer.transport.abort()
        return []

    middleman.answers[SCAN] = fall_silent
    connector = await connected(middleman)
    with pytest.raises(MarketDataError, match="the connection was lost"):
        await connector.scan_market("MOST_ACTIVE")
