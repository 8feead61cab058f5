"""The blotter's list, kept up as orders come and change, is the list made from scratch."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.order import Oca, OcaKind, Order, OrderSpec, OrderState, OrderType, Side
from core.orders.families import arranged
from gui.panels.orders.listing import Filter, Listed
from tests.gui.panels.stand_in import AAPL, MSFT

STEPS = 120


def an_order(dice: random.Random, number: int) -> Order:
    """One in three hangs on an earlier number, a few on one yet to come; a few are in groups, or in both."""
    parent_id = max(0, number - dice.randint(-2, 4)) if dice.random() < 0.35 else 0
    oca = Oca(f"g{dice.randint(1, 3)}", OcaKind.CANCEL_WITH_BLOCK) if dice.random() < 0.15 else None
    contract = dice.choice((AAPL, MSFT) if dice.random() < 0.3 else (AAPL,)).contract
    spec = OrderSpec(
        contract,
        dice.choice(tuple(Side)),
        Decimal(10),
        OrderType.LMT,
        Decimal(150),
        parent_id=parent_id,
        oca=oca,
    )
    return Order(f"r-{number}", spec, dice.choice(STATES), 0.0, 0.0, order_id=number, client_id=1)


STATES = (OrderState.WORKING, OrderState.WORKING, OrderState.CANCELLED)


def changed(dice: random.Random, order: Order) -> Order:
    if dice.random() < 0.15:
        return replace(order, spec=replace(order.spec, parent_id=0, oca=None))
    return replace(order, state=dice.choice(STATES), filled=Decimal(dice.randint(0, 9)))


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(
    "wanted", [Filter(), Filter(state="working"), Filter(state="done", side="SELL"), Filter(words="msft")]
)
def test_the_list_kept_up_equals_the_list_made_from_scratch(seed: int, wanted: Filter) -> None:
    dice = random.Random(seed)
    orders: dict[str, Order] = {}
    listed = Listed()
    listed.begin((), wanted)
    for number in range(1, STEPS):
        touched = []
        for step in range(dice.choice((0, 1, 1, 1, 2, 3))):
            one = an_order(dice, number * 3 + step)
            orders[one.order_ref] = one
            touched.append(one)
        for ref in dice.sample(sorted(orders), min(len(orders), dice.randint(0, 2))):
            orders[ref] = changed(dice, orders[ref])
            touched.append(orders[ref])
        dice.shuffle(touched)
        newest_first = tuple(reversed(orders.values()))
        before = listed.listing
        moved = listed.follow(newest_first, [orders[one.order_ref] for one in touched], wanted)
        scratch = arranged(wanted.of(newest_first))
        assert listed.listing == scratch
        assert set(moved or ()) >= set(scratch.moved(before))
        assert moved is not None or scratch == before


def test_one_more_order_by_itself_never_makes_the_list_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    dice, wanted, listed = random.Random(1), Filter(), Listed()
    orders = [
        replace(one, spec=replace(one.spec, oca=None)) for one in (an_order(dice, n) for n in range(1, 60))
    ]
    listed.begin(tuple(reversed(orders)), wanted)
    spec = OrderSpec(AAPL.contract, Side.BUY, Decimal(10), OrderType.LMT, Decimal(150))
    alone = Order("new", spec, OrderState.WORKING, 0.0, 0.0, order_id=9_000, client_id=1)
    monkeypatch.setattr(Listed, "begin", None)

    assert listed.follow((alone, *reversed(orders)), [alone], wanted) == []
    assert listed.listing.order_refs[0] == "new"
