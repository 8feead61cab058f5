"""What a fact about a gateway means for the trader: each function makes one finding, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.api.examination import CHECKS, Finding, Verdict
from core.domain.codes import BROKER_BACK, BROKER_DOWN, COMPETING_SESSION, in_words
from core.domain.events import ConnectFailed, MessageReported, QuoteRefused, SnapshotCompleted, SocketOpened
from core.domain.limits import LinkSettings
from core.domain.link import LinkFault, Mode
from core.domain.quote import QuoteKind, QuoteReport
from core.link.farms import FARM_CODES
from core.link.mode import mode_of
from core.link.words import sentence
from core.telemetry.masking import mask_accounts

SLOW_S, VERY_SLOW_S = 0.25, 2.0
"""Round trips that deserve a warning, and that are a problem."""
SKEW_S, LARGE_SKEW_S = 2.0, 30.0
"""IB tells whole seconds: less than this is not seen."""

KNOWN_PORTS = {
    7497: ("TWS", "paper"),
    7496: ("TWS", "live"),
    4002: ("IB Gateway", "paper"),
    4001: ("IB Gateway", "live"),
}

ENDS_AT = {
    LinkFault.REFUSED: "listening",
    LinkFault.UNREACHABLE: "listening",
    LinkFault.MUTE: "answers",
    LinkFault.SLOW: "answers",
    LinkFault.CLOSED: "answers",
    LinkFault.NOT_TWS: "protocol",
    LinkFault.INTERNAL: "protocol",
    LinkFault.TOO_OLD: "version",
    LinkFault.CLIENT_ID_IN_USE: "client id",
    LinkFault.ACCOUNT_MISSING: "account",
}
"""The question at which a handshake ended; those before it are answered by its having come so far."""

_MORE_ADVICE = {
    LinkFault.MUTE: (
        "In TWS: File > Global Configuration > API > Settings, tick Enable ActiveX and Socket Clients, and answer "
        "any open question about an incoming connection."
    ),
    LinkFault.CLOSED: (
        "In TWS: API > Settings, trust this computer's address (127.0.0.1), or untick localhost only."
    ),
    LinkFault.CLIENT_ID_IN_USE: "If it is IBDesk itself that is connected now, all is well.",
}

_CAME_SO_FAR = {
    "listening": "Somebody listens on {where}.",
    "answers": "It answers.",
    "protocol": "It speaks TWS's protocol.",
    "version": "Its version is supported.",
    "client id": "Client id {client_id} is free.",
}

NO_MARKET_DATA = frozenset({354, 10168, 10186, 10187, 10189, COMPETING_SESSION})
"""After these no delayed price follows either."""
_DELAYED = frozenset({QuoteKind.DELAYED, QuoteKind.DELAYED_FROZEN})
DELAYED_ADVICE = "For live prices subscribe in Client Portal > Settings > Market Data Subscriptions."
_FARM_BROKEN = frozenset(code for code, (_, well) in FARM_CODES.items() if well is False)
_FARM_WELL = frozenset(code for code, (_, well) in FARM_CODES.items() if well)
_TRADING_REFUSED = frozenset({10005, 10015})
_READ_ONLY_ADVICE = "In TWS: File > Global Configuration > API > Settings, untick Read-Only API."


def masked(account: str) -> str:
    """An account as it may be shown to whoever helps, and as the log has it: DU****567."""
    found = mask_accounts(account)
    return "****" if found == account else found


# --- reaching it -------------------------------------------------------------------------------------


def of_port(link: LinkSettings) -> Finding:
    """A port that says another thing than the profile does, before anything is tried."""
    known = KNOWN_PORTS.get(link.port)
    if known is None:
        return Finding("port", "ok", f"{link.host}:{link.port} is none of TWS's usual ports.")
    program, kind = known
    if not link.kind or link.kind == kind:
        return Finding("port", "ok", f"{link.port} is {program}'s port for {kind} trading.")
    fitting = [f"{port} ({name})" for port, (name, what) in KNOWN_PORTS.items() if what == link.kind]
    return Finding(
        "port",
        "problem",
        f"Profile {link.profile} says {link.kind}, but {link.port} is {program}'s port for {kind}.",
        f"Use {' or '.join(fitting)}." if fitting else "Use the profile that fits the port.",
    )


def of_coming_to(check: str, link: LinkSettings) -> tuple[Finding, ...]:
    """What a handshake that came as far as `check` has answered already."""
    names = CHECKS[1 : CHECKS.index(check)]
    told = {"where": f"{link.host}:{link.port}", "client_id": link.client_id}
    return tuple(Finding(name, "ok", _CAME_SO_FAR[name].format(**told)) for name in names)


def of_failure(failed: ConnectFailed, link: LinkSettings, neighbours: Sequence[int]) -> Finding:
    """Why a handshake came to nothing; `neighbours` are usual ports on which somebody listens instead."""
    what, advice = sentence(failed.fault, link.host, link.port, link.kind)
    more, detail = _MORE_ADVICE.get(failed.fault, ""), failed.detail
    if failed.fault is LinkFault.REFUSED:
        # The system's own sentence for it adds nothing.
        more, detail = _instead(neighbours), ""
    elif failed.fault is LinkFault.CLIENT_ID_IN_USE:
        what = f"{what} It is client id {link.client_id}."
    words = " ".join(part for part in (what, detail) if part)
    return Finding(ENDS_AT.get(failed.fault, "protocol"), "problem", words, f"{advice} {more}".strip())


def _instead(ports: Sequence[int]) -> str:
    there = ", ".join(f"{port} ({' '.join(KNOWN_PORTS[port])})" for port in ports)
    return f"Somebody listens on {there}: is it that one you mean?" if there else ""


# --- whose money -------------------------------------------------------------------------------------


def of_accounts(opened: SocketOpened, link: LinkSettings) -> Finding:
    named = ", ".join(map(masked, opened.accounts))
    if not link.account or link.account in opened.accounts:
        return Finding("account", "ok", f"It manages {named}.")
    return Finding(
        "account",
        "problem",
        f"Account {masked(link.account)} is not managed here; offered are {named}.",
        "Correct IBKR_ACCOUNT_ID, or the account in ibkr_config.ini, or log TWS in to that account.",
    )


def of_money(opened: SocketOpened, link: LinkSettings) -> Finding:
    """Whether what the profile claims and what the gateway shows agree."""
    kind = link.kind
    mode, doubt = mode_of(kind, link.port, opened.accounts, opened.simulator)
    if kind == "live" and all(name.startswith("D") for name in opened.accounts):
        return Finding(
            "money",
            "problem",
            "The profile says live, but every account here is a paper one.",
            "Use the paper profile, or log TWS in to the live account.",
        )
    if mode in (Mode.SIM, Mode.PAPER):
        return Finding("money", "ok", "The simulator." if mode is Mode.SIM else "A paper account.")
    if kind == "live":
        return Finding("money", "ok", "Live money: IBDesk is read-only until you arm it.")
    if kind:
        return Finding(
            "money",
            "problem",
            f"The profile says {kind}, but {doubt}: it counts as LIVE.",
            "Log TWS in to the paper account, or use the profile that fits.",
        )
    return Finding(
        "money",
        "warning",
        f"Nothing proves that this is play money ({doubt}): it counts as LIVE and is read-only.",
        "Make a profile with its kind in ibkr_config.ini, if it is a paper gateway.",
    )


# --- how well it is ----------------------------------------------------------------------------------


def of_silence(patience_s: float) -> Finding:
    words = f"It accepts requests but did not tell the time within {patience_s:g} s."
    return Finding("latency", "problem", words, "If TWS hangs, restart it.")


def of_latency(trip_s: float) -> Finding:
    words = f"It answers in {trip_s * 1000:.1f} ms."
    if trip_s < SLOW_S:
        return Finding("latency", "ok", words)
    verdict: Verdict = "problem" if trip_s >= VERY_SLOW_S else "warning"
    advice = "Is TWS on another computer, or short of memory? Orders are as slow."
    return Finding("latency", verdict, words, advice)


def of_clock(offset_s: float) -> Finding:
    """`offset_s` is the gateway's clock less ours."""
    if abs(offset_s) <= SKEW_S:
        return Finding("clock", "ok", "This computer's clock and the gateway's agree.")
    side = "behind" if offset_s > 0 else "ahead of"
    return Finding(
        "clock",
        "problem" if abs(offset_s) >= LARGE_SKEW_S else "warning",
        f"This computer's clock is {abs(offset_s):.0f} s {side} the gateway's.",
        "Switch on automatic time (NTP): ages, bars and good-till times go wrong with it.",
    )


