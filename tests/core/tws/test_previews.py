"""What-ifs on the wire: always marked as one, answered in parts, and never taken for an order."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import core.tws
from core.domain.contract import Contract
from core.domain.events import MessageReported, OrderReported, OrderStatusReported, PreviewReported
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import PreviewOrder
from core.simulator.model import MarginPreview
from core.simulator.wire.open_order import open_order
from core.simulator.wire.place_order import order_of, parse_place_order

APPLE = Contract(265598, "AAPL")
SPEC = OrderSpec(APPLE, Side.BUY, Decimal(100), OrderType.LMT, Decimal("150.25"), account="DU1234567")
ASK = PreviewOrder(41, replace(SPEC, parent_id=40, transmit=False), 5.0)
OUTBOUND = Path(core.tws.__file__).with_name("outbound.py")


async def test_a_what_if_says_so_is_transmitted_and_stands_alone(connected, scripted, tws) -> None:
    await connected()
    tws.perform(ASK)
    asked = order_of(parse_place_order((await scripted.hears(3))[1:], 178), client_id=1)
    assert (asked.order_id, asked.what_if, asked.transmit, asked.parent_id) == (41, True, True, 0)


async def test_its_answer_is_merged_from_parts_and_is_no_order(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(ASK)
    asked = order_of(parse_place_order((await scripted.hears(3))[1:], 178), client_id=1)
    placeholder = open_order(178, asked.with_(status="PreSubmitted"))
    scripted.say(placeholder, open_order(178, asked.with_(status="PreSubmitted"), _margins()))
    scripted.say((3, 41, "PreSubmitted", 0, 100, 0, 0, 0, 0, 1, "", 0))
    preview = (await told.first(PreviewReported)).preview
    assert preview.is_known
    assert (preview.initial_before, preview.initial_after) == (Decimal(1000), Decimal(8500))
    assert (preview.maintenance_after, preview.equity_after) == (Decimal(6800), Decimal(100000))
    scripted.say((4, 2, -1, 2104, "Market data farm connection is OK", ""))
    await told.first(MessageReported)
    assert told.all(OrderReported) == []
    assert told.all(OrderStatusReported) == []


async def test_an_order_of_another_client_with_the_number_of_a_what_if_is_an_order(
    connected, scripted, tws, told
) -> None:
    """Order ids are each client's own."""
    await connected()
    tws.perform(ASK)
    asked = order_of(parse_place_order((await scripted.hears(3))[1:], 178), client_id=5)
    scripted.say(open_order(178, asked.with_(status="Submitted", what_if=False, perm_id=77)))
    scripted.say((3, 41, "Submitted", 0, 100, 0, 77, 0, 0, 5, "", 0))
    told_of = await told.first(OrderReported)
    assert (told_of.order_id, told_of.client_id, told_of.perm_id) == (41, 5, 77)
    assert (await told.first(OrderStatusReported)).client_id == 5


def _margins() -> MarginPreview:
    return MarginPreview(1000.0, 800.0, 100000.0, 8500.0, 6800.0, 100000.0, 1.0, "USD")


async def test_a_refused_what_if_ends_with_ib_s_words(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(ASK)
    await scripted.hears(3)
    scripted.say((4, 2, 41, 201, "Order rejected - reason: no permission", ""))
    preview = (await told.first(PreviewReported)).preview
    assert not preview.is_known
    assert preview.refusal.startswith("No preview: Order rejected")
    assert told.all(MessageReported) == []


async def test_a_what_if_that_nobody_answers_ends_at_its_deadline(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(replace(ASK, deadline_s=0.05))
    preview = (await told.first(PreviewReported)).preview
    assert preview.refusal == "No preview: IB did not answer within 0.05 s."


async def test_without_a_connection_there_is_no_preview(tws, told) -> None:
    tws.perform(ASK)
    assert (await told.first(PreviewReported)).preview.refusal == "No preview: The connection is closed."


# --- the one choke point, read as source --------------------------------------------------------------


def _functions() -> dict[str, ast.FunctionDef]:
    tree = ast.parse(OUTBOUND.read_text(encoding="utf-8"))
    return {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == name
    ]


def test_orders_go_out_from_two_functions_only_one_for_the_approved_one_for_what_ifs() -> None:
    placing = {name for name, one in _functions().items() if _calls(one, "placeOrder")}
    assert placing == {"place", "preview"}
    takes = {name: ast.unparse(_functions()[name].args.args[1].annotation) for name in placing}  # type: ignore[arg-type]
    assert takes == {"place": "PlaceOrder", "preview": "PreviewOrder"}
    order = ast.unparse(_functions()["place"])
    assert "spec = request.approved.spec" in order
    assert "whatIf" not in order


def test_nothing_can_leave_the_preview_that_is_not_a_what_if() -> None:
    body = _functions()["preview"].body
    marked = next(n for n, line in enumerate(body) if ast.unparse(line) == "order.whatIf = True")
    sent = next(n for n, line in enumerate(body) if _calls(line, "placeOrder"))
    assert sent == marked + 1
    assert len(_calls(_functions()["preview"], "placeOrder")) == 1


@pytest.mark.parametrize("path", sorted(OUTBOUND.parent.glob("*.py")), ids=lambda path: path.name)
def test_no_other_module_decides_what_is_a_what_if(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stores = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "whatIf" and isinstance(node.ctx, ast.Store)
    ]
    named = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "whatIf"]
    assert named == []
    assert len(stores) == (1 if path.name == "outbound.py" else 0)
