"""What ``percept-adv magnify`` was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.magnification import Norm


@dataclass(frozen=True)
class Settings:
    """The options of the command."""

    norm: Norm
    gain: float
    beta: float
    domain_sigma: float
    range_sigma: float
    float_format: str | None
    side_by_side: bool
    crop: tuple[int, int, int, int] | None
    reference: Path | None
    html: bool
    single_file: bool
    rank: bool

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters of eq. 22."""
        return {
            "beta": self.beta,
            "domain_sigma": self.domain_sigma,
            "range_sigma": self.range_sigma,
        }

    @property
    def record(self) -> dict[str, Any]:
        """How the signal was made and shown, for JSON and the caption of the page."""
        shown_by = ("beta", "domain_sigma", "range_sigma", "norm", "gain", "crop")
        return {name: value for name, value in asdict(self).items() if name in shown_by}

    @property
    def page(self) -> dict[str, Any]:
        """What changes the page beside its pictures."""
        order = "rms_flat" if self.rank else "name"
        return {"single_file": self.single_file, "order": order}

    @property
    def decisive(self) -> dict[str, Any]:
        """Everything that changes what is in a result."""
        return {
            **self.record,
            "float": self.float_format,
            "side_by_side": self.side_by_side,
        }
