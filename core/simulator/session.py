"""One client's session: greeting, naming itself, then requests; bytes in, bytes out, no socket."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.simulator.answers import account, bars, news, orders, quotes, reference, scanner, tape
from core.simulator.faults import BROADCASTS
from core.simulator.pacing import BREACHES
from core.simulator.peer import Answer, Gateway, Peer
from core.simulator.wire import messages
from core.simulator.wire.frames import BadFrame, Deframer, agreed_version
from core.simulator.wire.place_order import parse_place_order
from core.simulator.wire.requests import PLACE_ORDER, Asked, BadRequest, parse_request
from core.simulator.wire.times import GATEWAY_ZONE, from_epoch, zone

log = logging.getLogger(__name__)

MAX_CLIENTS = 32
SERVER_BROKEN = 2110
START_API = 71
CANCEL_ORDER, CANCEL_ALL = 4, 58
WAITING_FOR_THE_BROKER = (PLACE_ORDER, CANCEL_ORDER, CANCEL_ALL)
"""What TWS keeps while it is cut off, and sends when it is not any more."""

ANSWERS: dict[int, Answer] = (
    reference.ANSWERS
    | quotes.ANSWERS
    | tape.ANSWERS
    | bars.ANSWERS
    | scanner.ANSWERS
    | orders.ANSWERS
    | account.ANSWERS
    | news.ANSWERS
)
"""Who answers which request; `START_API` is the session's own."""

FARMS = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)

CLIENT_ID_IN_USE = "Unable to connect as the client id is already in use. Retry with a unique client id."


class Session:
    """Speaks to one client. `write` takes bytes to send, `close` ends the connection after them."""

    def __init__(self, gateway: Gateway, write: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self.peer: Peer | None = None  # once the client has greeted
        self.ready = False  # once it has named itself
        self.closed = False
        self._gateway = gateway
        self._write = write
        self._close = close
        self._deframer = Deframer()
        self.on_message: Callable[[list[str]], None] | None = None
        """Told every message of the client as it came."""

    def receive(self, data: bytes) -> None:
        """Answer what `data` completes; anything that is not the protocol closes this client only."""
        try:
            for fields in self._deframer.feed(data):
                if self.closed:
                    return
                self._take(fields)
        except BadFrame as why:
            log.warning("client dropped: %s", why)
            self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._close()

    def _take(self, fields: list[str]) -> None:
        if self.on_message is not None:
            self.on_message(fields)
        if self.peer is None:
            self._greet(fields[0])
            return
        if not fields[0].isascii() or not fields[0].isdigit() or len(fields[0]) > 9:
            raise BadFrame(f"message id {fields[0][:20]!r}")
        msg_id = int(fields[0])
        faults = self._gateway.faults
        if msg_id in faults.muted or (faults.switches and self._spoilt(self.peer, msg_id)):
            return
        if not self._in_pace(self.peer):
            return
        try:
            if self._gateway.is_cut_off and self.ready and msg_id in WAITING_FOR_THE_BROKER:
                peer = self.peer
                self._gateway.keep(lambda: self._dispatch(peer, msg_id, fields[1:]))
            else:
                self._dispatch(self.peer, msg_id, fields[1:])
        except BadRequest as why:
            _refuse(self.peer, why)
        except Exception as fault:
            # Our own fault: this request fails, the client and all others go on.
            log.exception("request %s failed", fields[:3])
            self.peer.error(-1, 322, f"Error processing request.-'bN' : cause - {fault}")

    def _spoilt(self, peer: Peer, msg_id: int) -> bool:
        """Whether a fault keeps this request from its answer."""
        faults = self._gateway.faults
        if msg_id != START_API and faults.bite("rate-breach"):
            self._breached(peer, peer.gateway.limits.messages_a_second or 50, ends=True)
            return True
        if msg_id == START_API and faults.bite("client-id-in-use"):
            peer.error(-1, 326, CLIENT_ID_IN_USE)
            self.close()
            return True
        swallowed = (msg_id == PLACE_ORDER and faults.bite("swallow-order")) or (
            msg_id in (CANCEL_ORDER, CANCEL_ALL) and faults.bite("swallow-cancel")
        )
        return bool(swallowed or (msg_id != START_API and faults.bite("mute")))

    def _in_pace(self, peer: Peer) -> bool:
        """False after refusing a request that came too fast; a client may ask to be slowed down instead."""
        received = peer.pace.too_many_messages(self._gateway.clock_s)
        if not received or peer.paced_by_gateway:
            return True
        self._breached(peer, received, ends=self._gateway.limits.breaches_end_session)
        return False

    def _breached(self, peer: Peer, received: int, *, ends: bool) -> None:
        peer.pace.breaches += 1
        most = self._gateway.limits.messages_a_second or 50
        text = f"Max rate of messages per second has been exceeded:max={most} rec={received} ({peer.pace.breaches})"
        peer.error(-1, 100, text)
        if ends and peer.pace.breaches >= BREACHES:
            log.warning("client %d dropped: too many messages", peer.client_id)
            self.close()

    def _greet(self, greeting: str) -> None:
        version = agreed_version(greeting)
        if version is None:
            log.warning("no common version with a client that offers %r", greeting[:60])
            self.close()
            return
        self.peer = Peer(self._gateway, version, self._write)
        self.peer.paced_by_gateway = "+PACEAPI" in greeting
        local = from_epoch(self._gateway.market.now_s).astimezone(zone(GATEWAY_ZONE))
        self.peer.greet(messages.greeting(version, f"{local:%Y%m%d %H:%M:%S}"))

    def _dispatch(self, peer: Peer, msg_id: int, fields: list[str]) -> None:
        if msg_id == PLACE_ORDER:
            asked: Asked | None = parse_place_order(fields, peer.version)
        else:
            asked = parse_request(msg_id, fields, peer.version)
        if asked is None:
            log.info("request %d is not known", msg_id)
        elif msg_id == START_API:
            self._start(peer, asked)
        elif self.ready:
            ANSWERS[msg_id](peer, asked)
        else:
            # TWS does not answer a client that has not named itself.
            log.info("%s before startApi", asked.name)

    def _start(self, peer: Peer, asked: Asked) -> None:
        if self.ready:
            peer.error(-1, 501, "Already connected.")
            return
        client_id = asked.whole("clientId")
        if self._gateway.client_in_use(client_id):
            peer.error(-1, 326, CLIENT_ID_IN_USE)
            self.close()
            return
        peer.client_id = client_id
        peer.tell_completed = lambda: orders.tell_completed(peer)
        self.ready = True
        peer.send(
            messages.managed_accounts(peer.market.accounts),
            messages.next_valid_id(self._gateway.next_valid_id(client_id)),
        )
        for code, text in FARMS:
            peer.error(-1, code, text)
        if self._gateway.is_cut_off:
            peer.error(-1, SERVER_BROKEN, BROADCASTS[SERVER_BROKEN])


def _refuse(peer: Peer, why: BadRequest) -> None:
    asked, cause = why.asked, why.why
    if cause.text:
        text = f"Error reading request. Unable to parse data in {asked.name}. field={cause.field} value={cause.text}"
    else:
        text = f"Error reading request. {asked.name} ends before field={cause.field}"
    peer.error(why.req_id, 320, text)
