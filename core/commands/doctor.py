"""`ibdesk doctor`: why the connection does not come, in words, with the next step."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from core.api.results import ConnectionStatus
from core.api.session import Session
from core.errors import IBKRError, SettingsError
from core.journal import default_path, verify
from core.settings import Settings, load, own_folder
from core.settings.layers import NAMES


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Look at settings and journal only.")] = False,
) -> None:
    """Check settings, journal and gateway. Exit code 0 when all is well, 1 when something is not."""
    # What goes wrong is told below, in words: no log lines between them.
    logging.getLogger("core").addHandler(logging.NullHandler())
    settings = _settings()
    wells = [settings is not None]
    if settings is not None:
        wells.append(_journal(settings))
        if not offline:
            wells.append(asyncio.run(_gateway(settings)))
    raise typer.Exit(0 if all(wells) else 1)


def _say(well: bool, what: str, words: str) -> None:
    mark = typer.style("ok  ", fg="green") if well else typer.style("FAIL", fg="red")
    typer.echo(f"{mark} {what}: {words}")


def _settings() -> Settings | None:
    folder = own_folder()
    try:
        settings = load()
    except SettingsError as fault:
        for line in fault.what.splitlines():
            _say(False, "settings", f"{line} {fault.advice}".strip())
        return None
    own = [name for name in NAMES.values() if (folder / name).exists()]
    _say(True, "settings", f"{', '.join(own) or 'nothing of your own'} in {folder}, over what IBDesk ships.")
    for risk in settings.risks:
        typer.echo(f"risk settings: {risk}")
    return settings


def _journal(settings: Settings) -> bool:
    place = default_path(settings.link.client_id)
    if not place.exists():
        _say(True, "journal", f"{place} begins with the first start.")
        return True
    try:
        found = verify(place)
    except IBKRError as fault:
        _say(False, "journal", str(fault))
        return False
    _say(found.is_whole, "journal", f"{place}, {found.rows:,} rows. {found.words}".strip())
    return found.is_whole


async def _gateway(settings: Settings) -> bool:
    """Connect as IBDesk would, look, and go; the real journal is left alone."""
    link = settings.link
    where = f"{link.host}:{link.port}" if link.port else "the embedded simulator"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        session = Session(settings, Path(folder) / "doctor.sqlite")
        try:
            await session.start()
            status = await session.connect()
            words = session.connector.desk.link.words
        except IBKRError as fault:
            _say(False, "gateway", f"{where}, profile {link.profile}: {fault.what} {fault.advice}".strip())
            return False
        finally:
            await session.close()
    _say(True, "gateway", _found(where, status))
    _say(status.state == "ready", "orders", "can be sent." if status.state == "ready" else words)
    return True


def _found(where: str, status: ConnectionStatus) -> str:
    masked = f"{status.account[:2]}****{status.account[-3:]}"
    return f"{where} is there: version {status.server_version}, account {masked}."
