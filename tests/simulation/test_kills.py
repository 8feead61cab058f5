"""`kill -9` of the real process over real TCP; a few here, a thousand with `ibdesk soak --kills`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.journal import Journal
from core.soak import check, kills
from core.soak.check import Intent
from core.soak.victim import intents_in

KILLS = 5


@pytest.mark.timeout(300)
def test_no_kill_loses_or_doubles_an_order() -> None:
    tally = kills.run(KILLS, 2, patient=False)
    assert tally.wrong == []
    assert tally.kills == KILLS
    assert tally.orders > 0
    assert tally.as_dict()["failures"] == 0


def test_what_was_meant_is_read_from_the_journal(tmp_path: Path) -> None:
    place = tmp_path / "journal.sqlite"
    journal = Journal(place)
    for ref, order_id, modifies in (
        ("A", 1, "False"),
        ("B", 2, "False"),
        ("A", 1, "True"),
        ("C", 3, "False"),
    ):
        journal.commit("intent", ref, [("order_id", str(order_id)), ("modifies", modifies)])
    journal.commit("intent refused", "C", [("reason", "the disk is full")])
    journal.close()
    assert intents_in(place) == {"A": Intent("A", 1, modifications=1), "B": Intent("B", 2)}


def test_an_order_that_nobody_meant_is_caught() -> None:
    assert check.sent({}, {7: ["A"]}) == ["order 7 was sent as A, and nobody meant it"]


def test_an_order_that_was_sent_twice_is_caught() -> None:
    meant = {"A": Intent("A", 7)}
    assert check.sent(meant, {7: ["A"]}) == []
    assert check.sent(meant, {7: ["A", "A"]}) == ["A was sent 2 times, and modified 0 times"]
    assert check.sent({"A": Intent("A", 7, modifications=1)}, {7: ["A", "A"]}) == []


def test_an_id_that_was_used_for_two_orders_is_caught() -> None:
    meant = {"A": Intent("A", 7), "B": Intent("B", 7)}
    assert check.sent(meant, {7: ["A", "B"]}) == ["order id 7 was used for ['A', 'B']"]


def test_an_order_that_was_sent_under_two_ids_is_caught() -> None:
    meant = {"A": Intent("A", 7)}
    found = check.sent(meant, {7: ["A"], 8: ["A"]})
    assert "A was sent under 2 order ids" in found


def test_the_spread_of_times_is_median_99th_percentile_and_largest() -> None:
    assert kills.spread([]) == {}
    assert kills.spread([float(one) for one in range(1, 101)]) == {"p50": 50.5, "p99": 100.0, "max": 100.0}


def test_the_tally_is_one_json_object() -> None:
    assert json.loads(json.dumps(kills.Kills(kills=1, seconds=2.0).as_dict()))["seconds_per_kill"] == 2.0
