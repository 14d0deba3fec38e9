"""The attack that docs/extend/attack.md shows is one."""

import runpy
from pathlib import Path

import numpy as np

from percept_adv.attacks import attack, registry


def test_the_attack_on_the_page_attacks(linear, monkeypatch):
    monkeypatch.setattr(registry, "_ATTACKS", dict(registry._ATTACKS))
    runpy.run_path(str(Path(__file__).parents[2] / "docs" / "snippets" / "add_attack.py"))
    images, labels = linear.images(4)
    result = attack("ngd", linear.classifier, images, labels, step_size=0.02)
    assert result.success.all()
    assert np.all(result.l2 <= 1.2 * linear.nearest(images, labels) + 0.02)
