"""The chart panel: asks for what it shows, says what it waits for, and never passes old bars off as new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.domain.command_line import BARS
from core.domain.contract import ContractDetails
from core.domain.events import BarReported, BarsRefused, BarsReported, LinkLost, Woke
from core.domain.link import LinkFault
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.quote import Bar, BarKey, QuoteKind
from core.domain.requests import CancelBars, RequestBars
from gui.charts.frames import FRAMES
from gui.charts.marks import LineKind
from gui.panels.chart import KEPT, ChartPanel
from tests.gui.panels.stand_in import (
    AAPL,
    ACCOUNT,
    EURUSD,
    EVERYTHING,
    MSFT,
    NOW_S,
    Floor,
    connect,
    floor,
    order_spec,
)


def key_of(details: ContractDetails, size: str = "1 min", what: str = "TRADES") -> BarKey:
    return BarKey(details.contract.con_id, size, what)


def bars(
    count: int = 120, *, until_s: float = NOW_S, each_s: int = 60, price: float = 150.0
) -> tuple[Bar, ...]:
    last = datetime.fromtimestamp(until_s // each_s * each_s, UTC)
    starts = (last - timedelta(seconds=each_s * back) for back in range(count - 1, -1, -1))
    return tuple(Bar(start, price, price + 0.2, price - 0.2, price + 0.1, 1_000.0) for start in starts)


@pytest.fixture
def desk_floor() -> Floor:
    made = floor()
    _wire(made)
    made.know(AAPL, MSFT, EURUSD)
    return made


def _wire(made: Floor) -> None:
    """Lets the panel's wishes for bars reach the desk, as the connector would."""
    stand_in = made.stand_in

    def load_bars(*wish: object) -> None:
        stand_in.requests += stand_in.desk.load_bars(*wish, stand_in.now)  # type: ignore[arg-type]

    def drop_bars(key: BarKey) -> None:
        stand_in.requests += stand_in.desk.drop_bars(key, stand_in.now)

    stand_in.load_bars, stand_in.drop_bars = load_bars, drop_bars  # type: ignore[method-assign]


@pytest.fixture
def panel(qtbot: QtBot, desk_floor: Floor) -> ChartPanel:
    made = ChartPanel(desk_floor.bridge)
    qtbot.addWidget(made)
    made.resize(860, 520)
    return made


def select(qtbot: QtBot, made: Floor, panel: ChartPanel, details: ContractDetails) -> None:
    """The trader stops at a contract long enough for the chart to ask."""
    made.bridge.select(details.contract)
    qtbot.waitUntil(lambda: not panel.is_settling)
    breathe(made)


def breathe(made: Floor) -> None:
    """Time enough for the pacing lanes to let everything through."""
    made.stand_in.now += 2.0
    made.say(Woke())


def asked(made: Floor) -> list[tuple[BarKey, str, bool]]:
    return [(r.key, r.duration, r.live) for r in made.stand_in.requests if isinstance(r, RequestBars)]


def shown(panel: ChartPanel) -> str:
    return "" if panel.canvas.subject is None else panel.canvas.subject.caption


# --- asking ------------------------------------------------------------------------------------------


def test_with_nothing_selected_it_says_what_to_do(panel: ChartPanel) -> None:
    assert panel.words == "Select a contract in the watchlist to see its chart."
    panel.age(NOW_S)
    panel.grab()


