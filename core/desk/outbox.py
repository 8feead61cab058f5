"""What happens after every step: the books speak, the lanes grant, the next waking is set."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from core.desk.books import Books
from core.domain.alert import Alert
from core.domain.due import earliest
from core.domain.events import Note
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import HEARD_WITHIN_S
from core.domain.requests import CommitIntent, Connect, Disconnect, Record, Request, Wake, WireRequest
from core.domain.topics import Changes, Topic


class Outbox(Books):
    """Collects what changed for the view, and requests for the connector."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        jitter: Callable[[], float],
        next_order_id: int,
    ) -> None:
        super().__init__(link, limits, permissions, now_s=now_s, jitter=jitter, next_order_id=next_order_id)
        self._changed: set[tuple[Topic, Hashable]] = set()
        self._shown_link = self._link.view
        self._wake_at_s: float | None = None
        self.retells = False
        """True while the desk is told what the journal holds: nobody will wake it, or do what it asks."""
        self._to_do: list[Request] = []
        """Wanted by a wish that answers with words: done with the next step."""

    def drain(self) -> Changes:
        """What changed since the last drain, as keys by topic."""
        self._collect()
        drained: dict[Topic, set[Hashable]] = {}
        for topic, key in self._changed:
            drained.setdefault(topic, set()).add(key)
        self._changed.clear()
        return {topic: frozenset(keys) for topic, keys in drained.items()}

    @property
    def has_changes(self) -> bool:
        """Whether a drain would find anything."""
        self._collect()
        return bool(self._changed)

    def _finish(self, out: list[Request]) -> list[Request]:
        """Let the books speak, grant what the lanes allow, and say when to wake."""
        wanted, self._to_do = [*self._to_do, *out], []
        requests = [request for request in wanted if not self._line_up(request)]
        if self._blotter.pull:
            self._blotter.pull = False
            self._link.resnapshot(self.now_s)
        for words in self._blotter.alarms:
            self._note("error", words)
        self._blotter.alarms.clear()
        for what, alert in self._watch.records:
            requests.append(_alert_record(what, alert))
            self._note("warning", f"{alert.level.word}: {alert.title}. {alert.measured}.")
        self._watch.records.clear()
        granted = self._lanes.take(self.now_s)
        for request in granted:
            self._granted(request)
        requests += granted
        wake = None if self.retells else self._next_wake()
        return [*requests, wake] if wake else requests

    def _probe_if_silent(self) -> None:
        """Somebody is about to rely on the link: one that said nothing lately is asked at once."""
        heard_s = self._link.last_heard_s
        if self._link.is_open and heard_s is not None and self.now_s - heard_s > HEARD_WITHIN_S:
            self._to_do += self._link.doubt(self.now_s)

    def _line_up(self, request: Request) -> bool:
        """True when the request costs messages and now waits in its lane."""
        if isinstance(request, Record | Wake | Connect | Disconnect | CommitIntent):
            return False
        self._lanes.offer(request)
        return True

    def _granted(self, request: WireRequest) -> None:
        """The request goes out with this step."""

    def _due_at_s(self) -> float | None:
        """When the first of the parts wants to be woken next."""
        queue_s = self._lanes.due_in_s(self.now_s)
        return earliest(
            self._link.due_at_s,
            self._blotter.due_at_s,
            self._watch.due_at_s,
            None if queue_s is None else self.now_s + queue_s,
        )

    def _next_wake(self) -> Wake | None:
        next_s = self._due_at_s()
        if next_s is None or (self._wake_at_s is not None and self._wake_at_s <= next_s):
            return None
        self._wake_at_s = next_s
        return Wake(max(0.001, next_s - self.now_s))

    def _collect(self) -> None:
        """Fold what the books touched into the desk's own list of changes."""
        for topic, book in (
            (Topic.QUOTE, self._quotes.changed),
            (Topic.ORDER, self._blotter.changed),
            (Topic.ORDER, self._replacements.changed),
            (Topic.EXECUTION, self._blotter.executed),
            (Topic.POSITION, self._positions.changed),
            (Topic.ACCOUNT, self._accounts.changed),
            (Topic.ALERT, self._watch.changed),
        ):
            if book:
                self._changed.update((topic, key) for key in book)
                book.clear()
        if self._link.view is not self._shown_link:
            self._shown_link = self._link.view
            self._touch(Topic.LINK, "")

    def _touch(self, topic: Topic, key: Hashable) -> None:
        self._changed.add((topic, key))

    def _note(self, level: str, words: str) -> None:
        self._notes.append(Note(self.now_s, level, words))
        self._touch(Topic.NOTE, "")


def _alert_record(what: str, alert: Alert) -> Record:
    fields = (
        ("level", alert.level.word),
        ("title", alert.title),
        ("measured", alert.measured),
        ("limit", alert.limit),
        ("raised_at_s", str(alert.raised_at_s)),
    )
    return Record(what, alert.alert_id, fields)
