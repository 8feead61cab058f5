"""`python -m core.simulator`: the simulated gateway as a process of its own."""

from __future__ import annotations

import argparse
import sys

from core.simulator.server import NotLoopback, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="core.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same market")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster prices move")
    parser.add_argument("--scenario", default=None, help="a named course of events")
    parser.add_argument("--real-hours", action="store_true", help="keep the exchanges' trading hours")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    asked = parser.parse_args()
    try:
        run(
            asked.host,
            asked.port,
            asked.seed,
            asked.speed,
            asked.scenario,
            asked.real_hours,
            stop_with_stdin=asked.stop_with_stdin,
        )
    except (NotLoopback, ValueError, OSError) as why:
        sys.stderr.write(f"{why}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
