"""The table of order life, cell for cell against the specification's own table, written out here once more."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.order import OrderState, Overlay
from core.orders.lifecycle import STATUS_FACTS, TRANSITIONS, Fact, Wish, diagram, why_blocked

S = OrderState

_HEADER = (
    "pending presubmitted submitted cancelling cancelled filled inactive exec full over revision fatal note c-class "
    "silence open done absent twice proof cancel modify"
)
COLUMNS = _HEADER.split()
"""The specification's columns. New executions and absence have several: they depend on sums and on repetition."""

FACTS = dict(
    zip(
        COLUMNS,
        [
            Fact.PENDING,
            Fact.HELD,
            Fact.WORKING,
            Fact.CANCEL_PENDING,
            Fact.CANCELLED,
            Fact.FILLED_STATUS,
            Fact.INACTIVE,
            Fact.EXECUTED,
            Fact.FILLED_UP,
            Fact.OVERFILLED,
            Fact.REVISED,
            Fact.REFUSED,
            Fact.NOTED,
            Fact.CANCEL_REFUSED,
            Fact.UNANSWERED,
            Fact.LISTED_OPEN,
            Fact.LISTED_DONE,
            Fact.ABSENT,
            Fact.ABSENT_TWICE,
            Fact.NEVER_SEEN,
            Fact.CANCEL_ASKED,
            Fact.MODIFY_ASKED,
        ],
        strict=True,
    )
)

# One cell each: the next state's short name or "." for none, then marks:
# p reconcile, ! alarm, c cancel requested, n cancel overlay cleared; after "/" what becomes of a wish.
SPECIFIED = """
state     pending presubmitted submitted cancelling cancelled filled  inactive exec    full    over    revision fatal note c-class silence open    done absent twice  proof  cancel     modify
INTENT    ACCEPT  HELD         WORK      .c         CANC      WORKp   INACT    WORK    FILL    FILL!   .        REJ   .    .       DOUBTp  .       .    .p     DOUBTp NOTPL  ./withdraw ./replace
SENT      ACCEPT  HELD         WORK      .c         CANC      WORKp   INACT    WORK    FILL    FILL!   .        REJ   .    .       DOUBTp  .       .    .p     DOUBTp NOTPL  ./send     ./queue
ACCEPT    .       HELD         WORK      .c         CANC      WORKp   INACT    WORK    FILL    FILL!   .        REJ   .    .pn     .       .       .    .p     DOUBTp .p     ./send     ./send
HELD      .       .            WORK      .c         CANC      WORKp   INACT    WORK    FILL    FILL!   .        REJ   .    .pn     .       .       .    DOUBTp DOUBTp .p     ./send     ./send
WORK      .       HELD         .         .c         CANC      .p      INACT    WORK    FILL    FILL!   .        REJ   .    .pn     .       .       .    DOUBTp DOUBTp .p     ./send     ./send
INACT     .       HELD         WORK      .c         CANC      WORKp   .        WORK    FILL    FILL!   .        REJ   .    .pn     .       .       .    .      .      .p     ./send     ./block
DOUBT     ACCEPT  HELD         WORK      WORKc      CANC      WORKp   INACT    WORK    FILL    FILL!   .        REJ   .    .pn     .       .       .    .      .      NOTPL  ./send     ./block
CONFL     .       .            .         .          .         .       .        .       .       .       .        .     .    .       .       .       .    .      .      .      ./send     ./block
FILL      .       .            .         .          .         .       .        .       .       .!      .p!      .     .    .       .       WORK!   .    .      .      .      ./block    ./block
CANC      .       .p           .p        .          .         .p      .        .!      FILL!   FILL!   .        .     .    .       .       WORK!   .    .      .      .      ./alarmed  ./block
REJ       ACCEPTp! HELDp!      WORKp!    .          CANC      WORKp!  .        WORKp!  FILL!   FILL!   .        .     .    .       .       WORK!   .    .      .      .      ./send     ./block
NOTPL     ACCEPTp! HELDp!      WORKp!    WORKpc!    CANC      WORKp!  INACTp!  WORKp!  FILL!   FILL!   .        .     .    .       .       WORK!   .    .      .      .      ./send     ./block
DENIED    .       .            .         .          .         .       .        .       .       .       .        .     .    .       .       .       .    .      .      .      ./block    ./block
"""

NAMES = {
    "INTENT": S.INTENT,
    "SENT": S.SENT,
    "ACCEPT": S.ACCEPTED,
    "HELD": S.HELD,
    "WORK": S.WORKING,
    "INACT": S.INACTIVE,
    "DOUBT": S.IN_DOUBT,
    "CONFL": S.CONFLICT,
    "FILL": S.FILLED,
    "CANC": S.CANCELLED,
    "REJ": S.REJECTED,
    "NOTPL": S.NOT_PLACED,
    "DENIED": S.DENIED,
}
WISHES = {
    "block": Wish.BLOCK,
    "send": Wish.SEND,
    "queue": Wish.QUEUE,
    "withdraw": Wish.WITHDRAW,
    "replace": Wish.REPLACE,
    "alarmed": Wish.IF_ALARMED,
}


