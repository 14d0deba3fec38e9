"""Names of classes, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_of(decided: int | str, class_names: Sequence[str]) -> str:
    """Return the name of a class, or those of several labels with commas.

    Parameters
    ----------
    decided : int or str
        As `percept_adv.decisions.Rule.described` gives it: a class, or labels such as ``"3 7"``
        or ``"+3 -5"``.
    class_names : sequence of str

    Returns
    -------
    str
        The name, or the names.

    Examples
    --------
    >>> name_of(1, ["cat", "dog"])
    'dog'
    >>> name_of("+0 -1", ["cat", "dog"])
    '+cat, -dog'
    """
    if isinstance(decided, int):
        return class_names[decided]
    names = []
    for label in decided.split():
        sign = label[0] if label[0] in "+-" else ""
        names.append(sign + class_names[int(label.lstrip("+-"))])
    return ", ".join(names)


def show_class(label: int | str, names: Sequence[str] | None) -> str:
    """Return a class for people: its number, and its name where it has another one.

    Parameters
    ----------
    label
        A class number, or labels such as ``"3 7"``.
    names
        Of all classes, where they are known.

    Returns
    -------
    str
        ``"281 tabby"``, or the number alone.

    Examples
    --------
    >>> from percept_adv.labels import show_class
    >>> show_class(1, ["dog", "cat"]), show_class(1, None)
    ('1 cat', '1')
    """
    name = name_of(label, names) if names else str(label)
    return name if name == str(label) else f"{label} {name}"