def says_read_only(told: MessageReported) -> bool:
    """A read-only API refuses to list open orders with 321: so it is known without placing any."""
    return told.code in _TRADING_REFUSED or (told.code == 321 and "read-only" in told.text.lower())


def of_read_only(told: MessageReported) -> Finding:
    words = f"The API is read-only: no order can be sent. {in_words(told.code, told.text)}"
    return Finding("orders", "problem", words, _READ_ONLY_ADVICE)


def of_snapshot(taken: SnapshotCompleted | None, patience_s: float) -> Finding:
    if taken is not None and not taken.lacks:
        count = len(taken.orders)
        words = f"Orders are allowed; {count} {'is' if count == 1 else 'are'} open."
        return Finding("orders", "ok", words)
    lacks = ", ".join(taken.lacks) if taken else "everything"
    return Finding(
        "orders",
        "warning",
        f"It did not tell {lacks} within {patience_s:g} s.",
        "Orders can be sent only once everything has been read back; IBDesk asks again by itself.",
    )


def of_no_contract(symbol: str, why: str) -> Finding:
    return Finding("market data", "warning", f"{symbol} could not be looked up: {why}")


def has_a_price(quote: QuoteReport) -> bool:
    return any(price is not None for price in (quote.bid, quote.ask, quote.last, quote.close))


