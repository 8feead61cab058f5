"""The table of what is measured: a row a figure, with what is aimed at."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.benchmarks import charts, desk, link, start, tables


class Row(NamedTuple):
    name: str
    words: str
    unit: str
    aim: str
    measure: Callable[[], list[float]]


ROWS = (
    Row("desk-quote", "`desk.step`, a quote", "us", "3 us", desk.quote_step),
    Row("desk-order", "`desk.step`, an order status", "us", "20 us", desk.order_step),
    Row(
        "desk-lanes",
        "an order behind 500 queued requests, to its grant",
        "ms",
        "5 ms",
        desk.order_behind_data,
    ),
    Row("start-paint", "process start to first paint, warm", "ms", "200 ms", start.first_paint),
    Row("start-ready", "connect to ready, simulator process", "ms", "20 ms", link.connect_to_ready),
    Row("order-wire", "submit to bytes, all rules, no journal", "ms", "0.15 ms", link.submit_without_journal),
    Row("order-journal", "submit to bytes, journal committed", "ms", "0.3 ms", link.submit_with_journal),
    Row("chart-update", "chart, last bar changes, 1M bars, frame", "ms", "1 ms", charts.update_frame),
    Row("chart-pan", "chart, pan, 1M bars, frame", "ms", "1 ms", charts.pan_frame),
    Row("chart-all", "chart, all of 1M bars in view, frame", "ms", "1 ms", charts.whole_frame),
    Row("table-watch", "500-row watchlist, every row changed, frame", "ms", "1 ms", tables.watchlist_frame),
    Row("table-scroll", "10,000-row blotter, scroll, frame", "ms", "8 ms", tables.scroll_frame),
)
