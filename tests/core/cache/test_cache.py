"""The cache keeps what IB told, with its age, and never stands in anybody's way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.cache import Cache, default_path
from core.cache import cache as module
from core.cache.codec import bars_of, bytes_of, text_of, values_of
from core.domain.contract import (
    Contract,
    ContractDetails,
    ContractQuery,
    PriceBand,
    SecType,
    TradingSession,
)
from core.domain.events import BarReported, BarsReported, ContractsReported
from core.domain.quote import Bar, BarKey

IB, SIM = "ib", "simulator"
KEY = BarKey(265598, "1 min")
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
QUERY = ContractQuery("AAPL")
DETAILS = ContractDetails(
    Contract(265598, "AAPL", primary_exchange="NASDAQ", strike=Decimal("1.50"), sec_type=SecType.STK),
    long_name="APPLE INC",
    price_bands=(PriceBand(Decimal(0), Decimal("0.0001")), PriceBand(Decimal(1), Decimal("0.01"))),
    order_types=frozenset({"LMT", "MKT"}),
    valid_exchanges=("SMART", "NASDAQ"),
    size_increment=Decimal("0.5"),
    trading=(TradingSession(NOON, NOON + timedelta(hours=8)),),
)

Open = Callable[..., Cache]


def bars(count: int, *, start: datetime = NOON, price: float = 150.0) -> tuple[Bar, ...]:
    return tuple(
        Bar(start + timedelta(minutes=at), price, price + 1, price - 1, price, 100.0 + at, None, at or None)
        for at in range(count)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "cache.sqlite"


@pytest.fixture
def opened(path: Path) -> Iterator[Open]:
    made: list[Cache] = []

    def open_(**options: int) -> Cache:
        made.append(Cache(path, **options))
        return made[-1]

    yield open_
    for cache in made:
        cache.close()


# --- what is kept ------------------------------------------------------------------------------------


def test_contracts_and_their_market_rules_come_back_after_a_restart_with_their_age(opened: Open) -> None:
    first = opened()
    first.keep(ContractsReported(QUERY, (DETAILS,)), IB, 1_000.5)
    first.close()
    found = opened().contracts(QUERY, IB)
    assert found is not None
    assert (found.content, found.told_at_s) == ((DETAILS,), 1_000.5)
    assert found.content[0].tick_at(Decimal("0.5")) == Decimal("0.0001")
    assert found.content[0].decimals == DETAILS.decimals


def test_a_contract_is_found_by_its_number_however_it_was_asked_for(opened: Open) -> None:
    cache = opened()
    cache.keep(ContractsReported(QUERY, (DETAILS,)), IB, 1.0)
    cache.flush()
    found = cache.contracts(ContractQuery(con_id=265598), IB)
    assert found is not None
    assert found.content == (DETAILS,)
    assert cache.contracts(ContractQuery("MSFT"), IB) is None


def test_bars_come_back_after_a_restart_with_their_age(opened: Open) -> None:
    first = opened()
    first.keep(BarsReported(KEY, bars(390)), IB, 2_000.0)
    first.close()
    found = opened().bars(KEY, IB)
    assert found is not None
    assert (found.content, found.told_at_s) == (bars(390), 2_000.0)


def test_other_series_and_other_worlds_are_kept_apart(opened: Open) -> None:
    cache = opened()
    cache.keep(BarsReported(KEY, bars(3)), SIM, 1.0)
    cache.flush()
    assert cache.bars(KEY, SIM) is not None
    assert cache.bars(KEY, IB) is None
    for other in (KEY._replace(rth_only=True), KEY._replace(what="BID"), KEY._replace(bar_size="5 mins")):
        assert cache.bars(other, SIM) is None


@pytest.mark.parametrize(
    "event",
    [
        BarsReported(KEY, ()),
        BarsReported(KEY, bars(2), cached_at_s=5.0),
        ContractsReported(QUERY, ()),
        ContractsReported(QUERY, (DETAILS,), cached_at_s=5.0),
        BarReported(KEY, bars(1)[0]),
    ],
    ids=lambda event: type(event).__name__,
)
def test_nothing_is_kept_of_empty_answers_or_of_what_came_from_here(opened: Open, event: object) -> None:
    cache = opened()
    cache.keep(event, IB, 9.0)  # type: ignore[arg-type]
    cache.flush()
    assert cache.size() == (0, 0)


def test_a_newer_answer_rules_its_span_and_joins_what_was_known_before(opened: Open) -> None:
    cache = opened()
    cache.keep(BarsReported(KEY, bars(100)), IB, 1.0)
    newer = bars(50, start=NOON + timedelta(minutes=90), price=160.0)
    cache.keep(BarsReported(KEY, newer), IB, 2.0)
    cache.flush()
    found = cache.bars(KEY, IB)
    assert found is not None
    assert found.content == (*bars(90), *newer)
    assert found.told_at_s == 2.0


def test_a_hole_is_never_bridged(opened: Open) -> None:
    cache = opened()
    cache.keep(BarsReported(KEY, bars(100)), IB, 1.0)
    later = bars(10, start=NOON + timedelta(minutes=102))
    cache.keep(BarsReported(KEY, later), IB, 2.0)
    cache.flush()
    found = cache.bars(KEY, IB)
    assert found is not None
    assert found.content == later


# --- bounded -----------------------------------------------------------------------------------------


def test_the_oldest_goes_when_there_is_no_more_room(opened: Open) -> None:
    cache = opened(most_bytes=40_000)
    for number in range(60):
        cache.keep(BarsReported(KEY._replace(con_id=number), bars(200)), IB, float(number))
    cache.flush()
    rows, held = cache.size()
    assert held <= 40_000
    assert 1 <= rows < 60
    assert cache.bars(KEY._replace(con_id=59), IB) is not None
    assert cache.bars(KEY._replace(con_id=0), IB) is None


def test_a_series_keeps_its_newest_bars(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BARS", 10)
    cache = opened()
    cache.keep(BarsReported(KEY, bars(25)), IB, 1.0)
    cache.flush()
    found = cache.bars(KEY, IB)
    assert found is not None
    assert found.content == bars(25)[-10:]


# --- never in the way --------------------------------------------------------------------------------


def works(cache: Cache) -> bool:
    cache.keep(BarsReported(KEY, bars(3)), IB, 1.0)
    cache.flush()
    return cache.bars(KEY, IB) is not None


@pytest.mark.parametrize(
    "content", [b"not a database, not at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_damaged_file_is_put_aside_and_begun_anew(path: Path, opened: Open, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    cache = opened()
    assert works(cache)
    assert "damaged" in cache.trouble
    assert path.with_suffix(".damaged").read_bytes() == content


def _spoil(path: Path) -> None:
    """Overwrites everything behind the first page, which holds the marks and the names of the tables."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))


