"""IB's message codes as one table: class, meaning in words, what the trader can do, what the desk does.

Where tables of others disagree, the milder reading stands: what is not known to end an order does not end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

BROKER_LOST = 1100
DATA_LOST = 1101
"""IBKR is back, and every subscription is gone."""
DATA_KEPT = 1102
"""IBKR is back, and so are the subscriptions."""
TWS_CUT_OFF = 2110
COMPETING_SESSION = 10197

BROKER_DOWN = frozenset({BROKER_LOST, TWS_CUT_OFF})
BROKER_BACK = frozenset({DATA_LOST, DATA_KEPT})


class CodeClass(Enum):
    """What a code means for an order, a request or the link; the reference's letters beside them."""

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


DESK_DOES: dict[CodeClass, str] = {
    CodeClass.NOTICE: "Notes it; nothing changes.",
    CodeClass.WARNING: "Warns; the order or request goes on, with the values that IB sends.",
    CodeClass.DATA_ENDS: "Ends the request and says why; a new order that it answers is rejected.",
    CodeClass.ORDER_FATAL: "A new order is rejected; a modification is taken back and the orders are read back.",
    CodeClass.MODIFY_FAILED: "Takes the modification back: the old terms work on. Reads the orders back.",
    CodeClass.CANCEL_FAILED: "Takes the cancel back and reads the orders back.",
    CodeClass.CANCELLED: "The order is cancelled.",
    CodeClass.IN_DOUBT: "The order is in doubt until the orders have been read back; it is never sent again.",
    CodeClass.LINK: "Shows it with the link, and heals what it can.",
    CodeClass.THROTTLED: "Pauses, then sends more slowly.",
    CodeClass.CONFIGURATION: "Says what must be set right; nothing changes by itself.",
    CodeClass.UNKNOWN: "Records it, warns and reads the orders back; no order changes its state.",
}
"""What the desk does for each class; a row may say it more exactly."""


class IbCode(NamedTuple):
    """One row."""

    code: int
    code_class: CodeClass
    meaning: str
    advice: str = ""
    desk: str = ""
    """What the desk does, where the class does not say it all."""

    @property
    def desk_does(self) -> str:
        return self.desk or DESK_DOES[self.code_class]


_I, _W, _D, _N = CodeClass.NOTICE, CodeClass.WARNING, CodeClass.DATA_ENDS, CodeClass.ORDER_FATAL
_M, _C, _K, _X = (
    CodeClass.MODIFY_FAILED,
    CodeClass.CANCEL_FAILED,
    CodeClass.CANCELLED,
    CodeClass.IN_DOUBT,
)
_L, _T, _F = CodeClass.LINK, CodeClass.THROTTLED, CodeClass.CONFIGURATION

_AGAIN = "Cancel and replace it: in the blotter, by the order's own menu."
_PRESETS = "Change it in TWS > Presets, or change the order."
_READ_ONLY = "In TWS: API > Settings, untick Read-Only API."
_SUBSCRIBE = "Subscribe in Client Portal, or use delayed data."
_PERMISSION = "Ask for it in Client Portal > Settings > Trading Permissions."
_BY_ITSELF = "TWS reconnects by itself."
_ASKED_AGAIN = "Ends that request; what is still shown is asked for again."
_REPORT = "Please report it with the log."

