"""Files in another desk's shape, limits of the day, and files that change while the desk runs."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from core.api.assemble import assemble
from core.domain.limits import RiskLimits, Threshold, TradingHours
from core.domain.trading import RESUME_PHRASE, TradingState
from core.errors import SettingsError
from core.journal import Journal
from core.settings import Settings, load

RISK, PERMISSIONS = "risk_config.yaml", "trading_permissions.yaml"

OTHER_SHAPE = """
risk_engine:
  enabled: true
  mode: strict
position_sizing:
  max_position_pct: 10
  method: kelly
risk_limits:
  max_order_size: 500
  max_order_value: 20000
  max_daily_loss: 1500
  max_orders_per_minute: 20
  max_drawdown: 0.2
pre_trade_checks:
  check_buying_power: true
  check_restricted: false
account_types:
  ira: {leverage: 1}
"""


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def later(path: Path) -> None:
    """As if it had been written a moment later than the file system's clock can tell."""
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 5_000_000))


def limits(folder: Path, text: str) -> RiskLimits:
    put(folder, RISK, text)
    return load({}, folder).limits


# --- the limits of the day ------------------------------------------------------------------------------


def test_shipped_limits_are_those_that_the_core_has_by_itself(tmp_path: Path) -> None:
    shipped, own = load({}, tmp_path).limits, RiskLimits()
    for name in (
        "position_fraction",
        "message_ratio",
        "margin_excess_fraction",
        "orders_per_60_s",
        "orders_per_10_s",
        "daily_loss",
        "daily_loss_fraction",
        "orders_per_day",
        "restart_quiet_s",
    ):
        assert getattr(shipped, name) == getattr(own, name), name


def test_limits_of_the_day_and_permissions_are_read(tmp_path: Path) -> None:
    found = limits(tmp_path, 'daily_loss: 500\ndaily_loss_fraction: "1 %"\norders_per_day: 40\n')
    assert (found.daily_loss, found.daily_loss_fraction, found.orders_per_day) == (
        500,
        Decimal("0.01"),
        40,
    )
    hours = 'hours: {begins: "09:30", ends: "16:00", zone: America/New_York}\n'
    put(tmp_path, PERMISSIONS, f"account_type: cash\noptions_level: 2\n{hours}")
    permissions = load({}, tmp_path).permissions
    assert (permissions.account_type, permissions.options_level) == ("cash", 2)
    assert permissions.hours == TradingHours(time(9, 30), time(16), "America/New_York")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (PERMISSIONS, "account_type: ira\n", "one of margin, cash"),
        (PERMISSIONS, "options_level: 5\n", "a whole number from 0 to 4"),
        (PERMISSIONS, 'hours: {begins: "9:30", ends: "16:00", zone: UTC}\n', "a time of day in quotes"),
        (PERMISSIONS, 'hours: {begins: "09:30", ends: "16:00", zone: Mars}\n', "a time zone"),
        (RISK, "orders_per_60_s: {soft: null, hard: 601}\n", "600"),
        (RISK, "daily_loss: -5\n", "a number above 0"),
        (RISK, "position_fraction: {soft: 0.5, hard: 0.2}\n", "a soft limit that is not above the hard one"),
        (RISK, "risk_engine_: {enabled: yes}\n", "is no key of IBDesk's"),
        (RISK, "risk_limits: {max_order_value: 99000000}\n", "at most 10,000,000"),
    ],
)
def test_wrong_values_are_refused_in_words(tmp_path: Path, name: str, text: str, words: str) -> None:
    put(tmp_path, name, text)
    with pytest.raises(SettingsError, match=words.replace("(", r"\(")):
        load({}, tmp_path)


# --- another desk's shape -------------------------------------------------------------------------------


