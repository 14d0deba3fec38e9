"""Options that say which classes images have, and what is read by them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.options import together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.classifier import Classifier
    from percept_adv.labels import Classes, LabelSets, Table

class_options = together(
    click.option(
        "--label-offset",
        type=int,
        default=0,
        show_default=True,
        help="Subtract this from class numbers: 1 if they count from 1.",
    ),
    click.option(
        "--class-names",
        type=click.Path(path_type=Path),
        help="File with the names of the classes, one a line in the model's order; used for "
        "labels and results.",
    ),
)
"""Add ``--label-offset`` and ``--class-names``."""

label_options = together(
    click.option(
        "--labels",
        type=click.Path(path_type=Path),
        help="The true classes: a table with the columns file,label (numbers or names), or a "
        "folder with a folder for each class.",
    ),
    class_options,
)
"""Add ``--labels``, ``--label-offset`` and ``--class-names``."""


def read_label_source(path: Path) -> Table:
    """Read ``--labels``: a table, or a folder with a folder for each class."""
    from percept_adv.labels import read_class_folders, read_table

    return read_class_folders(path) if path.is_dir() else read_table(path)


def classes_of(classifier: Classifier, options: Mapping[str, Any]) -> Classes | LabelSets:
    """Return the classes of a model, or its sets of labels, named and counted as options say."""
    from percept_adv.decisions import IndependentLabels
    from percept_adv.labels import Classes, LabelSets

    classes = Classes(classifier.class_count, classifier.class_names, options["label_offset"])
    return (
        LabelSets(classes) if isinstance(classifier.decision.rule, IndependentLabels) else classes
    )
