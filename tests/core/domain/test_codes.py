"""The table of IB's codes: complete, in words, and with nothing in it that only some other client believes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain.codes import DESK_DOES, IB_CODES, CodeClass, IbCode, adopt, code_class, in_words, row_of

CLASSES = {
    CodeClass.NOTICE: [165, 300, 310, 365, 366, 501, 2152, 10167, 10185],
    CodeClass.WARNING: [
        *(317, 399, 404, 481, 492, 2100, 2109, 2137, 2148, 2150, 2161, 2168, 2169, 2174, 2176),
        *(10018, 10019, 10089, 10090, 10091, 10233, 10311, 10329, 10331, 10332, 10333, 10335, 10347, 10349),
    ],
    CodeClass.DATA_ENDS: [
        *(101, 102, 162, 166, 200, 309, 316, 320, 321, 322, 323, 354, 420, 430, 431, 2101),
        *(10168, 10182, 10186, 10187, 10189, 10190, 10197, 10225, 10300, 10314, 10315, 10330),
        *(code for code in range(510, 590) if code not in (512, 515)),
    ],
    CodeClass.ORDER_FATAL: [
        *(103, 106, 107, 109, 110, 111, 113, 116, 132, 133, 140, 141, 144, 145, 146, 147, 148, 151, 152, 154),
        *(158, 159, 160, 163, 164, 168, 201, 203, 328, 355, 359, 382, 383, 387, 388, 411, 412, 413, 421, 423),
        *(424, 425, 426, 427, 428, 429, 432, 433, 434, 435, 436, 437, 438, 439, 441, 442, 443),
        *range(445, 450),
        *(code for code in range(450, 464) if code != 462),
        *(10006, 10243, 10244, *range(10245, 10255), 10255, 10256, 10289, 10293),
    ],
    CodeClass.MODIFY_FAILED: [104, 105, 134, 329, 422, 440, 444, 462, 2102, 10241, 10242, 10326, 10327],
    CodeClass.CANCEL_FAILED: [135, 136, 137, 161, 10147, 10148, 10149],
    CodeClass.CANCELLED: [202],
    CodeClass.IN_DOUBT: [512, 515, 10328],
    CodeClass.LINK: [
        *(502, 504, 507, 508, 509, 1100, 1101, 1102, 1300),
        *(2103, 2104, 2105, 2106, 2107, 2108, 2110, 2119, 2157, 2158, 2159),
    ],
    CodeClass.THROTTLED: [100],
    CodeClass.CONFIGURATION: [326, 503, 505, 506, 10005, 10015],
}
"""Every code that the table must have, by its class; what is neither here nor there is unknown."""


@pytest.fixture(autouse=True)
def _no_words_of_ours_stay() -> Iterator[None]:
    yield
    adopt(())


def test_the_table_has_these_codes_and_no_others() -> None:
    listed = [code for codes in CLASSES.values() for code in codes]
    assert sorted(listed) == sorted(set(listed)) == sorted(IB_CODES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.name)
def test_every_code_has_its_class(kind: CodeClass) -> None:
    assert {code: code_class(code) for code in CLASSES[kind]} == dict.fromkeys(CLASSES[kind], kind)


def test_every_row_says_what_happened_and_what_the_desk_does() -> None:
    for row in IB_CODES.values():
        assert row.meaning[0].isupper(), row
        for words in (row.meaning, row.desk_does, *filter(None, [row.advice])):
            assert words.endswith("."), row
            assert words.isprintable(), row
    assert set(DESK_DOES) == set(CodeClass)


def test_no_code_stands_in_the_table_twice() -> None:
    from core.domain import codes

    own_rows = [row.code for row in codes._ROWS]
    assert sorted(own_rows) == sorted(set(own_rows))


@pytest.mark.parametrize("code", [104, 135, 161, 2102, 10148, 2109, 10349, 10311, 481, 404])
def test_what_other_clients_take_for_an_end_ends_no_order(code: int) -> None:
    assert code_class(code) not in (CodeClass.ORDER_FATAL, CodeClass.CANCELLED, CodeClass.DATA_ENDS)


@pytest.mark.parametrize("code", [0, -1, 1, 99, 424242, 10_999, 2_099, 2_200])
def test_a_code_nobody_described_is_unknown_and_told_with_ibs_own_words(code: int) -> None:
    assert code_class(code) is CodeClass.UNKNOWN
    assert row_of(code) is None
    assert in_words(code, "Something new.") == f"Something new. (IB {code})"


def test_ibs_range_of_warnings_is_a_warning_without_a_row() -> None:
    assert row_of(2199) is None
    assert code_class(2199) is CodeClass.WARNING


def test_the_words_are_ours_ibs_then_what_to_do_and_the_code_last() -> None:
    assert in_words(134, "Modify order failed.") == (
        "The modification failed. Modify order failed. The order still works with its old terms. (IB 134)"
    )
    assert in_words(202, " ") == "The order was cancelled. (IB 202)"


# --- the user's own rows -----------------------------------------------------------------------------


def test_own_words_stand_over_the_shipped_ones_until_others_are_adopted() -> None:
    known = IB_CODES[10349]
    adopt([known._replace(meaning="My preset made it DAY.", advice="Mine.")])
    assert in_words(10349, "") == "My preset made it DAY. Mine. (IB 10349)"
    assert code_class(10349) is CodeClass.WARNING
    assert IB_CODES[10349] is known
    adopt([])
    assert in_words(10349, "") == "TWS presets changed the time in force. (IB 10349)"


@pytest.mark.parametrize("kind", [CodeClass.UNKNOWN, CodeClass.IN_DOUBT])
def test_a_new_code_may_be_unknown_or_in_doubt(kind: CodeClass) -> None:
    adopt([IbCode(10_999, kind, "A new message about odd lots.")])
    assert code_class(10_999) is kind
    assert in_words(10_999, "x") == "A new message about odd lots. x (IB 10999)"


@pytest.mark.parametrize(
    "row",
    [
        *(
            IbCode(10_999, kind, "New.")
            for kind in CodeClass
            if kind not in (CodeClass.UNKNOWN, CodeClass.IN_DOUBT)
        ),
        IB_CODES[1100]._replace(code_class=CodeClass.NOTICE),
        IB_CODES[201]._replace(code_class=CodeClass.WARNING),
        IB_CODES[10328]._replace(code_class=CodeClass.UNKNOWN),
        IB_CODES[135]._replace(desk="Forgets the order."),
    ],
    ids=lambda row: f"{row.code} {row.code_class.name}",
)
def test_no_row_of_a_user_changes_what_is_done(row: IbCode) -> None:
    adopt([IbCode(10_998, CodeClass.UNKNOWN, "Stays.")])
    with pytest.raises(ValueError, match=str(row.code)):
        adopt([row])
    assert row_of(10_998) is not None, "a refused adoption must leave the earlier one"