def test_a_file_in_another_desk_s_shape_is_read_where_it_maps(tmp_path: Path) -> None:
    found = limits(tmp_path, OTHER_SHAPE)
    assert found.notional == Threshold(Decimal(20_000), Decimal(20_000))
    assert found.position_fraction == Threshold(Decimal("0.1"), Decimal("0.1"))
    assert (found.daily_loss, found.orders_per_60_s.hard) == (1500, 20)
    assert max(one.hard or 0 for one in found.quantity.values()) == 500


def test_what_of_it_means_nothing_here_is_listed_with_the_reason(tmp_path: Path) -> None:
    path = put(tmp_path, RISK, OTHER_SHAPE)
    ignored = load({}, tmp_path).ignored
    assert all(one.startswith(str(path)) for one in ignored)
    told = " ".join(ignored)
    for words in (
        "risk_engine.enabled is not used: the gate is always on.",
        "risk_engine.mode is not used: IBDesk has no such limit.",
        "position_sizing.method is not used",
        "risk_limits.max_drawdown is not used",
        "pre_trade_checks.check_buying_power is not used: every check always runs.",
        "pre_trade_checks.check_restricted is not used: no file can switch a check off.",
        "account_types.ira.leverage is not used",
    ):
        assert words in told
    assert len(ignored) == 7


def test_our_own_key_wins_over_another_desk_s(tmp_path: Path) -> None:
    text = "risk_limits: {max_daily_loss: 1500}\ndaily_loss: 100\n"
    assert limits(tmp_path, text).daily_loss == 100


def test_nothing_is_ignored_in_files_of_our_own_shape(tmp_path: Path) -> None:
    assert load({}, tmp_path).ignored == ()


def test_another_desk_s_permissions_are_read_where_they_map(tmp_path: Path) -> None:
    put(
        tmp_path,
        PERMISSIONS,
        "trading: {allow_short_selling: false}\nrestrictions: {restricted_symbols: [GME]}\n",
    )
    permissions = load({}, tmp_path).permissions
    assert (permissions.shorting, permissions.restricted_symbols) == (False, {"GME"})


# --- files that change ----------------------------------------------------------------------------------


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    followed = load({"MAX_ORDER_SIZE": "50"}, tmp_path).followed
    assert followed is not None
    assert followed.look() is None
    path = put(tmp_path, RISK, "daily_loss: 500\n")
    found = followed.look()
    assert isinstance(found, Settings)
    assert found.limits.daily_loss == 500
    assert found.limits.quantity[next(iter(found.limits.quantity))].hard == 50, "the environment still counts"
    assert followed.look() is None
    path.write_text("daily_loss: -500\n", encoding="utf-8")
    later(path)
    assert isinstance(followed.look(), SettingsError)
    path.unlink()
    assert isinstance(followed.look(), Settings)


async def test_a_changed_file_tightens_the_running_desk_and_never_loosens_it(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        connector = assemble(settings, journal=journal)
        [(span_s, look)] = connector._chores
        assert span_s == 2.0
        put(tmp_path, RISK, "notional: {soft: 500, hard: 1000}\n")
        look()
        assert connector.desk.limits.notional.hard == 1000
        later(put(tmp_path, RISK, "notional: {soft: 500, hard: 90000}\n"))
        look()
        assert connector.desk.limits.notional.hard == 1000
        assert "Looser, and taken at the next start: notional" in connector.desk.notes()[-1].words
        later(put(tmp_path, RISK, "notional: {soft: 500, hard: 1, what: 2}\n"))
        look()
        assert "The changed limits were not taken" in connector.desk.notes()[-1].words
        await connector.close()


async def test_a_halt_outlives_the_restart_and_so_does_its_end(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path)) as journal:
        first = assemble(settings, journal=journal)
        first.kill()
    with closing(Journal(path)) as journal:
        second = assemble(settings, journal=journal)
        view = second.desk.trading
        assert (view.state, view.phrase) == (TradingState.HALTED, RESUME_PHRASE)
        assert second.resume_trading(RESUME_PHRASE) == ""
    with closing(Journal(path)) as journal:
        assert assemble(settings, journal=journal).desk.trading.state is TradingState.ACTIVE
