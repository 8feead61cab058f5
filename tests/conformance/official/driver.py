"""Drives IB's own client through a session and says in one line of JSON what it saw.

Runs in an environment that has `ibapi` and nothing of ours: `python driver.py HOST PORT CLIENT_ID`.
"""

from __future__ import annotations

import inspect
import json
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import ibapi.decoder as decoder
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

DEADLINE_S = 20.0
ENDLESS = 1e300


class Heard:
    """Everything the client's decoder made of what came: calls by name, errors, complaints."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.complaints: list[str] = []
        self.leftover: list[str] = []

    def named(self, name: str) -> list[tuple[Any, ...]]:
        return [arguments for called, arguments in tuple(self.calls) if called == name]

    def errors(self) -> list[tuple[int, int, str]]:
        """(request id, code, text), whichever of the two signatures the client has."""
        timed = "errorTime" in inspect.signature(EWrapper.error).parameters
        return [(a[0], a[2], a[3]) if timed else (a[0], a[1], a[2]) for a in self.named("error")]


def recorder(name: str, heard: Heard) -> Callable[..., None]:
    def record(_self: object, *arguments: Any, **named: Any) -> None:
        heard.calls.append((name, (*arguments, *named.values())))

    return record


def wrapper_of(heard: Heard) -> type:
    """A wrapper whose every callback is written down."""
    names = [
        name for name, what in vars(EWrapper).items() if inspect.isfunction(what) and not name.startswith("_")
    ]
    return type("Recorder", (EWrapper,), {name: recorder(name, heard) for name in names})


def watch_the_decoder(heard: Heard) -> None:
    """Write down what a message's decoding leaves over, and every complaint it logs."""
    begun: list[Iterator[Any]] = []
    plain = decoder.Decoder.interpret

    def remembered(fields: Any) -> Iterator[Any]:
        found = iter(fields)
        begun.append(found)
        return found

    def interpret(self: Any, fields: Any, *more: Any) -> None:
        begun.clear()
        try:
            plain(self, fields, *more)
        except Exception:
            heard.complaints.append(f"{fields!r:.300}: {traceback.format_exc(limit=3)}")
            raise
        rest = list(begun[0]) if begun else []
        if rest:
            heard.leftover.append(f"{len(rest)} left of {fields!r:.300}")

    decoder.iter = remembered
    decoder.Decoder.interpret = interpret

    class Complaints(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.complaints.append(record.getMessage()[:300])

    logging.getLogger().addHandler(Complaints(level=logging.WARNING))


class Driver:
    """One session, step by step; `facts` is what it found."""

    def __init__(self, host: str, port: int, client_id: int) -> None:
        self.heard = Heard()
        watch_the_decoder(self.heard)
        self.client = EClient(wrapper_of(self.heard)())
        self.client.connect(host, port, client_id)
        self.reader = threading.Thread(target=self._run, daemon=True)
        self.reader.start()
        self.facts: dict[str, Any] = {}
        self.missing: list[str] = []

    def _run(self) -> None:
        try:
            self.client.run()
        except Exception:  # noqa: BLE001 - whatever ended the reader is the finding
            self.heard.complaints.append(traceback.format_exc())

    def until(self, what: str, holds: Callable[[], Any]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not holds():
            if time.monotonic() > end or not self.reader.is_alive():
                self.missing.append(what)
                return
            time.sleep(0.01)

    def until_called(self, *names: str) -> None:
        for name in names:
            self.until(name, lambda name=name: self.heard.named(name))

    def ask(self, method: str, *arguments: Any) -> None:
        """Call the client, with an empty value for each parameter this version has on top."""
        function = getattr(self.client, method)
        expected = list(inspect.signature(function).parameters.values())[len(arguments) :]
        extra = [parameter.annotation() for parameter in expected]
        function(*arguments, *extra)

    # --- the steps ------------------------------------------------------------------------------

    def session(self) -> None:
        self.until_called("nextValidId", "managedAccounts")
        self.until("farms", lambda: len(self.heard.errors()) >= 3)
        self.facts["server_version"] = self.client.serverVersion()
        self.facts["accounts"] = self.heard.named("managedAccounts")[0][0]
        self.next_id = self.heard.named("nextValidId")[0][0]

    def reference(self) -> None:
        self.client.reqContractDetails(1, stock())
        self.client.reqMatchingSymbols(2, "AAPL")
        self.client.reqSecDefOptParams(3, "AAPL", "", "STK", 265598)
        self.client.reqMarketRule(26)
        self.client.reqMktDepthExchanges()
        self.client.reqSmartComponents(4, "9c0001")
        self.client.reqNewsProviders()
        self.client.reqFamilyCodes()
        self.client.reqSoftDollarTiers(5)
        self.client.reqCurrentTime()
        self.client.reqScannerParameters()
        self.until_called("contractDetailsEnd", "symbolSamples", "securityDefinitionOptionParameterEnd")
        self.until_called("marketRule", "mktDepthExchanges", "smartComponents", "newsProviders")
        self.client.reqHistoricalNews(7, 265598, "BRFG+DJNL", "", "", 5, [])
        self.until_called("historicalNewsEnd")
        _, _, provider, article, _ = self.heard.named("historicalNews")[0]
        self.client.reqNewsArticle(8, provider, article, [])
        self.until_called("newsArticle")
        self.until_called("familyCodes", "softDollarTiers", "currentTime", "scannerParameters")
        details = self.heard.named("contractDetails")[0][1]
        self.facts["con_id"] = details.contract.conId
        self.facts["long_name"] = details.longName
        self.facts["min_tick"] = details.minTick

    def market_data(self) -> None:
        self.client.reqMktData(10, stock(), "233,236,165,292", False, False, [])
        self.client.reqMktDepth(11, stock(), 5, False, [])
        self.client.reqMktDepth(12, stock(), 5, True, [])
        self.client.reqTickByTickData(13, stock(), "BidAsk", 0, False)
        self.client.reqRealTimeBars(15, stock(), 5, "TRADES", False, [])
        self.client.reqMktData(16, option(), "", False, False, [])
        self.until_called("tickReqParams", "marketDataType", "tickPrice", "tickSize", "tickString")
        self.until_called("tickNews", "tickGeneric", "updateMktDepth", "updateMktDepthL2", "tickByTickBidAsk")
        self.until_called("realtimeBar", "tickOptionComputation")
        prices = {a[1]: a[2] for a in self.heard.named("tickPrice") if a[0] == 10}
        self.facts["bid"], self.facts["ask"] = prices.get(1), prices.get(2)
        for req_id in (10, 16):
            self.client.cancelMktData(req_id)
        self.client.cancelMktDepth(11, False)
        self.client.cancelMktDepth(12, True)
        self.client.cancelTickByTickData(13)
        self.client.cancelRealTimeBars(15)

    def history(self) -> None:
        self.client.reqHistoricalData(20, stock(), "", "1 D", "5 mins", "TRADES", 0, 1, False, [])
        self.client.reqHistoricalData(21, stock(), "", "10 D", "1 day", "TRADES", 1, 2, False, [])
        self.client.reqHistoricalData(22, stock(), "", "600 S", "5 secs", "TRADES", 0, 1, True, [])
        self.client.reqHeadTimeStamp(23, stock(), "TRADES", 0, 1)
        self.client.reqHistogramData(24, stock(), False, "3 days")
        yesterday = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(time.time() - 3600))
        for at, what in enumerate(("TRADES", "BID_ASK", "MIDPOINT")):
            self.client.reqHistoricalTicks(25 + at, stock(), yesterday, "", 50, what, 0, False, [])
        self.until("three histories", lambda: len(self.heard.named("historicalDataEnd")) >= 3)
        self.until_called("historicalDataUpdate", "headTimestamp", "histogramData")
        self.until_called("historicalTicksLast", "historicalTicksBidAsk", "historicalTicks")
        self.client.cancelHistoricalData(22)
        if hasattr(EWrapper, "historicalSchedule"):
            self.client.reqHistoricalData(28, stock(), "", "5 D", "1 day", "SCHEDULE", 1, 1, False, [])
            self.until_called("historicalSchedule")
        self.facts["bars"] = Counter(a[0] for a in self.heard.named("historicalData"))

    def orders(self) -> None:
        self.client.placeOrder(self.next_id, stock(), order("MKT", 100))
        self.until("a fill", lambda: "Filled" in self.statuses(self.next_id))
        resting = order("LMT", 10, round(self.facts["bid"] * 0.9, 2))
        self.client.placeOrder(self.next_id + 1, stock(), resting)
        self.until("a working order", lambda: "Submitted" in self.statuses(self.next_id + 1))
        self.client.reqOpenOrders()
        self.until_called("openOrderEnd")
        self.ask("cancelOrder", self.next_id + 1)
        self.until("a cancelled order", lambda: "Cancelled" in self.statuses(self.next_id + 1))
        preview = order("MKT", 100)
        preview.whatIf = True
        self.client.placeOrder(self.next_id + 2, stock(), preview)
        self.until("a preview", lambda: self.margin_change(self.next_id + 2) is not None)
        self.client.reqAllOpenOrders()
        self.client.reqCompletedOrders(False)
        self.client.reqExecutions(30, ExecutionFilter())
        self.until_called("completedOrdersEnd", "execDetailsEnd", "completedOrder", "execDetails")
        self.until("commission", lambda: self.heard.named(COMMISSION))
        self.ask("reqGlobalCancel")
        self.facts["statuses"] = self.statuses(self.next_id)
        self.facts["filled"] = str(sum(a[2].shares for a in self.heard.named("execDetails") if a[0] == -1))
        self.facts["margin_change"] = self.margin_change(self.next_id + 2)

    def statuses(self, order_id: int) -> list[str]:
        return [a[1] for a in self.heard.named("orderStatus") if a[0] == order_id]

    def margin_change(self, order_id: int) -> float | None:
        for a in self.heard.named("openOrder"):
            if a[0] == order_id and float(a[3].initMarginChange) < ENDLESS:
                return float(a[3].initMarginChange)
        return None

    def account(self) -> None:
        account = self.facts["accounts"].split(",")[0]
        self.client.reqAccountUpdates(True, account)
        self.client.reqPositions()
        self.client.reqAccountSummary(40, "All", "NetLiquidation,BuyingPower,$LEDGER:ALL")
        self.client.reqPnL(41, account, "")
        self.client.reqPnLSingle(42, account, "", 265598)
        self.client.reqPositionsMulti(43, account, "")
        self.client.reqAccountUpdatesMulti(44, account, "", False)
        self.until_called("accountDownloadEnd", "positionEnd", "accountSummaryEnd", "pnl", "pnlSingle")
        self.until_called("positionMultiEnd", "accountUpdateMultiEnd", "updatePortfolio", "position")
        values = {a[0]: a[1] for a in self.heard.named("updateAccountValue")}
        self.facts["net_liquidation"] = values.get("NetLiquidation")

    def result(self) -> dict[str, Any]:
        return {
            **self.facts,
            "missing": self.missing,
            "complaints": self.heard.complaints,
            "leftover": self.heard.leftover,
            "errors": [error for error in self.heard.errors() if not 2100 <= error[1] < 2200],
            "calls": Counter(name for name, _ in tuple(self.heard.calls)),
        }


COMMISSION = "commissionAndFeesReport" if hasattr(EWrapper, "commissionAndFeesReport") else "commissionReport"


def stock() -> Contract:
    found = Contract()
    found.symbol, found.secType, found.exchange, found.currency = "AAPL", "STK", "SMART", "USD"
    return found


OPTION_ID = [0]


def option() -> Contract:
    found = Contract()
    found.conId, found.exchange = OPTION_ID[0], "SMART"
    return found


def order(kind: str, quantity: int, limit: float | None = None) -> Order:
    made = Order()
    made.action, made.totalQuantity, made.orderType, made.tif = "BUY", quantity, kind, "DAY"
    # Old clients ask for these by default and TWS has not taken them for years.
    made.eTradeOnly = made.firmQuoteOnly = False
    if limit is not None:
        made.lmtPrice = limit
    return made


def find_an_option(driver: Driver) -> None:
    """The first call of the chain's second expiry at a strike in its middle."""
    chain = driver.heard.named("securityDefinitionOptionParameter")[0]
    wanted = stock()
    wanted.secType, wanted.right = "OPT", "C"
    strikes = sorted(chain[6])
    wanted.strike = strikes[len(strikes) // 2]
    wanted.lastTradeDateOrContractMonth = sorted(chain[5])[1]
    driver.client.reqContractDetails(6, wanted)
    driver.until("an option", lambda: [a for a in driver.heard.named("contractDetails") if a[0] == 6])
    OPTION_ID[0] = next(a[1].contract.conId for a in driver.heard.named("contractDetails") if a[0] == 6)


def main() -> None:
    host, port, client_id = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    driver = Driver(host, port, client_id)
    try:
        driver.session()
        driver.reference()
        find_an_option(driver)
        driver.market_data()
        driver.history()
        driver.orders()
        driver.account()
        driver.client.disconnect()
    except Exception:  # noqa: BLE001 - it is reported, with all that was seen until then
        driver.missing.append(traceback.format_exc())
    sys.stdout.write(json.dumps(driver.result(), default=str) + "\n")


if __name__ == "__main__":
    main()
