"""`ibdesk doctor`: why the connection does not come, in words, with the next step."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict
from typing import Annotated

import typer

from core.api.examination import Examination, Finding, Verdict
from core.api.examiner import DEADLINE_S, examine
from core.cache import default_path as default_cache_path
from core.cache import look_into
from core.domain.codes import adopt
from core.domain.limits import LinkSettings
from core.errors import IBKRError, SettingsError
from core.journal import default_path, verify
from core.settings import Settings, load, own_folder
from core.settings.codes import NAME as CODES
from core.settings.layers import NAMES

WELL, ILL = 0, 1

_MARKS: dict[Verdict, tuple[str, str]] = {
    "ok": ("ok  ", "green"),
    "warning": ("warn", "yellow"),
    "problem": ("FAIL", "red"),
    "skipped": ("skip", "bright_black"),
}


def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at settings, journal and cache only.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    profile: Annotated[
        str | None, typer.Option(help="Another profile of ibkr_config.ini than the one in use.")
    ] = None,
    symbol: Annotated[str, typer.Option(help="The US stock whose quotes are asked for.")] = "AAPL",
    deadline: Annotated[
        float, typer.Option(min=1, max=120, help="How many seconds it may take to look at the gateway.")
    ] = DEADLINE_S,
) -> None:
    """Check settings, journal, cache and gateway; places nothing.

    Exit code 0 when no problem was found (warnings may have been), 1 when one was, 2 when the command line
    makes no sense.
    """
    # What goes wrong is told below, in words: no log lines between them.
    logging.getLogger("core").addHandler(logging.NullHandler())
    settings, findings = _settings()
    link = None if settings is None else _chosen(settings, profile)
    if settings is not None and link is not None:
        findings += [_journal(link), _cache()]
        if not offline:
            findings += asyncio.run(_gateway(link, deadline, symbol.strip().upper())).findings
    examination = Examination(tuple(findings))
    if as_json:
        typer.echo(json.dumps(_object(examination, link), ensure_ascii=False))
    else:
        for one in findings:
            _say(one)
    raise typer.Exit(WELL if examination.is_well else ILL)


def _say(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    words = f"{finding.words} {finding.advice}".strip()
    typer.echo(f"{typer.style(mark, fg=colour)} {finding.check}: {words}")


def _object(examination: Examination, link: LinkSettings | None) -> dict[str, object]:
    """The one object of --json; accounts are masked in its words."""
    target = {} if link is None else {"profile": link.profile, "host": link.host, "port": link.port}
    return {
        "well": examination.is_well,
        "worst": examination.worst,
        **target,
        "findings": [asdict(one) for one in examination.findings],
    }


def _settings() -> tuple[Settings | None, list[Finding]]:
    folder = own_folder()
    try:
        settings = load()
    except SettingsError as fault:
        return None, [Finding("settings", "problem", line, fault.advice) for line in fault.what.splitlines()]
    adopt(settings.codes)
    own = [name for name in (*NAMES.values(), CODES) if (folder / name).exists()]
    words = f"{', '.join(own) or 'nothing of your own'} in {folder}, over what IBDesk ships."
    doubtful = [Finding("settings", "warning", one) for one in (*settings.risks, *settings.ignored)]
    return settings, [Finding("settings", "ok", words), *doubtful]


def _chosen(settings: Settings, profile: str | None) -> LinkSettings:
    """The link to look at; a profile asked for stands over the file and over IBKR_HOST and IBKR_PORT."""
    if profile is None:
        return settings.link
    if profile not in settings.profiles:
        raise typer.BadParameter(
            f"there is no profile {profile!r}; there is {', '.join(settings.profiles)}.",
            param_hint="--profile",
        )
    return settings.profiles[profile]


def _journal(link: LinkSettings) -> Finding:
    place = default_path(link.client_id)
    if not place.exists():
        return Finding("journal", "ok", f"{place} begins with the first start.")
    try:
        found = verify(place)
    except IBKRError as fault:
        return Finding("journal", "problem", fault.what, fault.advice)
    words = f"{place}, {found.rows:,} rows. {found.words}".strip()
    return Finding("journal", "ok" if found.is_whole else "problem", words)


def _cache() -> Finding:
    place = default_cache_path()
    if not place.exists():
        return Finding("cache", "ok", f"{place} begins with the first start.")
    rows, held, wrong = look_into(place)
    if wrong:
        words = f"{place} cannot be used: {wrong}."
        return Finding("cache", "warning", words, "IBDesk goes on without it, or begins a new one.")
    return Finding("cache", "ok", f"{place}, {rows:,} answers of IB's, {held / 1_000_000:.1f} MB.")


async def _gateway(link: LinkSettings, deadline_s: float, symbol: str) -> Examination:
    where = f"{link.host}:{link.port}" if link.port else "the embedded simulator"
    intent = Finding("gateway", "ok", f"Looking at {where}, profile {link.profile}.")
    try:
        found = await examine(link, deadline_s, symbol=symbol)
    except IBKRError as fault:
        # Only the embedded simulator can fail to start; what a gateway does wrong is a finding.
        return Examination((intent, Finding("listening", "problem", fault.what, fault.advice)))
    return Examination((intent, *found.findings))
