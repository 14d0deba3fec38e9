"""The settings of a view, as sliders send them: checked, and told apart by what they change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNELS = ("all", "red", "green", "blue", "luma")
_RANGES = {
    "beta": (0.0, 1.0),
    "domain_sigma": (0.3, 20.0),
    "range_sigma": (0.001, 10.0),
    "gain": (0.01, 1000.0),
    "difference_gain": (0.01, 1000.0),
    "view_gain": (0.01, 1000.0),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What sliders set: those of eq. 22, three gains, and the channel.

    Attributes
    ----------
    beta, domain_sigma, range_sigma
        As in `percept_adv.magnify`.
    gain, difference_gain, view_gain
        Of the magnified image, of differences, and of other views.
    channel
        ``"all"`` or the name of one.

    Raises
    ------
    ParameterError
        If a value lies outside its range.
    """

    beta: float = 0.8
    domain_sigma: float = 5.0
    range_sigma: float = 0.2
    gain: float = 1.0
    difference_gain: float = 10.0
    view_gain: float = 1.0
    channel: str = "all"

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not (isfinite(value) and low <= value <= high):
                raise ParameterError(f"{name} is {value}: it must lie in [{low:g}, {high:g}]")
        if self.channel not in CHANNELS:
            raise ParameterError(f"channel is {self.channel}: use one of {', '.join(CHANNELS)}")

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Settings:
        """Read them from a URL's query; what it does not name keeps its default.

        Parameters
        ----------
        query
            Texts by name.

        Returns
        -------
        Settings
            Checked.

        Raises
        ------
        ParameterError
            If a value is no number, or outside its range.
        """
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: text for name, text in query.items() if name in known}
        for name in _RANGES:
            if name in values:
                values[name] = _number(name, values[name])
        return cls(**values)

    @property
    def sigmas(self) -> dict[str, float]:
        """What the local terms of eq. 22 depend on."""
        return {"domain_sigma": self.domain_sigma, "range_sigma": self.range_sigma}

    @property
    def sigmas_key(self) -> tuple[float, float]:
        """The sigmas, to look up local terms by."""
        return self.domain_sigma, self.range_sigma

    @property
    def magnification(self) -> dict[str, float]:
        """The parameters of `percept_adv.magnify`."""
        return {"beta": self.beta, **self.sigmas}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"{name} is {text!r}: it must be a number") from None
