"""A contract from wherever it stands: a mapping, a file, a folder or a name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.choices import check_choice
from percept_adv.pipeline.reading.beside import (
    CONFIGURATION,
    PROCESSOR,
    class_names_beside,
    find_in,
    load_json,
)
from percept_adv.pipeline.reading.flat import pipeline_of, read_fields
from percept_adv.pipeline.reading.huggingface import is_huggingface, read_huggingface
from percept_adv.pipeline.reading.keras import read_keras
from percept_adv.pipeline.reading.overriding import override
from percept_adv.pipeline.reading.steps import read_steps
from percept_adv.pipeline.reading.timm import is_timm, read_timm
from percept_adv.pipeline.reading.torchvision import preset_of, presets, read_torchvision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.pipeline.pipeline import Pipeline
    from percept_adv.pipeline.reading.huggingface import Backend


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
    found
        Whether it lay beside the model, without being named.
    """

    pipeline: Pipeline | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] | None = None
    origin: str
    found: bool = False

    def complete(self, known: Mapping[str, Any]) -> Pipeline:
        """Return the pipeline; ``known`` has the fields that are known without the contract."""
        if self.pipeline is not None:
            return override(self.pipeline, self.fields)
        return pipeline_of({**known, **self.fields})


def read_contract(
    source: str | Path,
    size: tuple[int | None, int | None] = (None, None),
    backend: Backend | None = None,
) -> Contract:
    """Return the contract of a file, a folder or a name.

    Parameters
    ----------
    source
        A TOML file of our own; Hugging Face's ``preprocessor_config.json``; timm's
        ``config.json``; a folder with one of them; a torchvision preset such as ``"resnet50"``;
        or ``"keras/tf"``, ``"keras/torch"``, ``"keras/caffe"``.
    size
        Height and width that the model takes, as far as they are fixed.
    backend
        Whose arithmetic, for contracts that stand for either: ``"pillow"`` or ``"torch"``.

    Raises
    ------
    ParameterError
        If there is no such file or name, or something in it is unknown or cannot be used.
    """
    check_choice("backend", backend, (None, "pillow", "torch"))
    text = str(source)
    if text.startswith("keras/"):
        return Contract(pipeline=read_keras(text[6:], size), origin=f"Keras, mode {text[6:]}")
    path = Path(source)
    if path.is_dir():
        path = _in_folder(path)
    if path.is_file():
        return _read_file(path, size, backend)
    if preset_of(text):
        pipeline = read_torchvision(text, backend)
        return Contract(pipeline=pipeline, origin=f"torchvision's preset {text}")
    near = get_close_matches(text.lower(), presets(), n=1)
    raise ParameterError(
        f"contract {text!r}: no such file, and no name that is known (torchvision's such as "
        "resnet50 or vit_b_16.IMAGENET1K_V1; keras/tf, keras/torch, keras/caffe)"
        + (f"; is it {near[0]}?" if near else "")
    )


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


def _in_folder(folder: Path) -> Path:
    found = find_in(folder)
    if found is None:
        raise ParameterError(
            f"{folder} has no {PROCESSOR}, and no {CONFIGURATION} with timm's pretrained_cfg: give "
            "a contract file"
        )
    return found


def _read_file(
    path: Path, size: tuple[int | None, int | None], backend: Backend | None
) -> Contract:
    if path.suffix.lower() != ".json":
        return _read_toml(path)
    table = load_json(path)
    if is_timm(table):
        pipeline = read_timm(table, str(path), size)
    elif is_huggingface(table):
        model_type = load_json(path.parent / CONFIGURATION).get("model_type")
        pipeline = read_huggingface(table, str(path), backend, model_type)
    else:
        raise ParameterError(
            f"{path} is no contract that is known: a preprocessor_config.json has "
            "image_processor_type, timm's config.json has pretrained_cfg"
        )
    return Contract(pipeline=pipeline, class_names=class_names_beside(path), origin=str(path))


def _read_toml(path: Path) -> Contract:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path}: cannot be read as a contract: {error}") from error
    return read_mapping(table, str(path))
