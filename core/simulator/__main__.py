"""`python -m core.simulator`: the simulated gateway as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.simulator.server import Setup, run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="core.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--control-port", type=int, default=0, help="of the control channel; 0 takes any")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same market")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster prices move")
    parser.add_argument("--scenario", default=None, help="a named course of events")
    parser.add_argument("--real-hours", action="store_true", help="keep the exchanges' trading hours")
    parser.add_argument("--accounts", type=int, default=1, choices=range(1, 51), metavar="1..50")
    parser.add_argument("--master-client-id", type=int, default=None, help="hears of every client's orders")
    parser.add_argument("--end-sessions-that-hurry", action="store_true", help="third error 100 ends it")
    parser.add_argument("--state", type=Path, default=None, help="file that keeps orders, ids, executions")
    parser.add_argument("--roll-back-ids", type=int, default=0, help="nextValidId so much lower")
    parser.add_argument("--record", type=Path, default=None, help="write every message to this file")
    parser.add_argument("--replay", type=Path, default=None, help="play a recorded file")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    parser.add_argument("--fault", dest="faults", action="append", default=[], help="NAME[:rate=0.1,...]")
    return parser


def main() -> int:
    asked = _parser().parse_args()
    try:
        run(Setup(**vars(asked)))
    except (ValueError, OSError) as why:
        sys.stderr.write(f"{why}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
