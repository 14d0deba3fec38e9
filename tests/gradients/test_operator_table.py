"""The page of supported operators is what the registry says."""

from pathlib import Path

from percept_adv.gradients.documentation import operator_table
from percept_adv.gradients.registry import all_rules

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == operator_table()


def test_every_rule_states_its_convention():
    for entry in all_rules():
        assert len(entry.convention) > 1, entry.op_type


def test_no_formula_begins_with_a_variable_that_was_capitalised():
    for entry in all_rules():
        first = entry.convention.split()[0]
        assert first not in {"Alpha", "Beta", "Gamma"}, entry.op_type
        assert not (len(first) == 1 and first.isupper()), entry.op_type
