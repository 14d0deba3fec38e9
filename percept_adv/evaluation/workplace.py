"""What another process needs to take part: where model and images lie, and how they are used."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError
from percept_adv.evaluation.work import work_on
from percept_adv.storing import PNG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from percept_adv.attacks import Engine
    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.work import Failed, Finished, Task
    from percept_adv.runtime import Provider
    from percept_adv.storing import StoreChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A model and a folder of images, by paths that are the same for every process.

    Attributes
    ----------
    classifier
        A pickled copy: the path of its file, what it must hold, and how it is used.
    provider, batch_size
        See `percept_adv.Classifier`.
    images
        The folder of the data set.
    store, through
        What results are stored as, and what they have to survive.
    seed, engine
        Of the run.
    """

    classifier: bytes
    provider: Provider
    batch_size: int
    images: Path
    store: StoreChoice
    through: tuple[str, ...]
    seed: int
    engine: Engine

    @classmethod
    def of(
        cls,
        classifier: Classifier,
        images: Path,
        *,
        batch_size: int,
        store: StoreChoice = PNG,
        through: tuple[str, ...] = (),
        seed: int = 0,
        engine: Engine = "auto",
    ) -> Workplace:
        """Describe a classifier that is open.

        Parameters
        ----------
        classifier
            Of a file.
        images
            The folder of the data set.
        batch_size
            How many images are attacked together.
        store
            What results are stored as.
        through
            Transformations that results have to survive.
        seed
            Of the attacks' random numbers.
        engine
            Who takes the steps of attacks: ``"auto"``, ``"eager"`` or ``"graph"``.

        Returns
        -------
        Workplace
            It can be pickled.

        Raises
        ------
        ParameterError
            If its model is in memory only.
        """
        if classifier.path is None:
            raise ParameterError(
                "other processes cannot open a model in memory: save it, and open the file"
            )
        return cls(
            classifier=pickle.dumps(classifier),
            provider=classifier.provider,
            batch_size=batch_size,
            images=images.resolve(),
            store=store,
            through=through,
            seed=seed,
            engine=engine,
        )

    def work(self, task: Task) -> Iterator[Finished | Failed]:
        """Do a task; the model is loaded once in each process.

        Parameters
        ----------
        task
            Images and an attack.

        Returns
        -------
        iterator of Finished or Failed
            One for each image.

        Raises
        ------
        ModelError
            If the model's file is another one here.
        """
        classifier = _open(self)
        return work_on(
            task,
            classifier,
            self.images,
            store=self.store,
            through=self.through,
            batch_size=self.batch_size,
            seed=self.seed,
            engine=self.engine,
        )


@lru_cache(maxsize=1)
def _open(place: Workplace) -> Classifier:
    classifier: Classifier = pickle.loads(place.classifier)  # noqa: S301 - of this very run
    return classifier
