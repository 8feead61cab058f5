"""Lines: shared by all who watch, taken from who needs them least, given back as soon as one is free."""

from __future__ import annotations

from core.domain.contract import Contract
from core.pacing.lines import Line, Lines, Wire


def contract(con_id: int) -> Contract:
    return Contract(con_id, f"S{con_id}")


def ids(lines: tuple[Line, ...]) -> list[int]:
    return [line.con_id for line in lines]


def full(limit: int = 3, owner: str = "watchlist") -> Lines:
    lines = Lines(limit)
    for con_id in range(1, limit + 1):
        lines.watch(contract(con_id), owner)
    return lines


def test_a_line_is_shared_and_closed_by_the_last_who_leaves() -> None:
    lines = Lines(3)
    assert ids(lines.watch(contract(1), "watchlist").opens) == [1]
    assert lines.watch(contract(1), "chart").opens == ()
    assert lines.unwatch(1, "watchlist").closes == ()
    assert ids(lines.unwatch(1, "chart").closes) == [1]
    assert 1 not in lines
    assert lines.unwatch(1, "chart").closes == ()


def test_of_lines_as_urgent_the_one_wanted_longest_ago_goes() -> None:
    lines = full()
    lines.watch(contract(1), "watchlist")  # looked at again
    shift = lines.watch(contract(4), "watchlist")
    assert (ids(shift.closes), ids(shift.opens)) == ([2], [4])
    assert (lines.used, lines.evicted) == (3, 1)


def test_the_charts_contract_is_never_evicted_for_one_of_the_watchlist() -> None:
    lines = full(owner="chart")
    shift = lines.watch(contract(4), "watchlist")
    assert (shift.closes, shift.opens) == ((), ())
    assert lines.evicted == 1
    lines.hold({5})
    assert lines.watch(contract(5), "watchlist").opens == ()
    ticket = lines.watch(contract(4), "ticket")
    assert (ids(ticket.closes), ids(ticket.opens)) == ([1], [4])


def test_a_free_line_goes_to_the_most_urgent_that_waits_and_then_to_the_newest() -> None:
    lines = full(owner="chart")
    lines.hold({5})
    for con_id in (4, 5, 6):
        lines.watch(contract(con_id), "watchlist")
    assert ids(lines.unwatch(1, "chart").opens) == [5]
    assert ids(lines.unwatch(2, "chart").opens) == [6]


def test_a_chart_that_turns_away_leaves_its_line_to_who_needs_it_more() -> None:
    lines = full(limit=1, owner="chart")
    lines.watch(contract(1), "watchlist")
    lines.watch(contract(2), "watchlist")
    lines.hold({2})
    shift = lines.unwatch(1, "chart")
    assert (ids(shift.closes), ids(shift.opens)) == ([1], [2])


def test_a_refused_line_gives_its_place_to_another_until_the_next_connection() -> None:
    lines = full()
    lines.watch(contract(4), "watchlist")
    assert lines.evicted == 1
    held = lines.line(3)
    assert held is not None
    assert ids(lines.refuse(held).opens) == [1]
    assert lines.watch(contract(3), "watchlist").opens == ()
    lines.unwatch(1, "watchlist")
    assert ids(lines.start_over().opens) == [2, 4, 3]


def test_after_a_reconnect_the_most_urgent_come_first() -> None:
    lines = Lines(10)
    for con_id, owner in ((1, "watchlist"), (2, "watchlist"), (3, "api"), (4, "chart"), (5, "ticket")):
        lines.watch(contract(con_id), owner)
    lines.hold({2})
    for line in lines.all():
        line.wire = Wire.OPEN
    lines.link_lost()
    assert ids(lines.start_over().opens) == [4, 5, 2, 1, 3]
    assert all(line.wire is Wire.NONE for line in lines.all())


def test_fewer_lines_than_promised_are_learnt_and_forgotten_with_the_connection() -> None:
    lines = full(limit=5)
    line = lines.line(5)
    assert line is not None
    lines.fewer(line)
    assert (lines.limit, lines.used, lines.evicted) == (4, 4, 1)
    lines.start_over()
    assert (lines.limit, lines.used, lines.evicted) == (5, 5, 0)


def test_a_contract_without_an_exchange_keeps_its_line_until_the_exchange_is_known() -> None:
    lines = Lines(3)
    lines.watch(Contract(1, "A", exchange=""), "positions")
    assert lines.route(Contract(1, "A", exchange="")) is None
    line = lines.route(contract(1))
    assert line is not None
    assert line.contract.exchange == "SMART"
    assert lines.route(contract(1)) is None
