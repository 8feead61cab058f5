"""Which facts go into the journal, and as what: everything that the state of orders and positions stands on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.domain.codes import CodeClass, code_class
from core.domain.events import (
    CancelRequested,
    CommissionReported,
    ConnectAsked,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentDenied,
    IntentRefused,
    LinkLost,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderSettled,
    OrderStatusReported,
    PortfolioReported,
    PositionAccepted,
    PositionReported,
    PreviewReported,
    ProbeUnanswered,
    ReplacementChanged,
    SnapshotCompleted,
    SocketOpened,
    TradingChanged,
    Woke,
)
from core.domain.execution import Execution
from core.domain.requests import PlaceOrder
from core.journal.codec import Pairs, as_json, dumped, fields_of

KINDS: dict[type[Event], str] = {
    ConnectAsked: "connect asked",
    DisconnectAsked: "disconnect asked",
    SocketOpened: "link opened",
    LinkLost: "link lost",
    ProbeUnanswered: "gateway silent",
    MessageReported: "message",
    IntentRefused: "intent refused",
    IntentDenied: "denied",
    CancelRequested: "cancel requested",
    OrderSettled: "settled",
    ReplacementChanged: "replacement",
    TradingChanged: "trading state",
    PreviewReported: "preview",
    OrderSent: "sent",
    OrderNotSent: "not sent",
    OrderReported: "order reported",
    OrderStatusReported: "status reported",
    ExecutionReported: "execution reported",
    CommissionReported: "commission reported",
    SnapshotCompleted: "snapshot",
    PositionReported: "position reported",
    PositionAccepted: "position accepted",
    PortfolioReported: "portfolio reported",
    Woke: "deadline passed",
}
"""A fact's kind in the journal. Quotes, bars and account values are not kept: IB can be asked again."""

INTENT = "intent"
AGAIN = "again"
"""The same words as the last row of that kind and subject: said again, and not written out again."""
UNCHANGED = "="
"""A part of a snapshot that reads as it did in the snapshot before."""
REMEMBERED_MOST = 20_000

Row = tuple[str, str, Pairs]


def journal_kind(event: Event) -> str:
    """What the journal calls this fact; "" when it does not keep it. `Woke` is kept when an order was due."""
    if isinstance(event, MessageReported) and event.order_id is None:
        return KINDS[MessageReported] if code_class(event.code) is CodeClass.LINK else ""
    return KINDS.get(type(event), "")


class Recorder:
    """Makes rows of facts, in the order in which they come. One for each journal that is being written."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Event] = {}
        self._parts: dict[str, tuple[object, ...]] = {}
        self._executions: dict[str, Execution] = {}

    def row(self, event: Event, now_s: float, subject_of: Callable[[Event], str]) -> Row | None:
        """Kind, subject and fields; `None` when the journal does not keep it. `now_s` is the desk's time."""
        kind = journal_kind(event)
        if not kind:
            return None
        when = (("now_s", repr(now_s)),)
        if isinstance(event, SnapshotCompleted):
            return kind, "", when + self._snapshot(event)
        if isinstance(event, PositionReported | PortfolioReported):
            subject = f"{event.account}:{event.contract.con_id}"
        elif isinstance(event, PositionAccepted):
            subject = f"{event.account}:{event.con_id}"
        else:
            subject = subject_of(event)
        if isinstance(event, ExecutionReported):
            self._executions[event.execution.exec_id] = event.execution
        if self._last.get((kind, subject)) == event and kind != KINDS[Woke]:
            return AGAIN, subject, (*when, ("of", kind))
        if len(self._last) >= REMEMBERED_MOST:
            self._last.clear()
        self._last[kind, subject] = event
        return kind, subject, when + fields_of(event)

    def _snapshot(self, event: SnapshotCompleted) -> Pairs:
        """A pass every half minute must not write the whole day out each time."""
        new = [one for one in event.executions if self._executions.get(one.exec_id) != one]
        if not event.lacks:  # else the desk takes nothing of it, and the next one has to say it all again
            self._executions.update((one.exec_id, one) for one in new)
        told = [("executions", dumped(as_json(new)))]
        for part in ("orders", "completed", "positions"):
            rows: tuple[object, ...] = getattr(event, part)
            same = self._parts.get(part) == rows
            self._parts[part] = rows
            told.append((part, UNCHANGED if same else dumped(as_json(rows))))
        if event.next_order_id is not None:
            told.append(("next_order_id", str(event.next_order_id)))
        told += [("missing", dumped(as_json(event.missing))), ("took_s", repr(event.took_s))]
        return tuple(told)


def intent_fields(
    intent: PlaceOrder, client_id: int, gateway: str, now_s: float, arrival_mid: Decimal | None = None
) -> Pairs:
    """What the journal keeps of an intent: enough to know the order again at IB, and to restore it here."""
    spec = intent.approved.spec
    told: dict[str, object] = {
        "now_s": repr(now_s),
        "gateway": gateway,
        "client_id": client_id,
        "order_id": intent.order_id,
        "modifies": intent.modifies,
        "account": spec.account,
        "con_id": spec.contract.con_id,
        "contract": spec.contract.label,
        "side": spec.side,
        "quantity": spec.quantity,
        "order_type": spec.order_type,
        "limit_price": spec.limit_price,
        "stop_price": spec.stop_price,
        "tif": spec.tif,
        "outside_rth": spec.outside_rth,
        "acknowledged": ", ".join(intent.approved.acknowledged),
        "arrival_mid": arrival_mid,
        "spec": dumped(as_json(spec)),
    }
    return tuple((name, str(value)) for name, value in told.items() if value is not None)
