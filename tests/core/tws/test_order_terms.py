"""Every term of an order, out and back: what the simulator's own parser reads is what was meant, and what it echoes is too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.domain.algos import ALGOS
from core.domain.attributes import ATTRIBUTES
from core.domain.combo import combo
from core.domain.conditions import (
    ExecutionCondition,
    Join,
    MarginCondition,
    PercentCondition,
    PriceCondition,
    TimeCondition,
    TriggerMethod,
    VolumeCondition,
)
from core.domain.contract import Contract, ContractDetails, SecType
from core.domain.events import OrderReported
from core.domain.order import Algo, Oca, OcaKind, OrderSpec, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES
from core.domain.requests import PlaceOrder
from core.domain.verdict import Approved
from core.simulator.model import Order as Parsed
from core.simulator.wire.open_order import open_order
from core.simulator.wire.place_order import order_of, parse_place_order

VERSION = 178
ACCOUNT = "DU1234567"
APPLE = Contract(265598, "AAPL", primary_exchange="NASDAQ", local_symbol="AAPL", trading_class="NMS")
LIMIT = OrderSpec(APPLE, Side.BUY, Decimal(100), OrderType.LMT, Decimal("150.25"), account=ACCOUNT)
BARE = replace(LIMIT, limit_price=None)
LATER = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def _option(con_id: int, strike: int) -> ContractDetails:
    return ContractDetails(
        Contract(
            con_id,
            "AAPL",
            SecType.OPT,
            expiry="20261218",
            strike=Decimal(strike),
            right="C",
            multiplier=Decimal(100),
        )
    )


SPREAD = combo([(_option(1, 150), 1, "BUY"), (_option(2, 155), 1, "SELL")]).contract

Row = tuple[str, OrderSpec, dict[str, Any]]
"""What it is called, what was meant, and what the simulator must have read, by the wire's own names."""


def _typed(order_type: OrderType, **terms: Any) -> OrderSpec:
    return replace(BARE, order_type=order_type, **terms)


TYPES: tuple[Row, ...] = (
    ("MKT", _typed(OrderType.MKT), {"order_type": "MKT", "limit_price": None, "aux_price": None}),
    ("LMT", LIMIT, {"order_type": "LMT", "limit_price": 150.25}),
    (
        "STP",
        _typed(OrderType.STP, stop_price=Decimal("148.5")),
        {"order_type": "STP", "aux_price": 148.5, "limit_price": None},
    ),
    (
        "STP LMT",
        _typed(OrderType.STP_LMT, stop_price=Decimal(151), limit_price=Decimal("151.2")),
        {"order_type": "STP LMT", "aux_price": 151.0, "limit_price": 151.2},
    ),
    (
        "TRAIL by an amount",
        _typed(OrderType.TRAIL, trail_amount=Decimal("1.5")),
        {"order_type": "TRAIL", "aux_price": 1.5},
    ),
    (
        "TRAIL by per cent from a stop",
        _typed(OrderType.TRAIL, trail_percent=Decimal("2.5"), stop_price=Decimal(146)),
        {"order_type": "TRAIL", "aux_price": None, "trailingPercent": 2.5, "trailStopPrice": 146.0},
    ),
    (
        "TRAIL LIMIT with an offset",
        _typed(
            OrderType.TRAIL_LIMIT,
            trail_amount=Decimal(2),
            stop_price=Decimal(146),
            limit_offset=Decimal("0.1"),
        ),
        {
            "order_type": "TRAIL LIMIT",
            "aux_price": 2.0,
            "trailStopPrice": 146.0,
            "lmtPriceOffset": 0.1,
            "limit_price": None,
        },
    ),
    (
        "TRAIL LIMIT with a limit",
        _typed(
            OrderType.TRAIL_LIMIT,
            trail_percent=Decimal(2),
            stop_price=Decimal(146),
            limit_price=Decimal("145.9"),
        ),
        {
            "order_type": "TRAIL LIMIT",
            "trailingPercent": 2.0,
            "trailStopPrice": 146.0,
            "limit_price": 145.9,
        },
    ),
    ("MIT", _typed(OrderType.MIT, stop_price=Decimal(145)), {"order_type": "MIT", "aux_price": 145.0}),
    (
        "LIT",
        _typed(OrderType.LIT, stop_price=Decimal(145), limit_price=Decimal("145.1")),
        {"order_type": "LIT", "aux_price": 145.0, "limit_price": 145.1},
    ),
    ("MTL", _typed(OrderType.MTL), {"order_type": "MTL"}),
    ("MOC", _typed(OrderType.MOC), {"order_type": "MOC"}),
    ("LOC", _typed(OrderType.LOC, limit_price=Decimal(150)), {"order_type": "LOC", "limit_price": 150.0}),
    (
        "MIDPRICE with a cap",
        _typed(OrderType.MIDPRICE, limit_price=Decimal(151)),
        {"order_type": "MIDPRICE", "limit_price": 151.0},
    ),
    ("MIDPRICE", _typed(OrderType.MIDPRICE), {"order_type": "MIDPRICE", "limit_price": None}),
    (
        "REL",
        _typed(OrderType.REL, offset=Decimal("0.02"), limit_price=Decimal(151)),
        {"order_type": "REL", "aux_price": 0.02, "limit_price": 151.0},
    ),
    (
        "PEG MID",
        _typed(OrderType.PEG_MID, offset=Decimal("0.01")),
        {"order_type": "PEG MID", "aux_price": 0.01},
    ),
    ("SNAP MID", _typed(OrderType.SNAP_MID), {"order_type": "SNAP MID"}),
    (
        "SNAP MKT",
        _typed(OrderType.SNAP_MKT, offset=Decimal("0.03")),
        {"order_type": "SNAP MKT", "aux_price": 0.03},
    ),
    ("SNAP PRIM", _typed(OrderType.SNAP_PRIM), {"order_type": "SNAP PRIM"}),
)

