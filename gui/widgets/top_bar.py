"""The top bar: is it connected, whose money, how near the limits, and how the account stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenuBar, QSizePolicy, QVBoxLayout, QWidget

from core.domain.account import AccountSummary
from core.domain.link import LinkView, Mode
from core.domain.trading import TradingView
from core.pacing.view import PacingView
from gui import format as fmt
from gui import theme
from gui.widgets.budgets import lines_words
from gui.widgets.button import button
from gui.widgets.cushion import margin_tone, margin_words
from gui.widgets.figure import Figure
from gui.widgets.fitting import fit_row
from gui.widgets.hold_button import HoldButton
from gui.widgets.link_words import TITLES, left
from gui.widgets.mark import Mark, State
from gui.widgets.meter import Meter
from gui.widgets.text import label, say, set_property
from gui.widgets.trading_words import STATES, trading_words

_HEIGHT = 46
_KILL = (
    "Hold for one second, or hold Ctrl+Shift+K: trading halts, and this desk's working orders are cancelled."
)


class ModeBadge(QWidget):
    """SIM, PAPER or LIVE on its own colour: the word that must never be overlooked."""

    def __init__(self) -> None:
        super().__init__()
        self._mode = Mode.UNKNOWN
        self.setObjectName("mode-badge")
        self.setFixedSize(theme.px(56), theme.px(24))
        self.show_mode(Mode.UNKNOWN)

    @property
    def mode(self) -> Mode:
        return self._mode

    def show_mode(self, mode: Mode) -> None:
        self._mode = mode
        words = {
            Mode.SIM: "Simulator: no real money",
            Mode.PAPER: "Paper account: no real money",
            Mode.LIVE: "LIVE: real money",
            Mode.UNKNOWN: "Not connected: nobody knows yet whose money this is",
        }[mode]
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            known = self._mode is not Mode.UNKNOWN
            painter.setBrush(QColor(look.mode(self._mode) if known else look.raised))
            painter.drawRoundedRect(self.rect(), 4, 4)
            painter.setPen(QColor(look.on_mode(self._mode)))
            font = theme.numeric_font(12)
            font.setWeight(font.Weight.DemiBold)
            painter.setFont(font)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._mode))


class TopBar(QWidget):
    """Shows what it is handed; the window hands it once a frame.

    Signals: arm, the trader wants to type the words that arm.
    """

    arm = Signal()

    def __init__(self, menus: QMenuBar) -> None:
        super().__init__()
        self.setObjectName("top-bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.px(_HEIGHT))
        self.mark = Mark(11, name="top-mark")
        self.state = label("", name="top-state")
        self.state.setProperty("role", "strong")
        self.where = label("", role="caption", name="top-where")
        self.badge = ModeBadge()
        self.account = label("", name="top-account")
        self.latency = Figure("RTT", widest="188 ms", name="top-latency")
        self.messages = Figure("Msg / s", widest="40/40", name="top-messages")
        self.lines = Figure("Lines", widest="100/100", name="top-lines")
        self.history = Figure("Hist", widest="60/60", name="top-history")
        self.net_liquidation = Figure(
            "Net liquidation", widest="$1,234,567.89", align_right=True, name="top-nlv"
        )
        self.day = Figure("Day P&L", widest="+$12,345.67", align_right=True, name="top-day")
        self.excess = Figure("Excess liquidity", widest="$1,234,567", align_right=True, name="top-excess")
        self.cushion = Figure("Cushion", widest="100.0 %", align_right=True, name="top-cushion")
        self.cushion_bar = Meter(width=84, height=8, name="top-cushion-bar")
        # A sliver of it would say that nothing is left.
        self.cushion_bar.setMinimumWidth(theme.px(84))
        self.trading = Figure("Trading", widest="HALTED", name="top-trading")
        self.arm_button = button("ARM", "top-arm", self.arm.emit, tip="Type the words that let orders go out")
        self.arm_button.hide()
        self.kill = HoldButton("KILL", "top-kill", _KILL)
        for minor in (self.trading, self.latency, self.messages, self.lines, self.history):
            minor.value.setProperty("role", "minor-figure")
        self._lay_out(menus)

    def show_link(self, link: LinkView, now_s: float) -> None:
        state, title = TITLES.get(link.state, (State.BUSY, link.state.capitalize()))
        self.mark.show_state(state, title)
        say(self.state, title)
        say(self.where, _where(link, now_s))
        self.where.setToolTip(link.words)
        if self.badge.mode is not link.mode:
            self.badge.show_mode(link.mode)
        say(self.account, link.account or "")
        self.latency.show_value(fmt.milliseconds(link.latency_ms), "" if link.latency_ms else "faint")
        self._show_arming(link)

    def show_trading(self, trading: TradingView, now_s: float) -> None:
        row = STATES[trading.state]
        self.trading.show_value(row.title, row.tone, trading_words(trading, now_s))

    def show_pacing(self, pacing: PacingView) -> None:
        self.messages.show_value(
            f"{pacing.message_rate}/{pacing.message_limit}",
            "warning"
            if pacing.throttled_until_s is not None
            else _budget_tone(pacing.message_rate, pacing.message_limit),
            f"Messages to the gateway in the last second, of {pacing.message_limit} allowed; {pacing.queued} wait",
        )
        self.lines.show_value(
            f"{pacing.lines_used}/{pacing.lines_limit}",
            _budget_tone(pacing.lines_used, pacing.lines_limit),
            lines_words(pacing),
        )
        self.history.show_value(
            f"{pacing.history_used}/{pacing.history_limit}",
            _budget_tone(pacing.history_used, pacing.history_limit),
            f"History requests in the last ten minutes, of {pacing.history_limit} that IBKR allows",
        )

    def show_account(self, summary: AccountSummary, fresh: bool, now_s: float) -> None:
        """With `fresh` false, figures dim: they are the last known, not the present ones."""
        tip = _account_age(summary, now_s)
        base = "" if fresh else "faint"
        currency = summary.currency
        pnl = summary.daily_pnl
        signed = "" if not pnl else "up" if pnl > 0 else "down"
        self.net_liquidation.show_value(fmt.money(summary.net_liquidation, currency), base, tip)
        self.day.show_value(fmt.signed_money(pnl, currency), base or signed, _day_tip(summary))
        self.excess.show_value(fmt.money(summary.excess_liquidity, currency, 0), base, tip)
        tone = margin_tone(summary)
        self.cushion.show_value(
            fmt.percent(summary.cushion, 1), base or ("" if tone == "ok" else tone), margin_words(summary)
        )
        fraction = None if summary.cushion is None else float(summary.cushion)
        self.cushion_bar.show_fraction(fraction, tone if fresh else "text_faint", margin_words(summary))

    def _show_arming(self, link: LinkView) -> None:
        """Only where there is something to arm, which the simulator is not."""
        wanted = bool(link.arm_phrase)
        if wanted is self.arm_button.isHidden():
            self.arm_button.setVisible(wanted)
            self.fit()
        words = "ARMED" if link.armed else "ARM"
        if self.arm_button.text() != words:
            self.arm_button.setText(words)
            set_property(self.arm_button, "kind", "danger" if link.armed else "")

    def _lay_out(self, menus: QMenuBar) -> None:
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(4), 0, theme.px(12), 0)
        row.setSpacing(theme.px(11))
        menus.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._menus = menus
        row.addWidget(menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(_rule())
        row.addWidget(self.mark)
        row.addWidget(self._words())
        row.addWidget(self.badge)
        row.addWidget(self.account)
        row.addWidget(_rule())
        for part in (self.latency, self.messages, self.lines, self.history):
            row.addWidget(part)
        row.addStretch(1)
        for part in (self.net_liquidation, self.day, self.excess, self.cushion):
            row.addWidget(part)
        row.addWidget(self.cushion_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(_rule())
        row.addWidget(self.trading)
        for control in (self.arm_button, self.kill):
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def _words(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self.state)
        column.addWidget(self.where)
        column.addStretch(1)
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """The bar that repeats a figure, then budgets, then what the account panel has too, give way."""
        # The menu bar would rather fold its last menu away than ask for its own width.
        self._menus.setMinimumWidth(self._menus.sizeHint().width())
        optional = (
            self.cushion_bar,
            self.history,
            self.lines,
            self.messages,
            self.latency,
            self.excess,
            self.account,
        )
        fit_row(self._row, self.width(), optional)


def _where(link: LinkView, now_s: float) -> str:
    if link.retry_at_s is not None:
        return f"retry in {left(link.retry_at_s, now_s)}, attempt {link.attempt + 1}"
    if link.state in ("ready", "read-only", "restart window", "syncing") and link.port:
        return f"{link.profile} {link.host}:{link.port}"
    if link.since_s:
        return f"since {fmt.clock(link.since_s)}"
    return link.profile


def _account_age(summary: AccountSummary, now_s: float) -> str:
    if summary.reported_at_s is None:
        return "Not told yet"
    age = fmt.age(now_s - summary.reported_at_s)
    return f"Sent by IB {age} ago, at {fmt.clock(summary.reported_at_s)}; it sends every 3 minutes"


def _day_tip(summary: AccountSummary) -> str:
    return f"Unrealised {fmt.signed_money(summary.unrealised_pnl)}, realised {fmt.signed_money(summary.realised_pnl)}"


def _budget_tone(used: int, limit: int) -> str:
    return "" if not limit or used < 0.8 * limit else "warning" if used < limit else "danger"


def _rule() -> QFrame:
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedSize(1, theme.px(26))
    return line
