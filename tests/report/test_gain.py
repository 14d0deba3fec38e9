"""How much a perturbation is amplified to be seen."""

import numpy as np

from percept_adv.report.pictures import common_gain


def test_a_few_changed_samples_are_amplified_too():
    perturbation = np.zeros((40, 40, 3))
    perturbation[3, 4, 1] = 1 / 255
    assert common_gain([perturbation]) == 128
    assert common_gain([np.zeros((4, 4, 3))]) == 1
