"""The simulated gateway as a process that lives no longer than the one who started it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from core.api.controls import Controls
from core.errors import IBKRConnectionError

START_DEADLINE_S = 30.0
STOP_DEADLINE_S = 3.0
TOKEN_VARIABLE = "IBDESK_SIMULATOR_TOKEN"
"""By the environment: command lines can be read by every user of this computer."""


class Simulator(NamedTuple):
    """A running simulated gateway. `stop_simulator(process)` ends it; so does the end of this process."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    controls: Controls
    """Its scenarios and faults, while it runs."""


async def start_simulator(
    *,
    port: int = 0,
    seed: int | None = None,
    speed: float | None = None,
    scenario: str | None = None,
    real_hours: bool = False,
    deadline_s: float = START_DEADLINE_S,
) -> Simulator:
    """Start it and wait until it listens; IBKRConnectionError with its own words when it does not."""
    options = {"--port": port, "--seed": seed, "--speed": speed, "--scenario": scenario}
    arguments = [str(part) for name, value in options.items() if value for part in (name, value)]
    if real_hours:
        arguments.append("--real-hours")
    return await asyncio.to_thread(_start, arguments, deadline_s)


def stop_simulator(process: subprocess.Popen[bytes]) -> None:
    """End it: politely, then not."""
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    for insist in (None, process.terminate, process.kill):
        if insist is not None:
            insist()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_DEADLINE_S)
            break
    if process.stdout is not None:
        process.stdout.close()


def _start(arguments: list[str], deadline_s: float) -> Simulator:
    token = secrets.token_urlsafe(24)
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [*_program(), "--stop-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_environment(token),
            # Ctrl+C in the terminal is for us; the simulator ends when its standard input does.
            start_new_session=True,
        )
        patience = threading.Timer(deadline_s, process.kill)
        patience.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
        finally:
            patience.cancel()
        try:
            said = json.loads(line)
            host, port = str(said["host"]), int(said["port"])
            return Simulator(process, host, port, Controls(host, int(said["control_port"]), token))
        except (ValueError, KeyError, TypeError):
            stop_simulator(process)
            raise IBKRConnectionError(
                f"The simulated gateway did not start: {_last_words(complaints)}",
                advice="Run `ibdesk simulate` to see what it says.",
            ) from None


def _program() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "simulate"]
    return [sys.executable, "-m", "core.simulator"]


def _environment(token: str) -> dict[str, str]:
    """Ours, with the place this package was loaded from, wherever the caller happens to stand, and a secret."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([root, known] if known else [root])
    return {**os.environ, "PYTHONPATH": path, TOKEN_VARIABLE: token}


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing.")
