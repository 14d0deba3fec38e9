"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.registry import Gradients, rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import Site


@rule("Gemm")
def gemm(site: Site) -> Gradients:
    """For y = alpha A B + beta C: alpha g B^T, alpha A^T g, beta g."""
    gradient, a, b = site.gradient, site.input(0), site.input(1)
    alpha = site.attribute("alpha", 1.0)
    trans_a, trans_b = site.attribute("transA", 0), site.attribute("transB", 0)
    gradients: Gradients = {}
    if 0 in site.wanted:
        gradients[0] = (
            site.op("Gemm", b, gradient, alpha=alpha, transA=trans_b, transB=1)
            if trans_a
            else site.op("Gemm", gradient, b, alpha=alpha, transB=1 - trans_b)
        )
    if 1 in site.wanted:
        gradients[1] = (
            site.op("Gemm", gradient, a, alpha=alpha, transA=1, transB=trans_a)
            if trans_b
            else site.op("Gemm", a, gradient, alpha=alpha, transA=1 - trans_a)
        )
    if 2 in site.wanted:
        scaled = site.op("Mul", gradient, site.constant(site.attribute("beta", 1.0)))
        gradients[2] = unbroadcast(site, scaled, site.input(2), site.dims(site.output()))
    return gradients


@rule("MatMul")
def mat_mul(site: Site) -> Gradients:
    """For y = A B: g B^T and A^T g."""
    return product_gradients(site, site.input(0), site.input(1))


@rule("MatMulInteger", carries_integers=True)
def mat_mul_integer(site: Site) -> Gradients:
    """As MatMul of the integers less their zero points, taken for real numbers."""
    return product_gradients(site, centred(site, 0, 2), centred(site, 1, 3))


def centred(site: Site, position: int, zero_point: int) -> str:
    """Return a quantised operand less its zero point, as real numbers."""
    real = site.real(site.input(position))
    name = site.input(zero_point)
    if not name:
        return real
    offset = site.real(name)
    if position == 0 and site.rank(name) == 1 and site.dims(name) != (1,):
        offset = site.op("Unsqueeze", offset, site.emit.integers([-1]))
    return site.op("Sub", real, offset)


def product_gradients(site: Site, a: str, b: str) -> Gradients:
    """Return the gradients of a product of real operands that stand for the node's inputs."""
    a_dims, b_dims = list(site.dims(site.input(0))), list(site.dims(site.input(1)))
    batch = list(site.dims(site.output()))
    gradient = site.gradient
    last, first = site.emit.integers([-1]), site.emit.integers([-2])
    if len(b_dims) == 1:
        b, gradient = site.op("Unsqueeze", b, last), site.op("Unsqueeze", gradient, last)
    else:
        batch.pop()
    if len(a_dims) == 1:
        a, gradient = site.op("Unsqueeze", a, first), site.op("Unsqueeze", gradient, first)
    else:
        batch.pop()
    gradients: Gradients = {}
    if site.wanted == {0} and len(b_dims) == 2 and b_dims[1] is not None:
        gradients[0] = _by_stored_matrix(site, gradient, b)
    elif 0 in site.wanted:
        product = site.op("MatMul", gradient, _swapped(site, b, max(len(b_dims), 2)))
        gradients[0] = _reduced(site, product, 0, batch, a_dims)
    if 1 in site.wanted:
        product = site.op("MatMul", _swapped(site, a, max(len(a_dims), 2)), gradient)
        gradients[1] = _reduced(site, product, 1, batch, b_dims)
    return gradients


def _by_stored_matrix(site: Site, gradient: str, matrix: str) -> str:
    """Return g B^T by Gemm, which reads the matrix as it is stored.

    A runtime would fold its transpose into a second copy of the weights.
    """
    if site.rank(site.input(0)) == 2:
        return site.op("Gemm", gradient, matrix, transB=1)
    rows = site.emit.integers([-1, *site.fixed_dims(site.input(1), start=1)])
    product = site.op("Gemm", site.op("Reshape", gradient, rows), matrix, transB=1)
    return site.reshape_like(product, site.input(0))


def _swapped(site: Site, name: str, rank: int) -> str:
    """Exchange the last two axes."""
    order = [*range(rank - 2), rank - 1, rank - 2]
    return site.op("Transpose", name, perm=order)


def _reduced(
    site: Site, product: str, position: int, batch: list[int | None], dims: list[int | None]
) -> str:
    """Sum a product over the axes that its operand was repeated along."""
    name = site.input(position)
    if len(dims) > 1:
        return unbroadcast(site, product, name, [*batch, *dims[-2:]])
    axes = [*range(len(batch)), len(batch) + (0 if position == 0 else 1)]
    return site.op("ReduceSum", product, site.emit.integers(axes), keepdims=0)


@rule("Einsum")
def einsum(site: Site) -> Gradients:
    """The einsum of the gradient with the other operands."""  # noqa: D401
    equation = site.attribute("equation").replace(" ", "")
    left, _, right = equation.partition("->")
    terms = left.split(",")
    if "->" not in equation:
        letters = sorted(set(left) - {",", "."})
        right = ("..." if "..." in left else "") + "".join(
            letter for letter in letters if left.count(letter) == 1
        )
    return {position: _einsum_operand(site, terms, right, position) for position in site.wanted}


def _einsum_operand(site: Site, terms: list[str], right: str, position: int) -> str:
    """Return the gradient of one operand of an einsum."""
    wanted = terms[position]
    letters = wanted.replace("...", "")
    if len(set(letters)) < len(letters):
        raise site.unsupported(f"its operand {wanted!r} takes a diagonal")
    others = [term for index, term in enumerate(terms) if index != position]
    available = set(right).union(*others)
    inputs = [name for index, name in enumerate(site.node.input) if index != position]
    present = "".join(letter for letter in letters if letter in available)
    target = ("..." if "..." in wanted else "") + present
    if "..." in wanted and not wanted.startswith("..."):
        raise site.unsupported(f"its operand {wanted!r} has other axes before the ellipsis")
    if "..." in right and "..." not in wanted:
        raise site.unsupported("its ellipsis is broadcast")
    equation = ",".join([right, *others]) + "->" + target
    gradient = site.op("Einsum", site.gradient, *inputs, equation=equation)
    lost = [index for index, letter in enumerate(letters) if letter not in available]
    if not lost:
        return gradient
    # Counted from the back, where an ellipsis does not matter.
    axes = site.emit.integers([index - len(letters) for index in lost])
    spread = site.op("Unsqueeze", gradient, axes)
    return site.op("Expand", spread, site.shape_tensor(site.input(position)))
