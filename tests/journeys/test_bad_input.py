"""Nonsense at the ticket, typed by hand: said in words where it stands, and nothing is ever sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox

from core.api import Simulator
from core.journal import default_path
from core.journal.reader import entries
from gui.panels.watchlist import DEFAULTS
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

CTRL = Qt.KeyboardModifier.ControlModifier
LIMIT, STOP = "limit", "stop"
FIELDS = {"quantity": "quantity", LIMIT: "limit-price", STOP: "stop-price"}
"""What a caption stands beside, and the field's own name."""

NOT_A_NUMBER = "The {what} is not a number."
WRITTEN_OUT = "Write the {what} out, without an exponent."
ABOVE_0 = "A {what} must be above 0."
TOO_LARGE = "Too large for a {what}."
NONSENSE = {
    "": "Enter a {what}.",
    "   ": "Enter a {what}.",
    "0": ABOVE_0,
    "-5": ABOVE_0,
    "+5": NOT_A_NUMBER,
    "xyz": NOT_A_NUMBER,
    "NaN": NOT_A_NUMBER,
    "inf": NOT_A_NUMBER,
    "0x10": NOT_A_NUMBER,
    "1_0": NOT_A_NUMBER,
    "1e309": WRITTEN_OUT,
    "1e5": WRITTEN_OUT,
    "1,5": "The {what} takes a decimal point and no comma: 1234.50.",
    "1 5": "No spaces inside the {what}.",
    "0.12345678901": "Too many decimals in the {what}.",
    "1234567890123": TOO_LARGE,
}
"""Typed into each field in turn, and what is said beside it."""

PASTED = ("\u0661\u0662", "\uff15", "5\u00a00", "<b>5</b>", "5\n6")
"""No key types these, but they can be pasted: other scripts' digits, a hard space, markup, a second line."""


class Wrong(NamedTuple):
    """A number that is one, and still not an order; where that is said."""

    symbol: str
    field: str
    typed: str
    words: str
    checks: bool = False


WRONG = (
    Wrong("AAPL", "quantity", "0.5", "At least 1."),
    Wrong("AAPL", "quantity", "1.5", "In steps of 1."),
    Wrong(
        "AAPL", "quantity", "10001", "Quantity 10,001 is over the limit of 10,000 for one STK order.", True
    ),
    Wrong("AAPL", "quantity", "999999999999", "is over the limit of 10,000 for one STK order.", True),
    Wrong("AAPL", LIMIT, "150.001", "Steps of 0.01: 150.00 or 150.01."),
    Wrong("AAPL", LIMIT, "0.001", "Steps of 0.01: 0.01."),
    Wrong("AAPL", LIMIT, "99999.99", "over the limit of 10 %. Bring it nearer.", True),
    Wrong("ES", "quantity", "21", "Quantity 21 is over the limit of 20 for one FUT order.", True),
    Wrong("ES", LIMIT, "5000.10", "Steps of 0.25: 5000.00 or 5000.25."),
    Wrong("EUR", LIMIT, "1.00001", "Steps of 0.00005: 1.00000 or 1.00005."),
)

UNKNOWN = ("Zzyzx", "99999999999", "QQQQQQ STK", "XXX.YYY", "<b>x</b>", "%s", "''; --")
"""Nothing that is traded answers to these."""


class Faults(list[str]):
    """Every row that went wrong, told together at the end."""

    def note(self, row: object, said: object) -> None:
        self.append(f"{row!r}: {said}")


def complete(trader: Trader) -> list[str]:
    """What the watchlist holds, once all that it begins with is there."""
    symbols = [row["symbol"] for row in trader.rows("watchlist")]
    return symbols if len(symbols) >= len(DEFAULTS) else []


def sent(trader: Trader) -> tuple[int, int]:
    """Orders at the desk, intents in the journal."""
    return len(trader.desk.orders()), len(entries(default_path(), "intent"))


async def choose_contract(trader: Trader, begins: str) -> None:
    """By mouse in the watchlist, into an emptied ticket."""
    rows = await trader.sees(
        lambda: [row for row in trader.rows("watchlist") if row["symbol"].startswith(begins)],
        f"{begins} to choose",
    )
    symbol = rows[0]["symbol"]
    await trader.sees(lambda: trader.row("watchlist", symbol=symbol)["last"] != "–", f"a price for {symbol}")
    await trader.click("clear")
    await trader.click_row("watchlist", symbol=symbol)
    await trader.reads("ticket-contract", f"^{symbol}$")
    await trader.reads("beside-limit", "^Type it")


async def order_type(trader: Trader, name: str) -> None:
    """By its name, typed into the closed box."""
    await trader.click("quantity")
    await trader.press(Qt.Key.Key_Tab)
    await trader.type(name)
    box = trader.find("order-type")
    assert isinstance(box, QComboBox)
    assert box.currentText().startswith(f"{name} ")


