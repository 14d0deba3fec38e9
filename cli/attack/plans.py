"""What a run does with each image: an attack of its own, or what one search has found for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.parameters import values_of

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.attack.sources import Source

    from percept_adv.attacks import ImageResult, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(ABC):
    """An attack by its name, and the rule that is applied to each image."""

    attack: str
    rule: Method

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """The parameters of the attack, defaults included."""

    @property
    def sources(self) -> dict[str, Path]:
        """Files that go into all results, by what they are."""
        return {}

    def check(self, source: Source) -> None:  # noqa: B027 (most fit all)
        """Raise ``ShapeError`` for an image that the rule does not fit."""

    def counted(self, source: Source, outcome: ImageResult) -> ImageResult:  # noqa: ARG002
        """Return a result with all that it has cost."""
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Independent(Plan):
    """Each image is attacked for itself."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the rule."""
        return values_of(self.rule)
