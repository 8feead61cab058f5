"""IBKRConnector: one connection a process, from any thread, in plain calls or with `await`.

Its loop runs in a thread of its own, so a script needs none, and one that has a loop is not in its way.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from core.api import results
from core.api.session import Session
from core.domain.link import Breaker, Broker, Socket
from core.errors import IBKRConnectionError, IBKRError
from core.settings import Settings, load

T = TypeVar("T")

READ_DEADLINE_S = 10.0
PLACE_DEADLINE_S = 60.0
END_DEADLINE_S = 15.0


class IBKRConnector:
    """The process's one connector: asked for twice, it is the same one.

        connector = IBKRConnector()
        await connector.connect()
        bars = await connector.get_market_data("AAPL", bar_size="1 min", duration="1 D")
        order = connector.place_order({"symbol": "AAPL", "action": "BUY", "quantity": 10, "order_type": "MKT"})

    Settings come from the files and the environment; `host`, `port`, `client_id` and `account` win over both.
    """

    _only: ClassVar[IBKRConnector | None] = None
    _door: ClassVar[threading.RLock] = threading.RLock()

    _wishes: dict[str, Any]
    _settings: Settings
    _engine: _Engine | None

    def __new__(
        cls,
        *,
        host: str | None = None,
        port: int | None = None,
        client_id: int | None = None,
        account: str | None = None,
        settings: Settings | None = None,
        journal_path: Path | str | None = None,
    ) -> Self:
        wishes = {
            "IBKR_HOST": host,
            "IBKR_PORT": port,
            "IBKR_CLIENT_ID": client_id,
            "IBKR_ACCOUNT_ID": account,
            "settings": settings,
            "journal_path": journal_path,
        }
        with cls._door:
            only = cls._only
            if only is None:
                only = super().__new__(cls)
                only._engine, only._wishes = None, {}
                only._set_up(wishes)
                cls._only = only
            else:
                only._set_up(wishes)
            assert isinstance(only, cls)
            return only

    def _set_up(self, wishes: Mapping[str, Any]) -> None:
        """Read the settings anew while nothing runs; while it runs, another wish is refused."""
        wanted = {name: value for name, value in wishes.items() if value is not None}
        if self._engine is not None:
            if any(self._wishes.get(name) != value for name, value in wanted.items()):
                link = self._settings.link
                raise IBKRError(
                    f"The connector already serves {link.host}:{link.port} with client id {link.client_id}.",
                    advice="There is one in a process: disconnect() it first.",
                )
            return
        asked = wanted or self._wishes
        given = asked.get("settings")
        env = {name: str(value) for name, value in asked.items() if name.isupper()}
        self._settings = given if isinstance(given, Settings) else load({**os.environ, **env})
        self._wishes = dict(asked)

    # --- the link ----------------------------------------------------------------------------------

    async def connect(self) -> results.ConnectionStatus:
        """Returns when everything has been read back: orders can be sent, or the status says why not.

        Raises IBKRConnectionError with advice, CircuitOpenError, NotSynchronisedError, AccountError, JournalError.
        After a failure it keeps trying in the background until `disconnect()`.
        """
        engine = await asyncio.to_thread(self._started)
        return await asyncio.wrap_future(engine.begin(engine.session.connect()))

    async def disconnect(self) -> None:
        """Down, and the simulator and the journal with it. Orders at IB keep working."""
        await asyncio.to_thread(self._end)

    def get_connection_status(self) -> results.ConnectionStatus:
        """Answers at any time; `state` is "ready" only when an order could be sent now."""
        engine = self._engine
        if engine is None:
            return _not_started(self._settings)
        return engine.call(engine.session.status)

    # --- reading -----------------------------------------------------------------------------------

    async def get_market_data(
        self,
        symbol: str = "",
        bar_size: str = "1 min",
        duration: str = "1 D",
        *,
        what: str | None = None,
        rth_only: bool = False,
        strict: bool = False,
        **contract: Any,
    ) -> results.MarketData:
        """Bars, oldest first. `contract` may name sec_type, exchange, currency, con_id.

        While the gateway cannot be asked, what it told earlier is answered, marked `stale` with `as_of` and
        `age_s`; with `strict` that is a StaleDataError. Raises MarketDataError (PacingError, NotSubscribedError)
        in words, and IBKRConnectionError when there is nothing to answer with.
        """
        engine = self._running()
        asked = {"symbol": symbol, **contract}
        work = engine.session.market_data(
            asked, bar_size, duration, strict=strict, what=what, rth_only=rth_only
        )
        return await asyncio.wrap_future(engine.begin(work))

    async def scan_market(self, code: str, **scan: Any) -> list[results.ScanRow]:
        """What leads a ranking now, best first, such as `scan_market("TOP_PERC_GAIN", rows=10, price_above=5)`.

        `scan` may name instrument, location, rows (at most 50), price_above, price_below, volume_above. Raises
        MarketDataError (NotSubscribedError) in words, and IBKRConnectionError while the gateway is away.
        """
        engine = self._running()
        return await asyncio.wrap_future(engine.begin(engine.session.scan(code, scan)))

    def get_account_summary(self) -> results.AccountSummary:
        """cash, total_value, buying_power, maintenance_margin. Raises AccountError."""
        engine = self._running()
        return engine.call(engine.session.account)

    def get_positions(self) -> results.Positions:
        """Each with symbol, quantity, avg_cost, current_price, unrealized_pnl."""
        engine = self._running()
        return engine.call(engine.session.positions)

    # --- orders ------------------------------------------------------------------------------------

    def place_order(
        self, order: Mapping[str, Any], *, acknowledge: bool | Collection[str] = True
    ) -> results.PlacedOrder:
        """Send an order: symbol or con_id, action, quantity, order_type; limit_price, stop_price, tif, outside_rth,
        sec_type, exchange, currency, account as needed.

        It blocks until the order has been judged, journalled and written (moments, when the contract is known).
        A script has nobody to ask: by default it takes the gate's soft objections on itself, which `detail` and
        the journal tell. `acknowledge=()` lets them deny, a list of rule names takes on those.

        Raises OrderDenied with rule, measured value and limit (then nothing was sent), OrderRejected in IB's words,
        and OrderInDoubt when it was sent and nobody says what became of it: never send that one again.
        """
        engine = self._running()
        return engine.run(engine.session.place(order, acknowledge), PLACE_DEADLINE_S)

    def get_order_status(self, order_id: int | str) -> results.OrderStatus:
        """submitted, filled, cancelled or rejected. Raises OrderError for an id that is not ours."""
        engine = self._running()
        return engine.call(lambda: engine.session.order_status(order_id))

    # --- the engine --------------------------------------------------------------------------------

    def _running(self) -> _Engine:
        engine = self._engine
        if engine is None:
            raise IBKRConnectionError("Not connected.", advice="await connector.connect() first.")
        return engine

    def _started(self) -> _Engine:
        with self._door:
            if self._engine is None:
                path = self._wishes.get("journal_path")
                self._engine = _Engine(self._settings, None if path is None else Path(path))
                atexit.register(self._end)
            return self._engine

    def _end(self) -> None:
        with self._door:
            engine, self._engine = self._engine, None
            atexit.unregister(self._end)
            if engine is not None:
                engine.end()


class _Engine:
    """A thread with an event loop, and the session that lives on it."""

    def __init__(self, settings: Settings, journal_path: Path | None) -> None:
        """Raises what the session raises when it starts."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="ibdesk connector", daemon=True)
        self._thread.start()
        self.session = self.call(lambda: Session(settings, journal_path))
        try:
            self.run(self.session.start(), READ_DEADLINE_S)
        except BaseException:
            self.end()
            raise

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise IBKRConnectionError("Not connected.", advice="await connector.connect() first.") from None

    def run(self, work: Coroutine[Any, Any, T], deadline_s: float) -> T:
        if threading.current_thread() is self._thread:
            work.close()
            raise IBKRError(
                "The connector's own thread cannot wait for itself.", advice="Call from another thread."
            )
        future = self.begin(work)
        try:
            return future.result(deadline_s)
        except FutureTimeout:
            if not future.done():
                future.cancel()
                raise IBKRConnectionError(
                    f"The connector did not answer within {deadline_s:.0f} s."
                ) from None
            raise

    def call(self, answer: Callable[[], T]) -> T:
        """A plain question, answered on the loop's own thread."""

        async def ask() -> T:
            return answer()

        return self.run(ask(), READ_DEADLINE_S)

    def end(self) -> None:
        with suppress(IBKRError):
            self.run(self.session.close(), END_DEADLINE_S)
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_DEADLINE_S)

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            _finish(self._loop)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _not_started(settings: Settings) -> results.ConnectionStatus:
    link = settings.link
    return results.ConnectionStatus(
        state="down",
        socket=Socket.DOWN,
        broker=Broker.UNKNOWN,
        synchronised=False,
        account=link.account,
        host=link.host,
        port=link.port,
        client_id=link.client_id,
        server_version=None,
        latency_ms=None,
        last_heard_s=None,
        attempt=0,
        breaker=Breaker.CLOSED,
        last_error="",
    )
