"""The table of what is measured: a row a figure, with what is aimed at."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.benchmarks import blotter, charts, desk, link, outages, restoring, start, tables


class Row(NamedTuple):
    name: str
    words: str
    unit: str
    aim: str
    measure: Callable[[], list[float]]
    long: bool = False
    """Takes a minute or more: only with --long."""


def _ready_rows() -> tuple[Row, ...]:
    found = []
    for delay_ms in (0, 100):
        for contracts in (1, 10, 50, 80):
            what = f"{contracts} contracts, {delay_ms} ms a reply"
            measure = outages.ready_with(contracts, delay_ms / 1000)
            aim = "20 ms" if not delay_ms else "–"
            name = f"ready-{contracts}-{delay_ms}ms"
            found.append(Row(name, f"connect to ready, {what}", "ms", aim, measure, long=True))
    every = outages.ready_with(80, 0.0, flowing=True)
    found.append(
        Row("ready-80-flowing", "connect to a quote on each of 80 lines", "ms", "2500 ms", every, True)
    )
    return tuple(found)


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
    Row("tick-ingest", "one tick, its bytes to the desk", "us", "10 us", outages.tick_ingested),
    Row(
        "order-behind",
        "an order behind 500 queued requests, read by the gateway",
        "ms",
        "20 ms",
        outages.order_behind_requests,
        long=True,
    ),
    Row("notice-rst", "RST to the desk's knowing", "ms", "500 ms", outages.reset_noticed, long=True),
    Row("notice-fin", "FIN to the desk's knowing", "ms", "500 ms", outages.end_noticed, long=True),
    Row("notice-stop", "SIGSTOP to the desk's knowing", "s", "5 s", outages.stop_noticed, long=True),
    Row(
        "back-blip",
        "gateway back to ready, away up to 5 s",
        "s",
        "10 s",
        outages.back_after_a_blip,
        long=True,
    ),
    Row(
        "back-restart",
        "gateway back to ready, away 0.5 to 5 min",
        "s",
        "10 s",
        outages.back_after_a_restart,
        long=True,
    ),
    *_ready_rows(),
    Row("start-paint", "process start to first paint, warm", "ms", "200 ms", start.first_paint),
    Row("start-view", "process start to the view, 10,000-row journal", "s", "3 s", restoring.start_to_view),
    Row("start-ready", "connect to ready, simulator process", "ms", "20 ms", link.connect_to_ready),
    Row("order-wire", "submit to bytes, all rules, no journal", "ms", "0.15 ms", link.submit_without_journal),
    Row("order-journal", "submit to bytes, journal committed", "ms", "0.3 ms", link.submit_with_journal),
    Row("chart-update", "chart, last bar changes, 1M bars, frame", "ms", "1 ms", charts.update_frame),
    Row("chart-pan", "chart, pan, 1M bars, frame", "ms", "1 ms", charts.pan_frame),
    Row("chart-all", "chart, all of 1M bars in view, frame", "ms", "1 ms", charts.whole_frame),
    Row("table-watch", "500-row watchlist, every row changed, frame", "ms", "1 ms", tables.watchlist_frame),
    Row("table-scroll", "10,000-row table, scroll, frame", "ms", "8 ms", tables.scroll_frame),
    Row("blotter-scroll", "10,000-order blotter, scroll a page, frame", "ms", "8 ms", blotter.scroll_frame),
    Row(
        "blotter-status", "10,000-order blotter, an order's status, frame", "ms", "8 ms", blotter.status_frame
    ),
    Row("blotter-arrival", "10,000-order blotter, a new order, frame", "ms", "16 ms", blotter.arrival_frame),
)