def of_quotes(
    symbol: str, quote: QuoteReport | None, refused: QuoteRefused | None, patience_s: float
) -> Finding:
    why = in_words(refused.code, refused.text) if refused else ""
    if quote is not None and quote.kind in _DELAYED:
        return Finding("market data", "warning", f"{symbol} is delayed. {why}".strip(), DELAYED_ADVICE)
    if quote is not None:
        return Finding("market data", "ok", f"{symbol} is quoted, {quote.kind}.")
    if refused is not None:
        advice = "" if refused.code == COMPETING_SESSION else DELAYED_ADVICE
        return Finding("market data", "problem", f"{symbol} is not quoted. {why}", advice)
    words = f"No quote of {symbol} came within {patience_s:g} s."
    return Finding("market data", "warning", words, "Outside trading hours that is normal.")


# --- what it says unasked ----------------------------------------------------------------------------


def of_broker(said: Sequence[MessageReported]) -> Finding:
    """The last word on TWS's own link to IBKR."""
    last = next((one for one in reversed(said) if one.code in BROKER_DOWN | BROKER_BACK), None)
    if last is None or last.code in BROKER_BACK:
        return Finding("IBKR", "ok", "The gateway says nothing against its link to IBKR.")
    return Finding("IBKR", "problem", in_words(last.code, ""), "No order can be sent until it is back.")


def of_farms(said: Iterable[MessageReported]) -> Finding:
    """The last word on each farm."""
    last: dict[str, MessageReported] = {}
    for one in said:
        if one.code in _FARM_BROKEN | _FARM_WELL:
            last[one.text.rpartition(":")[2].strip()] = one
    broken = [in_words(one.code, name) for name, one in last.items() if one.code in _FARM_BROKEN]
    if not broken:
        return Finding("data farms", "ok", "No farm is broken.")
    return Finding("data farms", "warning", " ".join(broken), "TWS reconnects by itself.")


def of_other_session(competes: bool) -> Finding:
    if not competes:
        return Finding("other session", "ok", "No other session takes the market data.")
    return Finding(
        "other session",
        "problem",
        "Another session of yours, on another computer or the phone, takes the market data.",
        "Log it off, or wait until it ends: the data comes back by itself.",
    )
