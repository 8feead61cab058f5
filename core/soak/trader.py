"""Who trades in a session: draws orders, changes his mind, and cannot be stopped by an outage."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final, NamedTuple, Protocol

from core.connector import Connector
from core.desk import Desk
from core.domain.bracket import BracketSpec, Exit
from core.domain.contract import ContractDetails, ContractQuery, SecType
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Overlay, Side, Tif
from core.domain.requests import PlaceOrder
from core.domain.verdict import Ask, Denied
from core.soak.check import Intent

OWNER: Final = "soak"
QUERIES: Final = (
    ContractQuery("AAPL"),
    ContractQuery("KO"),
    ContractQuery("INTC"),
    ContractQuery("EUR", SecType.CASH, "IDEALPRO", "USD"),
)
BRACKETS: Final = 0.15
"""How many of the orders that could be are entries with a target and a stop."""
GOOD_FOR: Final = timedelta(hours=3)
"""A last moment that no session reaches."""
_ENTRIES = frozenset({OrderType.MKT, OrderType.LMT})
_CHANGEABLE = frozenset({OrderState.ACCEPTED, OrderState.HELD, OrderState.WORKING})


class Floor(Protocol):
    """Where a trader trades: an app that may be away for a while, and what he has been told."""

    @property
    def intents(self) -> dict[str, Intent]: ...
    @property
    def desk(self) -> Desk | None: ...
    @property
    def connector(self) -> Connector | None: ...
    def is_home(self) -> bool:
        """Whether new orders go to the gateway whose book they are compared with."""
        ...


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do, and after how long."""

    after_s: float
    what: str  # order, modify, cancel, replace
    seed: int


def draw(chance: Random) -> list[Deed]:
    """Ten to forty orders, and among them changes of mind."""
    hurry = chance.choice((0.1, 0.3, 0.8))
    deeds = []
    for _ in range(chance.randint(10, 40)):
        deeds.append(Deed(min(chance.expovariate(1 / hurry), 8.0), "order", chance.randrange(2**31)))
        while chance.random() < 0.35:
            what = chance.choice(("modify", "cancel", "cancel", "replace"))
            deeds.append(Deed(chance.choice((0.0, 0.01, 0.2, 1.0)), what, chance.randrange(2**31)))
    return deeds


