"""Reference data: contracts, chains, rules, and the small questions with fixed answers."""

from __future__ import annotations

from dataclasses import replace

from core.simulator.model import Contract, Listing
from core.simulator.peer import NO_SUCH_CONTRACT, Answer, Peer, underlyings
from core.simulator.wire import messages
from core.simulator.wire.requests import Asked

_BOND_TYPES = {"BOND", "BILL", "FIXED"}

_DEPTH_EXCHANGES = (
    ("NASDAQ", "STK", "", "Deep2", 1),
    ("NYSE", "STK", "", "Deep", 1),
    ("ARCA", "STK", "NYSE", "Deep", 1),
    ("CME", "FUT", "", "Deep", 2147483647),
    ("NYMEX", "FUT", "", "Deep", 2147483647),
    ("COMEX", "FUT", "", "Deep", 2147483647),
    ("IDEALPRO", "CASH", "", "Deep", 4),
)

_SMART_COMPONENTS = (
    (0, "AMEX", "A"),
    (1, "BATS", "Z"),
    (2, "ARCA", "P"),
    (3, "NASDAQ", "Q"),
    (4, "NYSE", "N"),
    (5, "IEX", "V"),
    (6, "EDGEA", "J"),
    (7, "BYX", "Y"),
)


def contract_details(peer: Peer, asked: Asked) -> None:
    wanted = asked.contract
    if wanted.sec_type in _BOND_TYPES:
        peer.error(asked.req_id, 200, NO_SUCH_CONTRACT)
        return
    if not (wanted.con_id or wanted.sec_type or asked.text("secId")):
        peer.error(
            asked.req_id, 321, "Error validating request.-'bW' : cause - Please enter a valid security type"
        )
        return
    found = peer.market.listings(wanted)
    if sec_id := asked.text("secId"):
        # A security id names its contract by itself.
        candidates = found or (underlyings(peer.market) if not (wanted.con_id or wanted.symbol) else [])
        pair = (asked.text("secIdType"), sec_id)
        found = [listing for listing in candidates if pair in listing.sec_ids]
    if not found:
        peer.error(asked.req_id, 200, NO_SUCH_CONTRACT)
        return
    for listing in found:
        peer.send(messages.contract_details(peer.version, asked.req_id, _routed(listing, wanted)))
    peer.send(messages.contract_details_end(asked.req_id))


def _routed(listing: Listing, wanted: Contract) -> Listing:
    """The listing as seen at the exchange that was asked for."""
    exchange = wanted.exchange
    if exchange and exchange != listing.contract.exchange and exchange in listing.valid_exchanges.split(","):
        return replace(listing, contract=replace(listing.contract, exchange=exchange))
    return listing


def matching_symbols(peer: Peer, asked: Asked) -> None:
    pattern = asked.text("pattern").strip()
    found = peer.market.matching(pattern)[:16] if pattern else []
    rows = [(listing, _derivatives(peer, listing)) for listing in found]
    peer.send(messages.symbol_samples(peer.version, asked.req_id, rows))


def _derivatives(peer: Peer, listing: Listing) -> tuple[str, ...]:
    contract = listing.contract
    if contract.sec_type != "STK":
        return ()
    asked = ((kind, Contract(0, contract.symbol, kind, exchange="SMART")) for kind in ("CFD", "WAR"))
    listed = [kind for kind, wanted in asked if peer.market.listings(wanted)]
    return tuple(sorted([*listed, "OPT"] if peer.market.option_chains(contract.con_id, "") else listed))


def option_chains(peer: Peer, asked: Asked) -> None:
    under = asked.whole("underlyingConId")
    listing = peer.market.listing(under)
    if listing is None or listing.contract.symbol != asked.text("underlyingSymbol"):
        peer.error(asked.req_id, 200, NO_SUCH_CONTRACT)
        return
    for chain in peer.market.option_chains(under, asked.text("futFopExchange")):
        peer.send(messages.option_chain(asked.req_id, under, chain))
    peer.send(messages.option_chain_end(asked.req_id))


def market_rule(peer: Peer, asked: Asked) -> None:
    rule_id = asked.whole("marketRuleId")
    steps = peer.market.market_rule(rule_id)
    if steps:
        peer.send(messages.market_rule(rule_id, steps))
    else:
        peer.error(-1, 321, f"Error validating request.-'cb' : cause - Invalid market rule id: {rule_id}")


def current_time(peer: Peer, asked: Asked) -> None:
    peer.send(messages.current_time(int(peer.now_s)))


def user_info(peer: Peer, asked: Asked) -> None:
    peer.send(messages.user_info(asked.req_id, ""))


def soft_dollar_tiers(peer: Peer, asked: Asked) -> None:
    peer.send(messages.rows(77, (), asked.req_id))


def family_codes(peer: Peer, asked: Asked) -> None:
    peer.send(messages.rows(78, [(account, "") for account in peer.market.accounts]))


def depth_exchanges(peer: Peer, asked: Asked) -> None:
    peer.send(messages.rows(80, _DEPTH_EXCHANGES))


def smart_components(peer: Peer, asked: Asked) -> None:
    peer.send(messages.rows(82, _SMART_COMPONENTS, asked.req_id))


# --- Asked of a gateway without that service: TWS's own refusals, never silence -----------------


def _refusal(code: int, text: str) -> Answer:
    def refuse(peer: Peer, asked: Asked) -> None:
        peer.error(asked.req_id, code, text)

    return refuse


def _nothing(peer: Peer, asked: Asked) -> None:
    """TWS does not answer these."""


_NOT_ADVISER = _refusal(
    321, "Error validating request.-'ch' : cause - FA data operations ignored for non FA customers."
)
_NO_CALENDAR = _refusal(10276, "News feed is not allowed.")
_NO_GROUPS = _refusal(321, "Error validating request.-'ci' : cause - Display groups need a window.")
_NO_VERIFICATION = _refusal(
    321,
    "Error validating request.-'cj' : cause - Intent to authenticate needs to be expressed during initial connect request.",
)

ANSWERS: dict[int, Answer] = {
    9: contract_details,
    12: _nothing,
    13: _nothing,
    14: _nothing,
    18: _NOT_ADVISER,
    19: _NOT_ADVISER,
    21: _refusal(321, "Error validating request.-'bX' : cause - Exercise of options is not available."),
    49: current_time,
    52: _refusal(10358, "Fundamentals data is not allowed."),
    53: _nothing,
    65: _NO_VERIFICATION,
    66: _NO_VERIFICATION,
    67: _NO_GROUPS,
    68: _NO_GROUPS,
    69: _NO_GROUPS,
    70: _nothing,
    72: _NO_VERIFICATION,
    73: _NO_VERIFICATION,
    78: option_chains,
    79: soft_dollar_tiers,
    80: family_codes,
    81: matching_symbols,
    82: depth_exchanges,
    83: smart_components,
    91: market_rule,
    100: _NO_CALENDAR,
    101: _nothing,
    102: _NO_CALENDAR,
    103: _nothing,
    104: user_info,
}
