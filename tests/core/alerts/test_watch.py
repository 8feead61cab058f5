"""Margin alerts: once a level, with hysteresis, and louder when it gets worse."""

from decimal import Decimal

from core.alerts.rules.margin_ratio import MarginRatio
from core.alerts.watch import AlertWatch
from core.domain.account import AccountSummary
from core.domain.alert import Alert, AlertLevel


def account(ratio: str, *, ready: bool = True) -> AccountSummary:
    return AccountSummary(
        "DU1",
        "USD",
        excess_liquidity=Decimal(ratio) * 1000,
        maintenance_margin=Decimal(1000),
        ready=ready,
    )


def watch(*ratios: tuple[float, str]) -> AlertWatch:
    watching = AlertWatch([MarginRatio()])
    for now_s, ratio in ratios:
        watching.judge([account(ratio)], now_s)
    return watching


def only(watching: AlertWatch) -> Alert:
    [alert] = watching.alerts()
    return alert


def test_each_level_raises_once_on_the_way_down() -> None:
    ratios = ["0.5", "0.25", "0.2", "0.10", "0.09", "0.05", "0.04", "0", "-0.1", "-0.2"]
    watching = watch(*((float(n), ratio) for n, ratio in enumerate(ratios)))
    raised = [alert.level for what, alert in watching.records if what == "alert raised"]
    assert raised == [1, 2, 3, 4]
    assert only(watching).raised_at_s == 1.0


def test_a_fall_through_several_levels_at_once_raises_the_worst() -> None:
    assert only(watch((0.0, "0.5"), (1.0, "0.04"))).level is AlertLevel.CRITICAL


def test_wobbling_about_the_limit_raises_only_once() -> None:
    watching = watch(*((float(n), "0.099" if n % 2 else "0.11") for n in range(40)))
    raised = [alert for what, alert in watching.records if what == "alert raised" and alert.level == 2]
    assert len(raised) == 1


def test_it_clears_only_after_a_minute_above_the_clear_level() -> None:
    watching = watch((0.0, "0.08"), (10.0, "0.40"))
    assert only(watching).is_active
    watching.judge([account("0.40")], 71.0)
    assert not only(watching).is_active


def test_while_a_level_is_held_the_title_says_what_is_true_now() -> None:
    watching = watch((0.0, "-0.02"))
    assert only(watching).title == "No margin left: IB liquidates"
    watching.judge([account("0.005")], 1.0)
    assert only(watching).level is AlertLevel.EMERGENCY
    assert only(watching).title == "Margin is nearly used up"
    watching.judge([account("0.5")], 2.0)
    assert only(watching).is_active
    assert only(watching).title == "Margin has recovered"


def test_a_negative_measure_has_a_true_minus_and_a_space_before_the_sign() -> None:
    assert "is −2.4 % of maintenance margin (−24 of 1,000 USD)" in only(watch((0.0, "-0.024"))).measured


def test_getting_worse_asks_again_after_an_acknowledgement() -> None:
    watching = watch((0.0, "0.08"))
    watching.acknowledge(only(watching).alert_id, 1.0)
    assert not only(watching).wants_attention
    watching.judge([account("0.04")], 2.0)
    assert only(watching).wants_attention


def test_the_measure_and_the_limit_are_told() -> None:
    alert = only(watch((0.0, "0.08")))
    assert "8.0 %" in alert.measured
    assert alert.limit == "10 %"


def test_unreliable_account_values_raise_and_clear_nothing() -> None:
    watching = AlertWatch([MarginRatio()])
    watching.judge([account("0.01", ready=False)], 0.0)
    assert watching.alerts() == ()


def test_no_margin_requirement_is_nothing_to_measure_by() -> None:
    watching = AlertWatch([MarginRatio()])
    watching.judge([AccountSummary("DU1", excess_liquidity=Decimal(0), maintenance_margin=Decimal(0))], 0.0)
    assert watching.alerts() == ()