class Trader:
    """Does the deeds one after the other; what cannot be done now is tried once more, then let be."""

    def __init__(self, floor: Floor, deeds: list[Deed], look_every_s: float = 0.25) -> None:
        self._floor = floor
        self._look_every_s = look_every_s
        self._deeds = deeds
        self.denied = 0
        self.said: list[str] = []
        self._replaced: list[str] = []

    async def trade(self) -> None:
        await self._is_ready(60.0)
        for deed in self._deeds:
            await asyncio.sleep(deed.after_s)
            chance = Random(deed.seed)
            self.note_successors()
            if deed.what == "order":
                await self._order(chance)
            elif deed.what == "modify":
                self._modify(chance)
            elif deed.what == "replace":
                self._replace(chance)
            else:
                self._cancel(chance)

    async def _is_ready(self, patience_s: float) -> bool:
        until_s = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < until_s:
            desk = self._floor.desk
            if desk is not None and desk.link.is_ready:
                self._watch()
                if any(self._known(query) for query in QUERIES):
                    return True
            await asyncio.sleep(self._look_every_s)
        return False

    def _watch(self) -> None:
        connector = self._floor.connector
        assert connector is not None
        for query in QUERIES:
            details = self._known(query)
            if details is None:
                connector.find(query)
            elif connector.desk.quote(details.contract.con_id) is None:
                connector.watch(details.contract, OWNER)

    def _known(self, query: ContractQuery) -> ContractDetails | None:
        desk = self._floor.desk
        assert desk is not None
        for con_id in CON_IDS.get(query.symbol, ()):
            if (details := desk.details(con_id)) is not None:
                return details
        return None

    # --- deeds --------------------------------------------------------------------------------------

    async def _order(self, chance: Random) -> None:
        for patience_s in (0.0, 10.0):
            if patience_s and not await self._is_ready(patience_s):
                break
            if self._submit(Random(chance.random())):
                return
        self.denied += 1

    def _submit(self, chance: Random) -> bool:
        connector = self._floor.connector
        spec = None if connector is None or not self._floor.is_home() else self._spec(chance)
        if connector is None or spec is None:
            return False
        places = self._send(connector, spec, chance)
        as_client = connector.desk.link.client_id
        for place in places:
            self._floor.intents[place.order_ref] = Intent(
                place.order_ref, place.order_id, client_id=as_client
            )
        return bool(places)

    def _send(self, connector: Connector, spec: OrderSpec, chance: Random) -> tuple[PlaceOrder, ...]:
        """The order, or now and then a bracket with it as entry; what is asked about is taken on."""
        bracket = self._bracket(connector.desk, spec, chance)

        def submit(taken_on: frozenset[str]) -> Denied | Ask | PlaceOrder | tuple[PlaceOrder, ...]:
            if bracket is not None:
                return connector.submit_group(bracket, taken_on)
            return connector.submit(spec, taken_on)

        verdict = submit(frozenset())
        if isinstance(verdict, Ask):
            verdict = submit(frozenset(one.rule for one in verdict.objections))
        if isinstance(verdict, Denied):
            self.said.append(verdict.words)
        if isinstance(verdict, Denied | Ask):
            return ()
        return (verdict,) if isinstance(verdict, PlaceOrder) else verdict

    def _bracket(self, desk: Desk, spec: OrderSpec, chance: Random) -> BracketSpec | None:
        details, quote = desk.details(spec.contract.con_id), desk.quote(spec.contract.con_id)
        listed = spec.contract.sec_type is SecType.STK and spec.tif in (Tif.DAY, Tif.GTC)
        if chance.random() >= BRACKETS or not listed or spec.order_type not in _ENTRIES:
            return None
        if details is None or quote is None or quote.mid is None:
            return None
        entry = spec.limit_price or Decimal(repr(quote.mid))
        away = Decimal(repr(chance.choice((0.0008, 0.01)))) * spec.side.sign
        target, stop = (details.round_to_tick(entry * (1 + sign * away)) for sign in (1, -1))
        return BracketSpec(spec, (Exit(target=target, stop=stop),))

    def _spec(self, chance: Random, instead_of: Order | None = None) -> OrderSpec | None:
        """An order of some kind; with `instead_of` for what is left of that one."""
        desk = self._floor.desk
        assert desk is not None
        known = [details for query in QUERIES if (details := self._known(query)) is not None]
        if instead_of is not None:
            con_id = instead_of.spec.contract.con_id
            known = [details for details in known if details.contract.con_id == con_id]
        if not known:
            return None
        details = chance.choice(known)
        quote = desk.quote(details.contract.con_id)
        if quote is None or quote.mid is None:
            return None
        forex = details.contract.sec_type is SecType.CASH
        kind = chance.choice([one for one in KINDS if not (forex and one.listed_only)])
        side = chance.choice((Side.BUY, Side.SELL))
        size = Decimal(chance.choice((1, 5, 10, 100, 300))) * (Decimal(1000) if forex else 1)
        if instead_of is not None:
            side, size = instead_of.spec.side, instead_of.remaining
        mid = Decimal(repr(quote.mid))

        def price(through: Decimal | None) -> Decimal | None:
            return None if through is None else details.round_to_tick(mid * (1 + side.sign * through))

        tif = chance.choice(kind.tifs)
        till = datetime.fromtimestamp(int(desk.now_s), UTC) + GOOD_FOR
        return OrderSpec(
            details.contract,
            side,
            size,
            kind.order_type,
            price(kind.limit),
            price(kind.stop),
            tif,
            trail_amount=None if kind.trail is None else details.round_to_tick(mid * kind.trail),
            trail_percent=kind.percent,
            good_till=till if tif is Tif.GTD else None,
        )

    def _mine(self) -> list[Order]:
        desk = self._floor.desk
        return [] if desk is None else [one for one in desk.live_orders() if one.own]

    def _modify(self, chance: Random) -> None:
        connector = self._floor.connector
        found = [
            one
            for one in self._mine()
            if one.state in _CHANGEABLE and one.spec.limit_price and one.modify is Overlay.NONE
        ]
        if connector is None or not found:
            return
        order = chance.choice(sorted(found, key=lambda one: one.order_ref))
        assert order.spec.limit_price is not None
        details = connector.desk.details(order.spec.contract.con_id)
        if details is None:
            return
        spec = order.spec
        if chance.random() < 0.3:
            spec = replace(spec, quantity=spec.quantity + (1000 if spec.quantity >= 1000 else 1))
        else:
            nearer = Decimal(repr(round(chance.uniform(-0.002, 0.01), 5)))
            price = order.spec.limit_price * (1 + nearer * spec.side.sign)
            spec = replace(spec, limit_price=details.round_to_tick(price))
        verdict = connector.modify(order.order_ref, spec)
        if isinstance(verdict, Ask):
            taken_on = frozenset(one.rule for one in verdict.objections)
            verdict = connector.modify(order.order_ref, spec, taken_on)
        if isinstance(verdict, PlaceOrder) and order.order_ref in self._floor.intents:
            self._floor.intents[order.order_ref].modifications += 1

    def _replace(self, chance: Random) -> None:
        """What is left of an order as one of another kind."""
        connector = self._floor.connector
        if connector is None:
            return
        desk = connector.desk
        found = [one for one in self._mine() if not desk.why_not_replace(one.order_ref)]
        if not found:
            return
        order = chance.choice(sorted(found, key=lambda one: one.order_ref))
        spec = self._spec(chance, order)
        if spec is None:
            return
        answer = connector.cancel_and_replace(order.order_ref, spec)
        if isinstance(answer, Ask):
            taken_on = frozenset(one.rule for one in answer.objections)
            answer = connector.cancel_and_replace(order.order_ref, spec, taken_on)
        if answer is None and order.order_ref in self._floor.intents:
            self._floor.intents[order.order_ref].cancels += 1
            self._replaced.append(order.order_ref)

    def note_successors(self) -> None:
        """What the desk placed for a wish to replace was meant as much as what was submitted."""
        desk, intents = self._floor.desk, self._floor.intents
        if desk is None:
            return
        for old_ref in self._replaced:
            for one in desk.replacements(old_ref):
                new = desk.order(one.new_ref) if one.order_ref == old_ref else None
                if new is not None and new.order_id is not None and new.order_ref not in intents:
                    # It goes out while the link stands by which the old one was cancelled.
                    as_client = intents[old_ref].client_id
                    intents[new.order_ref] = Intent(
                        new.order_ref, new.order_id, replaces=old_ref, client_id=as_client
                    )

    def _cancel(self, chance: Random) -> None:
        connector, found = self._floor.connector, self._mine()
        if connector is None or not found:
            return
        order = chance.choice(sorted(found, key=lambda one: one.order_ref))
        if connector.cancel(order.order_ref) is None and order.order_ref in self._floor.intents:
            self._floor.intents[order.order_ref].cancels += 1


