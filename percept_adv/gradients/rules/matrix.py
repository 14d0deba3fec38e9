"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients.broadcasting import unbroadcast
from percept_adv.gradients.registry import Gradients, rule

if TYPE_CHECKING:
    from percept_adv.gradients.node_context import NodeContext


@rule("Gemm")
def gemm(context: NodeContext) -> Gradients:
    """For y = alpha A B + beta C: alpha g B^T, alpha A^T g, beta g."""
    gradient, a, b = context.gradient, context.input(0), context.input(1)
    alpha = context.attribute("alpha", 1.0)
    trans_a, trans_b = context.attribute("transA", 0), context.attribute("transB", 0)
    gradients: Gradients = {}
    if 0 in context.wanted:
        gradients[0] = (
            context.op("Gemm", b, gradient, alpha=alpha, transA=trans_b, transB=1)
            if trans_a
            else context.op("Gemm", gradient, b, alpha=alpha, transB=1 - trans_b)
        )
    if 1 in context.wanted:
        gradients[1] = (
            context.op("Gemm", gradient, a, alpha=alpha, transA=1, transB=trans_a)
            if trans_b
            else context.op("Gemm", a, gradient, alpha=alpha, transA=1 - trans_a)
        )
    if 2 in context.wanted:
        scaled = context.op("Mul", gradient, context.constant(context.attribute("beta", 1.0)))
        gradients[2] = unbroadcast(
            context, scaled, context.input(2), context.dims(context.output())
        )
    return gradients


@rule("MatMul")
def mat_mul(context: NodeContext) -> Gradients:
    """For y = A B: g B^T and A^T g."""
    return product_gradients(context, context.input(0), context.input(1))


@rule("MatMulInteger", carries_integers=True)
def mat_mul_integer(context: NodeContext) -> Gradients:
    """As MatMul of the integers less their zero points, taken for real numbers."""
    return product_gradients(context, centred(context, 0, 2), centred(context, 1, 3))


def centred(context: NodeContext, position: int, zero_point: int) -> str:
    """Return a quantised operand less its zero point, as real numbers."""
    real = context.real(context.input(position))
    name = context.input(zero_point)
    if not name:
        return real
    offset = context.real(name)
    if position == 0 and context.rank(name) == 1 and context.dims(name) != (1,):
        offset = context.op("Unsqueeze", offset, context.emit.integers([-1]))
    return context.op("Sub", real, offset)


def product_gradients(context: NodeContext, a: str, b: str) -> Gradients:
    """Return the gradients of a product of real operands that stand for the node's inputs."""
    a_dims, b_dims = list(context.dims(context.input(0))), list(context.dims(context.input(1)))
    batch = list(context.dims(context.output()))
    gradient = context.gradient
    last, first = context.emit.integers([-1]), context.emit.integers([-2])
    if len(b_dims) == 1:
        b, gradient = context.op("Unsqueeze", b, last), context.op("Unsqueeze", gradient, last)
    else:
        batch.pop()
    if len(a_dims) == 1:
        a, gradient = context.op("Unsqueeze", a, first), context.op("Unsqueeze", gradient, first)
    else:
        batch.pop()
    gradients: Gradients = {}
    if context.wanted == {0} and len(b_dims) == 2 and b_dims[1] is not None:
        gradients[0] = _by_stored_matrix(context, gradient, b)
    elif 0 in context.wanted:
        product = context.op("MatMul", gradient, _swapped(context, b, max(len(b_dims), 2)))
        gradients[0] = _reduced(context, product, 0, batch, a_dims)
    if 1 in context.wanted:
        product = context.op("MatMul", _swapped(context, a, max(len(a_dims), 2)), gradient)
        gradients[1] = _reduced(context, product, 1, batch, b_dims)
    return gradients


def _by_stored_matrix(context: NodeContext, gradient: str, matrix: str) -> str:
    """Return g B^T by Gemm, which reads the matrix as it is stored.

    A runtime would fold its transpose into a second copy of the weights.
    """
    if context.rank(context.input(0)) == 2:
        return context.op("Gemm", gradient, matrix, transB=1)
    rows = context.emit.integers([-1, *context.fixed_dims(context.input(1), start=1)])
    product = context.op("Gemm", context.op("Reshape", gradient, rows), matrix, transB=1)
    return context.reshape_like(product, context.input(0))


def _swapped(context: NodeContext, name: str, rank: int) -> str:
    """Exchange the last two axes."""
    order = [*range(rank - 2), rank - 1, rank - 2]
    return context.op("Transpose", name, perm=order)


def _reduced(
    context: NodeContext,
    product: str,
    position: int,
    batch: list[int | None],
    dims: list[int | None],
) -> str:
    """Sum a product over the axes that its operand was repeated along."""
    name = context.input(position)
    if len(dims) > 1:
        return unbroadcast(context, product, name, [*batch, *dims[-2:]])
    axes = [*range(len(batch)), len(batch) + (0 if position == 0 else 1)]
    return context.op("ReduceSum", product, context.emit.integers(axes), keepdims=0)


@rule("Einsum")
def einsum(context: NodeContext) -> Gradients:
    """The einsum of the gradient with the other operands."""  # noqa: D401
    equation = context.attribute("equation").replace(" ", "")
    left, _, right = equation.partition("->")
    terms = left.split(",")
    if "->" not in equation:
        letters = sorted(set(left) - {",", "."})
        right = ("..." if "..." in left else "") + "".join(
            letter for letter in letters if left.count(letter) == 1
        )
    return {
        position: _einsum_operand(context, terms, right, position) for position in context.wanted
    }


def _einsum_operand(context: NodeContext, terms: list[str], right: str, position: int) -> str:
    """Return the gradient of one operand of an einsum."""
    wanted = terms[position]
    letters = wanted.replace("...", "")
    if len(set(letters)) < len(letters):
        raise context.unsupported(f"its operand {wanted!r} takes a diagonal")
    others = [term for index, term in enumerate(terms) if index != position]
    available = set(right).union(*others)
    inputs = [name for index, name in enumerate(context.node.input) if index != position]
    present = "".join(letter for letter in letters if letter in available)
    target = ("..." if "..." in wanted else "") + present
    if "..." in wanted and not wanted.startswith("..."):
        raise context.unsupported(f"its operand {wanted!r} has other axes before the ellipsis")
    if "..." in right and "..." not in wanted:
        raise context.unsupported("its ellipsis is broadcast")
    equation = ",".join([right, *others]) + "->" + target
    gradient = context.op("Einsum", context.gradient, *inputs, equation=equation)
    lost = [index for index, letter in enumerate(letters) if letter not in available]
    if not lost:
        return gradient
    # Counted from the back, where an ellipsis does not matter.
    axes = context.emit.integers([index - len(letters) for index in lost])
    spread = context.op("Unsqueeze", gradient, axes)
    return context.op("Expand", spread, context.shape_tensor(context.input(position)))
