"""IB's message codes as one table: class, meaning in words, what the trader can do."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class CodeClass(Enum):
    """What a code means for an order or a link; ibkr-behaviour's letters beside them."""

    NOTICE = "I"
    WARNING = "W"
    DATA_ENDS = "D"
    ORDER_FATAL = "N"
    MODIFY_FAILED = "M"
    CANCEL_FAILED = "C"
    CANCELLED = "K"
    IN_DOUBT = "X"
    LINK = "L"
    THROTTLED = "T"
    CONFIGURATION = "F"
    UNKNOWN = "?"


class IbCode(NamedTuple):
    """One row."""

    code: int
    code_class: CodeClass
    meaning: str
    advice: str = ""


_I, _W, _D, _N = CodeClass.NOTICE, CodeClass.WARNING, CodeClass.DATA_ENDS, CodeClass.ORDER_FATAL
_M, _C, _K, _X = (
    CodeClass.MODIFY_FAILED,
    CodeClass.CANCEL_FAILED,
    CodeClass.CANCELLED,
    CodeClass.IN_DOUBT,
)
_L, _T, _F = CodeClass.LINK, CodeClass.THROTTLED, CodeClass.CONFIGURATION

_ROWS = (
    IbCode(100, _T, "Too many messages a second.", "IBDesk slows down by itself."),
    IbCode(101, _D, "All market-data lines are in use.", "Remove a contract from the watchlist."),
    IbCode(102, _D, "Ticker id in use twice."),
    IbCode(103, _N, "The order id was used before.", "Send the order again: it takes a new id."),
    IbCode(104, _M, "A filled order cannot be modified.", "Look at the executions."),
    IbCode(105, _M, "The modification does not match the order.", "Cancel it and place a new one."),
    IbCode(106, _N, "The order could not be transmitted."),
    IbCode(107, _N, "The order is incomplete and cannot be transmitted."),
    IbCode(109, _N, "The price is outside IB's percentage limits.", "Bring it nearer to the market."),
    IbCode(110, _N, "The price does not fit the contract's price step.", "Use a price on the step."),
    IbCode(111, _N, "Time in force and order type do not go together.", "Choose another pair."),
    IbCode(113, _N, "The order type is not allowed here."),
    IbCode(116, _N, "The order cannot be transmitted to a dead exchange."),
    IbCode(132, _N, "The order can not be sent."),
    IbCode(133, _N, "The order could not be submitted."),
    IbCode(134, _M, "The modification failed.", "The order still works with its old terms."),
    IbCode(135, _C, "IB cannot find the order to cancel.", "It may have been filled."),
    IbCode(136, _C, "This order cannot be cancelled."),
    IbCode(137, _C, "This order cannot be cancelled."),
    IbCode(140, _N, "The size is not a valid whole number."),
    IbCode(141, _N, "The price is not a valid number."),
    IbCode(144, _N, "The size condition is not valid."),
    IbCode(145, _N, "A field of the order is not valid."),
    IbCode(151, _N, "Auction price and type do not go together."),
    IbCode(152, _N, "The account cannot be used for this order."),
    IbCode(154, _N, "The security is halted.", "Wait until trading resumes."),
    IbCode(161, _C, "The order cannot be cancelled in its present state.", "Look at the executions."),
    IbCode(162, _D, "Historical data could not be had."),
    IbCode(163, _N, "The price is more than IB's precaution allows from the market."),
    IbCode(164, _N, "No market data to check the price by."),
    IbCode(165, _I, "Historical data message."),
    IbCode(166, _D, "The contract has expired."),
    IbCode(200, _D, "No such contract, or several.", "Search for it and pick one."),
    IbCode(201, _N, "IB rejected the order."),
    IbCode(202, _K, "The order was cancelled."),
    IbCode(203, _N, "This account may not trade this security."),
    IbCode(300, _I, "A subscription to cancel was not there."),
    IbCode(309, _D, "At most three depth subscriptions at once."),
    IbCode(310, _I, "A depth subscription to cancel was not there."),
    IbCode(316, _D, "Market depth was halted."),
    IbCode(317, _W, "Market depth was reset."),
    IbCode(320, _D, "IB could not read the request."),
    IbCode(321, _D, "IB refused the request."),
    IbCode(322, _D, "IB could not process the request."),
    IbCode(323, _D, "IB could not process the request."),
    IbCode(326, _F, "Another program uses this client id.", "End it, or choose another client id."),
    IbCode(328, _N, "A trailing order can be attached to limit and stop limit orders only."),
    IbCode(329, _M, "The order type cannot be changed.", "Cancel it and place a new one."),
    IbCode(354, _D, "No market-data subscription.", "Subscribe in Client Portal, or use delayed data."),
    IbCode(355, _N, "The size does not fit the market rule."),
    IbCode(365, _I, "A scanner to cancel was not there."),
    IbCode(366, _I, "A history request to cancel was not there."),
    IbCode(382, _N, "More ticks from the market than your TWS preset allows.", "Change it in TWS > Presets."),
    IbCode(383, _N, "More than your TWS preset's size allows.", "Change it in TWS > Presets."),
    IbCode(387, _N, "This order type is not supported for this exchange and security."),
    IbCode(388, _N, "The size is under the minimum."),
    IbCode(399, _W, "A message about the order."),
    IbCode(404, _W, "Shares to short are being located; the order is held."),
    IbCode(411, _N, "Outside-RTH is not valid for this order."),
    IbCode(412, _N, "The contract cannot be traded."),
    IbCode(420, _D, "The real-time request was refused."),
    IbCode(434, _N, "The order size cannot be zero."),
    IbCode(435, _N, "The account must be named."),
    IbCode(439, _N, "The algorithm's parameters are not valid."),
    IbCode(440, _M, "An algorithm cannot be added by modification."),
    IbCode(460, _N, "No trading permission.", "Ask for it in Client Portal."),
    IbCode(462, _M, "The time in force cannot be changed.", "Cancel it and place a new one."),
    IbCode(481, _W, "IB reduced the order's size."),
    IbCode(492, _W, "The scanner uses low precision."),
    IbCode(502, _L, "TWS could not be reached."),
    IbCode(503, _F, "TWS is too old.", "Update it."),
    IbCode(504, _L, "Not connected."),
    IbCode(507, _L, "A broken message came from TWS."),
    IbCode(512, _X, "The order may not have been sent."),
    IbCode(515, _X, "The cancel may not have been sent."),
    IbCode(1100, _L, "IBKR's servers are out of TWS's reach.", "TWS reconnects by itself."),
    IbCode(1101, _L, "IBKR is back; subscriptions were lost."),
    IbCode(1102, _L, "IBKR is back; subscriptions were kept."),
    IbCode(1300, _L, "TWS changed its API port.", "Set the new port in the connection panel."),
    IbCode(2100, _W, "Account updates went to another client."),
    IbCode(2102, _W, "The order is still being processed; it cannot be modified yet."),
    IbCode(2103, _L, "A market-data farm is broken."),
    IbCode(2104, _L, "A market-data farm is well."),
    IbCode(2105, _L, "A history farm is broken."),
    IbCode(2106, _L, "A history farm is well."),
    IbCode(2107, _L, "A history farm sleeps until it is asked."),
    IbCode(2108, _L, "A market-data farm sleeps until it is asked."),
    IbCode(2109, _W, "Outside RTH is ignored for this order; it is processed."),
    IbCode(2110, _L, "TWS and IBKR's servers are apart.", "TWS reconnects by itself."),
    IbCode(2119, _L, "A market-data farm is connecting."),
    IbCode(2137, _W, "The order would turn the position round.", "TWS may want a confirmation."),
    IbCode(2148, _W, "A warning about the order."),
    IbCode(2150, _W, "The position's market value could not be had."),
    IbCode(2152, _I, "Which exchanges smart depth shows."),
    IbCode(2157, _L, "The security-definition farm is broken."),
    IbCode(2158, _L, "The security-definition farm is well."),
    IbCode(2168, _W, "The order's time in force is being adjusted."),
    IbCode(2169, _W, "The order is being adjusted."),
    IbCode(10006, _N, "The parent order is missing."),
    IbCode(10015, _F, "Trading through the API is not allowed.", "TWS > API > Settings > Read-Only API."),
    IbCode(10089, _W, "Market data needs another subscription; delayed data may follow."),
    IbCode(10090, _W, "Part of the market data is not subscribed."),
    IbCode(10091, _W, "Part of the market data needs another subscription."),
    IbCode(10147, _C, "IB does not know the order to cancel.", "It never arrived, or it is finished."),
    IbCode(10148, _C, "The order cannot be cancelled in its present state.", "Look at the executions."),
    IbCode(10149, _C, "The order cannot be cancelled."),
    IbCode(10167, _I, "Delayed market data is shown."),
    IbCode(10168, _D, "No market-data subscription, and delayed data is off.", "Switch delayed data on."),
    IbCode(10182, _D, "Live updates of a series ended."),
    IbCode(10185, _I, "A P&L subscription to cancel was not there."),
    IbCode(10186, _D, "No market-data subscription, and delayed data is off."),
    IbCode(10187, _D, "No permission for historical ticks."),
    IbCode(10189, _D, "No permission for tick-by-tick data."),
    IbCode(10197, _D, "Another session of yours takes the market data.", "Log the other session off."),
    IbCode(10225, _D, "Real-time bars must be subscribed again."),
    IbCode(10233, _W, "TWS presets changed the order."),
    IbCode(10241, _M, "A cash-sized order cannot be changed so."),
    IbCode(10243, _N, "Fractions of a share cannot be traded through the API."),
    IbCode(10244, _N, "Money-sized orders cannot be placed for this contract."),
    IbCode(10311, _W, "The order will be routed directly."),
    IbCode(10314, _D, "A date was malformed."),
    IbCode(10326, _M, "The OCA group cannot be changed."),
    IbCode(10327, _M, "The OCA type cannot be changed."),
    IbCode(10328, _X, "The connection was lost; what became of the order is not known."),
    IbCode(10329, _W, "The order will be routed directly."),
    IbCode(10335, _W, "TWS presets changed the order."),
    IbCode(10349, _W, "TWS presets changed the time in force."),
)

IB_CODES: dict[int, IbCode] = {row.code: row for row in _ROWS}


def code_class(code: int) -> CodeClass:
    """The class of any code; one that the table does not have changes no order: UNKNOWN."""
    row = IB_CODES.get(code)
    if row is not None:
        return row.code_class
    return CodeClass.WARNING if 2100 <= code < 2200 else CodeClass.UNKNOWN


def in_words(code: int, text: str) -> str:
    """What is shown: our meaning, IB's own text, what to do, and the code last."""
    row = IB_CODES.get(code)
    if row is None:
        return f"{text} (IB {code})"
    said = f" {text.strip()}" if text.strip() and text.strip() != row.meaning else ""
    advice = f" {row.advice}" if row.advice else ""
    return f"{row.meaning}{said}{advice} (IB {code})"
