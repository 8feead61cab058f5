"""The quote board: one row per contract, changed in place because quotes come by the thousand."""

from __future__ import annotations

from core.domain.quote import Quote, QuoteReport


class QuoteBoard:
    """`changed` collects the contracts touched since it was last cleared."""

    def __init__(self) -> None:
        self.changed: set[int] = set()
        self.reported_at_s: float | None = None
        """When any quote last came."""
        self._rows: dict[int, Quote] = {}

    def quote(self, con_id: int) -> Quote | None:
        return self._rows.get(con_id)

    def reported(self, reports: tuple[QuoteReport, ...], now_s: float) -> None:
        """Take over each report whole: it is the gateway's present word on that contract."""
        self.reported_at_s = now_s
        for report in reports:
            row = self._rows.get(report.con_id)
            if row is None:
                row = self._rows[report.con_id] = Quote(report.con_id)
            (
                _,
                row.kind,
                row.bid,
                row.bid_size,
                row.ask,
                row.ask_size,
                row.last,
                row.last_size,
                row.volume,
                row.open,
                row.high,
                row.low,
                row.close,
                row.halted,
                row.shortable,
            ) = report
            row.changed_at_s = now_s
            row.lost_at_s = None
            self.changed.add(report.con_id)

    def lost(self, now_s: float) -> None:
        """The link is gone: every line is dead from now on."""
        for row in self._rows.values():
            if row.lost_at_s is None:
                row.lost_at_s = now_s
                self.changed.add(row.con_id)

    def lose(self, con_id: int, now_s: float) -> None:
        """This one line is known to be dead: its price must not be taken for a live one."""
        row = self._rows.get(con_id)
        if row is not None and row.lost_at_s is None:
            row.lost_at_s = now_s
            self.changed.add(con_id)

    def drop(self, con_id: int) -> None:
        """Nobody watches it any more: an old price must not be mistaken for a fresh one."""
        if self._rows.pop(con_id, None) is not None:
            self.changed.add(con_id)
