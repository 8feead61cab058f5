"""Who hears of whose orders: client 0, the master, the others, and the trader at TWS itself."""

from __future__ import annotations

import pytest

from core.simulator.hub import Hub
from tests.core.simulator.fake_market import FakeMarket
from tests.core.simulator.wire_client import WireClient, errors, kinds, new_hub, place_order


@pytest.fixture
def hub() -> Hub:
    return new_hub()


def by_hand(hub: Hub) -> None:
    """The trader sends an order from TWS."""
    hub.faults.switch_on("tws-order")
    hub.advance(hub.market.now_s + 0.1)


def ids(heard: list[list[str]]) -> list[tuple[str, str]]:
    """(client id, order id) of each openOrder."""
    return [(fields[24], fields[1]) for fields in heard if fields[0] == "5"]


def statuses(heard: list[list[str]]) -> list[tuple[str, str]]:
    return [(fields[1], fields[2]) for fields in heard if fields[0] == "3"]


def test_a_client_hears_of_its_own_orders_only(hub: Hub) -> None:
    first, second = WireClient(hub, 1), WireClient(hub, 2)
    first.place(1, "LMT", "140")
    assert kinds(second.heard)[-1] == "4"
    assert ids(second.ask("5", "1")) == []
    assert ids(first.ask("5", "1")) == [("1", "1")]
    assert ids(second.ask("16", "1")) == [("1", "1")]


def test_the_master_hears_of_every_clients_orders() -> None:
    hub = new_hub(master_client_id=9)
    master, other = WireClient(hub, 9), WireClient(hub, 1)
    before = len(master.heard)
    other.place(1)
    heard = master.heard[before:]
    assert kinds(heard) == ["5", "3", "11", "5", "3", "5", "3", "59"]
    assert set(ids(heard)) == {("1", "1")}


def test_an_order_of_another_client_cannot_be_cancelled(hub: Hub) -> None:
    first, second = WireClient(hub, 1), WireClient(hub, 2)
    first.place(1, "LMT", "140")
    assert errors(second.ask("4", "1", "1", "")) == [("1", "10147")]
    assert len(hub.market.open_orders()) == 1


def test_client_0_is_bound_to_orders_entered_in_tws_by_asking(hub: Hub) -> None:
    zero, one = WireClient(hub, 0), WireClient(hub, 1)
    by_hand(hub)
    assert ids(one.ask("16", "1")) == [("0", "0")]
    assert ids(one.ask("5", "1")) == []
    assert ids(zero.ask("16", "1")) == [("0", "0")], "not bound yet"
    assert ids(zero.ask("5", "1")) == [("0", "-1001")]
    assert ids(zero.ask("16", "1")) == [("0", "-1001")]


def test_client_0_may_ask_to_be_bound_as_they_come(hub: Hub) -> None:
    zero, one = WireClient(hub, 0), WireClient(hub, 1)
    assert errors(one.ask("15", "1", "1")) == [("-1", "321")]
    zero.ask("15", "1", "1")
    before = len(zero.heard)
    by_hand(hub)
    assert set(ids(zero.heard[before:])) == {("0", "-1001")}


def test_client_0_changes_and_cancels_what_it_is_bound_to(hub: Hub) -> None:
    zero = WireClient(hub, 0)
    zero.ask("15", "1", "1")
    by_hand(hub)
    changed = place_order(-1001, 178, "LMT", "141", "1")
    assert set(statuses(zero.ask(*changed))) == {("-1001", "PreSubmitted"), ("-1001", "Submitted")}
    (order,) = hub.market.open_orders()
    assert (order.client_id, order.order_id, order.limit_price) == (-1, 1, 141.0)
    heard = zero.ask("4", "1", "-1001", "")
    assert statuses(heard)[-1] == ("-1001", "Cancelled")
    assert errors(heard) == [("-1001", "202")]


def test_nobody_but_a_bound_client_0_can_touch_a_manual_order(hub: Hub) -> None:
    zero, one = WireClient(hub, 0), WireClient(hub, 1)
    by_hand(hub)
    for client in (zero, one):
        assert errors(client.ask("4", "1", "-1001", "")) == [("-1001", "10147")]
    assert len(hub.market.open_orders()) == 1


def test_a_global_cancel_ends_everybodys_orders_and_the_traders_own(hub: Hub) -> None:
    clients = [WireClient(hub, client_id) for client_id in (0, 1, 2)]
    by_hand(hub)
    for client in clients[1:]:
        client.place(1, "LMT", "140")
    clients[2].ask("58", "1")
    assert hub.market.open_orders() == []
    assert statuses(clients[1].heard)[-1] == ("1", "Cancelled")


def test_completed_orders_of_the_api_only(hub: Hub) -> None:
    client = WireClient(hub, 1)
    by_hand(hub)
    client.place(1, "LMT", "140")
    client.ask("58", "1")
    assert kinds(client.ask("99", "0")) == ["101", "101", "102"]
    assert kinds(client.ask("99", "1")) == ["101", "102"]


def test_an_adviser_sees_all_accounts() -> None:
    hub = new_hub()
    market = hub.market
    assert isinstance(market, FakeMarket)
    market.accounts = ("DU1234567", "DU1234568")
    client = WireClient(hub, 1)
    assert client.heard[1] == ["15", "1", "DU1234567,DU1234568"]
    heard = client.ask("62", "1", "5", "All", "NetLiquidation")
    assert [fields[3] for fields in heard if fields[0] == "63"] == ["DU1234567", "DU1234568"]


def test_ids_that_were_rolled_back_are_told_lower(hub: Hub) -> None:
    first = WireClient(hub, 1)
    for order_id in range(1, 6):
        first.place(order_id)
    hub.leave(first.session)
    hub.ids_back = 4
    assert WireClient(hub, 1).heard[2] == ["9", "1", "2"]


def test_a_combination_is_the_markets_to_judge(hub: Hub) -> None:
    client = WireClient(hub, 1)
    bag = ("0", "AAPL", "BAG", "", "0", "", "", "SMART", "", "USD", "", "")
    fields = place_order(1, 178, "LMT", "1.5", "1", contract=bag)
    legs = [
        "2",
        *("265598", "1", "BUY", "SMART", "0", "0", "", "-1"),
        *("700001", "1", "SELL", "SMART", "0", "0", "", "-1"),
    ]
    at = 2 + 12 + 2 + 19  # after "hidden"
    heard = client.ask(*fields[:at], *legs, "0", "0", *fields[at:])
    assert errors(heard) == []
    assert {fields[4] for fields in heard if fields[0] == "5"} == {"BAG"}
