"""README's section on the simulated gateway names every scenario and every fault there is."""

from __future__ import annotations

from pathlib import Path

from core.simulator.courses import COURSES
from core.simulator.faults import FAULTS
from core.simulator.scenario import SCENARIOS

HEADING = "## The simulated gateway"


def test_every_scenario_and_fault_is_in_the_readme() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert HEADING in text
    section = text.partition(HEADING)[2]
    assert [name for name in (*SCENARIOS, *COURSES, *FAULTS) if f"`{name}`" not in section] == []