TIMES: tuple[Row, ...] = (
    ("DAY", LIMIT, {"tif": "DAY"}),
    ("GTC", replace(LIMIT, tif=Tif.GTC), {"tif": "GTC"}),
    (
        "GTD",
        replace(LIMIT, tif=Tif.GTD, good_till=LATER),
        {"tif": "GTD", "goodTillDate": "20261124-15:30:00"},
    ),
    ("IOC", replace(LIMIT, tif=Tif.IOC), {"tif": "IOC"}),
    ("FOK", replace(LIMIT, tif=Tif.FOK), {"tif": "FOK"}),
    ("OPG", replace(LIMIT, tif=Tif.OPG), {"tif": "OPG"}),
)

ATTRIBUTE_ROWS: tuple[Row, ...] = (
    ("outside RTH", replace(LIMIT, outside_rth=True), {"outside_rth": True}),
    ("good after", replace(LIMIT, good_after=LATER), {"goodAfterTime": "20261124-15:30:00"}),
    ("OCA", replace(LIMIT, oca=Oca("g-1")), {"ocaGroup": "g-1", "ocaType": 1}),
    (
        "OCA that reduces",
        replace(LIMIT, oca=Oca("g-1", OcaKind.REDUCE_WITHOUT_BLOCK)),
        {"ocaGroup": "g-1", "ocaType": 3},
    ),
    ("iceberg", replace(LIMIT, display_size=Decimal(20)), {"displaySize": 20}),
    ("hidden", replace(LIMIT, hidden=True), {"hidden": True}),
    ("all or none", replace(LIMIT, all_or_none=True), {"allOrNone": True}),
    ("discretionary", replace(LIMIT, discretionary=Decimal("0.05")), {"discretionaryAmt": 0.05}),
    ("minimum quantity", replace(LIMIT, minimum_quantity=Decimal(10)), {"minQty": 10}),
    (
        "trigger method",
        replace(TYPES[2][1], trigger_method=TriggerMethod.DOUBLE_LAST),
        {"triggerMethod": 3},
    ),
    (
        "child of a bracket, held",
        replace(LIMIT, parent_id=6, transmit=False),
        {"parent_id": 6, "transmit": False},
    ),
    *(
        (
            f"algorithm {name}",
            replace(LIMIT, algo=row.initial),
            {"algoStrategy": name, "algoParams": row.initial.params},
        )
        for name, row in ALGOS.items()
    ),
    (
        "algorithm with its own parameters",
        replace(LIMIT, algo=Algo("Vwap", (("maxPctVol", "0.25"), ("endTime", "20261123-20:00:00")))),
        {"algoParams": (("maxPctVol", "0.25"), ("endTime", "20261123-20:00:00"))},
    ),
    (
        "combo",
        replace(LIMIT, contract=SPREAD, quantity=Decimal(2), limit_price=Decimal("-1.25")),
        {"quantity": 2.0, "limit_price": -1.25},
    ),
)

CONDITIONS: tuple[tuple[str, Any, tuple[int, str, tuple[Any, ...]]], ...] = (
    (
        "price",
        PriceCondition(265598, "SMART", Decimal("155.5"), above=False, method=TriggerMethod.LAST),
        (1, "a", (False, 155.5, 265598, "SMART", 2)),
    ),
    ("time", TimeCondition(LATER), (3, "a", (True, "20261124-15:30:00"))),
    ("margin", MarginCondition(30, join=Join.OR), (4, "o", (False, 30.0))),
    ("execution", ExecutionCondition("MSFT"), (5, "a", ("STK", "SMART", "MSFT"))),
    ("volume", VolumeCondition(265598, "SMART", 1_000_000), (6, "a", (True, 1_000_000, 265598, "SMART"))),
    (
        "per cent",
        PercentCondition(265598, "SMART", Decimal("-2.5"), above=False),
        (7, "a", (False, -2.5, 265598, "SMART")),
    ),
)

