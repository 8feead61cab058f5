"""What can be made to go wrong on purpose, for tests of those who connect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LOST = 1100
RESTORED_DATA_LOST = 1101
RESTORED_DATA_KEPT = 1102

BROADCASTS = {
    LOST: "Connectivity between IBKR and Trader Workstation has been lost.",
    RESTORED_DATA_LOST: "Connectivity between IBKR and Trader Workstation has been restored- data lost.",
    RESTORED_DATA_KEPT: (
        "Connectivity between IBKR and Trader Workstation has been restored- data maintained. "
        "All data farms are connected: usfarm; ushmds; secdefil."
    ),
    2103: "Market data farm connection is broken:usfarm",
    2104: "Market data farm connection is OK:usfarm",
    2105: "HMDS data farm connection is broken:ushmds",
    2106: "HMDS data farm connection is OK:ushmds",
    2110: (
        "Connectivity between Trader Workstation and server is broken. It will be restored automatically."
    ),
    2157: "Sec-def data farm connection is broken:secdefil",
    2158: "Sec-def data farm connection is OK:secdefil",
}
"""System notices and TWS's words for them."""


@dataclass(slots=True)
class Faults:
    """`muted` requests get no answer; `dropped` messages are lost, each as often as it is counted."""

    muted: set[int] = field(default_factory=set)
    dropped: Counter[int] = field(default_factory=Counter)

    def mute(self, *request_ids: int) -> None:
        self.muted.update(request_ids)

    def unmute(self, *request_ids: int) -> None:
        self.muted.difference_update(request_ids)

    def drop(self, message_id: int, times: int = 1) -> None:
        """Lose the next `times` messages of this kind, to whichever client they go."""
        self.dropped[message_id] += times

    def loses(self, message: bytes) -> bool:
        if not self.dropped:
            return False
        message_id = int(message[4 : message.index(b"\0", 4)])
        if not self.dropped[message_id]:
            return False
        self.dropped[message_id] -= 1
        return True
