"""The account: values, portfolio, positions, summary and P&L, once and then as they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.simulator.model import Position, PositionChanged
from core.simulator.peer import Answer, Peer
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked
from core.simulator.wire.times import GATEWAY_ZONE, from_epoch, zone

MAX_SUMMARIES = 2

Row = tuple[str, str, str]


class _Changes:
    """Remembers what was shown by key and tells what is new."""

    def __init__(self) -> None:
        self._shown: dict[object, object] = {}

    def of(self, key: object, value: object) -> bool:
        if self._shown.get(key) == value:
            return False
        self._shown[key] = value
        return True


class _Holdings:
    """An account's positions, and once as nothing those that were there and are gone."""

    def __init__(self, peer: Peer, account: str) -> None:
        self._peer = peer
        self._account = account
        self._seen: dict[int, Position] = {}

    def now(self) -> list[Position]:
        held = {p.contract.con_id: p for p in self._peer.market.positions(self._account)}
        gone = [_nothing_of(p) for con_id, p in self._seen.items() if con_id not in held]
        self._seen = held
        return [*held.values(), *gone]


def _nothing_of(held: Position) -> Position:
    return replace(held, quantity=0.0, avg_cost=0.0, market_value=0.0, unrealised_pnl=0.0)


# --- reqAccountUpdates --------------------------------------------------------------------------


def account_updates(peer: Peer, asked: Asked) -> None:
    key = ("account", 0)
    peer.subscriptions.cancel(key)
    if not asked.flag("subscribe"):
        return
    account = peer.account_named(asked.text("account"))
    if account is None:
        peer.error(
            -1,
            321,
            f"Error validating request.-'bI' : cause - Invalid account code '{asked.text('account')}'.",
        )
        return
    changes, holdings = _Changes(), _Holdings(peer, account)

    def show(_now_s: float = 0.0) -> None:
        _show_account(peer, account, changes, holdings)

    show()
    peer.send(messages.account_download_end(account))
    peer.subscriptions.repeat(key, peer.gateway.cadence.account_s, peer.now_s, show)


def _show_account(peer: Peer, account: str, changes: _Changes, holdings: _Holdings) -> None:
    frames = [
        messages.account_value(account, name, value, currency)
        for name, value, currency in peer.market.account_values(account)
        if changes.of((name, currency), value)
    ]
    frames += [
        messages.portfolio_value(position)
        for position in holdings.now()
        if changes.of(position.contract.con_id, position)
    ]
    if frames:
        local = from_epoch(peer.now_s).astimezone(zone(GATEWAY_ZONE))
        peer.send(*frames, messages.account_time(f"{local:%H:%M}"))


# --- reqAccountUpdatesMulti ---------------------------------------------------------------------

_LEDGER_AND_NLV = {
    "NetLiquidation",
    "NetLiquidationByCurrency",
    "CashBalance",
    "TotalCashBalance",
    "AccruedCash",
}


def account_updates_multi(peer: Peer, asked: Asked) -> None:
    account = _account_or_refuse(peer, asked)
    if account is None:
        return
    model, changes = asked.text("modelCode"), _Changes()
    only = _LEDGER_AND_NLV if asked.flag("ledgerAndNLV") else None

    def show(_now_s: float = 0.0) -> None:
        for name, value, currency in peer.market.account_values(account):
            if (only is None or name in only) and changes.of((name, currency), value):
                peer.send(messages.account_update_multi(asked.req_id, account, model, name, value, currency))

    show()
    peer.send(messages.account_update_multi_end(asked.req_id))
    peer.subscriptions.repeat(
        ("accountMulti", asked.req_id), peer.gateway.cadence.account_s, peer.now_s, show
    )


def _account_or_refuse(peer: Peer, asked: Asked) -> str | None:
    account = peer.account_named(asked.text("account"))
    if account is None:
        text = f"Error validating request.-'bI' : cause - Invalid account code '{asked.text('account')}'."
        peer.error(asked.req_id, 321, text)
    return account


# --- reqAccountSummary --------------------------------------------------------------------------


def account_summary(peer: Peer, asked: Asked) -> None:
    key = ("summary", asked.req_id)
    if key not in peer.subscriptions and peer.subscriptions.count("summary") >= MAX_SUMMARIES:
        peer.error(
            asked.req_id,
            322,
            "Error processing request.-'bS' : cause - Maximum number of account summary requests exceeded.",
        )
        return
    accounts = _group(peer, asked)
    tags = tuple(tag.strip() for tag in asked.text("tags").split(",") if tag.strip())
    if not accounts or not tags:
        what = "Account group name is not valid" if not accounts else "Account summary tags are missing"
        peer.error(asked.req_id, 321, f"Error validating request.-'bS' : cause - {what}.")
        return
    changes = _Changes()

    def show(_now_s: float = 0.0) -> None:
        for account in accounts:
            for tag, value, currency in peer.market.account_summary(account, tags):
                if changes.of((account, tag, currency), value):
                    peer.send(messages.account_summary(asked.req_id, account, tag, value, currency))

    show()
    peer.send(messages.account_summary_end(asked.req_id))
    peer.subscriptions.repeat(key, peer.gateway.cadence.summary_s, peer.now_s, show)


