"""Faults of what a client is told: each changes one message into none, another or several."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from core.simulator.faults.row import Bites, Change, Fault, Message, table

ORDER_STATUS, OPEN_ORDER, ACCOUNT_VALUE, NEXT_ID, EXECUTION = "3", "5", "6", "9", "11"
COMMISSION = "59"
_ORDERS: Final = (ORDER_STATUS, OPEN_ORDER, EXECUTION)

# Where in a message its facts are.
_STATUS, _FILLED, _REMAINING, _STATUS_PERM_ID = 2, 3, 4, 6
_OPEN_PERM_ID = 25
_COMPLETED_QUANTITY = 13
_LIVE: Final = frozenset({"PendingSubmit", "PreSubmitted", "Submitted"})
_EXEC_ID, _SHARES, _PRICE, _CUMULATIVE = 14, 19, 20, 24


def _at(message: Message, *changes: tuple[int, str]) -> Message:
    changed = list(message)
    for at, value in changes:
        changed[at] = value
    return changed


def _omit(_message: Message, _amount: float) -> Iterable[Message]:
    return ()


def _no_size(message: Message, _amount: float) -> Iterable[Message]:
    yield _at(message, (_COMPLETED_QUANTITY, "0"))


def _unknown_status(message: Message, _amount: float) -> Iterable[Message]:
    yield [message[0], *("WarnState" if field in _LIVE else field for field in message[1:])]


def _twice(message: Message, _amount: float) -> Iterable[Message]:
    return message, message


def _stale_status(message: Message, _amount: float) -> Iterable[Message]:
    yield message
    if message[_STATUS] == "Filled":
        whole = message[_FILLED]
        yield _at(message, (_STATUS, "Submitted"), (_FILLED, "0"), (_REMAINING, whole))


def _revival(message: Message, _amount: float) -> Iterable[Message]:
    if message[_STATUS] == "Submitted":
        yield _at(message, (_STATUS, "Inactive"))
    yield message


def _lost_in_status(message: Message, _amount: float) -> Iterable[Message]:
    # A market order that fills at once is often told of by its execution only.
    return () if message[_STATUS] == "Filled" else (message,)


def _revised(message: Message, *changes: tuple[int, str]) -> Iterable[Message]:
    yield message
    stem, _, revision = message[_EXEC_ID].rpartition(".")
    if message[1] == "-1" and revision.isdigit():
        yield _at(message, (_EXEC_ID, f"{stem}.{int(revision) + 1:02d}"), *changes)


def _correction(message: Message, amount: float) -> Iterable[Message]:
    price = round(float(message[_PRICE]) + amount, 4)
    return _revised(message, (_PRICE, str(price)))


def _bust(message: Message, _amount: float) -> Iterable[Message]:
    left = float(message[_CUMULATIVE]) - float(message[_SHARES])
    return _revised(message, (_SHARES, "0"), (_CUMULATIVE, f"{left:g}"))


def _overfill(message: Message, _amount: float) -> Iterable[Message]:
    yield message
    if message[1] == "-1":
        more = float(message[_CUMULATIVE]) + float(message[_SHARES])
        stem, revision = message[_EXEC_ID].rsplit(".", 1)
        yield _at(message, (_EXEC_ID, f"{stem}f.{revision}"), (_CUMULATIVE, f"{more:g}"))


def _two_perm_ids(message: Message, _amount: float) -> Iterable[Message]:
    at = _STATUS_PERM_ID if message[0] == ORDER_STATUS else _OPEN_PERM_ID
    yield message
    if message[at].isdigit():
        yield _at(message, (at, str(int(message[at]) + 1)))


def _moved_id(sign: int) -> Change:
    def move(message: Message, amount: float) -> Iterable[Message]:
        yield _at(message, (2, str(max(int(message[2]) + sign * int(amount), 1))))

    return move


def _not_ready(message: Message, _amount: float) -> Iterable[Message]:
    # While the server is reset the values that follow may be wrong.
    if message[2] == "AccountReady":
        yield _at(message, (3, "false"))
    elif message[2] in ("NetLiquidation", "BuyingPower", "ExcessLiquidity"):
        yield _at(message, (3, "0"))
    else:
        yield message


def _unknown_request(message: Message, amount: float) -> Iterable[Message]:
    yield message
    yield _at(message, (2, str(int(amount))))


def _clock(message: Message, amount: float) -> Iterable[Message]:
    yield _at(message, (2, str(int(message[2]) + int(amount))))


def _too_few(message: Message, _amount: float) -> Iterable[Message]:
    yield message[:-1]


def _too_many(message: Message, _amount: float) -> Iterable[Message]:
    yield [*message, "7"]


def _not_a_number(message: Message, _amount: float) -> Iterable[Message]:
    yield [message[0], *("?!" if field.replace(".", "").isdigit() else field for field in message[1:])]


def _before(*extra: Message | bytes) -> Change:
    def change(message: Message, _amount: float) -> Iterable[Message | bytes]:
        return *extra, message

    return change


def _oversized(message: Message, amount: float) -> Iterable[Message | bytes]:
    # The length alone: a client that believes it waits for 16 MiB and more.
    return struct.pack(">I", int(amount)), message


_BROKEN_TEXT: Final = b"\x00\x00\x00\x08\xff\xfe\xc3\x28\x00\x80\xff\x00"


def _message(
    name: str, says: str, change: Change, *messages: str, amount: float = 0.0, unit: str = ""
) -> Fault:
    return Fault(name, says, Bites.MESSAGE, frozenset(messages), amount, unit, change)


REORDER: Final = "reorder-orders"
"""Needs a memory: `Faults` holds the message back until the next one of its kind."""

MESSAGES: Final = table(
    _message("omit-order-status", "orderStatus is not sent.", _omit, ORDER_STATUS),
    _message("omit-open-order", "openOrder is not sent.", _omit, OPEN_ORDER),
    _message("omit-execution", "An execution is not told as it happens.", _omit, EXECUTION),
    _message("omit-commission", "commissionReport is not sent.", _omit, COMMISSION),
    _message("omit-open-orders-end", "The end of the open orders is not sent.", _omit, "53"),
    _message("omit-executions-end", "The end of the executions is not sent.", _omit, "55"),
    _message("omit-filled-status", "A fill is told by its execution only.", _lost_in_status, ORDER_STATUS),
    _message("partial-snapshot", "Positions are missing from what is told.", _omit, "61", "71", "7"),
    _message("no-completed-size", "A completed order is told with a total quantity of 0.", _no_size, "101"),
    _message(
        "unknown-status", "The status of a live order is a word nobody knows.", _unknown_status, "3", "5"
    ),
    _message("duplicate-orders", "Order messages come twice.", _twice, *_ORDERS, COMMISSION),
    _message(REORDER, "Order messages change places.", _twice, *_ORDERS, COMMISSION),
    _message("stale-status", "After Filled comes Submitted with nothing filled.", _stale_status, "3"),
    _message("inactive-revival", "An order is told Inactive and then Submitted.", _revival, "3"),
    _message("correction", "An execution is corrected (.02) by this.", _correction, "11", amount=0.01),
    _message("bust", "An execution is taken back (.02, no shares).", _bust, EXECUTION),
    _message("overfill", "An order is told to have filled more than it wanted.", _overfill, EXECUTION),
    _message("two-perm-ids", "An order is told of under a second permId too.", _two_perm_ids, "3", "5"),
    _message("id-rollback", "nextValidId is this much lower.", _moved_id(-1), NEXT_ID, amount=4),
    _message("id-jump", "nextValidId is this much higher.", _moved_id(1), NEXT_ID, amount=100_000),
    _message("account-not-ready", "AccountReady=false, and values are wrong.", _not_ready, ACCOUNT_VALUE),
    _message(
        "unknown-request-ids", "A tick comes of a request nobody made.", _unknown_request, "1", amount=987_654
    ),
    _message("clock-jump", "The gateway's clock is off.", _clock, "49", amount=3600, unit="s"),
    _message("too-few-fields", "A message lacks its last field.", _too_few),
    _message("too-many-fields", "A message has a field more.", _too_many),
    _message("wrong-fields", "Numbers are not numbers.", _not_a_number),
    _message(
        "unknown-message-ids", "Messages with ids nobody knows come in between.", _before(["199", "1", "x"])
    ),
    _message("protobuf-ids", "Messages with protobuf's ids come in between.", _before(["204", "\x08\x01"])),
    _message("zero-length", "A message of no length comes in between.", _before(b"\0\0\0\0")),
    _message("oversized", "A message announces this length.", _oversized, amount=0x1000000, unit="bytes"),
    _message("garbage", "Bytes that are no text come in between.", _before(_BROKEN_TEXT)),
)