def test_a_selected_contract_is_loaded_live_and_shown(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    assert asked(desk_floor) == [(key_of(AAPL), "2 D", True)]
    assert panel.words == "Loading 1 min bars…"
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    assert (shown(panel), panel.words) == ("AAPL · 1m", "")


def test_walking_down_a_watchlist_asks_only_for_where_one_stops(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    desk_floor.bridge.select(AAPL.contract)
    select(qtbot, desk_floor, panel, MSFT)
    assert [key.con_id for key, _, _ in asked(desk_floor)] == [MSFT.contract.con_id]


def test_another_contracts_picture_goes_at_once(qtbot: QtBot, desk_floor: Floor, panel: ChartPanel) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    desk_floor.bridge.select(MSFT.contract)
    assert shown(panel) == ""
    assert panel.words == "Loading 1 min bars…"


def test_another_time_frame_keeps_the_old_picture_dimmed_until_its_bars_are_here(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    qtbot.mouseClick(panel.frame_button("5m"), Qt.MouseButton.LeftButton)
    breathe(desk_floor)
    assert asked(desk_floor)[-1] == (key_of(AAPL, "5 mins"), "5 D", True)
    assert (shown(panel), panel.words) == ("AAPL · 1m", "Loading 5 mins bars…")
    assert panel.canvas.inks.faded
    desk_floor.say(BarsReported(key_of(AAPL, "5 mins"), bars(each_s=300)))
    desk_floor.show(panel)
    assert (shown(panel), panel.words) == ("AAPL · 5m", "")
    assert not panel.canvas.inks.faded


def test_going_back_to_a_series_kept_live_asks_for_nothing(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    panel.show_frame(FRAMES[1])
    desk_floor.say(BarsReported(key_of(AAPL, "5 mins"), bars(each_s=300)))
    desk_floor.show(panel)
    before = len(asked(desk_floor))
    panel.show_frame(FRAMES[0])
    assert len(asked(desk_floor)) == before
    assert (shown(panel), panel.words) == ("AAPL · 1m", "")


def test_only_so_many_series_are_kept_live(qtbot: QtBot, desk_floor: Floor, panel: ChartPanel) -> None:
    desk_floor.know(*EVERYTHING)
    for details in EVERYTHING[: KEPT + 2]:
        select(qtbot, desk_floor, panel, details)
    dropped = [r.key.con_id for r in desk_floor.stand_in.requests if isinstance(r, CancelBars)]
    assert dropped == [details.contract.con_id for details in EVERYTHING[:2]]


def test_currencies_are_charted_by_their_midpoint_and_without_volume(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, EURUSD)
    key = key_of(EURUSD, what="MIDPOINT")
    assert asked(desk_floor)[-1][0] == key
    desk_floor.say(BarsReported(key, bars(price=1.08)))
    desk_floor.show(panel)
    assert panel.canvas.subject is not None
    assert not panel.canvas.subject.has_volume
    panel.grab()


@pytest.mark.parametrize(("number", "frame"), list(enumerate(FRAMES, start=1)))
def test_every_time_frame_has_a_key_and_a_sensible_span(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel, number: int, frame: object
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    panel.canvas.setFocus()
    qtbot.waitUntil(panel.canvas.hasFocus)
    qtbot.keyClick(panel.canvas, str(number))
    assert panel.frame is frame


@pytest.mark.parametrize("bar", BARS)
def test_every_bar_that_the_command_line_takes_is_one_of_the_charts(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel, bar: str
) -> None:
    desk_floor.bridge.frame_asked.emit(bar)
    assert panel.frame.name.lower() == bar
    assert len(BARS) == len(FRAMES)


# --- live, refused, lost -----------------------------------------------------------------------------


def test_the_live_bar_moves_and_the_next_one_begins(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    history = bars()
    desk_floor.say(BarsReported(key_of(AAPL), history))
    desk_floor.show(panel)
    desk_floor.say(BarReported(key_of(AAPL), history[-1]._replace(close=150.19)))
    desk_floor.show(panel)
    read = panel.canvas.reading_at(None)
    assert read is not None
    assert read.close == 150.19
    later = history[-1].start + timedelta(minutes=1)
    desk_floor.say(BarReported(key_of(AAPL), history[-1]._replace(start=later)))
    desk_floor.show(panel)
    assert panel.canvas.window_of_bars.count == 121


def test_a_refusal_is_told_in_words_and_can_be_tried_again(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    assert panel.retry_button.isHidden()
    desk_floor.say(BarsRefused(key_of(AAPL), 162, "No market data permissions for ISLAND STK"))
    desk_floor.show(panel)
    assert "No market data permissions" in panel.words
    assert not panel.retry_button.isHidden()
    qtbot.mouseClick(panel.retry_button, Qt.MouseButton.LeftButton)
    breathe(desk_floor)
    assert len(asked(desk_floor)) == 2
    assert panel.words == "Loading 1 min bars…"
    desk_floor.say(BarsRefused(key_of(AAPL), 162, "No market data permissions for ISLAND STK"))
    desk_floor.show(panel)
    assert not panel.retry_button.isHidden()
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    assert (shown(panel), panel.words) == ("AAPL · 1m", "")


def test_an_answer_without_bars_is_told_as_such(qtbot: QtBot, desk_floor: Floor, panel: ChartPanel) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), ()))
    desk_floor.show(panel)
    assert panel.words == "IB has no 1 min bars for AAPL."


def test_a_lost_link_dims_the_chart_until_the_new_answer_has_closed_the_hole(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    history = bars()
    desk_floor.say(BarsReported(key_of(AAPL), history[:-10]))
    desk_floor.show(panel)
    desk_floor.lose_link()
    desk_floor.show(panel)
    assert panel.words.startswith("Stale since ")
    assert panel.canvas.inks.faded
    connect(desk_floor)
    desk_floor.show(panel)
    assert panel.words == "Loading 1 min bars…"
    assert panel.canvas.inks.faded
    desk_floor.say(BarsReported(key_of(AAPL), history[-60:]))
    desk_floor.show(panel)
    assert panel.words == ""
    assert not panel.canvas.inks.faded
    assert panel.canvas.subject is not None
    assert panel.canvas.subject.series.bars() == history


def test_without_a_link_it_waits_and_loads_when_there_is_one(qtbot: QtBot) -> None:
    made = floor(connected=False)
    _wire(made)
    panel = ChartPanel(made.bridge)
    qtbot.addWidget(panel)
    select(qtbot, made, panel, AAPL)
    assert panel.words == "Waiting for the connection…"
    connect(made)
    breathe(made)
    made.show(panel)
    assert [key for key, _, _ in asked(made)] == [key_of(AAPL)]
    assert panel.words == "Loading 1 min bars…"


def test_the_link_may_come_and_go_before_anything_was_selected(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    before = panel.words
    desk_floor.lose_link()
    desk_floor.show(panel)
    connect(desk_floor)
    desk_floor.show(panel)
    assert panel.words == before
    select(qtbot, desk_floor, panel, AAPL)
    assert panel.words == "Loading 1 min bars…"


def test_a_stream_that_fell_silent_is_said_in_regular_hours(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    desk_floor.pass_time(60 + 185 - 2, panel)
    assert panel.words == "No new bar for 3 m 05 s"


# --- over the bars -----------------------------------------------------------------------------------


def test_working_orders_the_average_price_and_fills_lie_over_the_bars(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.quote(AAPL, 150.08, 150.12, 150.1)
    desk_floor.hold(AAPL, -100, 149.5, 150.1)
    desk_floor.bridge.submit(order_spec(AAPL, Side.BUY, 100, "149.90"))
    desk_floor.show(panel)
    lines = panel.overlay.lines
    assert [(line.price, line.label, line.kind) for line in lines] == [
        (149.9, "BUY 100 LMT", LineKind.BUY),
        (149.5, "−100 avg", LineKind.POSITION),
    ]
    order = desk_floor.desk.orders()[0]
    desk_floor.fill(order, 100, "149.90")
    desk_floor.status(order, "Filled", 100, "149.90")
    desk_floor.show(panel)
    assert [line.kind for line in panel.overlay.lines] == [LineKind.POSITION]
    assert [(fill.price, fill.side) for fill in panel.overlay.fills] == [(149.9, Side.BUY)]
    panel.grab()


def test_a_stop_limit_order_shows_both_its_prices(qtbot: QtBot, desk_floor: Floor, panel: ChartPanel) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.quote(AAPL, 150.08, 150.12, 150.1)
    spec = OrderSpec(
        AAPL.contract, Side.SELL, Decimal(50), OrderType.STP_LMT, Decimal("149.40"), Decimal("149.50"),
        account=ACCOUNT,
    )  # fmt: skip
    desk_floor.bridge.submit(spec)
    desk_floor.show(panel)
    assert [(line.price, line.label) for line in panel.overlay.lines] == [
        (149.5, "SELL 50 STP"),
        (149.4, "SELL 50 LMT"),
    ]


def test_only_a_fresh_live_quote_moves_the_newest_bar(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.quote(AAPL, 151.08, 151.12, 151.1)
    desk_floor.show(panel)
    assert _close(panel) == 151.1
    desk_floor.pass_time(30, panel)
    assert _close(panel) == 150.1
    desk_floor.quote(AAPL, 151.08, 151.12, 151.1, kind=QuoteKind.DELAYED)
    desk_floor.show(panel)
    assert _close(panel) == 150.1


def _close(panel: ChartPanel) -> float:
    read = panel.canvas.reading_at(None)
    assert read is not None
    return read.close


# --- state -------------------------------------------------------------------------------------------


def test_time_frame_zoom_and_contract_come_back(qtbot: QtBot, desk_floor: Floor, panel: ChartPanel) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    panel.show_frame(FRAMES[2])
    panel.canvas.bar_px = 14.0
    again = ChartPanel(desk_floor.bridge)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    assert again.frame is FRAMES[2]
    assert again.contract == AAPL.contract
    assert again.canvas.bar_px == 14.0


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"frame": "7m", "bar_px": "wide", "contract": 5},
        {"frame": None, "bar_px": float("nan"), "contract": {"con_id": -1}},
        {"bar_px": -4, "contract": {"con_id": "265598"}},
    ],
)
def test_nonsense_in_a_saved_state_is_ignored(panel: ChartPanel, state: dict[str, object]) -> None:
    panel.restore_state(state)
    assert panel.frame is FRAMES[0]
    assert panel.contract is None


# --- from the cache ----------------------------------------------------------------------------------


def test_bars_from_the_cache_say_as_of_when_until_ib_has_told_new_ones(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    desk_floor.say(LinkLost(LinkFault.CLOSED))
    select(qtbot, desk_floor, panel, AAPL)
    old = bars(until_s=NOW_S - 3_600)
    desk_floor.say(BarsReported(key_of(AAPL), old, cached_at_s=NOW_S - 3_600))
    desk_floor.show(panel)
    assert shown(panel) == "AAPL · 1m"
    assert panel.words.startswith("As of ")
    assert panel.words.endswith(", from the cache")
    assert panel.canvas.inks.faded
    connect(desk_floor)
    breathe(desk_floor)
    assert asked(desk_floor)[-1] == (key_of(AAPL), "2 D", True)
    assert panel.words.startswith("As of "), "the link alone makes no bar newer"
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.show(panel)
    assert panel.words == ""
    assert not panel.canvas.inks.faded


def test_bars_from_the_cache_never_stand_in_for_what_ib_told_in_this_session(
    qtbot: QtBot, desk_floor: Floor, panel: ChartPanel
) -> None:
    select(qtbot, desk_floor, panel, AAPL)
    desk_floor.say(BarsReported(key_of(AAPL), bars()))
    desk_floor.say(BarsReported(key_of(AAPL), bars(price=10.0), cached_at_s=NOW_S - 3_600))
    desk_floor.show(panel)
    assert panel.words == ""
    read = panel.canvas.reading_at(None)
    assert read is not None
    assert read.close == 150.1
