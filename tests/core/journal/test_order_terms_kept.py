"""Every term of an order comes back from the journal as it went in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.domain.events import IntentRestored, TradingChanged
from core.domain.order import OrderSpec
from core.domain.trading import TradingState
from core.journal.codec import as_json, fact_of, fields_of, from_json
from tests.core.tws.test_order_terms import CONDITIONS, LIMIT, ROWS


@pytest.mark.parametrize("spec", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_order_s_terms_are_kept(spec: OrderSpec) -> None:
    assert from_json(OrderSpec, json.loads(json.dumps(as_json(spec)))) == spec
    restored = IntentRestored("a", 1, 1, spec)
    assert fact_of(IntentRestored, fields_of(restored)) == restored


def test_conditions_are_kept_each_as_its_own_kind() -> None:
    spec = replace(LIMIT, conditions=tuple(row[1] for row in CONDITIONS), conditions_cancel=True)
    assert from_json(OrderSpec, json.loads(json.dumps(as_json(spec)))) == spec


def test_the_trading_state_is_kept() -> None:
    changed = TradingChanged(TradingState.REDUCE_ONLY, "The day lost 500 USD.", 1_700_000_000.5, 739_000)
    assert fact_of(TradingChanged, fields_of(changed)) == changed
