"""What changed, for whoever shows it: the desk collects (topic, key) pairs, the view asks once a frame."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum, auto


class Topic(Enum):
    """Each names a book of the desk; the key's meaning stands beside it."""

    LINK = auto()  # key: ""
    PACING = auto()  # key: ""
    CONTRACT = auto()  # key: con_id
    SEARCH = auto()  # key: the text searched for
    QUOTE = auto()  # key: con_id
    LINE = auto()  # key: con_id
    DEPTH = auto()  # key: con_id
    TAPE = auto()  # key: con_id
    BARS = auto()  # key: BarKey
    ORDER = auto()  # key: order_ref
    EXECUTION = auto()  # key: Execution.key
    POSITION = auto()  # key: (account, con_id)
    ACCOUNT = auto()  # key: account
    TRADING = auto()  # key: ""
    PREVIEW = auto()  # key: the OrderSpec that was previewed
    ALERT = auto()  # key: alert_id
    NOTE = auto()  # key: ""
    JOURNAL = auto()  # key: ""


Changes = Mapping[Topic, frozenset[Hashable]]
"""Keys changed since the last time, by topic."""
