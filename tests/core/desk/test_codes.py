"""What a code does to an order: the table decides, and what the table does not know decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain.codes import IB_CODES, CodeClass, IbCode, adopt
from core.domain.events import MessageReported, OrderStatusReported, Woke
from core.domain.order import Order, OrderState
from core.domain.requests import TakeSnapshot
from tests.core.desk.test_desk import Dialogue

UNKNOWN_CODES = (99, 777, 10_999, 20_001, 2_200)
HARMLESS = (CodeClass.NOTICE, CodeClass.WARNING)


@pytest.fixture(autouse=True)
def _no_words_of_ours_stay() -> Iterator[None]:
    yield
    adopt(())


@pytest.fixture
def talk() -> Dialogue:
    talk = Dialogue()
    talk.trade_ready()
    return talk


def working(talk: Dialogue) -> Order:
    place = talk.place()
    quantity = place.approved.spec.quantity
    nothing = quantity - quantity
    talk.tell(OrderStatusReported(place.order_id, 9001, 1, "Submitted", nothing, quantity, None))
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert order.state is OrderState.WORKING
    return order


def hear(talk: Dialogue, order: Order, code: int) -> Order:
    talk.tell(MessageReported(code, "Words of IB's own.", order.order_id))
    after = talk.desk.order(order.order_ref)
    assert after is not None
    return after


def is_read_back(talk: Dialogue) -> bool:
    """Whether the desk reads everything back within the next seconds."""
    return any(isinstance(one, TakeSnapshot) for _ in range(3) for one in talk.tell(Woke(), after_s=1.0))


@pytest.mark.parametrize("code", UNKNOWN_CODES)
def test_an_unknown_code_on_a_working_order_warns_and_reads_back_and_changes_no_state(
    talk: Dialogue, code: int
) -> None:
    order = working(talk)
    after = hear(talk, order, code)
    assert (after.state, after.filled, after.modify, after.cancel) == (
        order.state,
        order.filled,
        order.modify,
        order.cancel,
    )
    assert after.reason == f"Words of IB's own. (IB {code})"
    assert [(note.level, note.words) for note in talk.desk.notes()][-1] == ("warning", after.reason)
    assert is_read_back(talk)


@pytest.mark.parametrize("code", UNKNOWN_CODES)
def test_an_unknown_code_on_an_order_that_ib_has_not_confirmed_changes_no_state(
    talk: Dialogue, code: int
) -> None:
    place = talk.place()
    order = talk.desk.order(place.order_ref)
    assert order is not None
    assert hear(talk, order, code).state is OrderState.SENT


@pytest.mark.parametrize("code", UNKNOWN_CODES)
def test_words_of_the_users_own_for_an_unknown_code_change_no_state_either(talk: Dialogue, code: int) -> None:
    adopt([IbCode(code, CodeClass.UNKNOWN, "Mine.")])
    order = working(talk)
    after = hear(talk, order, code)
    assert (after.state, after.reason) == (order.state, f"Mine. Words of IB's own. (IB {code})")
    assert is_read_back(talk)


@pytest.mark.parametrize("code", [code for code, row in IB_CODES.items() if row.code_class in HARMLESS])
def test_a_notice_or_warning_changes_no_state(talk: Dialogue, code: int) -> None:
    order = working(talk)
    assert hear(talk, order, code).state is order.state


@pytest.mark.parametrize(
    "code",
    [
        code
        for code, row in IB_CODES.items()
        if row.code_class in (CodeClass.MODIFY_FAILED, CodeClass.CANCEL_FAILED)
    ],
)
def test_a_failed_change_leaves_the_order_working_and_reads_back(talk: Dialogue, code: int) -> None:
    order = working(talk)
    assert hear(talk, order, code).state is order.state
    assert is_read_back(talk)


def test_only_these_classes_ever_end_a_working_order() -> None:
    ended = set()
    for kind in CodeClass:
        code = next((code for code, row in IB_CODES.items() if row.code_class is kind), 99)
        dialogue = Dialogue()
        dialogue.trade_ready()
        if hear(dialogue, working(dialogue), code).state.is_final:
            ended.add(kind)
    assert CodeClass.CANCELLED in ended
    assert ended <= {CodeClass.CANCELLED, CodeClass.ORDER_FATAL, CodeClass.DATA_ENDS}