_ROWS = (
    IbCode(
        100,
        _T,
        "Too many messages a second.",
        "IBDesk slows down by itself.",
        "Pauses for a second and halves its rate; an order that it answers is read back.",
    ),
    IbCode(101, _D, "All market-data lines are in use.", "Remove a contract from the watchlist."),
    IbCode(102, _D, "Ticker id in use twice."),
    IbCode(
        103,
        _N,
        "The order id was used before.",
        "Send the order again: it takes a new id.",
        "Rejects the order and raises its ids above IB's; sends nothing again by itself.",
    ),
    IbCode(104, _M, "A filled order cannot be modified.", "Look at the executions."),
    IbCode(105, _M, "The modification does not match the order.", _AGAIN),
    IbCode(106, _N, "The order could not be transmitted."),
    IbCode(107, _N, "The order is incomplete and cannot be transmitted."),
    IbCode(109, _N, "The price is outside IB's percentage limits.", "Bring it nearer to the market."),
    IbCode(110, _N, "The price does not fit the contract's price step.", "Use a price on the step."),
    IbCode(111, _N, "Time in force and order type do not go together.", "Choose another pair."),
    IbCode(113, _N, "Orders for the close must be DAY orders.", "Use DAY."),
    IbCode(116, _N, "The order cannot be transmitted to a dead exchange.", "Choose another exchange."),
    IbCode(132, _N, "The order needs a clearing account."),
    IbCode(133, _N, "The order could not be submitted."),
    IbCode(134, _M, "The modification failed.", "The order still works with its old terms."),
    IbCode(135, _C, "IB cannot find the order to cancel.", "It may have been filled."),
    IbCode(136, _C, "This order cannot be cancelled."),
    IbCode(137, _C, "It is too late to cancel this order."),
    IbCode(140, _N, "The size is not a valid whole number."),
    IbCode(141, _N, "The price is not a valid number."),
    IbCode(144, _N, "The size does not match what is allocated to accounts."),
    IbCode(145, _N, "A field of the order is not valid."),
    IbCode(146, _N, "The trigger method is not valid."),
    IbCode(147, _N, "The contract of a condition is incomplete."),
    IbCode(
        148,
        _N,
        "This order type takes no conditions.",
        "Use a limit, market, midprice, relative or snap order.",
    ),
    IbCode(151, _N, "The order needs a user name."),
    IbCode(152, _N, "This order cannot be hidden.", "Take the hidden attribute off."),
    IbCode(154, _N, "The security is halted.", "Wait until trading resumes."),
    IbCode(158, _N, "A trailing order needs an offset or a percentage."),
    IbCode(159, _N, "A percentage must lie between 0 and 100."),
    IbCode(160, _N, "The size cannot be zero."),
    IbCode(161, _C, "The order cannot be cancelled in its present state.", "Look at the executions."),
    IbCode(
        162,
        _D,
        "Historical data could not be had.",
        "If IB speaks of pacing, wait a little.",
        "Ends the request; after a pacing violation history waits.",
    ),
    IbCode(163, _N, "The price is more than IB's precaution allows from the market.", _PRESETS),
    IbCode(164, _N, "No market data to check the price by."),
    IbCode(165, _I, "A message of the history service."),
    IbCode(166, _D, "The contract has expired."),
    IbCode(168, _N, "The discretionary amount does not fit the price step."),
    IbCode(200, _D, "No such contract, or several.", "Search for it and pick one."),
    IbCode(201, _N, "IB rejected the order."),
    IbCode(202, _K, "The order was cancelled."),
    IbCode(203, _N, "This account may not trade this security.", _PERMISSION),
    IbCode(300, _I, "A subscription to cancel was not there."),
    IbCode(309, _D, "At most three depth subscriptions at once.", "Close another depth ladder."),
    IbCode(310, _I, "A depth subscription to cancel was not there."),
    IbCode(316, _D, "Market depth was halted.", "", _ASKED_AGAIN),
    IbCode(317, _W, "Market depth was reset.", "", "Empties the book and fills it anew."),
    IbCode(320, _D, "IB could not read the request."),
    IbCode(321, _D, "IB refused the request."),
    IbCode(322, _D, "IB could not process the request."),
    IbCode(323, _D, "IB could not process the request."),
    IbCode(
        326,
        _F,
        "Another program uses this client id.",
        "End it, or choose another client id.",
        "Waits, since an old connection may linger, and says so; never takes another id by itself.",
    ),
    IbCode(328, _N, "A trailing order can be attached to limit and stop limit orders only."),
    IbCode(329, _M, "The order type cannot be changed.", _AGAIN),
    IbCode(354, _D, "No market-data subscription.", _SUBSCRIBE),
    IbCode(355, _N, "The size does not fit the market rule."),
    IbCode(359, _N, "A combination order's OCA group must reduce without block.", "Use OCA type 3."),
    IbCode(365, _I, "A scanner to cancel was not there."),
    IbCode(366, _I, "A history request to cancel was not there."),
    IbCode(382, _N, "More ticks from the market than your TWS preset allows.", _PRESETS),
    IbCode(383, _N, "More than your TWS preset's size allows.", _PRESETS),
    IbCode(387, _N, "This order type is not supported for this exchange and security."),
    IbCode(388, _N, "The size is under the minimum."),
    IbCode(399, _W, "A message about the order."),
    IbCode(404, _W, "Shares to short are being located; the order is held.", "It may go live at any time."),
    IbCode(411, _N, "Outside-RTH is not valid for this order."),
    IbCode(412, _N, "The contract cannot be traded."),
    IbCode(413, _N, "A preview must be sent with transmit on.", _REPORT),
    IbCode(420, _D, "The real-time request was refused."),
    IbCode(421, _N, "The route is not valid."),
    IbCode(422, _M, "Account and clearing of a working order cannot be changed."),
    IbCode(423, _N, "The quote for this cross order has expired."),
    IbCode(424, _N, "The order must be allocated to accounts."),
    IbCode(425, _N, "The order must be allocated account by account."),
    IbCode(426, _N, "None of the accounts has enough shares."),
    IbCode(427, _N, "A fund order needs an amount of money."),
    IbCode(428, _N, "Selling a fund needs a number of shares."),
    IbCode(429, _N, "Delta-neutral orders are for combinations only."),
    IbCode(430, _D, "There are no fundamentals of this security."),
    IbCode(431, _D, "What to show is missing or not valid."),
    IbCode(432, _N, "A commission cannot be negative."),
    IbCode(433, _N, "Restoring the size is not valid for several accounts."),
    IbCode(434, _N, "The order size cannot be zero."),
    IbCode(435, _N, "The account must be named."),
    IbCode(436, _N, "The order must name an account, a group or a profile."),
    IbCode(437, _N, "Outside-RTH and pre-open do not go together."),
    IbCode(438, _N, "TWS is locked.", "Unlock it."),
    IbCode(439, _N, "The algorithm is not known."),
    IbCode(440, _M, "An algorithm cannot be added, changed or dropped by modification.", _AGAIN),
    IbCode(441, _N, "The algorithm's parameters are not valid."),
    IbCode(442, _N, "This order does not allow that algorithm."),
    IbCode(443, _N, "The algorithm does not know a parameter."),
    IbCode(444, _M, "The order has not been confirmed yet and cannot be changed."),
    IbCode(445, _N, "The quote for this order is no longer valid."),
    IbCode(446, _N, "A scale order's profit offset is missing."),
    IbCode(447, _N, "A scale order's price adjustment is missing."),
    IbCode(448, _N, "A scale order's price adjustment interval is not valid."),
    IbCode(449, _N, "A scale order's price adjustment is not expected."),
    IbCode(460, _N, "No trading permission.", _PERMISSION),
    IbCode(462, _M, "The time in force cannot be changed.", _AGAIN),
    IbCode(481, _W, "IB reduced the order's size.", "", "Takes over IB's size and shows it."),
    IbCode(492, _W, "The scanner uses low precision."),
    IbCode(501, _I, "Already connected."),
    IbCode(502, _L, "TWS could not be reached."),
    IbCode(503, _F, "TWS is too old.", "Update it."),
    IbCode(504, _L, "Not connected."),
    IbCode(505, _F, "TWS does not know a message of ours.", "Update TWS or IBDesk."),
    IbCode(506, _F, "TWS does not support this version.", "Update TWS or IBDesk."),
    IbCode(507, _L, "A broken message came from TWS.", "", "Drops the connection and makes a new one."),
    IbCode(508, _L, "A broken message came from TWS.", "", "Drops the connection and makes a new one."),
    IbCode(509, _L, "The connection failed.", "", "Drops the connection and makes a new one."),
    IbCode(512, _X, "The order may not have been sent."),
    IbCode(515, _X, "The cancel may not have been sent."),
    IbCode(517, _D, "The contract is not known.", "Search for it and pick one."),
    IbCode(
        BROKER_LOST,
        _L,
        "IBKR's servers are out of TWS's reach.",
        _BY_ITSELF,
        "Closes the order gate; what is on its way is in doubt.",
    ),
    IbCode(
        DATA_LOST,
        _L,
        "IBKR is back; subscriptions were lost.",
        "",
        "Subscribes to everything again and reads the orders back.",
    ),
    IbCode(
        DATA_KEPT,
        _L,
        "IBKR is back; subscriptions were kept.",
        "",
        "Reads the orders back and proves that each line flows.",
    ),
    IbCode(1300, _L, "TWS changed its API port.", "Set the new port in the connection panel."),
    IbCode(
        2100,
        _W,
        "Account updates went to another client.",
        "",
        "Subscribes again; until then account values count as stale.",
    ),
    IbCode(2101, _D, "Account updates were refused: another client has them."),
    IbCode(
        2102,
        _M,
        "The order is still being processed; it cannot be modified yet.",
        "Modify it again in a moment.",
    ),
    IbCode(2103, _L, "A market-data farm is broken.", _BY_ITSELF),
    IbCode(2104, _L, "A market-data farm is well."),
    IbCode(2105, _L, "A history farm is broken.", _BY_ITSELF),
    IbCode(2106, _L, "A history farm is well."),
    IbCode(2107, _L, "A history farm sleeps until it is asked."),
    IbCode(2108, _L, "A market-data farm sleeps until it is asked."),
    IbCode(2109, _W, "Outside RTH is ignored for this order; it is processed."),
    IbCode(
        TWS_CUT_OFF,
        _L,
        "TWS and IBKR's servers are apart.",
        _BY_ITSELF,
        "Closes the order gate, as for 1100.",
    ),
    IbCode(2119, _L, "A market-data farm is connecting."),
    IbCode(2137, _W, "The order would turn the position round.", "TWS may want a confirmation."),
    IbCode(2148, _W, "A warning about the order."),
    IbCode(2150, _W, "The position's market value could not be had."),
    IbCode(2152, _I, "Which exchanges smart depth shows."),
    IbCode(2157, _L, "The security-definition farm is broken.", _BY_ITSELF),
    IbCode(2158, _L, "The security-definition farm is well."),
    IbCode(2159, _L, "The security-definition farm sleeps until it is asked."),
    IbCode(2161, _W, "IB may cap the order's price to keep the market orderly."),
    IbCode(2168, _W, "The order's time in force is being adjusted."),
    IbCode(2169, _W, "The order is being adjusted."),
    IbCode(2174, _W, "A time was sent without its zone."),
    IbCode(2176, _W, "Sizes are told in whole shares to this version of the API."),
    IbCode(10005, _F, "The API is read-only.", _READ_ONLY),
    IbCode(10006, _N, "The parent order is missing.", "Place the whole bracket again."),
    IbCode(10015, _F, "Trading through the API is not allowed.", _READ_ONLY),
    IbCode(10018, _W, "TWS warns about the orders' estimated value.", "TWS may want a confirmation."),
    IbCode(10019, _W, "TWS warns about the trades' estimated value.", "TWS may want a confirmation."),
    IbCode(10089, _W, "Market data needs another subscription; delayed data may follow.", _SUBSCRIBE),
    IbCode(10090, _W, "Part of the market data is not subscribed.", _SUBSCRIBE),
    IbCode(10091, _W, "Part of the market data needs another subscription.", _SUBSCRIBE),
    IbCode(10147, _C, "IB does not know the order to cancel.", "It never arrived, or it is finished."),
    IbCode(10148, _C, "The order cannot be cancelled in its present state.", "Look at the executions."),
    IbCode(10149, _C, "The order cannot be cancelled."),
    IbCode(10167, _I, "Delayed market data is shown."),
    IbCode(10168, _D, "No market-data subscription, and delayed data is off.", "Switch delayed data on."),
    IbCode(
        10182, _D, "Live updates of a series ended.", "", "Asks for that series again once the farm is well."
    ),
    IbCode(10185, _I, "A P&L subscription to cancel was not there."),
    IbCode(10186, _D, "No market-data subscription, and delayed data is off.", _SUBSCRIBE),
    IbCode(10187, _D, "No permission for historical ticks.", _SUBSCRIBE),
    IbCode(10189, _D, "No permission for tick-by-tick data.", _SUBSCRIBE),
    IbCode(10190, _D, "All tick-by-tick subscriptions are in use.", "Close another time-and-sales panel."),
    IbCode(
        COMPETING_SESSION,
        _D,
        "Another session of yours takes the market data.",
        "Log the other session off.",
        "Shows it, and asks again until the other session ends.",
    ),
    IbCode(10225, _D, "Real-time bars must be subscribed again.", "", _ASKED_AGAIN),
    IbCode(
        10233, _W, "TWS presets changed the order.", "", "Takes over IB's values and shows the difference."
    ),
    IbCode(10241, _M, "A cash-sized order cannot be changed so.", _AGAIN),
    IbCode(10242, _M, "An order of fractions cannot be changed so.", _AGAIN),
    IbCode(10243, _N, "Fractions of a share cannot be traded through the API.", "Use whole shares."),
    IbCode(10244, _N, "Money-sized orders cannot be placed for this contract.", "Give a quantity."),
    IbCode(10255, _N, "An iceberg order cannot be hidden."),
    IbCode(10256, _N, "A minimum quantity is for options only."),
    IbCode(10289, _N, "This order must be sized in money."),
    IbCode(10293, _N, "IB refused the order."),
    IbCode(10300, _D, "A date was malformed.", _REPORT),
    IbCode(10311, _W, "The order will be routed directly."),
    IbCode(10314, _D, "A date was malformed.", _REPORT),
    IbCode(10315, _D, "A date was malformed.", _REPORT),
    IbCode(10326, _M, "The OCA group of a working order cannot be changed.", _AGAIN),
    IbCode(10327, _M, "The OCA type of a working order cannot be changed.", _AGAIN),
    IbCode(10328, _X, "The connection was lost; what became of the order is not known."),
    IbCode(10329, _W, "The order will be routed directly."),
    IbCode(10330, _D, "A date was malformed.", _REPORT),
    IbCode(10331, _W, "TWS wants the order confirmed.", "Look into TWS: it may be waiting for an answer."),
    IbCode(10332, _W, "TWS wants the order confirmed.", "Look into TWS: it may be waiting for an answer."),
    IbCode(10333, _W, "TWS wants the order confirmed.", "Look into TWS: it may be waiting for an answer."),
    IbCode(
        10335, _W, "TWS presets changed the order.", "", "Takes over IB's values and shows the difference."
    ),
    IbCode(10347, _W, "TWS warns about the order.", "Look into TWS: it may be waiting for an answer."),
    IbCode(
        10349,
        _W,
        "TWS presets changed the time in force.",
        "",
        "Takes over IB's values and shows the difference.",
    ),
)

