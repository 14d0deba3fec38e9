"""What a result is made of, and how two of these differ."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@lru_cache(maxsize=1)
def _version() -> str:
    return version("percept-adv")


@dataclass(frozen=True, slots=True)
class Origin:
    """What decides a result: two results of equal origins are the same.

    Attributes
    ----------
    command
        What makes it, such as ``"magnify"``.
    inputs
        SHA-256 of each input by what it is: ``{"image": ..., "reference": ..., "model": ...}``.
        Names and folders do not count, so a file may be moved.
    parameters
        Everything else that changes the result, as JSON values, defaults included. What changes
        only how fast it comes (processors, batch size) does not belong here.
    version
        Of percept-adv.

    Examples
    --------
    >>> before = Origin("magnify", {"image": "ab12"}, {"gain": 1.0}, "0.1.0")
    >>> now = Origin("magnify", {"image": "ab12"}, {"gain": 4.0}, "0.1.0")
    >>> now.differences_from(before)
    ['gain was 1, now 4']
    """

    command: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]
    version: str = field(default_factory=_version)

    def as_json(self) -> dict[str, Any]:
        """Return it with plain JSON values, tuples having become lists."""
        values: dict[str, Any] = json.loads(
            json.dumps(
                {
                    "command": self.command,
                    "version": self.version,
                    "inputs": dict(self.inputs),
                    "parameters": dict(self.parameters),
                },
                allow_nan=False,
            )
        )
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Origin:
        """Return the inverse of `as_json`.

        Parameters
        ----------
        values
            What `as_json` returned.

        Returns
        -------
        Origin
            Equal to the one before.

        Raises
        ------
        KeyError, TypeError
            If the values are not those of an origin.
        """
        return cls(
            values["command"],
            dict(values["inputs"]),
            dict(values["parameters"]),
            values["version"],
        )

    def differences_from(self, earlier: Origin) -> list[str]:
        """Say for people in what this origin differs from an earlier one.

        Parameters
        ----------
        earlier
            The origin of a result that exists.

        Returns
        -------
        list of str
            One clause for each difference; empty where there is none.
        """
        now, before = self.as_json(), earlier.as_json()
        told = [
            f"{name} was {before[name]}, now {now[name]}"
            for name in ("command", "version")
            if before[name] != now[name]
        ]
        if before["command"] != now["command"]:
            return told[:1]
        told += [
            f"another {role}"
            for role in sorted(before["inputs"].keys() | now["inputs"].keys())
            if before["inputs"].get(role) != now["inputs"].get(role)
        ]
        old, new = dict(_flat(before["parameters"])), dict(_flat(now["parameters"]))
        told += [
            f"{name} was {_text(old.get(name))}, now {_text(new.get(name))}"
            for name in [*old, *(name for name in new if name not in old)]
            if old.get(name) != new.get(name)
        ]
        return told


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give names such as ``contract.mean`` to the values of tables in tables."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _text(value: Any) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return str(value)
