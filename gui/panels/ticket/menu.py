"""The ticket's menu: presets of the contract and its kind, combo legs, and the sheet of keys."""

from __future__ import annotations

from gui.bridge import Bridge
from gui.panels.ticket import presets
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.head import TicketHead
from gui.panels.ticket.hotkeys import Hotkeys
from gui.panels.ticket.legs import Legs, why_not_leg
from gui.panels.ticket.presets import Presets
from gui.panels.ticket.standing import Standing
from gui.widgets.notice import Notice


class TicketMenu:
    """Filled each time it opens, for it speaks of the contract of that moment."""

    def __init__(
        self,
        bridge: Bridge,
        standing: Standing,
        head: TicketHead,
        form: TicketForm,
        hotkeys: Hotkeys,
        legs: Legs,
    ) -> None:
        self._bridge, self._on, self._menu, self._form = bridge, standing, head.menu, form
        self.hotkeys = hotkeys
        self._legs = legs
        self.presets = Presets()
        self.sheet = Notice("ticket-sheet")
        self._menu.aboutToShow.connect(self._fill)

    def keep_preset(self, *, for_kind: bool) -> None:
        """Begin like this from now on; no prices, for those are of the moment."""
        contract = self._on.contract
        if contract is not None:
            self.presets.keep(contract, presets.take(self._form), for_kind=for_kind)
            what = f"every {contract.sec_type}" if for_kind else contract.label
            words = f"The ticket will begin like this for {what}. Prices are not kept."
            self._bridge.said.emit("info", words)

    def show_sheet(self) -> None:
        """What the keys do, with the switch for the hotkeys."""
        turn = "Switch off" if self.hotkeys.on else "Switch on"
        self.sheet.show_notice(
            self.hotkeys.sheet(), "", ((turn, "", self._switch), ("Close", "quiet", self.sheet.hide))
        )

    def _switch(self) -> None:
        self.hotkeys.switch(not self.hotkeys.on)
        self.show_sheet()

    def _fill(self) -> None:
        menu, contract = self._menu, self._on.contract
        menu.clear()
        if contract is not None:
            for_kind = f"Begin like this for every {contract.sec_type}"
            menu.addAction(f"Begin like this for {contract.label}").triggered.connect(
                lambda: self.keep_preset(for_kind=False)
            )
            menu.addAction(for_kind).triggered.connect(lambda: self.keep_preset(for_kind=True))
            forget = menu.addAction("Forget the preset in use")
            forget.setEnabled(self.presets.of(contract) is not None)
            forget.triggered.connect(lambda: self.presets.forget(contract))
            menu.addSeparator()
            closed = why_not_leg(contract, self._legs.legs)
            leg = menu.addAction(f"Take as a combo leg: {self._form.side} {contract.label}")
            leg.setEnabled(not closed)
            leg.setToolTip(closed or "Then look the next leg up.")
            leg.triggered.connect(lambda: self._legs.add(contract, self._form.side))
            menu.addSeparator()
        menu.addAction("Keys and hotkeys…").triggered.connect(self.show_sheet)