_FAMILIES = (
    (range(450, 464), _N, "IB does not allow this order for the account.", _PERMISSION),
    (range(510, 590), _D, "A request could not be sent to TWS.", ""),
    (
        range(10245, 10255),
        _N,
        "Fractions and amounts of money are not allowed for this order.",
        "Use whole shares.",
    ),
)
"""Codes that IB gives out by the dozen with one meaning; a code with a row of its own is not among them."""


def _table() -> Iterator[IbCode]:
    """The families first, so that a row of its own stands over them."""
    for codes, code_class, meaning, advice in _FAMILIES:
        for code in codes:
            yield IbCode(code, code_class, meaning, advice)
    yield from _ROWS


IB_CODES: dict[int, IbCode] = {row.code: row for row in _table()}
"""The shipped table. What the desk does stands here alone."""

_WARNINGS = range(2100, 2200)

_own: dict[int, IbCode] = {}


def adopt(rows: Iterable[IbCode]) -> None:
    """Take over the user's own rows, in place of earlier ones; `ValueError` for one that would change what is done.

    A known code keeps its class and what the desk does. A new one is UNKNOWN, or IN_DOUBT: no file of words can
    make an order rejected, cancelled or forgotten.
    """
    own = {row.code: row for row in rows}
    for row in own.values():
        known = IB_CODES.get(row.code)
        if known is not None and (row.code_class, row.desk) != (known.code_class, known.desk):
            raise ValueError(f"code {row.code} keeps its class")
        if known is None and row.code_class not in ADDABLE:
            raise ValueError(f"code {row.code} is new: its class is unknown or in doubt")
    _own.clear()
    _own.update(own)


ADDABLE = frozenset({CodeClass.UNKNOWN, CodeClass.IN_DOUBT})
"""What a code that IBDesk does not ship may be: neither lets an order pass for more settled than it is."""


def row_of(code: int) -> IbCode | None:
    """The row for a code, the user's own words first; `None` for one nobody has described."""
    return _own.get(code) or IB_CODES.get(code)


def code_class(code: int) -> CodeClass:
    """The class of any code; one that the table does not have changes no order: UNKNOWN."""
    row = row_of(code)
    if row is not None:
        return row.code_class
    return CodeClass.WARNING if code in _WARNINGS else CodeClass.UNKNOWN


def in_words(code: int, text: str) -> str:
    """What is shown: our meaning, IB's own text, what to do, and the code last."""
    row = row_of(code)
    if row is None:
        return f"{text} (IB {code})"
    said = f" {text.strip()}" if text.strip() and text.strip() != row.meaning else ""
    advice = f" {row.advice}" if row.advice else ""
    return f"{row.meaning}{said}{advice} (IB {code})"
