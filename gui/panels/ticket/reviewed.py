"""An order as its review shows it."""

from __future__ import annotations

from core.domain.bracket import ExitsSpec
from core.domain.link import Mode
from core.domain.order import OrderSpec
from gui import format as fmt
from gui.panels.ticket.review import Reviewed
from gui.panels.ticket.terms import Wish, parent_of
from gui.panels.ticket.words import Surroundings, facts, sentence, terms_words

_MOST_LETTERS = 32
"""On the button, at the narrowest that the ticket stands by default."""


def reviewed(wish: Wish, around: Surroundings, mode: Mode, account: str) -> Reviewed:
    """All of it in words; the button says how many orders go."""
    spec = parent_of(wish)
    orders = 1 if isinstance(wish, OrderSpec) else wish.count
    more = "" if orders == 1 else f", {orders} orders"
    verb = "Modify" if around.changes is not None else "Replace by" if around.replaces is not None else "Send"
    button = send_words(verb, spec, mode)
    terms = terms_words(spec, around.details)
    exits = isinstance(wish, ExitsSpec)
    return Reviewed(
        spec.side,
        f"Exits for {headline(spec)}" if exits else headline(spec),
        spec.tif if exits else f"{spec.contract.label}: {terms}" if spec.contract.legs else terms,
        sentence(wish, around),
        facts(wish, around),
        f"IB says: {around.preview.warning}" if around.preview and around.preview.warning else "",
        mode,
        account,
        f"{button}{more}" if len(button + more) <= _MOST_LETTERS else button,
        send_kind(spec, mode),
    )


def send_words(verb: str, spec: OrderSpec, mode: Mode) -> str:
    """Send BUY 100 AAPL; where it is real money the button says so itself."""
    return f"{verb}{' LIVE' if mode is Mode.LIVE else ''} {headline(spec)}"


def send_kind(spec: OrderSpec, mode: Mode) -> str:
    """The side's colour; red where it is real money."""
    return "danger" if mode is Mode.LIVE else spec.side.lower()


def headline(spec: OrderSpec) -> str:
    """BUY 100 AAPL; a combo by its underlying, for its legs would fill the button."""
    contract = spec.contract
    name = f"{contract.symbol} combo" if contract.legs else contract.label
    return f"{spec.side} {fmt.quantity(spec.quantity)} {name}"
