"""Scenes of a run of ``percept-adv evaluate``: a photograph, and what each attack made of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from percept_adv.evaluation import collect_outcomes
from percept_adv.inspection.library import Library, SubjectFile, numbered
from percept_adv.report.viewer.facts import attack_facts

if TYPE_CHECKING:
    from percept_adv.evaluation import RunStore


def library_of_run(store: RunStore) -> Library:
    """Return a scene for each image of a run, of all outcomes that are finished.

    Parameters
    ----------
    store
        The run.

    Returns
    -------
    Library
        With the attacks beside each other.

    Raises
    ------
    RunError
        If the run's database cannot be used.

    Examples
    --------
    >>> from percept_adv.inspection import library_of_run
    >>> len(library_of_run(run).scenes)
    2
    """
    names = store.configuration.class_names
    attacked: dict[Any, list[SubjectFile]] = defaultdict(list)
    samples = {}
    for outcomes in collect_outcomes(store):
        for chosen in outcomes.chosen:
            samples[chosen.sample.sha256] = chosen.sample
            attacked[chosen.sample.sha256].append(
                SubjectFile(
                    outcomes.attack,
                    outcomes.attack,
                    store.folder / chosen.record["picture"],
                    facts=attack_facts(outcomes.attack, chosen.record, names),
                )
            )
    scenes = [
        (
            sample.file,
            (SubjectFile("original", "original", store.original_path(sample), reference=True),
             *attacked[key]),
        )
        for key, sample in samples.items()
    ]  # fmt: skip
    return Library(numbered(scenes), "attacks", store.configuration.model)