def _cells() -> list[tuple[OrderState, str, str]]:
    header, *rows = (line.split() for line in SPECIFIED.strip().splitlines())
    assert header[1:] == COLUMNS
    return [
        (NAMES[row[0]], column, cell) for row in rows for column, cell in zip(COLUMNS, row[1:], strict=True)
    ]


CELLS = _cells()


def test_the_specification_is_written_out_for_every_state_and_column() -> None:
    assert {(state, FACTS[column]) for state, column, _ in CELLS} == {
        (state, fact) for state in OrderState for fact in FACTS.values()
    }
    assert len(CELLS) == len(OrderState) * len(COLUMNS) == 286


@pytest.mark.parametrize(("state", "column", "cell"), CELLS, ids=str)
def test_a_cell_does_what_the_specification_says(state: OrderState, column: str, cell: str) -> None:
    move = TRANSITIONS[state][FACTS[column]]
    words, _, wish = cell.partition("/")
    name = words.rstrip("pcn!")
    marks = words[len(name) :]
    expected = None if name == "." else NAMES[name]
    assert (move.to if move.to is not state else None) == (expected if expected is not state else None)
    assert move.pull == ("p" in marks)
    assert bool(move.alarm) == ("!" in marks)
    overlay = Overlay.REQUESTED if "c" in marks else Overlay.NONE if "n" in marks else None
    assert move.cancel == overlay
    if wish:
        assert move.wish is WISHES[wish]


@pytest.mark.parametrize("state", list(OrderState))
def test_every_state_answers_every_fact(state: OrderState) -> None:
    assert set(TRANSITIONS[state]) == set(Fact)


OURS = {
    (S.INTENT, Fact.WRITTEN): S.SENT,
    (S.INTENT, Fact.DENIED): S.DENIED,
    (S.INTENT, Fact.WITHDRAWN): S.NOT_PLACED,
    (S.SENT, Fact.WITHDRAWN): S.NOT_PLACED,
    (S.IN_DOUBT, Fact.WITHDRAWN): S.NOT_PLACED,
}


@pytest.mark.parametrize("fact", [Fact.WRITTEN, Fact.DENIED, Fact.WITHDRAWN])
@pytest.mark.parametrize("state", list(OrderState))
def test_what_we_did_moves_only_what_has_not_been_answered(state: OrderState, fact: Fact) -> None:
    assert TRANSITIONS[state][fact].to == OURS.get((state, fact))


@pytest.mark.parametrize("state", [S.INTENT, S.SENT, S.ACCEPTED, S.HELD, S.WORKING, S.INACTIVE, S.IN_DOUBT])
def test_an_uncertain_code_is_a_doubt_and_a_refusal_after_a_fill_is_not_an_end(state: OrderState) -> None:
    uncertain = TRANSITIONS[state][Fact.UNCERTAIN]
    assert uncertain.to is (None if state is S.IN_DOUBT else S.IN_DOUBT)
    part = TRANSITIONS[state][Fact.REFUSED_IN_PART]
    assert (part.to, part.pull) == (S.WORKING, True)


@pytest.mark.parametrize("state", [S.DENIED, S.CONFLICT, S.FILLED, S.CANCELLED, S.REJECTED, S.NOT_PLACED])
@pytest.mark.parametrize("fact", [Fact.UNCERTAIN, Fact.REFUSED_IN_PART])
def test_an_error_changes_nothing_of_what_is_over(state: OrderState, fact: Fact) -> None:
    assert TRANSITIONS[state][fact].to is None


@pytest.mark.parametrize("state", list(OrderState))
def test_a_filled_status_alone_never_fills_an_order(state: OrderState) -> None:
    assert TRANSITIONS[state][Fact.FILLED_STATUS].to is not S.FILLED


def test_only_proof_or_our_own_knowledge_ends_a_doubt_as_not_placed() -> None:
    moves = TRANSITIONS[S.IN_DOUBT]
    ends = {fact for fact in Fact if moves[fact].to is S.NOT_PLACED}
    assert ends == {Fact.NEVER_SEEN, Fact.WITHDRAWN}


def test_a_status_of_ib_that_is_not_known_has_no_fact() -> None:
    assert "WarnState" not in STATUS_FACTS
    assert len(STATUS_FACTS) == 10


@pytest.mark.parametrize("doing", ["cancelled", "modified"])
@pytest.mark.parametrize("state", list(OrderState))
def test_a_blocked_wish_is_answered_with_words(state: OrderState, doing: str) -> None:
    fact = Fact.CANCEL_ASKED if doing == "cancelled" else Fact.MODIFY_ASKED
    if TRANSITIONS[state][fact].wish is Wish.BLOCK:
        assert why_blocked(state, doing).endswith(".")


def test_the_architecture_shows_the_table_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("```mermaid\n")
    shown, _, _ = rest.partition("\n```")
    assert shown == diagram()
    assert Decimal(shown.count("-->")) > 30
