"""The ticket's parts and what they remember, before anything is done with them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget

from core.domain.topics import Topic
from core.domain.verdict import Objection
from gui.bridge import Bridge
from gui.panel import Panel
from gui.panels.ticket.cushion_bar import CushionBar
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.head import TicketHead
from gui.panels.ticket.layout import ChecksArea
from gui.panels.ticket.legs import Legs
from gui.panels.ticket.menu import TicketMenu
from gui.panels.ticket.one_click import OneClick
from gui.panels.ticket.review import TicketReview
from gui.panels.ticket.standing import Standing
from gui.panels.ticket.terms import Wish
from gui.panels.ticket.what_if import WhatIf
from gui.widgets.checks import CheckLines
from gui.widgets.contract_search import Catalogue
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.notice import Notice
from gui.widgets.number_field import NumberField
from gui.widgets.text import label


class Stage(Enum):
    EDIT = auto()
    REVIEW = auto()


class TicketParts(Panel):
    """What the ticket is made of. `legs`, `menu` and `checks_area` come with the panel that knows what they do."""

    NAME: ClassVar[str] = "ticket"
    TITLE: ClassVar[str] = "Order ticket"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {
            Topic.QUOTE,
            Topic.CONTRACT,
            Topic.SEARCH,
            Topic.LINK,
            Topic.ORDER,
            Topic.POSITION,
            Topic.ACCOUNT,
            Topic.TRADING,
            Topic.PREVIEW,
        }
    )

    legs: Legs
    menu: TicketMenu
    checks_area: ChecksArea

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._stage = Stage.EDIT
        self._on = Standing(bridge)
        self._asked_at_s = 0.0
        self._touched = False
        self._reviewed: Wish | None = None
        self._answered: tuple[Objection, ...] = ()
        self._followed = ""
        self._what_if = WhatIf(bridge)
        self._make_parts()

    def _make_parts(self) -> None:
        bridge, desk = self.bridge, self.bridge.desk
        catalogue = Catalogue(
            bridge.search, bridge.find, desk.search_result, desk.contract, lambda: desk.link.synchronised
        )
        self.head = TicketHead(catalogue)
        self.form = TicketForm(self._fill, self._on.seed, self._on.means, bridge.now_s, self._on.closed_route)
        self.sentence = label(name="ticket-sentence", wrap=True)
        self.checks = CheckLines("ticket-checks", boxes=False)
        self.cushion = CushionBar("ticket-cushion")
        self.offer = Notice("ticket-offer")
        self.followed = Notice("ticket-followed")
        self.review_button = DeliberateButton("Review", "review", "primary")
        self.clear_button = DeliberateButton("Clear", "clear", "quiet")
        self.one_click = OneClick(bridge.now_s)
        self.review = TicketReview()
        self.pages, self.feet = QStackedWidget(), QStackedWidget()

    def _is_held(self) -> bool:
        return self._touched or self._stage is Stage.REVIEW or bool(self._on.modifies)

    def _offer(self, words: str, text: str, act: Callable[[], None]) -> None:
        self.offer.show_notice(words, "accent", ((text, "primary", act), ("Keep", "quiet", self.offer.hide)))

    def _show_head(self) -> None:
        self.head.show_contract(self._on.contract, self._on.details, self._on.verb)

    def _show_quote(self) -> None:
        self.head.show_quote(self._on.quote, self._on.details, self.bridge.now_s())

    def _fill(self, field: NumberField, source: str) -> None:
        """One key or one press: the market's price, on the contract's tick, as if typed."""
        field.fill(self._on.quoted(source))

    def _focus_form(self) -> None:
        if self.isVisible() and self.isAncestorOf(self.window().focusWidget() or self.window()):
            self.form.quantity.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.quantity.edit.selectAll()
