"""A contract from wherever it stands: a mapping, a file, a folder or a name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.reading.flat import pipeline_of, read_fields
from percept_adv.pipeline.reading.overriding import override
from percept_adv.pipeline.reading.steps import read_steps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from percept_adv.pipeline.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a source says of how images enter a model.

    Attributes
    ----------
    pipeline
        The steps; None where only fields of the short form are given.
    fields
        Those fields, which win over the steps and over what is known otherwise.
    class_names
        If the source has them.
    origin
        The source in words.
    """

    pipeline: Pipeline | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] | None = None
    origin: str

    def complete(self, known: Mapping[str, Any]) -> Pipeline:
        """Return the pipeline; ``known`` has the fields that are known without the contract."""
        if self.pipeline is not None:
            return override(self.pipeline, self.fields)
        return pipeline_of({**known, **self.fields})


def read_mapping(table: Mapping[str, Any], origin: str) -> Contract:
    """Return the contract of a mapping: ``steps``, or fields of the short form, or both.

    Raises
    ------
    ParameterError
        If something in it is unknown or cannot be used.
    """
    fields = dict(table.get("input", table)) if "steps" not in table else dict(table)
    steps = fields.pop("steps", None)
    return Contract(
        pipeline=None if steps is None else read_steps(steps, origin),
        fields=read_fields(fields, origin),
        origin=origin,
    )


def read_toml(path: Path) -> Contract:
    """Return the contract of a TOML file.

    Raises
    ------
    ParameterError
        If the file cannot be read, or something in it is unknown or cannot be used.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path}: cannot be read as a contract: {error}") from error
    return read_mapping(table, str(path))
