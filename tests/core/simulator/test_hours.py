"""Sessions and holidays, and IB's text for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.hours import TEMPLATES, Calendar, holidays, is_business_day, nth_weekday

SUNDAY_S = datetime(2026, 11, 22, 14, 30, tzinfo=UTC).timestamp()
MONDAY_S = datetime(2026, 11, 23, 14, 45, tzinfo=UTC).timestamp()


def test_the_exchange_keeps_its_holidays() -> None:
    found = holidays(2026)
    assert len(found) == 10
    named = ((1, 1), (1, 19), (2, 16), (4, 3), (5, 25), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25))
    assert found == {date(2026, month, day) for month, day in named}


def test_the_last_and_the_third_weekday_of_a_month_are_found() -> None:
    assert nth_weekday(2026, 12, 4, 3) == date(2026, 12, 18)
    assert nth_weekday(2026, 5, 0, -1) == date(2026, 5, 25)


def test_a_stock_day_has_extended_and_regular_hours() -> None:
    text = Calendar("STK", False).text(MONDAY_S, regular_only=False)
    assert text.split(";")[0] == "20261123:0400-20261123:2000"
    assert text.split(";")[3] == "20261126:CLOSED"
    assert Calendar("STK", False).text(MONDAY_S, True).startswith("20261123:0930-20261123:1600;")


def test_a_future_opens_the_evening_before() -> None:
    session = Calendar("CME", False).session(date(2026, 11, 23))
    assert session is not None
    assert Calendar("CME", False).text(SUNDAY_S, False).split(";")[1] == "20261122:1700-20261123:1600"


def test_the_market_that_never_closes_is_open_on_a_sunday() -> None:
    calendar = Calendar("STK", True)
    assert calendar.is_open(SUNDAY_S, regular_only=True)
    assert calendar.text(SUNDAY_S, True).startswith("20261122:0000-20261123:0000;20261123:0000-")


def test_the_last_session_is_friday_on_a_sunday() -> None:
    calendar = Calendar("STK", False)
    assert not calendar.is_open(SUNDAY_S)
    assert calendar.current(SUNDAY_S).trade_date == date(2026, 11, 20)
    opens_s = calendar.next_open(SUNDAY_S, regular_only=True)
    assert opens_s == datetime(2026, 11, 23, 14, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("always_open", [True, False])
@pytest.mark.parametrize("template", sorted(TEMPLATES))
@given(day=st.dates(date(2020, 1, 6), date(2030, 1, 1)), second=st.integers(0, 86_399))
def test_sessions_follow_one_another_and_never_overlap(
    template: str, always_open: bool, day: date, second: int
) -> None:
    calendar = Calendar(template, always_open)
    at_s = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + second
    now = calendar.current(at_s)
    assert now.start_s <= at_s
    assert calendar.before(now).end_s <= now.start_s < now.end_s
    assert calendar.after(at_s).start_s >= now.end_s
    assert now.start_s <= now.liquid_s < now.liquid_end_s <= now.end_s
    assert always_open or is_business_day(now.trade_date) or not TEMPLATES[template].keeps_holidays
