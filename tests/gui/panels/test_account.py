"""The account panel: every value named, aged, and dimmed when the link is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QLabel

from core.domain.account import AccountSummary
from core.domain.events import AccountReported, PnlReported
from gui.panels.account import AccountPanel
from tests.gui.panels.stand_in import ACCOUNT, Floor

_SHOWN_ELSEWHERE = {
    *("account", "currency", "net_liquidation", "cushion", "ready", "reported_at_s", "pnl_at_s"),
    *("cash_by_currency", "exchange_rates"),
}
"""On top of the panel, in the meter, in the line about age, in a group of their own."""


def made(floor: Floor, show: Callable[..., Any]) -> AccountPanel:
    panel: AccountPanel = show(AccountPanel(floor.bridge), 300, 700)
    return panel


def value(panel: AccountPanel, name: str) -> QLabel:
    found = panel.findChild(QLabel, f"fact-{name}")
    assert found is not None, name
    return found


def test_every_value_ib_sends_has_a_row(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    names = {one.name for one in fields(AccountSummary)} - _SHOWN_ELSEWHERE
    assert {name for name in names if panel.findChild(QLabel, f"fact-{name}") is None} == set()


def test_what_ib_has_not_sent_is_a_dash_never_nought(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    assert value(panel, "buying_power").text() == "2,000,000.00"
    assert value(panel, "sma").text() == "–"


def test_profit_and_loss_says_its_sign_and_its_tone(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    desk_floor.say(PnlReported(ACCOUNT, Decimal("-12.5"), Decimal(30), Decimal(0)))
    desk_floor.show(panel)
    assert panel.day.value.text() == "−$12.50"
    assert panel.day.value.property("tone") == "down"
    assert value(panel, "unrealised_pnl").text() == "+30.00"
    assert value(panel, "realised_pnl").property("tone") in ("", None)


def test_values_say_how_old_they_are_and_when_that_is_late(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    desk_floor.pass_time(42, panel)
    assert "42 s ago" in panel.fresh.text()
    assert panel.fresh.property("tone") == "faint"
    desk_floor.pass_time(240, panel)
    assert "late" in panel.fresh.text()
    assert panel.fresh.property("tone") == "warning"


def test_a_lost_link_dims_every_figure_and_says_so(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    desk_floor.lose_link()
    desk_floor.show(panel)
    figures = [panel.net_liquidation.value, value(panel, "buying_power"), value(panel, "maintenance_margin")]
    assert {figure.property("tone") for figure in figures} == {"faint"}
    assert "Not fresh" in panel.fresh.text()


def test_the_curve_grows_with_each_new_net_liquidation(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    for worth in (1_000_100, 1_000_100, 999_900):
        desk_floor.pass_time(1)
        desk_floor.say(AccountReported(ACCOUNT, (("NetLiquidation", str(worth), "USD"),)))
        desk_floor.show(panel)
    assert [point[1] for point in panel.curve.points] == [1_000_000.0, 1_000_100.0, 999_900.0]


def test_cash_is_told_by_currency_once_there_are_two(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    held = (
        ("CashBalance", "100", "USD"),
        ("CashBalance", "-20.5", "EUR"),
        ("CashBalance", "80", "BASE"),
        ("ExchangeRate", "1.0543", "EUR"),
    )
    desk_floor.say(AccountReported(ACCOUNT, held))
    desk_floor.show(panel)
    told = desk_floor.desk.account(ACCOUNT)
    assert told is not None
    for currency, amount in told.cash_by_currency:
        assert Decimal(value(panel, currency).text().replace("−", "-")) == amount
    assert "1.0543 USD" in value(panel, "EUR").toolTip()


def test_no_account_yet_is_said(make_floor: Callable[..., Floor], show: Callable[..., Any]) -> None:
    panel = made(make_floor(connected=False), show)
    assert panel.net_liquidation.value.text() == "–"
    assert panel.fresh.text() == "No account values yet."
