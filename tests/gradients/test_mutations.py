"""Damaged models are refused in one line, or differentiated: never a traceback, never a crash."""

import pytest
from mutations import outcomes

SAMPLE = 40
THOUSANDS = 4000


def bad_outcomes(seeds, folder):
    remaining, bad = list(seeds), {}
    while remaining:
        found = outcomes(remaining[:200], folder)
        bad |= {seed: text for seed, text in found.items() if text not in {"fine", "refused"}}
        remaining = [seed for seed in remaining if seed not in found]
    return bad


def test_a_sample_of_mutants(tmp_path):
    assert bad_outcomes(range(SAMPLE), tmp_path) == {}


@pytest.mark.large
@pytest.mark.timeout(3600)
def test_thousands_of_mutants(tmp_path):
    assert bad_outcomes(range(SAMPLE, THOUSANDS), tmp_path) == {}
