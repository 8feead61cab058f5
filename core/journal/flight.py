"""The flight record: an order's rows as somebody reads them who wants to know what happened, and when."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from core.domain.events import ReplacementChanged
from core.domain.flight import FlightRow
from core.domain.replacement import Replacement
from core.journal.codec import Pairs, fact_of
from core.journal.recording import INTENT, KINDS
from core.journal.schema import Entry

LAST_S = 253_402_300_799
"""The end of the year 9999: no calendar goes further."""

_WORDS = {
    "intent": "Intent, on disk before anything was sent",
    "intent refused": "The journal could not hold it: not sent",
    "refused": "The journal took too long: not sent",
    "denied": "Denied by IBDesk's own checks",
    "sent": "Bytes handed to the socket",
    "not sent": "Not sent",
    "cancel requested": "You asked to cancel",
    "settled": "Settled by you",
    "replaces": "Placed in the place of another",
    "stood": "It stands; before it there was no order for",
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
    return tuple(FlightRow(_at_s(entry), *_told(entry)) for entry in entries)


def _at_s(entry: Entry) -> float:
    written_s = entry.at_ns / 1e9
    with suppress(ValueError):
        at_s = float(entry.values.get("now_s", written_s))
        return at_s if 0 <= at_s <= LAST_S else written_s
    return written_s


def _told(entry: Entry) -> tuple[str, Pairs]:
    if entry.kind == KINDS[ReplacementChanged]:
        # One that makes no sense is shown as it is: it must not keep the rest from being seen.
        with suppress(AttributeError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError):
            return _replacement(fact_of(ReplacementChanged, entry.fields).replacement)
    fields = tuple(pair for pair in entry.fields if pair[0] not in ("now_s", "order_ref"))
    if entry.kind == INTENT and entry.values.get("modifies") == "True":
        return "Modification, on disk before anything was sent", fields
    return _WORDS.get(entry.kind, entry.kind), fields


def _replacement(one: Replacement) -> tuple[str, Pairs]:
    """The whole of it is written at each step: what is told is the step."""
    if one.fault:
        return "Not replaced", (("why", one.fault),)
    if one.stood_at_s is not None:
        return "Replaced: the new order stands", (
            ("new order", one.new_ref),
            ("seconds without an order", f"{one.gap_s:.3f}"),
            ("at most", f"{one.gap_at_most_s:.3f}"),
        )
    if one.new_ref:
        return "Another is placed in its place", (("new order", one.new_ref),)
    if one.gone_at_s is not None:
        return "It is gone: the new order may go", ()
    wanted = (("new order", one.spec.sentence()), ("left to fill", f"{one.left.normalize():f}"))
    return "You asked to cancel it and to place another in its place", wanted
