"""The link's life: what the connection is doing, and what should be done next.

Events come in, requests go out, the clock is an argument: no socket and no timer live here. What leads
from one state to the next stands in `transitions`, what is done on the way in `actions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.codes import BROKER_BACK, BROKER_DOWN, COMPETING_SESSION, in_words
from core.domain.due import earliest
from core.domain.events import (
    ConnectAsked,
    ConnectFailed,
    LinkLost,
    MessageReported,
    ProbeAnswered,
    ProbeUnanswered,
    SocketOpened,
)
from core.domain.link import LinkFault
from core.domain.requests import Probe, Request
from core.link.actions import Actions
from core.link.farms import FARM_CODES, FarmNews
from core.link.transitions import Happening
from core.link.words import sentence

SNAPSHOT_AGAIN_S = 2.0
RESNAPSHOT_S = 1.0
PORT_CHANGED = 1300
ACCOUNT_TAKEN = 2100
ACCOUNT_AGAIN_S = 60.0

_BROKER_CODES = {
    **dict.fromkeys(BROKER_DOWN, Happening.CUT_OFF),
    **dict.fromkeys(BROKER_BACK, Happening.RESTORED),
}


class LinkMachine(Actions):
    """One connection at a time; never gives up until the trader says so."""

    # --- what others ask ---------------------------------------------------------------------------

    @property
    def due_at_s(self) -> float | None:
        """When this machine wants to be woken next."""
        return earliest(
            self.view.retry_at_s,
            self._heartbeat.due_at_s,
            self._snapshot_at_s,
            self._schedule.due_at_s,
            self._outage.due_at_s,
        )

    @property
    def last_heard_s(self) -> float | None:
        return self._heartbeat.heard_s

    # --- the trader --------------------------------------------------------------------------------

    def connect_asked(self, asked: ConnectAsked, now_s: float) -> list[Request]:
        """Connect, or retry at once; another target drops the present one first.

        Another profile is another target even at the same port: whose money it is may hang on it.
        """
        view = self.view
        account = asked.account
        target = (asked.host, asked.port, asked.client_id, asked.profile, asked.kind, account)
        known = (view.host, view.port, view.client_id, view.profile, self._kind, self.settings.account)
        if target == known:
            return self._turn(Happening.ASKED, now_s)
        self._arming.disarm()
        self._arming.need("")
        self._kind = asked.kind
        self._refused_ids = 0
        self.settings = replace(self.settings, account=account)
        return self._turn(Happening.ELSEWHERE, now_s, asked)

    def disconnect_asked(self, now_s: float) -> list[Request]:
        """Go down and stay down."""
        return self._turn(Happening.STOPPED, now_s)

    def arm(self, typed: str, now_s: float) -> str:
        """Let orders go to what is not proven harmless; "" when armed, else why not."""
        if not self.is_open:
            return "There is no connection to arm."
        refusal = self._arming.arm(typed)
        if not refusal:
            self._face.note(now_s, f"Armed by hand: {self._arming.phrase}.")
            self._face.show(now_s)
        return refusal

    def disarm(self, now_s: float) -> None:
        if self._arming.armed:
            self._arming.disarm()
            self._face.note(now_s, "Disarmed: no order is sent to this gateway.")
            self._face.show(now_s)

    # --- the clock ---------------------------------------------------------------------------------

    def woke(self, now_s: float) -> list[Request]:
        """Do what has come due."""
        out: list[Request] = []
        if self._schedule.due_at_s is not None and now_s >= self._schedule.due_at_s:
            self._reckon_windows(now_s)
            self._face.show(now_s)
        if self.view.retry_at_s is not None and now_s >= self.view.retry_at_s:
            out += self._turn(Happening.DUE, now_s)
        if self._outage.ask(now_s):
            return [*out, *self._turn(Happening.UNTOLD, now_s, LinkLost(LinkFault.OUTAGE_UNTOLD))]
        if self._heartbeat.beat(now_s):
            out.append(self._probe())
        if self._snapshot_at_s is not None and now_s >= self._snapshot_at_s:
            self._snapshot_at_s = None
            out.append(self._snapshot())
        return out

    def doubt(self, now_s: float) -> list[Request]:
        """Somebody would rely on a gateway that has been silent: ask it now, not at the next beat."""
        self._face.show(now_s)  # its copy of when the gateway was heard is what the rules read
        return [self._probe()] if self._heartbeat.doubt(now_s) else []

    # --- the gateway -------------------------------------------------------------------------------

    def heard(self, now_s: float) -> None:
        """Anything at all came from the gateway; the view's copy follows at the next change."""
        self._heartbeat.heard_s = now_s

    def opened(self, event: SocketOpened, now_s: float) -> list[Request]:
        """Handshake done: read everything back before anything is trusted."""
        return self._turn(Happening.OPENED, now_s, event)

    def connect_failed(self, event: ConnectFailed, now_s: float) -> list[Request]:
        """Wait, longer each time, and try again."""
        return self._turn(Happening.FAILED, now_s, event)

    def lost(self, event: LinkLost, now_s: float) -> list[Request]:
        """The socket ended while it was open."""
        return self._turn(Happening.LOST, now_s, event)

    def probe_answered(self, event: ProbeAnswered, now_s: float) -> list[Request]:
        self._heartbeat.answered()
        self._face.show(now_s, latency_ms=event.round_trip_s * 1000)
        return []

    def probe_unanswered(self, event: ProbeUnanswered, now_s: float) -> list[Request]:
        """A socket that looks open but does not answer is a dead one."""
        detail = f"No answer within {event.deadline_s:.0f} s."
        return self._turn(Happening.SILENT, now_s, LinkLost(LinkFault.STOPPED_ANSWERING, detail))

    def snapshot_completed(self, missing: Sequence[str], now_s: float) -> list[Request]:
        """A whole snapshot makes the desk synchronised; a broken one proves nothing and is taken again."""
        if not self.is_open:
            return []
        if missing:
            self._snapshot_at_s = now_s + SNAPSHOT_AGAIN_S
            what, advice = sentence(LinkFault.SNAPSHOT_FAILED, self.view.host, self.view.port)
            words = f"{what} Missing: {', '.join(missing)}."
            self._face.note(now_s, words)
            self._face.show(now_s, last_error=words, advice=advice)
            return []
        self._snapshot_done = True
        return self._perhaps_read_back(now_s)

    def account_reported(self, account: str, now_s: float) -> None:
        """The traded account's values came."""
        if account == self.view.account and not self._account_heard:
            self._account_heard = True
            self._perhaps_read_back(now_s)

    def resnapshot(self, now_s: float) -> None:
        """Somebody doubts the desk's picture: read everything back, soon and once."""
        if self.is_open and self._snapshot_at_s is None:
            self._snapshot_at_s = now_s + RESNAPSHOT_S

    def message_reported(self, event: MessageReported, now_s: float) -> list[Request]:
        """IB's messages about the link itself."""
        if not self.is_open:
            return []
        if event.code in _BROKER_CODES:
            self._face.note(now_s, in_words(event.code, ""))
            return self._turn(_BROKER_CODES[event.code], now_s, event)
        if event.code == PORT_CHANGED:
            return self._turn(Happening.MOVED, now_s, event)
        # Two programs that take the account's updates from one another must not do so without end.
        if event.code == ACCOUNT_TAKEN and now_s - self._account_asked_at_s >= ACCOUNT_AGAIN_S:
            self._account_asked_at_s = now_s
            return self._subscribe_account()
        return []

    def farm_reported(self, event: MessageReported, now_s: float) -> FarmNews | None:
        """What IB says of a farm; `None` when nothing changed or it is about something else."""
        if event.code not in FARM_CODES or not self.is_open:
            return None
        news = self._farms.reported(event.code, event.text, now_s)
        if news is not None:
            if news.is_worth_telling:
                self._face.note(now_s, in_words(event.code, news.farm.name))
            self._face.show(now_s, farms=self._farms.all())
        return news

    def competing(self, competing: bool, now_s: float) -> None:
        """Another session of the login takes the market data, or has let go of it."""
        if competing is not self.view.competing:
            words = in_words(COMPETING_SESSION, "") if competing else "The market data is ours again."
            self._face.note(now_s, words)
            self._face.show(now_s, competing=competing)

    # --- inside ------------------------------------------------------------------------------------

    def _probe(self) -> Probe:
        return Probe(self.settings.heartbeat_deadline_s)
