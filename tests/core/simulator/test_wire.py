"""The wire alone: frames, fields, and layouts that agree with what was recorded from a real TWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.simulator.model import Contract, Execution, MarginPreview, Order
from core.simulator.wire import messages
from core.simulator.wire.fields import REQUIRED, UNSET_DOUBLE, Malformed, Reader, number, price
from core.simulator.wire.frames import (
    MAX_FRAME_BYTES,
    NEWEST_VERSION,
    OLDEST_VERSION,
    BadFrame,
    Deframer,
    agreed_version,
    frame,
    frame_fields,
)
from core.simulator.wire.open_order import COMPLETED_ORDER, OPEN_ORDER, Row, completed_order, open_order
from core.simulator.wire.requests import REQUESTS, BadRequest, parse_request
from core.simulator.wire.times import parse_stamp, stamp
from tests.core.simulator.fake_market import AAPL, NOW

RECORDED = Path(__file__).parents[2] / "conformance" / "recorded"
VERSIONS = range(OLDEST_VERSION, NEWEST_VERSION + 1)

BOUGHT = Order(
    client_id=100,
    order_id=5,
    contract=Contract(265598, "AAPL", "STK", local_symbol="AAPL", trading_class="NMS"),
    action="BUY",
    quantity=100,
    order_type="MKT",
    limit_price=None,
    aux_price=None,
    account="DU1234567",
    perm_id=600745656,
    status="PreSubmitted",
)
STOPPED = Order(
    client_id=1,
    order_id=9,
    contract=Contract(756733, "SPY", "STK", local_symbol="SPY", trading_class="SPY"),
    action="SELL",
    quantity=100,
    order_type="STP",
    limit_price=549.97,
    aux_price=550.0,
    account="DUD193105",
    perm_id=1451120741,
    status="Cancelled",
    completed_status="Cancelled by Trader",
    attributes={"ocaGroup": "close_135", "ocaType": 1},
)


def recorded(name: str) -> list[list[str]]:
    """Rows of (field, value) as a real TWS sent them."""
    lines = (RECORDED / f"{name}.txt").read_text().splitlines()
    return [line.split("|", 1) for line in lines]


# --- Golden layouts -----------------------------------------------------------------------------


def test_an_open_order_is_field_for_field_what_was_recorded() -> None:
    sent = frame_fields(open_order(176, BOUGHT))
    assert list(zip([name for name, _ in recorded("open_order_176")], sent, strict=True)) == [
        (name, value) for name, value in recorded("open_order_176")
    ]


def test_a_completed_order_is_field_for_field_what_was_recorded() -> None:
    sent = frame_fields(completed_order(178, STOPPED, "20250312 14:13:48 US/Eastern"))
    assert list(zip([name for name, _ in recorded("completed_order_178")], sent, strict=True)) == [
        (name, value) for name, value in recorded("completed_order_178")
    ]


def test_the_recorded_order_status_is_written_so() -> None:
    assert "|".join(frame_fields(messages.order_status(BOUGHT))) == (
        "3|5|PreSubmitted|0|100|0|600745656|0|0|100||0"
    )


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (157, 128),
        (158, 129),
        (159, 129),
        (160, 130),
        (162, 131),
        (169, 131),
        (170, 136),
        (177, 135),
        (178, 135),
    ],
)
def test_an_open_order_grows_with_the_version(version: int, fields: int) -> None:
    assert len(frame_fields(open_order(version, BOUGHT))) == fields


@pytest.mark.parametrize(("version", "fields"), [(157, 96), (169, 96), (170, 101), (176, 101), (177, 100)])
def test_a_completed_order_grows_with_the_version(version: int, fields: int) -> None:
    assert len(frame_fields(completed_order(version, STOPPED, ""))) == fields


@pytest.mark.parametrize(("version", "fields"), [(157, 39), (162, 39), (163, 40), (164, 40), (178, 40)])
def test_contract_details_change_at_163_and_164(version: int, fields: int) -> None:
    sent = frame_fields(messages.contract_details(version, 7, AAPL))
    # One security id adds its tag and value.
    assert len(sent) == fields + 2
    assert sent[:3] == (["10", "8", "7"] if version < 164 else ["10", "7", "AAPL"])


def test_an_error_has_the_reject_text_from_166_on() -> None:
    assert frame_fields(messages.error(165, 5, 201, "no", "{}")) == ["4", "2", "5", "201", "no"]
    assert frame_fields(messages.error(166, 5, 201, "no", "{}")) == ["4", "2", "5", "201", "no", "{}"]


def test_an_execution_has_the_price_revision_from_178_on() -> None:
    fill = Execution(
        "0001.01.01.01", BOUGHT, NOW, "ISLAND", "BOT", 100, 196.52, 100, 196.52, False, 2, 1, "USD", None
    )
    at_177 = frame_fields(messages.execution_details(177, -1, fill, "20261122 10:00:00 US/Eastern"))
    at_178 = frame_fields(messages.execution_details(178, -1, fill, "20261122 10:00:00 US/Eastern"))
    assert len(at_177) == 31
    assert at_178 == [*at_177, "0"]


def test_a_symbol_sample_has_its_description_from_176_on() -> None:
    before = frame_fields(messages.symbol_samples(175, 3, [(AAPL, ("OPT",))]))
    since = frame_fields(messages.symbol_samples(176, 3, [(AAPL, ("OPT",))]))
    assert since == [*before, "APPLE INC", ""]


def test_a_what_if_has_nine_numbers_and_any_other_order_nine_unset_ones() -> None:
    preview = MarginPreview(100, 90, 1000, 350.5, 300.25, 999, 1.05, "USD", "careful")
    answered = frame_fields(open_order(178, BOUGHT.with_(what_if=True), preview))
    at = answered.index("PreSubmitted")
    assert answered[at + 1 : at + 10] == [
        "100.0", "90.0", "1000.0", "250.5", "210.25", "-1.0", "350.5", "300.25", "999.0",
    ]  # fmt: skip
    assert answered[at + 10 : at + 15] == ["1.05", "", "", "USD", "careful"]
    plain = frame_fields(open_order(178, BOUGHT))
    assert plain[at + 1 : at + 10] == [UNSET_DOUBLE] * 9


# --- Fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(100.0, "100"), (0.0, "0"), (-3.0, "-3"), (0.25, "0.25"), (1e-7, "0.0000001"), (1e15, "1000000000000000"), (None, "")],
)  # fmt: skip
def test_a_whole_quantity_is_written_without_a_point(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(550.0, "550.0"), (549.97, "549.97"), (1e-5, "0.00001"), (None, "")]
)
def test_a_price_is_written_with_a_point(value: float | None, text: str) -> None:
    assert price(value) == text


@pytest.mark.parametrize("text", ["", "1.7976931348623157e+308", "1.7976931348623157E308"])
def test_an_unset_double_reads_as_none(text: str) -> None:
    assert Reader([text], 178).number("lmtPrice") is None


@pytest.mark.parametrize("text", ["", "2147483647", "9223372036854775807", "1.7976931348623157e+308"])
def test_an_unset_whole_number_reads_as_none(text: str) -> None:
    assert Reader([text], 178).whole("minQty") is None


@pytest.mark.parametrize("text", ["Infinite", "Infinity", "inf"])
def test_infinity_reads_in_every_spelling(text: str) -> None:
    assert Reader([text], 178).number("competeAgainstBestOffset") == float("inf")


@pytest.mark.parametrize("text", ["abc", "1,5", "nan", "1_000", "--1", "0x10", "-inf1"])
def test_what_is_not_a_number_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Reader([text], 178).number("lmtPrice")


@pytest.mark.parametrize("text", ["-1", "10001", "1e30", "x"])
def test_an_absurd_count_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Reader([text], 178).count("comboLegs")


# --- Frames and greeting ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("greeting", "version"),
    [
        ("v157..178", 178),
        ("v100..222", 178),
        ("v157..178 +PACEAPI", 178),
        ("v100..157", 157),
        ("v100..176", 176),
        ("v176", 176),
        ("v100..156", None),
        ("v179..201", None),
        ("v1..99999999999", None),
        ("hello", None),
        ("", None),
    ],
)
def test_the_version_is_the_highest_both_speak(greeting: str, version: int | None) -> None:
    assert agreed_version(greeting) == version


def test_messages_arrive_whole_however_the_bytes_are_cut() -> None:
    stream = b"API\0" + b"\x00\x00\x00\x09v157..178" + frame(71, 2, 1, "") + frame(49, 1)
    deframer = Deframer()
    found = [fields for i in range(len(stream)) for fields in deframer.feed(stream[i : i + 1])]
    assert found == [["v157..178"], ["71", "2", "1", ""], ["49", "1"]]


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n", b"\0\0\0\x09v157..178", b"API\0\x00\x00\x00\x00", b"API\0\xff\xff\xff\xff"],
)
def test_bytes_that_cannot_be_the_protocol_are_noticed_at_once(garbage: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Deframer().feed(garbage))


def test_a_frame_over_the_limit_is_refused_by_its_length_alone() -> None:
    deframer = Deframer()
    list(deframer.feed(b"API\0\x00\x00\x00\x09v157..178"))
    with pytest.raises(BadFrame):
        list(deframer.feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big")))


def test_other_than_seven_bit_text_is_escaped() -> None:
    assert frame_fields(frame(4, "Nestlé €")) == ["4", "Nestl\\u00e9 \\u20ac"]


# --- Requests -----------------------------------------------------------------------------------


def test_the_issuer_is_read_from_176_on() -> None:
    fields = ["8", "1", *[""] * 12, "0", "", ""]
    before = parse_request(9, fields, 175)
    since = parse_request(9, [*fields, "e123"], 176)
    assert before is not None
    assert "issuerId" not in before.values
    assert since is not None
    assert since.text("issuerId") == "e123"


def test_a_contract_with_every_field_empty_is_read() -> None:
    asked = parse_request(9, ["8", "1", *[""] * 12, "0", "", "", ""], 178)
    assert asked is not None
    assert asked.contract == Contract(0, "", "", exchange="", currency="")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_without_its_fields_is_refused_and_not_read_as_something_else(version: int) -> None:
    for msg_id, layout in REQUESTS.items():
        if any(slot.default is REQUIRED for slot in layout.slots):
            with pytest.raises(BadRequest) as caught:
                parse_request(msg_id, [], version)
            assert caught.value.req_id == -1


def test_a_broken_field_is_reported_under_the_id_of_its_request() -> None:
    with pytest.raises(BadRequest) as caught:
        parse_request(9, ["8", "77", "conId?", *[""] * 15], 178)
    assert (caught.value.req_id, caught.value.why.field) == (77, "conId")


def test_an_unknown_request_is_none() -> None:
    assert parse_request(9999, ["1"], 178) is None


# --- Times --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "20261122 10:00:00 US/Eastern",
        "20261122-15:00:00",
        "20261122 10:00:00",
        "20261122 15:00:00 UTC",
        "20261122  10:00:00",
        "20261122 10:00:00 EST",
        "20261122 10:00 US/Eastern",
    ],
)
def test_every_form_of_a_time_is_understood(text: str) -> None:
    assert parse_stamp(text, "US/Eastern") == NOW


@pytest.mark.parametrize(
    "text", ["tomorrow", "20261322 10:00:00", "20261122 25:00:00", "20261122 10:00:00 Mars/Olympus"]
)
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_stamp(text, "US/Eastern")


def test_before_174_a_time_has_no_zone_and_two_spaces() -> None:
    assert stamp(NOW, "US/Central") == "20261122 09:00:00 US/Central"
    assert stamp(NOW, "US/Central", 173) == "20261122  10:00:00"


@pytest.mark.parametrize("rows", [OPEN_ORDER, COMPLETED_ORDER])
def test_each_attribute_has_one_place_in_a_message(rows: tuple[Row, ...]) -> None:
    names = [row.name for row in rows if row.write is None]
    assert sorted(names) == sorted(set(names))
