"""`make bench`: what performance asks of the desk, measured. Benchmarks measure and print; tests never assert a time.

make bench                      every row
make bench ARGS="desk link"     rows whose name contains a word
make bench ARGS="--long link"   and those that take minutes, left out else
make bench ARGS="--json"        one JSON object instead of the table
"""

from __future__ import annotations

import json
import os
import platform
import sys
from statistics import median, quantiles

from tests.benchmarks.rows import ROWS, Row


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("--")]
    unknown = [word for word in arguments if word.startswith("--") and word not in ("--json", "--long")]
    offered = [row for row in ROWS if not row.long or "--long" in arguments]
    rows = [row for row in offered if not words or any(word in row.name for word in words)]
    if unknown or not rows:
        names = ", ".join(row.name for row in ROWS)
        sys.stderr.write(f"bench: nothing is called {' '.join(unknown or words)!r}; there is: {names}\n")
        return 2
    results = {row: row.measure() for row in rows}
    if "--json" in arguments:
        print(json.dumps({row.name: _figures(row, samples) for row, samples in results.items()}))
    else:
        _print_table(results)
    return 0


def _figures(row: Row, samples: list[float]) -> dict[str, object]:
    p95 = quantiles(samples, n=20, method="inclusive")[18]
    return {"unit": row.unit, "median": median(samples), "p95": p95, "p99": _p99(samples), "n": len(samples)}


def _print_table(results: dict[Row, list[float]]) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}\n")
    print("| Work | Median | p99 | Aim | Samples |\n|---|---|---|---|---|")
    for row, samples in results.items():
        numbers = f"{median(samples):.3g} {row.unit} | {_p99(samples):.3g} {row.unit}"
        print(f"| {row.words} | {numbers} | {row.aim} | {len(samples)} |")


def _p99(samples: list[float]) -> float:
    return max(samples) if len(samples) < 100 else quantiles(samples, n=100)[98]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
