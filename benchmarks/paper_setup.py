"""What the tables of Zhang et al. (2020) are repeated with, and the figures that the paper has."""

from dataclasses import dataclass, field
from pathlib import Path

ATTACKS = ("fgsm", "ifgsm", "pgd2", "cw", "qpgd2", "scw")
TITLES = {
    "fgsm": "FGSM", "ifgsm": "I-FGSM", "pgd2": "PGD2", "cw": "C&W", "qpgd2": "qPGD2",
    "scw": "sC&W",
}  # fmt: skip

# Success rate and mean distortion of each attack, from the tables 1 and 2.
PAPER_C4 = {
    "fgsm": (0.89, 5.02), "ifgsm": (1.00, 2.69), "pgd2": (1.00, 1.71), "cw": (1.00, 2.49),
    "qpgd2": (0.97, 3.36), "scw": (1.00, 1.97),
}  # fmt: skip
PAPER_C4_ADVERSARIAL = {
    "fgsm": (0.15, 4.53), "ifgsm": (1.00, 3.48), "pgd2": (1.00, 2.52), "cw": (0.93, 3.03),
    "qpgd2": (0.99, 2.94), "scw": (0.99, 2.39),
}  # fmt: skip
PAPER_INCEPTION_V3 = {
    "fgsm": (0.97, 5.92), "ifgsm": (1.00, 5.54), "pgd2": (1.00, 1.80), "cw": (0.99, 4.91),
    "qpgd2": (0.96, 2.10), "scw": (0.99, 3.00),
}  # fmt: skip

# The paper prints the largest eps only. An image counts with the least eps that fools.
_DIGIT_GRIDS = {
    "fgsm": "0.06,0.12,0.18,0.24,0.3",
    "ifgsm": "0.06,0.12,0.18,0.24,0.3",
    "pgd2": "0.5,1,1.5,2,2.5,3,3.5,4,4.5,5",
    "qpgd2": "0.5,1,1.5,2,2.5,3,3.5,4,4.5,5",
}
_PHOTO_GRIDS = {
    "fgsm": "0.0039216,0.0078431,0.015686,0.031373,0.062745,0.1255",
    "ifgsm": "0.0039216,0.0078431,0.015686,0.031373,0.062745,0.1255",
    "pgd2": "0.25,0.5,1,1.5,2,3,4,5",
    "qpgd2": "0.25,0.5,1,1.5,2,3,4,5",
}
_DIGIT_PARAMETERS = [
    "ifgsm.step_size=0.08", "pgd2.step_size=3", "qpgd2.step_size=3", "qpgd2.alpha=0.95",
    "cw.margin=1", "cw.learning_rate=0.1", "cw.initial_c=15",
    "scw.margin=1", "scw.learning_rate=0.1", "scw.initial_c=15", "scw.alpha=0.95",
]  # fmt: skip
_PHOTO_PARAMETERS = [
    "ifgsm.step_size=0.08", "pgd2.step_size=3", "qpgd2.step_size=3", "qpgd2.alpha=0.997",
    "cw.margin=0", "cw.learning_rate=0.1", "cw.initial_c=100",
    "scw.margin=0", "scw.learning_rate=0.1", "scw.initial_c=100", "scw.alpha=0.997",
]  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """One network attacked with all attacks, and those that its images are then shown to.

    ``tested`` holds the further networks: models, each with the options of the command.
    """

    name: str
    title: str
    model: str
    paper: dict[str, tuple[float, float]]
    paper_network: str
    grids: dict[str, str]
    parameters: list[str]
    batch_size: int
    tested: list[list[str]] = field(default_factory=list)


def plan(second_network: Path | None, *, photo_search_steps: int, photo_iterations: int):
    """Return the experiments; the second photograph network has the contract of the first."""
    schedule = [
        f"{attack}.{name}={value}"
        for attack in ("cw", "scw")
        for name, value in (("search_steps", photo_search_steps), ("iterations", photo_iterations))
    ]
    digits = {"grids": _DIGIT_GRIDS, "parameters": _DIGIT_PARAMETERS, "batch_size": 64}
    photo_models = [["efficientnet-lite0"]]
    if second_network is not None:
        normalised = ["--mean", "0.4980392", "--std", "0.5019608"]
        photo_models.append([str(second_network), *normalised])
    return [
        Experiment(
            "c4", "Table 1, digits: C4", "c4", PAPER_C4, "MNIST C4",
            tested=[["c4"], ["c4-adv"]], **digits,
        ),
        Experiment(
            "c4_adv", "Table 2: C4 trained adversarially", "c4-adv", PAPER_C4_ADVERSARIAL,
            "MNIST C4, adversarial training", **digits,
        ),
        Experiment(
            "photos", "Table 1, photographs: EfficientNet-Lite0", "efficientnet-lite0",
            PAPER_INCEPTION_V3, "ImageNet InceptionV3", _PHOTO_GRIDS,
            [*_PHOTO_PARAMETERS, *schedule], 1, photo_models,
        ),
    ]  # fmt: skip
