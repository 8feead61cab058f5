"""Every fault of the table bites: one after another, seeded, each with its own proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.simulator.courses import COURSES
from core.simulator.events import DEEDS
from core.simulator.faults import FAULTS, Bites, Faults, UnknownFault, parsed
from core.simulator.faults.events import EVENTS
from core.simulator.faults.messages import MESSAGES
from core.simulator.faults.row import Message
from core.simulator.hub import Hub
from core.simulator.peer import BY_HAND
from core.simulator.wire.frames import frame
from tests.core.simulator.fake_market import AAPL, FakeMarket
from tests.core.simulator.trader import AAPL as AAPL_ID
from tests.core.simulator.trader import EURUSD, Desk
from tests.core.simulator.wire_client import CONTRACT_FIELDS, WireClient, errors, kinds, new_hub, place_order

MKT_DATA = ("1", "11", "9", *CONTRACT_FIELDS, "0", "", "0", "0", "")
FILLED = ["5", "3", "11", "5", "3", "5", "3", "59"]


@pytest.fixture
def client() -> WireClient:
    return WireClient(new_hub())


def market_of(client: WireClient) -> FakeMarket:
    market = client.hub.market
    assert isinstance(market, FakeMarket)
    return market


def statuses(heard: list[list[str]]) -> list[tuple[str, str]]:
    """(status, filled) of each orderStatus."""
    return [(fields[2], fields[3]) for fields in heard if fields[0] == "3"]


# --- The table and its switches -----------------------------------------------------------------


def test_every_fault_is_described_and_does_something() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.says.endswith(".")
        assert (fault.change is not None) == (fault.bites is Bites.MESSAGE)
    assert DEEDS.keys() == EVENTS.keys()


def test_every_step_of_a_course_is_a_fault() -> None:
    assert {step.fault for course in COURSES.values() for step in course.steps} <= FAULTS.keys()


def bitten(faults: Faults, name: str, chances: int) -> list[bool]:
    return [faults.bite(name) is not None for _ in range(chances)]


def test_the_same_seed_bites_at_the_same_chances() -> None:
    found = []
    for seed in (1, 1, 2):
        faults = Faults(seed)
        faults.switch_on("mute", rate=0.3)
        found.append(bitten(faults, "mute", 200))
    assert found[0] == found[1] != found[2]
    assert 40 < sum(found[0]) < 80


def test_a_fault_can_bite_once_at_a_message_or_a_number_of_times() -> None:
    faults = Faults()
    faults.switch_on("mute", at=3)
    assert bitten(faults, "mute", 5) == [False, False, True, False, False]
    faults.switch_on("mute", times=2)
    assert bitten(faults, "mute", 4) == [True, True, False, False]
    faults.switch_off("mute")
    assert bitten(faults, "mute", 2) == [False, False]


def test_what_one_fault_draws_is_no_matter_to_another() -> None:
    alone, together = Faults(), Faults()
    for faults in (alone, together):
        faults.switch_on("mute", rate=0.5)
    together.switch_on("reset", rate=0.5)
    found = []
    for _ in range(50):
        together.bite("reset")
        found.append(together.bite("mute") is not None)
    assert found == bitten(alone, "mute", 50)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("nonsense", {}), ("mute", {"rate": 0.0}), ("mute", {"rate": 1.5}), ("mute", {"at": 0}), ("mute", {"times": 0}),
     ("delay", {"amount": -1.0}), ("delay", {"amount": float("nan")})],
)  # fmt: skip
def test_what_means_nothing_is_refused(name: str, numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Faults().switch_on(name, **numbers)  # type: ignore[arg-type]
    with pytest.raises(UnknownFault, match="accept-and-mute"):
        Faults().switch_off("nonsense")


def test_a_fault_can_be_written_in_one_word() -> None:
    assert parsed("mute") == ("mute", {})
    assert parsed("delay:rate=0.5,amount=2") == ("delay", {"rate": 0.5, "amount": 2.0})
    assert parsed("kill:at=3,times=1") == ("kill", {"at": 3, "times": 1})


@pytest.mark.parametrize("text", ["", "nonsense", "mute:rate", "mute:rate=2", "mute:at=1.5", "mute:x=1"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parsed(text)


# --- What a client is told ----------------------------------------------------------------------

STATUS = ["3", "5", "Filled", "100", "0", "150", "600", "0", "150", "1", "", "0"]
SUBMITTED = ["3", "5", "Submitted", "0", "100", "0", "600", "0", "0", "1", "", "0"]
OPEN = ["5", "5", *(["x"] * 23), "600", "0"]
EXECUTION = [
    "11", "-1", "5", *(["x"] * 11), "0000e0d5.00000001.01.01", "now", "DU1", "SMART", "BOT", "60", "150.25",
    "600", "1", "0", "60", "150.25",
]  # fmt: skip
ORDERS = (STATUS, OPEN, EXECUTION)
ACCOUNT = ["6", "2", "AccountReady", "true", "", "DU1"]


def told(name: str, *messages: Message, **numbers: float) -> list[Message]:
    """What comes of `messages` with this one fault on."""
    faults = Faults()
    faults.switch_on(name, **numbers)  # type: ignore[arg-type]
    return [_fields(data) for message in messages for data in faults.told(frame(*message))]


def _fields(data: bytes) -> Message:
    return data[4:-1].decode("latin-1").split("\0")


MESSAGE_PROOFS: dict[str, Callable[[], bool]] = {
    "omit-order-status": lambda: told("omit-order-status", *ORDERS) == [OPEN, EXECUTION],
    "omit-open-order": lambda: told("omit-open-order", *ORDERS) == [STATUS, EXECUTION],
    "omit-execution": lambda: told("omit-execution", *ORDERS) == [STATUS, OPEN],
    "omit-commission": lambda: told("omit-commission", ["59", "1"], OPEN) == [OPEN],
    "omit-open-orders-end": lambda: told("omit-open-orders-end", ["53", "1"], OPEN) == [OPEN],
    "omit-executions-end": lambda: told("omit-executions-end", ["55", "1", "2"], OPEN) == [OPEN],
    "omit-filled-status": lambda: told("omit-filled-status", SUBMITTED, STATUS) == [SUBMITTED],
    "partial-snapshot": lambda: told("partial-snapshot", ["61", "3"], ["62", "1"]) == [["62", "1"]],
    "no-completed-size": lambda: (
        told("no-completed-size", ["101", *"123456789ab", "BUY", "100", "LMT"])
        == [["101", *"123456789ab", "BUY", "0", "LMT"]]
    ),
    "unknown-status": lambda: [m[2] for m in told("unknown-status", SUBMITTED, STATUS)] == ["WarnState", "Filled"],
    "duplicate-orders": lambda: told("duplicate-orders", STATUS) == [STATUS, STATUS],
    "reorder-orders": lambda: told("reorder-orders", OPEN, STATUS) == [STATUS, OPEN],
    "stale-status": lambda: (
        [(m[2], m[3], m[4]) for m in told("stale-status", STATUS)]
        == [("Filled", "100", "0"), ("Submitted", "0", "100")]
    ),
    "inactive-revival": lambda: [m[2] for m in told("inactive-revival", SUBMITTED)] == ["Inactive", "Submitted"],
    "correction": lambda: (
        [(m[14][-2:], m[20]) for m in told("correction", EXECUTION)] == [("01", "150.25"), ("02", "150.26")]
    ),
    "bust": lambda: [(m[14][-2:], m[19], m[24]) for m in told("bust", EXECUTION)][1] == ("02", "0", "0"),
    "overfill": lambda: (
        [(m[14][-6:], m[24]) for m in told("overfill", EXECUTION)] == [(".01.01", "60"), ("01f.01", "120")]
    ),
    "two-perm-ids": lambda: [m[6] for m in told("two-perm-ids", STATUS)] == ["600", "601"],
    "id-rollback": lambda: told("id-rollback", ["9", "1", "104"]) == [["9", "1", "100"]],
    "id-jump": lambda: told("id-jump", ["9", "1", "104"]) == [["9", "1", "100104"]],
    "account-not-ready": lambda: told("account-not-ready", ACCOUNT)[0][3] == "false",
    "unknown-request-ids": lambda: [m[2] for m in told("unknown-request-ids", ["1", "6", "9"])] == ["9", "987654"],
    "clock-jump": lambda: told("clock-jump", ["49", "1", "100"]) == [["49", "1", "3700"]],
    "too-few-fields": lambda: told("too-few-fields", STATUS) == [STATUS[:-1]],
    "too-many-fields": lambda: told("too-many-fields", STATUS) == [[*STATUS, "7"]],
    "wrong-fields": lambda: told("wrong-fields", ["49", "1", "1.5", "x"]) == [["49", "?!", "?!", "x"]],
    "unknown-message-ids": lambda: told("unknown-message-ids", STATUS)[0][0] == "199",
    "protobuf-ids": lambda: int(told("protobuf-ids", STATUS)[0][0]) > 200,
    "zero-length": lambda: Faults_of("zero-length")[0] == b"\0\0\0\0",
    "oversized": lambda: Faults_of("oversized")[0] == b"\x01\0\0\0",
    "garbage": lambda: b"\xff\xfe" in Faults_of("garbage")[0],
}  # fmt: skip


def Faults_of(name: str) -> tuple[bytes, ...]:
    faults = Faults()
    faults.switch_on(name)
    return faults.told(frame(*STATUS))


@pytest.mark.parametrize("name", MESSAGES)
def test_a_fault_of_messages_changes_what_it_says(name: str) -> None:
    assert MESSAGE_PROOFS[name]()


def test_faults_of_messages_go_together(client: WireClient) -> None:
    for name in (
        "duplicate-orders",
        "stale-status",
        "overfill",
        "too-many-fields",
        "garbage",
        "reorder-orders",
    ):
        client.hub.faults.switch_on(name, rate=0.5)
    faults = client.hub.faults
    for order_id in range(1, 30):
        for message in ORDERS:
            faults.told(frame(*message[:2], str(order_id), *message[3:]))
    assert all(switch.bitten for switch in faults.switches.values())


def test_what_is_held_back_goes_to_nobody_else() -> None:
    faults = Faults()
    faults.switch_on("reorder-orders")
    assert faults.told(frame(*STATUS), to=1) == ()
    assert faults.told(frame(*OPEN), to=2) == ()
    assert faults.told(frame(*OPEN), to=1) == (frame(*OPEN), frame(*STATUS))


def test_what_is_held_back_is_not_spoilt_as_if_it_were_what_it_comes_after() -> None:
    faults = Faults()
    faults.switch_on("reorder-orders")
    faults.switch_on("bust")
    assert faults.told(frame(*STATUS)) == ()
    first, *rest = faults.told(frame(*EXECUTION))
    assert first == frame(*EXECUTION)
    assert rest[-1] == frame(*STATUS)
    assert len(rest) == 2


def test_a_whole_order_is_told_twice_when_told(client: WireClient) -> None:
    client.hub.faults.switch_on("duplicate-orders")
    assert len(client.place(1)) == 2 * len(FILLED)


# --- What a client asks -------------------------------------------------------------------------


def resting(client: WireClient) -> None:
    client.place(1, "LMT", "140")


def test_a_muted_gateway_answers_nothing(client: WireClient) -> None:
    client.hub.faults.switch_on("mute", times=1)
    assert client.ask("49", "1") == []
    assert kinds(client.ask("49", "1")) == ["49"]


def test_a_swallowed_order_never_was(client: WireClient) -> None:
    client.hub.faults.switch_on("swallow-order", times=1)
    assert client.place(1) == []
    assert market_of(client).orders == {}
    assert kinds(client.place(1)) == FILLED


def test_a_swallowed_cancel_leaves_the_order(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("swallow-cancel")
    assert client.ask("4", "1", "1", "") == []
    assert market_of(client).open_orders()


def test_a_third_breach_of_the_rate_ends_the_session(client: WireClient) -> None:
    client.hub.faults.switch_on("rate-breach")
    assert [errors(client.ask("49", "1")) for _ in range(2)] == [[("-1", "100")]] * 2
    assert not client.closed
    client.ask("49", "1")
    assert client.closed


def test_a_client_id_is_in_use_when_told(client: WireClient) -> None:
    client.hub.faults.switch_on("client-id-in-use", times=1)
    second = WireClient(client.hub, client_id=2)
    assert errors(second.heard) == [("-1", "326")]
    assert second.closed
    assert not WireClient(client.hub, client_id=2).closed


def test_a_preset_halves_an_order(client: WireClient) -> None:
    client.hub.faults.switch_on("size-amended")
    heard = client.place(1)
    assert errors(heard) == [("1", "481")]
    assert statuses(heard)[-1] == ("Filled", "50")


def test_a_preset_makes_it_a_day_order(client: WireClient) -> None:
    client.hub.faults.switch_on("tif-amended")
    fields = client_order(tif="GTC")
    heard = client.ask(*fields)
    assert errors(heard) == [("1", "10349")]
    assert {message[18] for message in heard if message[0] == "5"} == {"DAY"}


def client_order(tif: str) -> list[str]:
    fields = place_order(1, 178, "LMT", "140")
    fields[fields.index("DAY")] = tif
    return fields


def test_a_change_is_refused_twice_and_the_order_works_on(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("change-refused")
    assert errors(client.place(1, "LMT", "139")) == [("1", "201")]
    assert errors(client.after(3.0)) == [("1", "201")]
    (order,) = market_of(client).open_orders()
    assert order.limit_price == 140.0


def test_a_change_is_refused_after_the_next_one_was_confirmed(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("change-refused-late", times=1)
    assert client.place(1, "LMT", "139") == []
    assert errors(client.after(3.0)) == []
    assert "5" in kinds(client.place(1, "LMT", "138"))
    assert errors(client.after(4.0)) == [("1", "201")]
    assert errors(client.after(30.0)) == []
    (order,) = market_of(client).open_orders()
    assert order.limit_price == 138.0


def test_an_order_fills_after_its_cancel_was_confirmed(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("fill-after-cancel")
    heard = client.ask("4", "1", "1", "")
    assert statuses(heard) == [("Cancelled", "0")]
    assert errors(heard) == [("1", "202")]
    assert market_of(client).open_orders(), "it works on"
    client.after(6.0)
    assert not market_of(client).open_orders()


def test_a_cancel_comes_too_late_for_an_order_that_crosses(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("cancel-fill-race")
    client.ask("4", "1", "1", "")
    (order,) = market_of(client).open_orders()
    assert order.limit_price == 150.01, "it was moved to where it fills"
    client.after(1.0)
    assert not market_of(client).open_orders()


# --- What happens -------------------------------------------------------------------------------


def codes(heard: list[list[str]]) -> list[str]:
    return [code for _, code in errors(heard)]


def test_orders_of_an_outage_are_kept_until_it_is_over(client: WireClient) -> None:
    client.ask(*MKT_DATA)
    client.hub.faults.switch_on("outage-data-lost")
    assert codes(client.after(0.1)) == ["1100"]
    assert client.place(1) == []
    heard = client.after(6.0)
    assert codes(heard) == ["1101"]
    assert kinds(heard)[1:] == FILLED
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) == [], "its data is lost"


@pytest.mark.parametrize(("name", "first"), [("outage-data-kept", "1100"), ("server-broken", "2110")])
def test_data_goes_on_after_1102(client: WireClient, name: str, first: str) -> None:
    client.ask(*MKT_DATA)
    client.hub.faults.switch_on(name)
    assert codes(client.after(0.1)) == [first]
    assert codes(client.after(6.0)) == ["1102"]
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) != []


def test_a_broken_farm_sends_no_ticks(client: WireClient) -> None:
    client.ask(*MKT_DATA)
    client.hub.faults.switch_on("market-data-farm")
    assert codes(client.after(0.1)) == ["2103"]
    market_of(client).move(AAPL.contract.con_id, 0.02)
    assert client.after(0.1) == []
    assert codes(client.after(6.0)) == ["2104"]


def test_growing_bars_end_with_the_history_farm(client: WireClient) -> None:
    client.ask("20", "7", *CONTRACT_FIELDS, "0", "", "1 min", "1 D", "0", "TRADES", "1", "1", "")
    client.hub.faults.switch_on("history-farm")
    assert errors(client.after(0.1)) == [("-1", "2105"), ("7", "10182")]
    assert codes(client.after(6.0)) == ["2106"]


def test_a_competing_session_takes_the_lines(client: WireClient) -> None:
    client.ask(*MKT_DATA)
    client.hub.faults.switch_on("competing-session")
    assert errors(client.after(0.1)) == [("9", "10197")]
    assert errors(client.ask(*MKT_DATA)) == [("9", "10197")]
    client.after(11.0)
    assert errors(client.ask(*MKT_DATA)) == []


def test_a_reset_book_is_sent_anew(client: WireClient) -> None:
    first = client.ask("10", "5", "8", *CONTRACT_FIELDS, "3", "0", "")
    client.hub.faults.switch_on("depth-reset")
    heard = client.after(0.1)
    assert errors(heard) == [("8", "317")]
    assert heard[1:] == first


def test_a_changed_port_ends_every_connection(client: WireClient) -> None:
    client.hub.faults.switch_on("port-changed", amount=4002)
    heard = client.after(0.1)
    assert codes(heard) == ["1300"]
    assert "4002" in heard[0][4]
    assert client.closed


def test_account_values_come_every_three_minutes(client: WireClient) -> None:
    client.hub.faults.switch_on("three-minute-account")
    client.after(0.1)
    assert client.hub.cadence.account_s == 180


def test_a_completed_order_without_its_size_is_told_whole_otherwise(client: WireClient) -> None:
    client.place(1)
    [whole] = [message for message in client.ask("99", "0") if message[0] == "101"]
    client.hub.faults.switch_on("no-completed-size")
    [told_of] = [message for message in client.ask("99", "0") if message[0] == "101"]
    assert told_of == [*whole[:13], "0", *whole[14:]]
    assert whole[12:14] == ["BUY", "100"]


def test_completed_orders_come_unasked(client: WireClient) -> None:
    client.place(1)
    client.hub.faults.switch_on("unsolicited-completed")
    assert kinds(client.after(0.1)) == ["101"]


def test_the_trader_cancels_in_tws(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("tws-cancels")
    assert statuses(client.after(0.1))[-1] == ("Cancelled", "0")


def test_the_trader_orders_in_tws(client: WireClient) -> None:
    client.hub.faults.switch_on("tws-order")
    assert client.after(0.1) == [], "client 1 has no part in it"
    assert market_of(client).open_orders()[0].client_id == BY_HAND


def test_the_client_hears_that_the_trader_changed_its_order_in_tws(client: WireClient) -> None:
    resting(client)
    client.hub.faults.switch_on("tws-changes")
    assert {message[1] for message in client.after(0.1) if message[0] == "5"} == {"1"}
    assert market_of(client).open_orders()[0].attributes["displaySize"] == 1


@pytest.mark.parametrize(
    ("con_id", "terms", "changed"),
    [
        (AAPL_ID, {"limit_price": 100.0, "tif": "GTC"}, {"displaySize": 1}),
        (AAPL_ID, {"limit_price": 100.0, "tif": "GTD", "till": "20261123-18:00:00"}, {"goodTillDate": "20261124-15:00:21"}),
        (AAPL_ID, {"order_type": "TRAIL", "aux_price": 5.0}, {"aux_price": 10.0}),
        (EURUSD, {"order_type": "TRAIL", "aux_price": 0.003, "quantity": 30_000}, {"aux_price": 0.006}),
        (AAPL_ID, {"order_type": "TRAIL", "percent": 2.5}, {"trailingPercent": 5.0}),
    ],
)  # fmt: skip
def test_the_exchange_takes_what_the_trader_changes_in_tws(
    con_id: int, terms: dict[str, object], changed: dict[str, object]
) -> None:
    """At the real exchange: what it refuses is told to nobody, so nobody would miss it."""
    desk = Desk()
    named = {"till": "goodTillDate", "percent": "trailingPercent"}
    given = {named[name]: value for name, value in terms.items() if name in named}
    plain = {name: value for name, value in terms.items() if name not in named}
    order = desk.order(con_id, "BUY", **{"order_type": "LMT", "attributes": given} | plain)  # type: ignore[arg-type]
    desk.place(order)
    desk.wait(1.0)
    DEEDS["tws-changes"](Hub(desk.market), 0.0)
    desk.wait(1.0)
    known = desk.known(order)
    held = known.attributes | {"aux_price": known.aux_price}
    assert {name: held.get(name) for name in changed} == changed
    assert not known.done


def test_every_connection_is_cut(client: WireClient) -> None:
    other = WireClient(client.hub, client_id=2)
    client.hub.faults.switch_on("kill")
    client.after(0.1)
    assert client.closed
    assert other.closed


def test_an_event_can_wait_for_a_message(client: WireClient) -> None:
    client.hub.faults.switch_on("kill", at=2)
    client.ask("49", "1")
    client.after(0.1)
    assert not client.closed
    client.ask("49", "1")
    client.after(0.1)
    assert client.closed


def test_the_clock_that_jumps_is_only_the_clients(client: WireClient) -> None:
    before = int(client.ask("49", "1")[0][2])
    client.hub.faults.switch_on("clock-jump")
    assert int(client.ask("49", "1")[0][2]) == before + 3600


# --- Courses ------------------------------------------------------------------------------------


def test_the_nightly_reset_comes_and_goes(client: WireClient) -> None:
    client.hub.follow(COURSES["nightly-reset"])
    heard = [code for _ in range(60) for code in codes(client.after(1.0))]
    assert heard == ["1100", "2103", "1101", "2104"]
    assert not client.hub.faults.switches


def test_the_weekly_login_lets_nobody_in_for_a_minute(client: WireClient) -> None:
    client.hub.follow(COURSES["weekly-login"])
    client.after(11.0)
    client.after(0.1)
    assert client.closed
    assert client.hub.faults.bite("refuse")
    client.hub.advance(client.hub.clock_s + 70)
    assert not client.hub.faults.bite("refuse")


def test_delayed_only_refuses_live_data(client: WireClient) -> None:
    client.hub.follow(COURSES["delayed-only"])
    assert errors(client.ask(*MKT_DATA)) == [("9", "354")]
    client.ask("59", "1", "3")
    assert errors(client.ask(*MKT_DATA)) == [("9", "10167")]


def test_a_storm_cuts_again_and_again(client: WireClient) -> None:
    hub = client.hub
    hub.follow(COURSES["reconnect-storm"])
    cut = 0
    for client_id in range(2, 70):
        again = WireClient(hub, client_id)
        again.after(1.0)
        cut += again.closed
        hub.leave(again.session)
    assert cut == 10
