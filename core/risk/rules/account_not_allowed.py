"""Only an account that is named, managed by this gateway, and on the desk's own list."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "AccountNotAllowed"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    account, managed, listed = spec.account, view.link.accounts, view.permissions.accounts
    if not account:
        words = "The order names no account. Connect first, or set the account in ibkr_config.ini."
        return Objection(NAME, "none", "an account", words)
    if account not in managed:
        words = f"Account {account} is not managed by this gateway. It offers {_list(managed)}."
        return Objection(NAME, account, _list(managed), words)
    if listed and account not in listed:
        words = (
            f"Account {account} is not on the list in trading_permissions.yaml."
            f" Trade {_list(sorted(listed))}, or add it there."
        )
        return Objection(NAME, account, _list(sorted(listed)), words)
    return None


def _list(accounts: tuple[str, ...] | list[str]) -> str:
    return ", ".join(accounts) or "none"