ROWS = (*TYPES, *TIMES, *ATTRIBUTE_ROWS)


@pytest.fixture
def read(connected, scripted, tws) -> Callable[..., Any]:  # type: ignore[no-untyped-def]
    """Sends an order over the real encoder; returns it as the simulator's parser reads it."""

    async def send(spec: OrderSpec) -> Parsed:
        await connected()
        tws.perform(PlaceOrder("ours-1", 7, Approved(spec)))
        heard = await scripted.hears(3)
        return order_of(parse_place_order(heard[1:], VERSION), client_id=1)

    return send


def _of(parsed: Parsed, name: str) -> Any:
    plain = {field.name for field in fields(Parsed)}
    return getattr(parsed, name) if name in plain else parsed.attributes.get(name)


@pytest.mark.parametrize(("spec", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_the_gateway_reads_what_was_meant(read, spec: OrderSpec, expected: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(spec)
    assert {name: _of(parsed, name) for name in expected} == expected
    assert (parsed.tif, parsed.account, parsed.order_ref) == (spec.tif, ACCOUNT, "ours-1")


@pytest.mark.parametrize("spec", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_what_the_gateway_echoes_is_the_same_order(read, scripted, told, spec: OrderSpec) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(spec)
    scripted.say(open_order(VERSION, parsed.with_(status="PreSubmitted", perm_id=99)))
    reported = await told.first(OrderReported)
    ours = replace(spec, transmit=True, contract=reported.spec.contract)
    assert reported.spec == ours
    assert reported.spec.contract.con_id == spec.contract.con_id
    assert reported.terms == ""


@pytest.mark.parametrize(
    ("condition", "wire"), [row[1:] for row in CONDITIONS], ids=[row[0] for row in CONDITIONS]
)
async def test_each_condition_is_read_and_echoed(read, scripted, told, condition: Any, wire: Any) -> None:  # type: ignore[no-untyped-def]
    spec = replace(LIMIT, conditions=(condition,), conditions_outside_rth=True)
    parsed = await read(spec)
    [found] = parsed.attributes["conditions"]  # type: ignore[misc]
    assert (found.kind, found.conjunction, found.terms) == wire
    assert parsed.attributes["conditionsIgnoreRth"] is True
    scripted.say(open_order(VERSION, parsed.with_(status="PreSubmitted", perm_id=99)))
    assert (await told.first(OrderReported)).spec.conditions == (condition,)


async def test_conditions_that_cancel_are_told_apart_from_those_that_start(read) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(replace(LIMIT, conditions=(TimeCondition(LATER),), conditions_cancel=True))
    assert parsed.attributes["conditionsCancelOrder"] is True


async def test_a_combo_names_its_legs_and_no_number_of_ours(read) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(replace(LIMIT, contract=SPREAD))
    assert (parsed.contract.con_id, parsed.contract.sec_type) == (0, "BAG")
    legs = parsed.attributes["comboLegs"]
    assert [(leg.con_id, leg.ratio, leg.action) for leg in legs] == [(1, 1, "BUY"), (2, 1, "SELL")]  # type: ignore[attr-defined]


async def test_a_combos_limit_may_be_under_zero(read) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(replace(LIMIT, contract=SPREAD, limit_price=Decimal("-1.2")))
    assert parsed.limit_price == -1.2


async def test_an_order_goes_to_the_exchange_that_was_chosen(read) -> None:  # type: ignore[no-untyped-def]
    parsed = await read(replace(LIMIT, contract=replace(LIMIT.contract, exchange="ISLAND")))
    assert parsed.contract.exchange == "ISLAND"


def test_every_order_type_attribute_and_condition_has_a_row() -> None:
    assert {spec.order_type for _, spec, _ in TYPES} == set(ORDER_TYPES)
    assert {spec.tif for _, spec, _ in TIMES} == set(Tif)
    conditional = [replace(LIMIT, conditions=(row[1],)) for row in CONDITIONS]
    specs = [*(row[1] for row in ROWS), *conditional, replace(conditional[0], conditions_cancel=True)]
    missing = [name for name, row in ATTRIBUTES.items() if not any(map(row.is_set, specs))]
    assert missing == ["bracket"]  # an order never carries it: its children do
