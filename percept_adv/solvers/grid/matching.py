"""Aggregation by pairs of strongly coupled rows, and the matrix on the pairs.

Notay, "An aggregation-based algebraic multigrid method", ETNA 37, 2010. Matrices are CSR
without the diagonal, which is apart; entries are the negatives of the matrix's, positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compilation import kernel

if TYPE_CHECKING:
    from .compilation import Values

# A row whose couplings add up to less than this share of its diagonal needs no coarse grid.
DOMINATED = 0.1
# A partner's coupling is at least this share of the strongest one.
STRONG = 0.25
# A row this much lighter than its hub joins it however many have.
LIGHT = 0.1


@kernel
def match(
    pointers: Values, columns: Values, values: Values, diagonal: Values,
    aggregate: Values, first: Values, following: Values,
) -> int:  # fmt: skip
    """Pair each row with its strongest free neighbour; return the number of aggregates.

    A row whose strong neighbours are all taken joins its strongest one's aggregate, if
    that is small or the row hardly weighs on it: satellites of a hub would otherwise be
    taken in one by one, a level for each.

    ``aggregate`` takes each row's aggregate, -1 for none; ``first`` the first row of each
    aggregate, and ``following`` each row's successor in its aggregate, -1 for none.
    """
    rows = diagonal.shape[0]
    for i in range(rows):
        aggregate[i] = -2
        following[i] = -1
    count = 0
    for i in range(rows):
        if aggregate[i] != -2:
            continue
        strongest, best, total, hub, partner = 0.0, 0.0, 0.0, -1, -1
        for k in range(pointers[i], pointers[i + 1]):
            value = values[k]
            total += value
            if value > strongest:
                strongest, hub = value, columns[k]
            if value > best and aggregate[columns[k]] == -2:
                best, partner = value, columns[k]
        if total <= DOMINATED * diagonal[i]:
            aggregate[i] = -1
        elif best >= STRONG * strongest:
            aggregate[i], aggregate[partner] = count, count
            first[count], following[i] = i, partner
            count += 1
        elif aggregate[hub] >= 0 and (
            diagonal[i] < LIGHT * diagonal[hub] or _is_pair(first[aggregate[hub]], following)
        ):
            aggregate[i] = aggregate[hub]
            following[i] = following[hub]
            following[hub] = i
        else:
            aggregate[i], first[count] = count, i
            count += 1
    return count


@kernel
def _is_pair(i: int, following: Values) -> bool:
    """Tell whether the aggregate that begins with row i has at most two rows."""
    return bool(following[i] < 0 or following[following[i]] < 0)


@kernel
def coarsen(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects.
    pointers: Values, columns: Values, values: Values, diagonal: Values,
    aggregate: Values, head: Values, following: Values, marker: Values,
    coarse_pointers: Values, coarse_columns: Values, coarse_values: Values, coarse_diagonal: Values,
) -> None:  # fmt: skip
    """Add up the entries between aggregates: P^T A P for a piecewise constant P.

    ``marker`` (one for each aggregate) has to hold -1.
    """
    count = 0
    coarse_pointers[0] = 0
    for c in range(coarse_diagonal.shape[0]):
        first, total = count, 0.0
        i = head[c]
        while i >= 0:
            total += diagonal[i]
            for k in range(pointers[i], pointers[i + 1]):
                other = aggregate[columns[k]]
                if other == c:
                    total -= values[k]
                elif other >= 0:
                    if marker[other] >= first:
                        coarse_values[marker[other]] += values[k]
                    else:
                        marker[other] = count
                        coarse_columns[count] = other
                        coarse_values[count] = values[k]
                        count += 1
            i = following[i]
        coarse_diagonal[c] = total
        coarse_pointers[c + 1] = count


@kernel
def normalise(
    pointers: Values, columns: Values, values: Values, scale: Values,
    middle: Values, sorted_columns: Values, sorted_values: Values, start: int, stop: int,
) -> None:  # fmt: skip
    """Scale to a unit diagonal; put entries left of the diagonal before those right of it.

    What is too small to matter beside the diagonal becomes 0: denormal products are slow.
    """
    for i in range(start, stop):
        low, high = pointers[i], pointers[i + 1] - 1
        for k in range(pointers[i], pointers[i + 1]):
            value = values[k] * scale[i] * scale[columns[k]]
            place = low
            if columns[k] < i:
                low += 1
            else:
                place = high
                high -= 1
            sorted_columns[place] = columns[k]
            sorted_values[place] = value if value > 1e-18 else 0.0
        middle[i] = low