async def take_market(trader: Trader, field: str) -> None:
    """A price that the gate lets pass, by the key that fills it in: only what is typed next is wrong."""
    await trader.fill(FIELDS[field], "m")
    if field == STOP:
        await trader.press(Qt.Key.Key_PageUp)


async def paste(trader: Trader, field: str, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    await trader.fill(FIELDS[field], "")
    await trader.press(Qt.Key.Key_V, CTRL)


async def goes_nowhere(trader: Trader) -> str:
    """Neither the button nor Return opens the review; what is wrong with that, or ""."""
    if trader.find("review").isEnabled():
        return "Review is open"
    await trader.press(Qt.Key.Key_Return)
    return "Return opened the review" if trader.seen("review-headline") else ""


async def is_refused(trader: Trader, field: str, row: object, words: str, faults: Faults) -> None:
    """The words stand beside the field, the field is framed, and there is no way on."""
    beside = trader.text(f"beside-{field}")
    if words not in beside:
        faults.note(row, f"beside it stands {beside!r} and not {words!r}")
    asked_for = beside.startswith(("Enter a", "Type it"))
    if trader.find(FIELDS[field]).property("wrong") is asked_for:
        faults.note(row, "only a wrong field is framed, an empty one is asked for")
    if way := await goes_nowhere(trader):
        faults.note(row, way)


async def type_nonsense(trader: Trader, field: str, what: str, faults: Faults) -> None:
    for typed, words in NONSENSE.items():
        await trader.fill(FIELDS[field], typed)
        said = words.format(what=what)
        if not typed.strip():
            # An empty price field tells the keys that fill it.
            said = {LIMIT: "Type it, or B bid", STOP: "Enter a stop price, above the market."}.get(
                field, said
            )
        await is_refused(trader, field, (field, typed), said, faults)
    for text in PASTED:
        await paste(trader, field, text)
        await is_refused(trader, field, (field, text), ".", faults)
    if field == "quantity":
        await trader.fill("quantity", "1")
    else:
        await take_market(trader, field)
    await trader.sees(lambda: trader.find("review").isEnabled(), f"a review with a good {what} again")


async def type_what_is_no_order(trader: Trader, wrong: Wrong, faults: Faults) -> None:
    await take_market(trader, LIMIT)
    await trader.sees(lambda: trader.find("review").isEnabled(), f"a review of {wrong.symbol} at the market")
    await trader.fill(FIELDS[wrong.field], wrong.typed)
    if wrong.checks:
        # A line is in sight once it is laid out.
        await trader.sees(lambda: trader.labels("ticket-checks", wrong.words), f"{wrong} in the checks", 5.0)
        if way := await goes_nowhere(trader):
            faults.note(wrong, way)
    else:
        await is_refused(trader, wrong.field, wrong, wrong.words, faults)


async def search_what_is_not(trader: Trader, box: str, typed: str, faults: Faults) -> None:
    """The list says that there is none, and Return takes nothing."""
    await trader.fill(box, typed)
    await trader.press(Qt.Key.Key_Return)
    words = f"No contract found for “{typed}”."
    try:
        await trader.reads("contract-results-words", "^No contract", 5.0)
    except AssertionError as fault:
        faults.note((box, typed), fault)
    said = trader.text("contract-results-words")
    if said != words:
        faults.note((box, typed), f"the list says {said!r}")
    await trader.press(Qt.Key.Key_Return)
    if trader.text(box) != typed:
        faults.note((box, typed), f"Return took it: {trader.text(box)!r} is left")
    await trader.press(Qt.Key.Key_Escape)


def test_nonsense_is_told_where_it_stands_and_nothing_is_sent(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    """One window for all rows: every row begins by typing over the one before."""
    faults = Faults()

    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        watched = await trader.sees(lambda: complete(trader), "the whole watchlist")
        before = sent(trader)
        await choose_contract(trader, "AAPL")
        await take_market(trader, LIMIT)
        for field, what in (("quantity", "quantity"), (LIMIT, "limit price")):
            await type_nonsense(trader, field, what, faults)
        await order_type(trader, "STP")
        await type_nonsense(trader, STOP, "stop price", faults)
        await order_type(trader, "LMT")
        for wrong in WRONG:
            await choose_contract(trader, wrong.symbol)
            await type_what_is_no_order(trader, wrong, faults)
        await choose_contract(trader, "AAPL")
        for box in ("watchlist-add", "ticket-search"):
            for typed in UNKNOWN:
                await search_what_is_not(trader, box, typed, faults)
        assert complete(trader) == watched
        assert trader.text("ticket-contract") == "AAPL"
        assert sent(trader) == before == (0, 0)

    connected_to(simulator.port)
    assert play(journey) == 0
    assert not faults, "\n".join(faults)