class Kind(NamedTuple):
    """A kind of order: how far its limit and its stop stand through the market, as fractions of it.

    A trailing one follows by such a fraction, or by so many per cent.
    """

    order_type: OrderType
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    percent: Decimal | None = None
    tifs: tuple[Tif, ...] = (Tif.DAY, Tif.GTC)
    listed_only: bool = False


KINDS: Final = (
    *[Kind(OrderType.MKT, tifs=(Tif.DAY,))] * 2,
    *[Kind(OrderType.LMT, limit=Decimal("0.002"))] * 2,
    *[Kind(OrderType.LMT, limit=Decimal("-0.0004"))] * 2,
    *[Kind(OrderType.LMT, limit=Decimal("-0.02"))] * 2,
    Kind(OrderType.LMT, limit=Decimal("-0.01"), tifs=(Tif.GTD,)),
    Kind(OrderType.LMT, limit=Decimal("0.001"), tifs=(Tif.IOC, Tif.FOK), listed_only=True),
    Kind(OrderType.STP, stop=Decimal("0.01")),
    Kind(OrderType.STP, stop=Decimal("0.0006")),
    Kind(OrderType.STP_LMT, limit=Decimal("0.012"), stop=Decimal("0.01")),
    Kind(OrderType.TRAIL, trail=Decimal("0.0008")),
    Kind(OrderType.TRAIL, percent=Decimal("0.5")),
    Kind(OrderType.MIT, stop=Decimal("-0.0005"), listed_only=True),
    Kind(OrderType.LIT, limit=Decimal("-0.0002"), stop=Decimal("-0.0005"), listed_only=True),
    Kind(OrderType.MTL, tifs=(Tif.DAY,), listed_only=True),
)
"""What is drawn, the commoner kinds more often."""

CON_IDS: Final[dict[str, tuple[int, ...]]] = {
    "AAPL": (265598,),
    "KO": (8894,),
    "INTC": (270639,),
    "EUR": (12087792,),
}
