"""README says what the tables say."""

from __future__ import annotations

import pytest

from core.domain.order_types import ORDER_TYPES
from tests.architecture.readme import BLOCKS, CLASSES, LETTERS, README, offered, written
from tests.conversations.test_bad_orders import MATRIX


def test_every_table_of_the_readme_is_the_codes_own() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == written(text), "run `python -m tests.architecture.readme`"


@pytest.mark.parametrize("name", BLOCKS)
def test_a_table_that_lost_its_place_is_told(name: str) -> None:
    text = README.read_text(encoding="utf-8").replace(f"<!-- {name}: begin -->", "")
    with pytest.raises(ValueError, match=name):
        written(text)


def test_the_counts_in_the_readme_are_the_tables() -> None:
    text = README.read_text(encoding="utf-8")
    cells = len(ORDER_TYPES) * len(CLASSES) * len(LETTERS)
    open_cells = sum(len(offered(row, one)) for row in ORDER_TYPES.values() for one in CLASSES)
    assert f"{cells:,} cells" in text
    assert f"{open_cells:,} are offered" in text
    assert f"{len(MATRIX)} bad orders" in text
