"""What the pre-trade gate answers. `Approved` is minted in `core.risk.gate` and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.order import OrderSpec


@dataclass(frozen=True, slots=True)
class Objection:
    """One rule's no: which rule, what it measured, and the limit it measured against."""

    rule: str
    measured: str
    limit: str
    words: str
    """The sentence shown to the trader, with what can be done."""
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing will be sent. The first objection decided; the others are told too."""

    objections: tuple[Objection, ...]

    @property
    def words(self) -> str:
        return self.objections[0].words


@dataclass(frozen=True, slots=True)
class Ask:
    """Only soft objections: each wants the trader's acknowledgement before the order may go."""

    objections: tuple[Objection, ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """A specification that passed every rule: the only thing `core.tws` will place."""

    spec: OrderSpec
    acknowledged: tuple[str, ...] = ()
    """Names of the rules whose soft objections the trader took on."""
