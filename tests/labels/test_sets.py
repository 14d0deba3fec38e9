"""Sets of independent labels as they are written in tables and options."""

import pytest

from percept_adv.errors import TableError
from percept_adv.labels import Classes, LabelSets

_SETS = LabelSets(Classes(4, ["cat", "dog", "red hat", "sky"]))


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("1 3", (0, 1, 0, 1)),
        ("2", (0, 0, 1, 0)),
        ("red hat; sky", (0, 0, 1, 1)),
        ("dog|cat", (1, 1, 0, 0)),
        ("none", (0, 0, 0, 0)),
        ("+3 -0", (0, -1, -1, 1)),
        ("+red hat; -sky", (-1, -1, 1, 0)),
    ],
)
def test_labels_are_read_as_written(text, goal):
    assert _SETS.number(text) == goal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+1 3", "with and without a sign"),
        ("1 1", "twice"),
        ("7", "no class"),
        ("bird; cat", "no class"),
    ],
)
def test_what_cannot_be_read_is_told(text, says):
    with pytest.raises(TableError, match=says):
        _SETS.number(text)
