"""The monitor: read-only, full screen, for a wall or a second display. No order control exists in it."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.domain.account import AccountSummary
from core.domain.link import LinkView, Socket
from core.domain.topics import Changes, Topic
from core.domain.trading import TradingState
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.dialogs import boards
from gui.widgets.board import Board
from gui.widgets.curve import Curve
from gui.widgets.cushion import margin_tone
from gui.widgets.gauge import Gauge
from gui.widgets.icons import app_icon
from gui.widgets.link_words import TITLES
from gui.widgets.mark import Mark, State
from gui.widgets.mode_frame import ModeFrame
from gui.widgets.text import label, say
from gui.widgets.top_bar import ModeBadge
from gui.widgets.trading_words import STATES, trading_words

AGE_MS = 1_000
_FILLS_SHOWN = 30
_DESIGN = (1600, 1000)
"""The size the type was chosen for; on a larger wall it grows along."""
_TYPE = {"hero": 96, "day": 50, "state": 20, "clock": 24, "note": 15, "caption": 13, "figure": 24}
_FIGURES = (
    ("excess_liquidity", "Excess liquidity", False),
    ("maintenance_margin", "Maintenance margin", False),
    ("buying_power", "Buying power", False),
    ("unrealised_pnl", "Unrealised P&L", True),
    ("realised_pnl", "Realised P&L", True),
)


class Monitor(QWidget):
    """Big figures, then boards. Esc leaves.

    Signals: left, once it is closed.
    """

    left = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.bridge = bridge
        self.setObjectName("monitor")
        self.setWindowTitle("IBDesk monitor")
        self.setWindowIcon(app_icon())
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.frame = ModeFrame()
        self.badge = ModeBadge()
        self.mark = Mark(14, name="monitor-mark")
        self.state = label("", name="monitor-state")
        self.words = label("", name="monitor-words", tone="dim")
        self.trading = label("", name="monitor-trading")
        self.clock = label("", name="monitor-clock")
        self.net_liquidation = label("–", name="monitor-net-liquidation")
        self.day = label("–", name="monitor-day")
        self.fresh = label("", name="monitor-fresh", tone="dim")
        self.figures = {key: label("–", name=f"monitor-{key}") for key, _, _ in _FIGURES}
        self._captions = [
            label(words, tone="dim") for words in ("Net liquidation", "Day P&L", "Day P&L, this session")
        ]
        self._figure_captions = {key: label(words, tone="dim") for key, words, _ in _FIGURES}
        self.curve = Curve(
            lambda value: fmt.signed_money(value, decimals=0), height=120, size=13, name="monitor-curve"
        )
        self.gauge = Gauge("monitor-cushion")
        self.positions = Board("Positions", boards.POSITIONS, "No positions.")
        self.orders = Board("Working orders", boards.ORDERS, "No working orders.")
        self.fills = Board("Last fills", boards.FILLS, "No fills today.")
        self.alerts = Board("Alerts", boards.ALERTS, "No alerts.")
        self._lay_out()
        self._show_all()

    def open(self, size: tuple[int, int] | None = None) -> None:
        """Fill the screen, or show in `size`."""
        if size is not None:
            self.resize(*size)
            self.show()
            return
        screen = self.screen()
        if screen is not None:
            # Where no window manager listens, being full screen must still fill the screen.
            self.setGeometry(screen.geometry())
        self.showFullScreen()

    def follow(self) -> None:
        """Refresh by itself, where no window does it."""
        self.bridge.changed.connect(self.refresh)
        ager = QTimer(self)
        ager.setInterval(AGE_MS)
        ager.setTimerType(Qt.TimerType.PreciseTimer)
        ager.timeout.connect(lambda: self.age(self.bridge.now_s()))
        ager.start()

    def refresh(self, changes: Changes) -> None:
        """Repaint what changed."""
        if not changes.keys().isdisjoint({Topic.LINK, Topic.ACCOUNT}):
            self._show_all()
            return
        if not changes.keys().isdisjoint({Topic.POSITION, Topic.QUOTE}):
            self._show_positions()
        if Topic.TRADING in changes:
            self._show_trading()
        if Topic.ORDER in changes:
            self._show_orders()
        if Topic.EXECUTION in changes:
            self._show_fills()
        if Topic.ALERT in changes:
            self._show_alerts()

    def age(self, now_s: float) -> None:
        say(self.clock, fmt.clock(now_s))
        self._show_link()
        self._show_freshness(now_s)
        self._show_orders()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.left.emit()

    # --- inside: making -----------------------------------------------------------------------

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.frame)
        inner = QWidget()
        inner.setObjectName("monitor-ground")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.frame.column.addWidget(inner)
        column = QVBoxLayout(inner)
        edge = theme.px(24)
        column.setContentsMargins(edge, theme.px(14), edge, theme.px(18))
        column.setSpacing(theme.px(14))
        column.addLayout(self._head())
        column.addLayout(self._hero(), 5)
        column.addLayout(self._boards(), 7)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.badge)
        row.addWidget(self.mark)
        row.addWidget(self.state)
        row.addWidget(self.words, 1)
        row.addWidget(self.trading)
        row.addWidget(label("Read-only. Esc leaves.", tone="faint"))
        row.addWidget(self.clock)
        return row

    def _hero(self) -> QHBoxLayout:
        figures = QVBoxLayout()
        figures.setSpacing(0)
        figures.addWidget(self._captions[0])
        figures.addWidget(self.net_liquidation)
        figures.addWidget(self._captions[1])
        figures.addWidget(self.day)
        figures.addStretch(1)
        figures.addLayout(self._figure_row())
        figures.addSpacing(theme.px(6))
        figures.addWidget(self.fresh)
        session = QVBoxLayout()
        session.addWidget(self._captions[2])
        session.addWidget(self.curve, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.px(28))
        row.addLayout(figures, 5)
        row.addLayout(session, 5)
        row.addWidget(self.gauge, 3)
        return row

    def _figure_row(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(22))
        grid.setVerticalSpacing(0)
        grid.setRowMinimumHeight(2, theme.px(10))
        for at, key in enumerate(self.figures):
            grid.addWidget(self._figure_captions[key], at // 3 * 3, at % 3)
            grid.addWidget(self.figures[key], at // 3 * 3 + 1, at % 3)
        return grid

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scale()
        super().resizeEvent(event)

    def _scale(self) -> None:
        """Type follows the screen: what fits a laptop would be lost on a wall."""
        grown = min(self.width() / _DESIGN[0], self.height() / _DESIGN[1])
        for board in (self.positions, self.orders, self.fills, self.alerts):
            board.set_size(max(12.0, 17 * grown))
        self.curve.set_size(max(11.0, 13 * grown))
        strong = (
            (self.net_liquidation, "hero"),
            (self.day, "day"),
            (self.state, "state"),
            (self.trading, "state"),
            (self.clock, "clock"),
        )
        plain = [(one, "caption") for one in (*self._captions, *self._figure_captions.values())]
        for shown, kind in (*strong, *((one, "figure") for one in self.figures.values())):
            _set_type(shown, _TYPE[kind] * grown, QFont.Weight.DemiBold)
        for shown, kind in (*plain, (self.words, "note"), (self.fresh, "note")):
            _set_type(shown, max(11.0, _TYPE[kind] * grown), QFont.Weight.Normal)

    def _boards(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(theme.px(14))
        grid.addWidget(self.positions, 0, 0)
        grid.addWidget(self.orders, 0, 1)
        grid.addWidget(self.alerts, 1, 0)
        grid.addWidget(self.fills, 1, 1)
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 9)
        grid.setRowStretch(0, 3)
        grid.setRowStretch(1, 2)
        return grid

    # --- inside: showing ----------------------------------------------------------------------

    @property
    def _is_fresh(self) -> bool:
        return self.bridge.desk.link.socket is Socket.UP

    def _show_all(self) -> None:
        self._show_link()
        self._show_account()
        self._show_positions()
        self._show_orders()
        self._show_fills()
        self._show_alerts()
        self._show_trading()
        say(self.clock, fmt.clock(self.bridge.now_s()))

    def _show_link(self) -> None:
        link = self.bridge.desk.link
        state, title = TITLES.get(link.state, (State.BUSY, link.state))
        self.mark.show_state(state, title)
        self.frame.show_mode(link.mode)
        self.badge.show_mode(link.mode)
        say(self.state, title)
        say(self.words, _link_words(link))

    def _show_trading(self) -> None:
        trading = self.bridge.desk.trading
        row = STATES[trading.state]
        say(self.trading, "" if trading.state is TradingState.ACTIVE else row.title, row.tone)
        self.trading.setToolTip(trading_words(trading, self.bridge.now_s()))

    def _show_account(self) -> None:
        summary = self.bridge.desk.account(self.bridge.account) or AccountSummary(self.bridge.account)
        fresh, pnl = self._is_fresh, summary.daily_pnl
        say(
            self.net_liquidation,
            fmt.money(summary.net_liquidation, summary.currency, 0),
            "" if fresh else "faint",
        )
        arrow = "" if not pnl else "▲ " if pnl > 0 else "▼ "
        share = _share_of_start(pnl, summary.net_liquidation)
        say(
            self.day,
            f"{arrow}{fmt.signed_money(pnl, summary.currency, 0)}  {share}".strip(),
            "faint" if not fresh else "" if not pnl else "up" if pnl > 0 else "down",
        )
        for key, _, signed in _FIGURES:
            value = getattr(summary, key)
            text = fmt.signed_money(value, decimals=0) if signed else fmt.money(value, decimals=0)
            tone = "" if not signed or not value else "up" if value > 0 else "down"
            say(self.figures[key], text, tone if fresh else "faint")
        tone = margin_tone(summary) if fresh else "text_faint"
        fraction = None if summary.cushion is None else float(summary.cushion)
        excess = fmt.money(summary.excess_liquidity, summary.currency, 0)
        self.gauge.show_value(
            fraction, fmt.percent(summary.cushion, 1), f"Cushion\n{excess} excess liquidity", tone
        )
        self.curve.set_dimmed(not fresh)
        if fresh and pnl is not None and (not self.curve.points or self.curve.points[-1][1] != float(pnl)):
            self.curve.add(self.bridge.now_s(), float(pnl))
        self._show_freshness(self.bridge.now_s())

    def _show_freshness(self, now_s: float) -> None:
        summary = self.bridge.desk.account(self.bridge.account)
        if summary is None or summary.reported_at_s is None:
            say(self.fresh, "No account values yet.")
            return
        age = fmt.age(now_s - summary.reported_at_s)
        if self._is_fresh:
            say(self.fresh, f"Account values sent by IB {age} ago", "dim")
        else:
            say(self.fresh, f"Not fresh: sent by IB {age} ago, and the link is down", "warning")

    def _show_positions(self) -> None:
        desk = self.bridge.desk
        held = [one for one in desk.positions() if one.quantity]
        held.sort(key=lambda one: abs(one.market_value or Decimal(0)), reverse=True)
        whole = sum((abs(one.market_value or Decimal(0)) for one in held), Decimal(0))
        self.positions.show_rows(
            [boards.position_row(desk, one, whole) for one in held], dimmed=not self._is_fresh
        )

    def _show_orders(self) -> None:
        live = [one for one in self.bridge.desk.orders() if one.is_live]
        self.orders.show_rows(
            [boards.order_row(one, self.bridge.now_s()) for one in live], dimmed=not self._is_fresh
        )

    def _show_fills(self) -> None:
        fills = self.bridge.desk.executions()[:_FILLS_SHOWN]
        self.fills.show_rows([boards.fill_row(self.bridge.desk, one) for one in fills])

    def _show_alerts(self) -> None:
        self.alerts.show_rows([boards.alert_row(one) for one in self.bridge.desk.alerts()])


def _link_words(link: LinkView) -> str:
    if link.state == "ready":
        latency = fmt.milliseconds(link.latency_ms)
        bad = [farm.name for farm in link.farms if farm.well is False]
        farms = f"farms down: {', '.join(bad)}" if bad else "all data farms up" if link.farms else ""
        return "  ·  ".join(part for part in (link.account, f"round trip {latency}", farms) if part)
    return link.words


def _share_of_start(pnl: Decimal | None, net_liquidation: Decimal | None) -> str:
    """The day's P&L over what there was before it."""
    if pnl is None or net_liquidation is None or net_liquidation == pnl:
        return ""
    return fmt.signed_percent(pnl / (net_liquidation - pnl))


def _set_type(shown: QLabel, size: float, weight: QFont.Weight) -> None:
    # By style sheet: the application's own would win over a font that is set.
    wanted = f"font-size: {theme.px(size)}px; font-weight: {int(weight)};"
    if shown.styleSheet() != wanted:
        shown.setStyleSheet(wanted)