def _filled(opened: Open, path: Path) -> None:
    first = opened()
    for number in range(50):
        first.keep(BarsReported(KEY._replace(con_id=number), bars(200)), IB, 1.0)
    first.close()
    assert not path.with_name("cache.sqlite-wal").exists()


def test_pages_found_damaged_while_in_use_are_told_and_the_next_start_begins_anew(
    path: Path, opened: Open
) -> None:
    _filled(opened, path)
    _spoil(path)
    cache = opened()
    assert cache.bars(KEY._replace(con_id=3), IB) is None
    assert cache.trouble
    cache.close()
    assert path.with_suffix(".damaged").exists() or not path.exists()
    following = opened()
    assert following.trouble == ""
    assert works(following)


def test_after_a_run_without_an_end_damage_is_found_when_it_opens(path: Path, opened: Open) -> None:
    _filled(opened, path)
    _spoil(path)
    path.with_name("cache.sqlite-wal").touch()
    cache = opened()
    assert "was damaged" in cache.trouble
    assert works(cache)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_cannot_be_written_is_read(
    path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened()
    assert works(first)
    first.close()

    def refuse(*_: object) -> None:
        fault = sqlite3.OperationalError("attempt to write a readonly database")
        fault.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise fault

    # Root may write what nobody may: the refusal is the system's part of this story.
    monkeypatch.setattr(module, "_prepare", refuse)
    cache = opened()
    assert "cannot be written" in cache.trouble
    assert "nothing new is kept" in cache.trouble
    cache.keep(BarsReported(KEY._replace(con_id=7), bars(3)), IB, 1.0)
    cache.flush()
    assert cache.bars(KEY, IB) is not None
    assert cache.bars(KEY._replace(con_id=7), IB) is None


def test_a_place_that_cannot_be_had_leaves_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache.sqlite")
    assert "goes on without a cache" in cache.trouble
    assert not works(cache)
    assert cache.size() == (0, 0)
    cache.close()
    cache.close()


def test_a_folder_in_its_place_leaves_an_empty_cache(path: Path, opened: Open) -> None:
    path.mkdir(parents=True)
    cache = opened()
    assert cache.trouble
    assert not works(cache)


def test_a_database_of_another_program_is_left_alone(path: Path, opened: Open) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    cache = opened()
    assert "is no cache of IBDesk" in cache.trouble
    assert not works(cache)
    assert path.read_bytes() == before


def test_a_later_version_is_left_alone_and_an_older_one_emptied(path: Path, opened: Open) -> None:
    first = opened()
    assert works(first)
    first.close()
    _set_version(path, module.VERSION + 1)
    later = opened()
    assert "later IBDesk" in later.trouble
    later.close()
    _set_version(path, module.VERSION - 1)
    older = opened()
    assert older.trouble == ""
    assert older.bars(KEY, IB) is None
    assert works(older)


def test_a_row_that_cannot_be_read_is_as_if_it_were_not_there(path: Path, opened: Open) -> None:
    first = opened()
    assert works(first)
    first.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE kept SET content = x'00ff'")
    cache = opened()
    assert cache.bars(KEY, IB) is None
    assert "cannot be read" in cache.trouble
    assert works(cache)


def test_a_disk_that_refuses_to_write_is_told_and_nothing_else_happens(path: Path, opened: Open) -> None:
    cache = opened()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE kept")
    cache.keep(BarsReported(KEY, bars(3)), IB, 1.0)
    cache.flush()
    assert "could not be written" in cache.trouble
    assert cache.bars(KEY, IB) is None


def test_two_desks_share_one_file(opened: Open) -> None:
    first, second = opened(), opened()
    first.keep(BarsReported(KEY, bars(3)), IB, 1.0)
    first.flush()
    second.keep(BarsReported(KEY._replace(con_id=2), bars(3)), IB, 1.0)
    second.flush()
    assert second.bars(KEY, IB) is not None
    assert first.bars(KEY._replace(con_id=2), IB) is not None
    assert (first.trouble, second.trouble) == ("", "")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_nobody_else_may_read_it(path: Path, opened: Open) -> None:
    opened()
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_lies_beside_the_journal() -> None:
    assert default_path().name == "cache.sqlite"


# --- the codec ---------------------------------------------------------------------------------------


def test_a_field_that_is_gone_is_passed_over_and_a_new_one_takes_its_default() -> None:
    text = text_of((DETAILS,)).replace('"long_name":"APPLE INC",', '"of_yore":[1],')
    assert values_of(ContractDetails, text) == (replace(DETAILS, long_name=""),)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[{}]", '[{"contract":{"con_id":"x","symbol":"A"}}]', "null"]
)
def test_text_that_is_no_contract_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        values_of(ContractDetails, text)


@pytest.mark.parametrize("data", [b"", b"x", bytes_of(bars(2))[:-3]])
def test_bytes_that_are_no_bars_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        bars_of(data)


def _set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"PRAGMA user_version = {version}")