def _group(peer: Peer, asked: Asked) -> Sequence[str]:
    group = asked.text("group")
    if group in ("All", "all", ""):
        return peer.market.accounts
    return (group,) if group in peer.market.accounts else ()


# --- Positions ----------------------------------------------------------------------------------

_POSITIONS = ("positions", 0)


def positions(peer: Peer, asked: Asked) -> None:
    changes = _Changes()
    accounts = [_Holdings(peer, account) for account in peer.market.accounts]

    def show(_now_s: float = 0.0) -> None:
        for holdings in accounts:
            for held in holdings.now():
                if changes.of((held.account, held.contract.con_id), (held.quantity, held.avg_cost)):
                    peer.send(messages.position(held))

    show()
    peer.send(messages.positions_end())
    peer.subscriptions.repeat(_POSITIONS, peer.gateway.cadence.account_s, peer.now_s, show)


def cancel_positions(peer: Peer, asked: Asked) -> None:
    peer.subscriptions.cancel(_POSITIONS)


def positions_multi(peer: Peer, asked: Asked) -> None:
    account = _account_or_refuse(peer, asked)
    if account is None:
        return
    model, changes, holdings = asked.text("modelCode"), _Changes(), _Holdings(peer, account)

    def show(_now_s: float = 0.0) -> None:
        for held in holdings.now():
            if changes.of(held.contract.con_id, (held.quantity, held.avg_cost)):
                peer.send(messages.position_multi(asked.req_id, held, model))

    show()
    peer.send(messages.positions_multi_end(asked.req_id))
    peer.subscriptions.repeat(
        ("positionsMulti", asked.req_id), peer.gateway.cadence.account_s, peer.now_s, show
    )


def position_changed(peer: Peer, notice: PositionChanged) -> None:
    """A new holding is told at the next pulse, without waiting for the cadence."""
    peer.subscriptions.hasten(
        peer.now_s, "positions", "positionsMulti", "account", "accountMulti", "summary", "pnl", "pnlSingle"
    )


# --- P&L ----------------------------------------------------------------------------------------


def pnl(peer: Peer, asked: Asked) -> None:
    account = _account_or_refuse(peer, asked)
    if account is None:
        return

    def show(_now_s: float = 0.0) -> None:
        peer.send(messages.pnl(asked.req_id, *peer.market.pnl(account)))

    show()
    peer.subscriptions.repeat(("pnl", asked.req_id), peer.gateway.cadence.pnl_s, peer.now_s, show)


def pnl_single(peer: Peer, asked: Asked) -> None:
    account = _account_or_refuse(peer, asked)
    if account is None:
        return
    con_id = asked.whole("conId")

    def show(_now_s: float = 0.0) -> None:
        held = _holding(peer.market.positions(account), con_id)
        values = (0.0, 0.0, 0.0, 0.0, 0.0)
        if held is not None:
            values = (
                held.quantity,
                held.daily_pnl,
                held.unrealised_pnl,
                held.realised_pnl,
                held.market_value,
            )
        peer.send(messages.pnl_single(asked.req_id, *values))

    show()
    peer.subscriptions.repeat(("pnlSingle", asked.req_id), peer.gateway.cadence.pnl_s, peer.now_s, show)


def _holding(held: Sequence[Position], con_id: int) -> Position | None:
    return next((position for position in held if position.contract.con_id == con_id), None)


# --- The rest -----------------------------------------------------------------------------------


def managed_accounts(peer: Peer, asked: Asked) -> None:
    peer.send(messages.managed_accounts(peer.market.accounts))


def _cancels(kind: str) -> Answer:
    def cancel(peer: Peer, asked: Asked) -> None:
        peer.subscriptions.cancel((kind, asked.req_id))

    return cancel


def _cancels_pnl(kind: str) -> Answer:
    def cancel(peer: Peer, asked: Asked) -> None:
        if not peer.subscriptions.cancel((kind, asked.req_id)):
            peer.error(asked.req_id, 10185, f"Failed to cancel PNL (not subscribed):{asked.req_id}")

    return cancel


ANSWERS: dict[int, Answer] = {
    6: account_updates,
    17: managed_accounts,
    61: positions,
    62: account_summary,
    63: _cancels("summary"),
    64: cancel_positions,
    74: positions_multi,
    75: _cancels("positionsMulti"),
    76: account_updates_multi,
    77: _cancels("accountMulti"),
    92: pnl,
    93: _cancels_pnl("pnl"),
    94: pnl_single,
    95: _cancels_pnl("pnlSingle"),
}
