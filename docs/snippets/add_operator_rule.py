from percept_adv.gradients.registry import unary_rule


@unary_rule("Sinh", domain="example")
def sinh(context):
    """cosh(x)."""
    return context.op("Mul", context.gradient, context.op("Cosh", context.input(0)))
