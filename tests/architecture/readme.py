"""README's tables that follow from the code's own. `python -m tests.architecture.readme` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from core.domain.attributes import ATTRIBUTES
from core.domain.contract import SecType
from core.domain.order import Tif
from core.domain.order_types import ORDER_TYPES, TIFS, OrderTypeRow
from tests.conversations.test_bad_orders import MATRIX

README = Path(__file__).parents[2] / "README.md"
CLASSES = (
    SecType.STK, SecType.OPT, SecType.FUT, SecType.FOP, SecType.CASH, SecType.CFD, SecType.WAR, SecType.CRYPTO,
    SecType.BAG,
)  # fmt: skip
LETTERS = {Tif.DAY: "D", Tif.GTC: "C", Tif.GTD: "T", Tif.IOC: "I", Tif.FOK: "F", Tif.OPG: "O"}


def offered(row: OrderTypeRow, sec_type: SecType) -> frozenset[Tif]:
    """The times in force that the ticket offers this type with, for this kind of contract."""
    if sec_type not in row.sec_types:
        return frozenset()
    takes = row.tifs_only.get(sec_type, row.tifs) & row.tifs
    return frozenset(tif for tif in takes if sec_type in TIFS[tif].sec_types)


def order_types() -> str:
    rows = [
        (
            f"{row.title} ({row.order_type})",
            *(
                "".join(letter for tif, letter in LETTERS.items() if tif in offered(row, one))
                for one in CLASSES
            ),
        )
        for row in ORDER_TYPES.values()
    ]
    return _table(("Order type", *(one.value for one in CLASSES)), rows)


def attributes() -> str:
    return _table(
        ("Attribute", "Kinds of contract", "Order types"),
        (
            (
                f"{row.title}: {row.meaning}",
                _some((one for one in CLASSES if one in row.sec_types), len(CLASSES)),
                _some((one for one in ORDER_TYPES if one in row.order_types), len(ORDER_TYPES)),
            )
            for row in ATTRIBUTES.values()
        ),
    )


def bad_orders() -> str:
    return _table(
        ("Bad order", "Stopped with the words"),
        ((row.name.capitalize(), f"… {row.words} …") for row in MATRIX),
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "order types": order_types,
    "attributes": attributes,
    "bad orders": bad_orders,
}


def written(text: str) -> str:
    """The page with every block as it should be. Raises ValueError for a block without its place."""
    for name, make in BLOCKS.items():
        place = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        if len(place.findall(text)) != 1:
            raise ValueError(f"README.md has no place for {name!r}, or several.")
        block = make()
        text = place.sub(lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text)  # type: ignore[misc]
    return text


def _some(names: Iterable[str], all_of_them: int) -> str:
    found = [str(name) for name in names]
    return "all" if len(found) == all_of_them else ", ".join(found)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
