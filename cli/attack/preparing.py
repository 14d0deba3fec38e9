"""What an attack needs before its first image: a method, a model that it suits, and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.attack.plans import Independent
from percept_adv_cli.attack.universal import UniversalSearch
from percept_adv_cli.shared.classifiers import open_classifier
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.parameters import read_parameters
from percept_adv_cli.shared.plausibility import check_unlabelled, tell_accuracy

from percept_adv.attacks import check_engine
from percept_adv.classifier import check_classifier, check_gradient
from percept_adv.labels import assign_classes
from percept_adv.transformations import with_survival

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from percept_adv_cli.attack.plans import Plan
    from percept_adv_cli.attack.sources import Image, Reader

    from percept_adv.attacks import Declaration, Engine
    from percept_adv.classifier import Classifier
    from percept_adv.labels import Classes, ImageClasses, LabelSets, Table
    from percept_adv.transformations import Transformation


def make_method(attack: Declaration, assignments: Sequence[str], options: Mapping[str, Any]) -> Any:
    """Return an attack with its parameters.

    Raises
    ------
    click.UsageError, ParameterError
        If a parameter is wrong, or an option is given that the attack lacks.
    """
    method = attack.make(**read_parameters(attack, assignments))
    for option, reason in attack.lacks.items():
        if options.get(option) is not None:
            raise click.UsageError(f"{reason}: leave --{option.replace('_', '-')} out")
    return method


def open_model(
    model: str, method: Any, through: Sequence[Transformation], options: Mapping[str, Any]
) -> Classifier:
    """Open a model, tell its notes, and look whether the attack suits it.

    Raises
    ------
    PerceptAdvError
        If it is no model, is random, lacks the gradient that the attack needs, or cannot be
        attacked by the engine.
    """
    classifier = open_classifier(model, options)
    for note in [*classifier.notes, *check_classifier(classifier)]:
        print_note(f"{model}: {note}")
    engine: Engine = "graph" if options["export_step"] is not None else options["engine"]
    check_engine(method, with_survival(classifier, through), engine)
    if method.most_gradients:
        check_gradient(classifier)
    return classifier


def read_classes(
    classifier: Classifier,
    table: Table | None,
    paths: Sequence[Path],
    classes: Classes | LabelSets,
    *,
    go_on: bool,
) -> ImageClasses | None:
    """Return the class of each image, if a table is given; refuse what looks like no input.

    Raises
    ------
    PerceptAdvError
        If the model is wrong about all images, or sees nothing in any.
    """
    if table is None:
        check_unlabelled(classifier, paths, go_on=go_on)
        return None
    truth = assign_classes(table, paths, classes, what="label", option="--labels")
    tell_accuracy(classifier, list(truth.numbers.items()), go_on=go_on)
    return truth


def plan_of(
    attack: Declaration,
    method: Any,
    reader: Reader,
    images: Sequence[Image],
    output: Path,
    *,
    seed: int,
    overwrite: bool,
    quiet: bool,
) -> Plan:
    """Return what is done to each image; for a universal attack that is searched for first."""
    if attack.independent:
        return Independent(attack=attack.name, rule=method)
    search = UniversalSearch(
        attack=attack.name, method=method, reader=reader, folder=output, seed=seed
    )
    return search.plan(images, overwrite=overwrite, quiet=quiet)
