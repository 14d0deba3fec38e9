"""Scenes of a run of ``percept-adv evaluate``: a photograph, and what each attack made of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from percept_adv.errors import RunError
from percept_adv.evaluation import collect_outcomes
from percept_adv.inspection.library import Library, SubjectFile, numbered
from percept_adv.report.findings import unfinished
from percept_adv.report.viewer.facts import attack_facts

if TYPE_CHECKING:
    from percept_adv.evaluation import RunStore


_LATER = "What evaluate writes from now on is shown when inspect is started again."


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
        If the run's database cannot be used, or nothing is in it yet.

    Examples
    --------
    >>> from percept_adv.inspection import library_of_run
    >>> len(library_of_run(run).scenes)
    2
    """
    names = store.configuration.class_names
    collected = collect_outcomes(store)
    attacked: dict[Any, list[SubjectFile]] = defaultdict(list)
    samples = {}
    for outcomes in collected:
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
    if not samples:
        raise RunError(f"{store.folder}: no image is finished yet; wait for percept-adv evaluate")
    scenes = [
        (
            sample.file,
            (SubjectFile("original", "original", store.original_path(sample), reference=True),
             *attacked[key]),
        )
        for key, sample in samples.items()
    ]  # fmt: skip
    missing = [f"{sentence} {_LATER}" for sentence in unfinished(collected, store.configuration)]
    return Library(numbered(scenes), "attacks", store.configuration.model, tuple(missing))
