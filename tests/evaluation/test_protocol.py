"""P(D), the choice among runs and the tables, against numbers made by hand."""

import math

import pytest

from percept_adv.errors import ParameterError
from percept_adv.evaluation import (
    AttackOutcomes,
    Sample,
    Table,
    operating_characteristic,
    plan_variants,
    share_within,
)
from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.protocol import Chosen, choose_best, total_cost


def record(*, success=True, already=False, distance=1.0, mad=0.5):
    return {
        "success": success,
        "already_misclassified": already,
        "stored_l2": distance,
        "mad": mad,
        "forward_count": 3,
        "backward_count": 2,
        "seconds": 0.5,
    }


def test_the_operating_characteristic_counts_successes_up_to_a_distortion():
    records = [
        record(distance=2.0),
        record(distance=0.5),
        record(distance=2.0),
        record(success=False, distance=0.1),
        record(already=True, distance=0.0),
    ]
    distances, shares = operating_characteristic(records)
    assert distances.tolist() == [0.5, 2.0, 2.0]
    assert shares.tolist() == [0.25, 0.5, 0.75]
    wanted = {0.0: 0.0, 0.49: 0.0, 0.5: 0.25, 1.9: 0.25, 2.0: 0.75, 99.0: 0.75}
    assert {d: share_within(records, d) for d in wanted} == wanted
    assert math.isnan(share_within([record(already=True)], 1.0))


def test_of_several_runs_the_success_of_least_distortion_counts():
    runs = [
        record(success=False, distance=0.1),
        record(distance=3.0),
        record(distance=2.0),
        record(distance=4.0),
    ]
    assert choose_best(runs) == 2
    assert choose_best([runs[0], runs[0]]) == 1
    assert total_cost(runs) == {"forward_count": 12, "backward_count": 8, "seconds": 2.0}


def outcomes(attack, mads):
    return AttackOutcomes(
        attack,
        1,
        tuple(
            Chosen(Sample(f"{i}.png", 0, str(i)), f"{attack}{i}", record(mad=mad, **more), "{}", {})
            for i, (mad, more) in enumerate(mads)
        ),
    )


def test_mad_is_compared_where_both_succeed():
    cw = outcomes("cw", [(1.0, {}), (0.0, {}), (2.0, {}), (3.0, {"success": False}), (None, {})])
    scw = outcomes("scw", [(0.5, {}), (0.0, {}), (2.5, {}), (0.1, {}), (0.1, {})])
    (pair,) = mad_pairs([cw, scw])
    assert (pair.first, pair.second) == ("cw", "scw")
    assert pair.first_mad.tolist() == [1.0, 0.0, 2.0]
    assert pair.not_above == pytest.approx(2 / 3)
    assert pair.below == pytest.approx(1 / 3)
    assert mad_pairs([cw]) == []


def test_a_fixed_distortion_runs_for_each_eps():
    variants = plan_variants(["fgsm", "cw"], {"cw": {"iterations": 5}}, {"fgsm": [0.3, 0.1]})
    assert [str(variant) for variant in variants] == [
        "fgsm (eps=0.1)", "fgsm (eps=0.3)", "cw (iterations=5)",
    ]  # fmt: skip
    default = plan_variants(["pgd2"], {"pgd2": {"eps": 2.0}}, {})
    assert [variant.eps for variant in default] == [2.0]
    (searched,) = plan_variants(["pgd2"], {"pgd2": {"iterations": 3}}, {})
    assert searched.searches
    assert (searched.eps, searched.folder, default[0].folder) == (None, "pgd2", "pgd2/eps_2")


@pytest.mark.parametrize(
    ("attacks", "parameters", "grids", "word"),
    [
        (["none"], {}, {}, "none"),
        (["cw", "cw"], {}, {}, "once"),
        (["cw"], {"scw": {"alpha": 0.5}}, {}, "scw"),
        (["cw"], {}, {"cw": [1.0]}, "no eps"),
        (["cw"], {"cw": {"nonsense": 1}}, {}, "nonsense"),
        (["fgsm"], {}, {"fgsm": [0.1, -0.1]}, "-0.1"),
    ],
)
def test_what_cannot_be_run_is_told(attacks, parameters, grids, word):
    with pytest.raises(ParameterError, match=word):
        plan_variants(attacks, parameters, grids)


def test_tables_in_all_forms():
    table = Table("T", ("attack", "N", "P_suc"), (("a_1", 10, 0.25), ("b|c", 3, math.nan)))
    assert table.to_csv() == "attack,N,P_suc\na_1,10,0.25\nb|c,3,\n"
    assert table.to_markdown().splitlines() == [
        "| attack | N | P_suc |",
        "| --- | ---: | ---: |",
        "| a_1 | 10 | 0.250 |",
        "| b\\|c | 3 |  |",
    ]
    assert table.to_text().splitlines() == [
        "T", "attack   N  P_suc", "a_1     10  0.250", "b|c      3",
    ]  # fmt: skip
    latex = table.to_latex()
    assert r"attack & N & P\_suc \\" in latex
    assert r"a\_1 & 10 & 0.250 \\" in latex
    assert latex.startswith(r"\begin{tabular}{lrr}")
