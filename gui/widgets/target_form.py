"""Where to connect: a profile, and its host, port, client id and account, each with its fault in words."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from core.domain.limits import LinkSettings
from gui import theme
from gui.widgets.deliberate import CalmCombo
from gui.widgets.link_words import PROFILE_TITLES
from gui.widgets.text import label, say, set_property

MOST_CLIENT_ID = 999_999
ANY_ACCOUNT = "The first there is"
_TYPED = (("host", "Host"), ("port", "Port"), ("client_id", "Client id"))
_LOCAL_ONLY = (
    "IBDesk connects to this computer only. Use an SSH tunnel, or make a profile with allow_remote in "
    "ibkr_config.ini."
)
_EMBEDDED = "IBDesk starts this gateway by itself and picks its port."


class TargetForm(QWidget):
    """Only the trader's hand changes it. `settings` is `None` while something in it is wrong.

    Signals:
        changed: another profile, or anything typed or chosen.
    """

    changed = Signal()

    def __init__(self, profiles: Callable[[], dict[str, LinkSettings]], chosen: str) -> None:
        """`profiles` are read when one is chosen: connecting with other terms changes them."""
        super().__init__()
        self._profiles = profiles
        self._known: dict[str, LinkSettings] = dict(profiles())
        self._suggested: dict[str, dict[str, str]] = {}
        self.profile = CalmCombo("Connection profile", "connection-profile")
        self.account = CalmCombo("Account", "connection-account")
        self.fields = {name: _field(name, caption) for name, caption in _TYPED}
        self.fault = label("", tone="danger", name="connection-fault", wrap=True)
        self._lay_out()
        for name in self._known:
            self.profile.addItem(PROFILE_TITLES.get(name, name), name)
        self.profile.setCurrentIndex(max(0, self.profile.findData(chosen)))
        self._load()
        self.profile.currentIndexChanged.connect(lambda _row: self._load())
        self.account.currentIndexChanged.connect(lambda _row: self._check())
        for field in self.fields.values():
            field.textEdited.connect(lambda _text: self._typed())

    @property
    def name(self) -> str:
        return str(self.profile.currentData())

    @property
    def settings(self) -> LinkSettings | None:
        """The profile's settings with what the fields hold; `None` while one of them is wrong."""
        if self.fault.text():
            return None
        settings = self._profiles().get(self.name, self._known[self.name])
        account = str(self.account.currentData() or "")
        if self._is_embedded:
            return replace(settings, account=account)
        typed = {name: field.text().strip() for name, field in self.fields.items()}
        return replace(
            settings,
            host=typed["host"],
            port=int(typed["port"]),
            client_id=int(typed["client_id"]),
            account=account,
        )

    def offer_accounts(self, managed: tuple[str, ...]) -> None:
        """Those of the gateway at hand; a pinned one stays on offer while nobody knows them."""
        pinned = str(self.account.currentData() or "")
        wanted = [*managed] if managed else []
        if pinned and pinned not in wanted:
            wanted.append(pinned)
        present = [self.account.itemData(row) for row in range(1, self.account.count())]
        if present == wanted:
            return
        self.account.blockSignals(True)
        self._fill_accounts(wanted, pinned)
        self.account.blockSignals(False)

    def suggest(self, profile: str, terms: Mapping[str, object]) -> None:
        """Terms typed in an earlier run, for the fields of one profile; what makes no sense is left out."""
        texts = {name: str(terms[name]) for name in self.fields if isinstance(terms.get(name), str | int)}
        known = self._known.get(profile)
        if known is None or any(_CHECKS[name](text, known) for name, text in texts.items()):
            return
        self._suggested[profile] = texts
        if self.name == profile:
            self._load()

    def terms(self, profile: str) -> dict[str, str]:
        """What stands in a profile's fields, or did when it was left."""
        if profile == self.name:
            return {name: field.text().strip() for name, field in self.fields.items()}
        return dict(self._suggested.get(profile, {}))

    # --- inside -------------------------------------------------------------------------------------

    @property
    def _is_embedded(self) -> bool:
        return self._known[self.name].port == 0

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnStretch(1, 1)
        places = (
            ("Profile", self.profile, 0, 0, 3),
            ("Host : port", self.fields["host"], 1, 0, 1),
            (":", self.fields["port"], 1, 2, 1),
            ("Account", self.account, 2, 0, 3),
            ("Client id", self.fields["client_id"], 3, 0, 1),
        )
        for caption, field, row, column, span in places:
            grid.addWidget(_caption(caption, field), row, column)
            grid.addWidget(field, row, column + 1, 1, span)
        self.fields["port"].setFixedWidth(theme.px(62))
        for combo in (self.profile, self.account):
            # What it holds may be longer than the panel is wide.
            combo.setSizeAdjustPolicy(CalmCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        grid.addWidget(self.fault, 4, 0, 1, 4)
        for one, following in pairwise(_in_order(self)):
            QWidget.setTabOrder(one, following)

    def _load(self) -> None:
        """Another profile: its own terms, as last used."""
        settings = self._profiles().get(self.name, self._known[self.name])
        embedded = self._is_embedded
        texts = {"host": settings.host, "port": str(settings.port), "client_id": str(settings.client_id)}
        texts |= self._suggested.get(self.name, {})
        for name, field in self.fields.items():
            field.setText("" if embedded and name == "port" else texts[name])
            field.setPlaceholderText("free" if embedded and name == "port" else "")
            field.setEnabled(not embedded)
            field.setToolTip(_EMBEDDED if embedded else "")
        self.account.blockSignals(True)
        self._fill_accounts([settings.account] if settings.account else [], settings.account)
        self.account.blockSignals(False)
        self._check()

    def _fill_accounts(self, accounts: list[str], pinned: str) -> None:
        self.account.clear()
        self.account.addItem(ANY_ACCOUNT, "")
        for account in accounts:
            self.account.addItem(account, account)
        self.account.setCurrentIndex(max(0, self.account.findData(pinned)))

    def _typed(self) -> None:
        """Kept while another profile is looked at."""
        self._suggested[self.name] = {name: field.text().strip() for name, field in self.fields.items()}
        self._check()

    def _check(self) -> None:
        words = ""
        for name, check in _CHECKS.items():
            known = self._known[self.name]
            fault = "" if self._is_embedded else check(self.fields[name].text().strip(), known)
            set_property(self.fields[name], "wrong", "true" if fault else "false")
            words = words or fault
        say(self.fault, words)
        self.fault.setVisible(bool(words))
        self.changed.emit()


def _in_order(form: TargetForm) -> tuple[QWidget, ...]:
    """As Tab goes through them."""
    fields = form.fields
    return (form.profile, fields["host"], fields["port"], form.account, fields["client_id"])


def _field(name: str, caption: str) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(f"connection-{name.replace('_', '-')}")
    made.setAccessibleName(caption)
    made.setMaxLength(253)
    made.setMinimumWidth(theme.px(52))
    return made


def _caption(words: str, field: QWidget) -> QLabel:
    made = label(words, tone="dim")
    made.setBuddy(field)
    return made


def _host_fault(text: str, known: LinkSettings) -> str:
    """What the settings name is allowed by them; anything else must be this computer."""
    if not text:
        return "Host: which computer does TWS run on? 127.0.0.1 is this one."
    if text in (known.host, "localhost"):
        return ""
    try:
        local = ipaddress.ip_address(text).is_loopback
    except ValueError:
        local = False
    return "" if local else f"Host: {_LOCAL_ONLY}"


def _port_fault(text: str, _: LinkSettings) -> str:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535:
        return ""
    return "Port: a whole number from 1 to 65,535. TWS has 7497 (paper) and 7496, IB Gateway 4002 and 4001."


def _client_id_fault(text: str, _: LinkSettings) -> str:
    if text.isascii() and text.isdigit() and int(text) <= MOST_CLIENT_ID:
        return ""
    return f"Client id: a whole number from 0 to {MOST_CLIENT_ID:,}."


_CHECKS: dict[str, Callable[[str, LinkSettings], str]] = {
    "host": _host_fault,
    "port": _port_fault,
    "client_id": _client_id_fault,
}
