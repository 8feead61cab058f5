"""Same seed, same clock, same bytes: hub and exchange under a clock of our own, with a client in memory."""

from __future__ import annotations

import hashlib

import pytest

from core.simulator.exchange import Exchange
from core.simulator.faults import FAULTS, Bites
from core.simulator.hub import Hub
from core.simulator.peer import BY_HAND
from core.simulator.wire.frames import frame
from tests.core.simulator.fake_market import NOW_S
from tests.core.simulator.wire_client import CONTRACT_FIELDS, greeting, place_order

PULSE_S = 0.05


class Session:
    """A trader's minute: data, bars, depth, orders that fill, rest and are cancelled, under faults."""

    def __init__(self, seed: int, *faults: str) -> None:
        self.digest = hashlib.sha256()
        self.bytes = 0
        exchange = Exchange(seed, NOW_S)
        self.hub = Hub(exchange, seed=seed)
        for name in faults:
            event = FAULTS[name].bites is Bites.EVENT
            self.hub.faults.switch_on(name, rate=0.002 if event else 0.2)
        session = self.hub.admit(self._hear, lambda: None)
        assert session is not None
        self.session = session
        self.session.receive(greeting())
        self.at_s = NOW_S

    def _hear(self, data: bytes) -> None:
        self.digest.update(data)
        self.bytes += len(data)

    def ask(self, *fields: str) -> None:
        self.session.receive(frame(*fields))

    def live(self, seconds: float) -> None:
        for _ in range(int(seconds / PULSE_S)):
            self.at_s += PULSE_S
            self.hub.advance(self.at_s)


def minute(seed: int, *faults: str) -> tuple[str, int]:
    """What a trader was told, as a digest and a count of bytes."""
    trader = Session(seed, *faults)
    trader.ask("71", "2", "1", "")
    trader.ask("6", "2", "1", "DU1234567")
    trader.ask("1", "11", "9", *CONTRACT_FIELDS, "0", "233", "0", "0", "")
    trader.ask("10", "5", "8", *CONTRACT_FIELDS, "5", "1", "")
    trader.ask("97", "7", *CONTRACT_FIELDS, "AllLast", "0", "0")
    trader.ask("20", "6", *CONTRACT_FIELDS, "0", "", "5 secs", "600 S", "0", "TRADES", "1", "1", "")
    trader.ask(*place_order(1, 178))
    trader.live(5)
    trader.ask(*place_order(2, 178, "LMT", "100"))
    trader.live(5)
    trader.ask("4", "1", "2", "")
    trader.live(20)
    return trader.digest.hexdigest(), trader.bytes


@pytest.mark.parametrize(
    "faults", [(), ("duplicate-orders", "reorder-orders", "omit-order-status", "too-many-fields", "garbage")]
)
def test_the_same_seed_tells_the_same_bytes(faults: tuple[str, ...]) -> None:
    first, again = minute(7, *faults), minute(7, *faults)
    assert first == again
    assert first[1] > 20_000
    assert minute(8, *faults)[0] != first[0]


def test_all_faults_together_are_no_fault_of_the_gateway(caplog: pytest.LogCaptureFixture) -> None:
    ends = {"kill", "port-changed", "client-id-in-use", "rate-breach"}
    faults = [name for name, row in FAULTS.items() if row.bites is not Bites.NETWORK and name not in ends]
    first, again = minute(7, *faults), minute(7, *faults)
    assert first == again
    assert first[1] > 20_000
    assert not [record for record in caplog.records if record.exc_info]


def test_the_trader_orders_in_tws_on_a_real_market() -> None:
    exchange = Exchange(1, NOW_S, accounts=("DU1234567", "DU1234568"))
    hub = Hub(exchange)
    hub.faults.switch_on("tws-order")
    for at in range(1, 40):
        hub.advance(NOW_S + at * PULSE_S)
    (order,) = exchange.open_orders()
    assert (order.client_id, order.account, order.status) == (BY_HAND, "DU1234567", "Submitted")
    hub.faults.switch_on("tws-cancels")
    hub.advance(NOW_S + 5)
    hub.advance(NOW_S + 6)
    assert exchange.open_orders() == []
