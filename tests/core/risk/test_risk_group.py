"""Brackets through the gate: one verdict for all, children judged as if their parent had filled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.bracket import BracketSpec, Exit, ExitsSpec
from core.domain.order import OrderType, Side
from core.domain.trading import TradingState, TradingView
from core.domain.verdict import Approved, Ask, Denied
from core.risk.gate import approve_group, assess_group, judge_group
from core.risk.group import placements
from tests.core.risk.bench import AAPL, NOW_S, Bench, buy, sell, working

NOTHING: frozenset[str] = frozenset()


def bracket(quantity: str = "100", limit: str | None = "150", **exits: str) -> BracketSpec:
    return BracketSpec(
        buy(quantity, limit), (Exit(**{name: Decimal(price) for name, price in exits.items()}),)
    )


def rules(group: BracketSpec | ExitsSpec, desk: Bench) -> set[str]:
    return {one.rule for one in assess_group(group, desk)}


def test_a_sound_bracket_is_approved_order_by_order_with_its_real_ids() -> None:
    group, ids = bracket(target="155", stop="148"), iter((40, 41, 42))
    placed = group.expand(lambda: next(ids))
    approved = approve_group(group, Bench(), NOTHING, placed)
    assert isinstance(approved, tuple)
    assert all(isinstance(one, Approved) for one in approved)
    told = [(one.spec.order_type, one.spec.parent_id, one.spec.transmit) for one in approved]
    assert told == [
        (OrderType.LMT, 0, False),
        (OrderType.LMT, 40, False),
        (OrderType.STP, 40, True),
    ]


def test_orders_that_are_not_the_group_s_own_are_never_approved() -> None:
    group, ids = bracket(target="155", stop="148"), iter(range(40, 50))
    placed = group.expand(lambda: next(ids))
    other = (replace(placed[0], spec=replace(placed[0].spec, quantity=Decimal(9000))), *placed[1:])
    with pytest.raises(ValueError, match="not those of the group"):
        approve_group(group, Bench(), NOTHING, other)


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (bracket(), "neither a target nor a stop"),
        (bracket(target="149", stop="148"), "no better than the entry"),
        (bracket(target="155", stop="151"), "not on the losing side"),
        (BracketSpec(buy(), (Exit(target=Decimal(155), quantity=Decimal(60)),)), "cover it exactly"),
        (BracketSpec(buy(limit=None), (Exit(trail_amount=Decimal(2)),)), "take no trailing stop"),
    ],
)
def test_a_bracket_of_the_wrong_shape_is_denied_in_words(group: BracketSpec, words: str) -> None:
    verdict = judge_group(group, Bench(), NOTHING)
    assert isinstance(verdict, Denied)
    assert words in verdict.words


def test_a_child_s_hard_objection_denies_the_whole_bracket_and_says_which_child() -> None:
    verdict = judge_group(bracket(target="155", stop="148.005"), Bench(), NOTHING)
    assert isinstance(verdict, Denied)
    assert verdict.words.startswith("STP child: Stop price 148.005 is not on the price step")


def test_an_exit_of_what_the_entry_opens_is_no_short_sale_and_turns_nothing_round() -> None:
    desk = Bench().permitting(shorting=False).holding(AAPL, 50)
    assert rules(bracket(target="155", stop="148"), desk) == set()


def test_a_stop_is_measured_from_the_entry_and_not_from_today_s_market() -> None:
    above = BracketSpec(
        replace(buy(limit=None, stop="160"), order_type=OrderType.STP), (Exit(stop=Decimal(158)),)
    )
    assert "StopOnWrongSide" not in rules(above, Bench())


def test_the_children_count_towards_the_orders_of_their_side() -> None:
    desk = Bench(working=tuple(working(sell("1", "190"), f"W{number}") for number in range(14)))
    denied = judge_group(bracket(target="155", stop="148"), desk, NOTHING)
    assert isinstance(denied, Denied)
    assert denied.objections[0].rule == "TooManyWorking"
    assert isinstance(judge_group(bracket(stop="148"), desk, frozenset({"TooManyWorking"})), tuple)


def test_a_bracket_counts_once_towards_the_rate() -> None:
    desk = Bench(sent=tuple((NOW_S - 1 - age, buy("7", "149")) for age in range(9)))
    assert not any(one.hard for one in assess_group(bracket(target="155", stop="148"), desk))


def test_a_soft_objection_to_any_order_is_asked_once_and_acknowledged_for_all() -> None:
    asked = judge_group(bracket("200", target="155", stop="148"), Bench(), NOTHING)
    assert isinstance(asked, Ask)
    assert [one.rule for one in asked.objections] == ["MaxOrderNotional"]
    taken = judge_group(bracket("200", target="155", stop="148"), Bench(), frozenset({"MaxOrderNotional"}))
    assert taken == ("MaxOrderNotional",)


def test_each_target_of_several_has_an_entry_of_its_own_part() -> None:
    parts = (
        Exit(target=Decimal(155), stop=Decimal(148), quantity=Decimal(60)),
        Exit(target=Decimal(160), stop=Decimal(148), quantity=Decimal(40)),
    )
    placed = placements(BracketSpec(buy(), parts))
    assert [(int(one.spec.quantity), one.spec.parent_id, one.spec.transmit) for one in placed] == [
        (60, 0, False),
        (60, 1, False),
        (60, 1, True),
        (40, 0, False),
        (40, 4, False),
        (40, 4, True),
    ]


def test_exits_round_a_held_position_pass_while_reduce_only_stop_first_and_tied() -> None:
    group = ExitsSpec(sell("100", None), (Exit(target=Decimal(155), stop=Decimal(148)),), "g-1")
    desk = Bench(trading=TradingView(TradingState.REDUCE_ONLY, "Enough.")).holding(AAPL, 100)
    assert rules(group, desk) == set()
    first, second = placements(group)
    assert (first.spec.order_type, second.spec.order_type) == (OrderType.STP, OrderType.LMT)
    assert first.spec.side is Side.SELL
    assert first.spec.oca == second.spec.oca
    assert first.spec.transmit


def test_a_bracket_s_entry_is_denied_while_reduce_only() -> None:
    desk = Bench(trading=TradingView(TradingState.REDUCE_ONLY, "Enough."))
    assert "TradingHalted" in rules(bracket(stop="148"), desk)
