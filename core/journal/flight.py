"""The flight record: an order's rows as somebody reads them who wants to know what happened, and when."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.flight import FlightRow
from core.journal.schema import Entry

_WORDS = {
    "intent": "Intent, on disk before anything was sent",
    "intent refused": "The journal could not hold it: not sent",
    "refused": "The journal took too long: not sent",
    "denied": "Denied by IBDesk's own checks",
    "sent": "Bytes handed to the socket",
    "not sent": "Not sent",
    "cancel requested": "You asked to cancel",
    "settled": "Settled by you",
    "replacement": "You asked to cancel it and place another in its place",
    "replaces": "Placed in the place of another",
    "objections": "What the gate objected to",
    "acknowledged": "Objections you took on",
    "sealed": "Final: read back on a later trading day",
    "order reported": "IB: openOrder or completedOrder",
    "status reported": "IB: orderStatus",
    "execution reported": "IB: execDetails",
    "commission reported": "IB: commissionReport",
    "message": "IB: error or warning",
    "again": "IB said the same again",
    "link lost": "The link was lost",
    "link opened": "The link was up again",
    "gateway silent": "The gateway stopped answering",
}


def flight_rows(entries: Iterable[Entry]) -> tuple[FlightRow, ...]:
    """Times are the desk's where the row has them, else the journal's own."""
    return tuple(
        FlightRow(
            float(entry.values.get("now_s", entry.at_ns / 1e9)),
            "Modification, on disk before anything was sent"
            if entry.kind == "intent" and entry.values.get("modifies") == "True"
            else _WORDS.get(entry.kind, entry.kind),
            tuple(pair for pair in entry.fields if pair[0] not in ("now_s", "order_ref")),
        )
        for entry in entries
    )
