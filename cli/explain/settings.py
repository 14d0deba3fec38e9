"""What ``percept-adv explain`` was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.explanation import Method


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides about an explanation."""

    method: Method
    number: int | None
    layer: str | None
    samples: int
    noise: float
    steps: int
    seed: int

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """Return the settings among the options of the command."""
        return cls(**{name: options[name] for name in cls.__dataclass_fields__})

    @property
    def of_the_method(self) -> dict[str, Any]:
        """The parameters of `explain` and `export_explanation` besides method and class."""
        names = ("layer", "samples", "noise", "steps", "seed")
        return {name: value for name, value in asdict(self).items() if name in names}

    @property
    def record(self) -> dict[str, Any]:
        """All of them, named as on the command line."""
        return {"method": self.method, "class": self.number, **self.of_the_method}
