"""Settings: the shipped files, under the user's own copies, under the environment; later ones win.

Everything below gets plain values from here and reads no settings of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal
from pathlib import Path

import platformdirs

from core.domain.codes import IbCode
from core.domain.contract import SecType
from core.domain.limits import LinkSettings, Permissions, RiskLimits, Threshold, TradingHours
from core.settings.allowed import is_loopback
from core.settings.codes import read_codes
from core.settings.follow import Followed
from core.settings.layers import NAMES, Layered, gather
from core.settings.schema import QUANTITY_CEILINGS, Hours, LinkFile, PermissionsFile, RiskFile

CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it, checked. `risks` are sentences about what is set dangerously."""

    link: LinkSettings
    limits: RiskLimits
    permissions: Permissions
    profiles: dict[str, LinkSettings]
    risks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Sentences about what stands in the files and is not used."""
    followed: Followed[Settings] | None = field(default=None, compare=False, repr=False)
    """Tells when the files of limits and permissions change; `None` where they were not read from a folder."""
    codes: tuple[IbCode, ...] = ()
    """The user's own rows of the table of IB's codes."""


def own_folder() -> Path:
    """Where the user's own copies of the files lie."""
    return Path(platformdirs.user_config_dir("ibdesk", appauthor=False))


def load(env: Mapping[str, str] | None = None, user_folder: Path | None = None) -> Settings:
    """Read and check every layer; SettingsError names each wrong value, its file and what is allowed."""
    folder, env = user_folder or own_folder(), os.environ if env is None else env
    settings = build(gather(env, folder))
    followed = Followed(folder, (NAMES["risk"], NAMES["permissions"]), env, load)
    return replace(settings, codes=read_codes(folder), followed=followed)


def build(layers: Layered) -> Settings:
    files = layers.files
    profiles = _profiles(files.link)
    chosen = _chosen(layers, profiles)
    _check_reach(layers, chosen, profiles)
    risks = tuple(_remote_risk(one) for one in (chosen,) if not is_loopback(one.host))
    limits, permissions = limits_of(files.risk), permissions_of(files.permissions)
    return Settings(chosen, limits, permissions, profiles, risks, layers.ignored)


# --- the link ----------------------------------------------------------------------------------------


def _profiles(file: LinkFile) -> dict[str, LinkSettings]:
    common = {
        "client_id": file.connection.client_id,
        "data_client_id": file.connection.data_client_id,
        "account": file.connection.account,
        "read_only": file.connection.read_only,
        **file.timing.model_dump(),
        **file.reconnect.model_dump(),
        **file.schedule.model_dump(),
        **file.pacing.model_dump(),
    }
    return {
        name: LinkSettings(host=one.host, port=one.port, kind=one.kind, profile=name, **common)
        for name, one in file.profile.items()
    }


def _chosen(layers: Layered, profiles: dict[str, LinkSettings]) -> LinkSettings:
    """The profile asked for, moved to where the environment points."""
    name = layers.files.link.connection.profile
    if name not in profiles:
        raise layers.wrong("link", "connection.profile", f"one of {', '.join(profiles)}")
    chosen = profiles[name]
    host, port = layers.host, layers.port
    if host is None and port is None:
        return chosen
    if port is None and chosen.port == 0 and host is not None and not is_loopback(host):
        raise layers.wrong_env("IBKR_HOST", "this computer while the profile is simulator; set IBKR_PORT too")
    host, port = host or chosen.host, chosen.port if port is None else port
    if (host, port) == (chosen.host, chosen.port):
        return chosen
    same = next((one for one in profiles.values() if (one.host, one.port) == (host, port) and port), None)
    # What nobody has described claims to be nothing: such a gateway is read-only unless it proves a simulator.
    return same or replace(chosen, host=host, port=port, profile=CUSTOM, kind="")


def _check_reach(layers: Layered, chosen: LinkSettings, profiles: dict[str, LinkSettings]) -> None:
    """Another computer only on purpose: the API has neither password nor encryption."""
    if layers.files.link.connection.allow_remote:
        return
    allowed = "this computer (127.0.0.1, ::1, localhost) unless connection.allow_remote is yes"
    wrong = [
        layers.wrong("link", f"profile.{name}.host", allowed)
        for name, one in profiles.items()
        if not is_loopback(one.host)
    ]
    if layers.host is not None and not is_loopback(layers.host):
        wrong.append(layers.wrong_env("IBKR_HOST", allowed))
    if wrong:
        raise layers.together(wrong)


def _remote_risk(link: LinkSettings) -> str:
    return (
        f"{link.host} is another computer: orders and account data travel there unprotected, and whoever can reach"
        " its port can trade. Use an SSH tunnel instead."
    )


# --- limits and permissions --------------------------------------------------------------------------


def limits_of(file: RiskFile) -> RiskLimits:
    return RiskLimits(
        quantity={kind: _capped(kind, file) for kind in QUANTITY_CEILINGS},
        notional=file.notional.threshold,
        notional_fraction=file.notional_fraction.threshold,
        notional_by_type={kind: one.threshold for kind, one in file.notional_by_type.items()},
        notional_fraction_by_type={
            kind: one.threshold for kind, one in file.notional_fraction_by_type.items()
        },
        collar={kind: one.threshold for kind, one in file.collar.items()},
        spread={kind: one.threshold for kind, one in file.spread.items()},
        duplicate_s=file.duplicate_s.threshold,
        portfolio_risk_fraction=file.max_portfolio_risk,
        quote_age_s=file.quote_age_s,
        working_per_side=file.working_per_side.threshold,
        orders_per_10_s=file.orders_per_10_s.threshold,
        orders_per_60_s=file.orders_per_60_s.threshold,
        position_fraction=file.position_fraction.threshold,
        message_ratio=file.message_ratio.threshold,
        margin_excess_fraction=file.margin_excess_fraction,
        daily_loss=file.daily_loss,
        daily_loss_fraction=file.daily_loss_fraction,
        orders_per_day=file.orders_per_day,
        restart_quiet_s=file.restart_quiet_s,
    )


def _capped(kind: SecType, file: RiskFile) -> Threshold:
    """The kind's own limits under max_order_size: the tighter one decides."""
    own = file.quantity[kind].threshold
    assert own.hard is not None
    if file.max_order_size is None or file.max_order_size >= own.hard:
        return own
    hard = Decimal(file.max_order_size)
    return Threshold(None if own.soft is None else min(own.soft, hard), hard)


def _hours(file: Hours) -> TradingHours:
    return TradingHours(time.fromisoformat(file.begins), time.fromisoformat(file.ends), file.zone)


def permissions_of(file: PermissionsFile) -> Permissions:
    return Permissions(
        sec_types=frozenset(file.sec_types),
        exchanges=frozenset(file.exchanges),
        restricted_symbols=frozenset(symbol.upper() for symbol in file.restricted_symbols),
        accounts=frozenset(file.accounts),
        shorting=file.shorting,
        outside_rth=file.outside_rth,
        account_type=file.account_type,
        options_level=file.options_level,
        hours=None if file.hours is None else _hours(file.hours),
    )
