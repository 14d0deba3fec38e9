"""Which of several wishes is computed, and which gives way."""

import numpy as np
import pytest

from percept_adv import magnify
from percept_adv.images import read_image
from percept_adv.inspection.precedence import Precedence
from percept_adv.inspection.settings import Settings
from percept_adv.inspection.wanted import Superseded, Wanted
from percept_adv.inspection.workbench import Workbench
from percept_adv.magnification import Region
from percept_adv.threads import thread_count


def test_settings_know_their_ranges():
    assert Settings.of({"beta": "0.25", "other": "x"}).beta == 0.25
    assert Settings().sigmas == {"domain_sigma": 5.0, "range_sigma": 0.2}


def test_a_newer_choice_of_a_page_makes_its_older_one_needless_and_no_other(folder):
    bench = Workbench()
    path = folder / "large.png"
    slow = Settings(domain_sigma=6.0)
    first = bench.wanted.ask("one page", "slow", 1)
    asked = []

    def give_way():
        # While the first is being computed, the same page asks for another.
        asked.append(bench.wanted.ask("one page", "quick", 2))

    bench.precedence.give_way = give_way
    with pytest.raises(Superseded):
        bench.terms(path, slow, first)
    # Those bands that were running beside the one that asked, and no other.
    assert 1 <= len(asked) <= thread_count()
    bench.precedence = Precedence()
    terms = bench.terms(path, slow, bench.wanted.ask("another page", "slow", 1))
    region = Region(0, 512, 0, 512)
    image = read_image(path).as_float(np.float32)
    np.testing.assert_allclose(
        bench.magnified_region(path, slow, 0, region, terms),
        magnify(image, domain_sigma=6)[region.slices],
        atol=2e-4,
    )


def test_an_outdated_region_ends_at_its_next_band_and_leaves_nothing_behind(folder):
    bench = Workbench()
    path, wide = folder / "large.png", Settings(domain_sigma=4.0)
    region = Region(20, 600, 30, 700)
    checks = []

    def check():
        checks.append(None)
        if len(checks) == 3:
            raise Superseded

    with pytest.raises(Superseded):
        bench.magnified_at_once(path, wide, 0, region, check)
    shown = bench.magnified_at_once(path, wide, 0, region)
    image = read_image(path).as_float(np.float32)
    expected = magnify(image, domain_sigma=4.0)[region.slices]
    np.testing.assert_allclose(shown, expected, atol=2e-4)


def test_an_older_wish_that_arrives_later_does_not_replace_a_newer_one():
    wanted = Wanted()
    newer = wanted.ask("pane", "new", 7)
    older = wanted.ask("pane", "old", 6)
    newer()
    with pytest.raises(Superseded):
        older()
    wanted.ask("pane", "new", 8)
    newer()
