"""Small models for every rule: attributes, shapes, opsets and a dynamic batch."""

import numpy as np
from case import Case, ints, one, real, scalar, unary

W = real(4, 3, 3, 3)
DEPTHWISE = real(3, 1, 3, 3)

CASES = {
    **unary("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Mish", "HardSwish", "Identity"),
    **unary("Neg", "Exp", "Abs", "Erf", "Sin", "Cos", "Atan", "Selu", "GlobalAveragePool"),
    **unary("GlobalMaxPool", "GlobalLpPool"),
    **unary("Log", "Sqrt", "Reciprocal", positive=True),
    "LeakyRelu": [one("y = LeakyRelu<alpha=0.2>(x)"), one("y = LeakyRelu<alpha=-0.3>(x)")],
    "PRelu": [one("y = PRelu(x, a)", constants={"a": real(3, 1, 1)})],
    "Elu": [one("y = Elu<alpha=1.5>(x)")],
    "Celu": [one("y = Celu<alpha=0.7>(x)")],
    "ThresholdedRelu": [one("y = ThresholdedRelu<alpha=0.3>(x)")],
    "HardSigmoid": [one("y = HardSigmoid<alpha=0.3, beta=0.4>(x)")],
    "Swish": [one("y = Swish<alpha=1.3>(x)", opset=24)],
    "Gelu": [one("y = Gelu(x)", opset=20), one('y = Gelu<approximate="tanh">(x)', opset=21)],
    "Clip": [
        one("y = Clip(x, low, high)", constants={"low": scalar(-0.5), "high": scalar(0.7)}),
        one("y = Clip(x, low, high)", constants={"low": scalar(0), "high": scalar(6)}),
        one("y = Clip(x, , high)", constants={"high": scalar(0.7)}),
        one("y = Clip<min=-0.3, max=0.4>(x)", opset=7),
    ],
    "Dropout": [one("y = Dropout(x)"), one("y = Dropout<ratio=0.3>(x)", opset=7)],
    "Softmax": [
        one("y = Softmax<axis=1>(x)"),
        one("y = Softmax<axis=1>(x)", opset=11),
        one("y = Softmax<axis=-1>(x)", opset=9),
    ],
    "LogSoftmax": [one("y = LogSoftmax<axis=2>(x)"), one("y = LogSoftmax(x)", opset=8)],
    "Add": [one("y = Add(b, x)", constants={"b": real(4, 1, 3, 6, 5)}, batch=None)],
    "Sum": [one("y = Sum(x, b, x)", constants={"b": real(3, 1, 1)})],
    "Mean": [one("y = Mean(x, b, x)", constants={"b": real(6, 1)})],
    "Sub": [Case(["t = Exp(x)", "y = Sub(b, t)"], constants={"b": real(3, 1, 1)})],
    "Mul": [
        one("y = Mul(x, x)"),
        Case(["t = GlobalAveragePool(x)", "y = Mul(t, x)"]),
        *(
            Case(
                [f"u = {scaled}", "e = Erf(u)", "o = Add(e, one)", *rest],
                constants={
                    "r": scalar(2**0.5),
                    "s": scalar(0.5**0.5),
                    "h": scalar(0.5),
                    "one": scalar(1),
                },
            )
            for scaled in ("Div(x, r)", "Mul(s, x)")
            for rest in (
                ["a = Mul(x, o)", "y = Mul(a, h)"],
                ["a = Mul(h, x)", "y = Mul(a, o)"],
                ["a = Mul(o, h)", "y = Mul(x, a)"],
                ["a = Mul(o, x)", "y = Mul(o, a)"],
            )
        ),
        Case(["t = Sigmoid(x)", "y = Mul(x, t)"]),
        Case(["t = Sigmoid(x)", "u = Mul(t, x)", "y = Mul(u, t)"]),
        one("y = Mul(x, b)", x=(1, 3, 1, 5), constants={"b": real(2, 3, 4, 5)}, batch=None),
    ],
    "Div": [Case(["t = Exp(x)", "s = ReduceSum(t, a)", "y = Div(x, s)"], constants={"a": ints(1)})],
    "Pow": [
        one("y = Pow(x, p)", constants={"p": scalar(2)}),
        one("y = Pow(x, p)", constants={"p": np.array(3, np.int64)}, opset=12),
        one("y = Pow(x, p)", constants={"p": real(3, 1, 1)}, positive=True),
        one("y = Pow(b, x)", constants={"b": scalar(1.7)}),
    ],
    "Max": [one("y = Max(x, b)", constants={"b": real(3, 1, 1)})],
    "Min": [Case(["t = Neg(x)", "y = Min(x, b, t)"], constants={"b": real(5)})],
    "Where": [
        Case(
            ["c = Greater(x, b)", "t = Exp(x)", "y = Where(c, t, x)"], constants={"b": scalar(0.1)}
        )
    ],
    "Cast": [Case(["t = Cast<to=11>(x)", "u = Mul(t, t)", "y = Cast<to=1>(u)"])],
    "CastLike": [Case(["t = CastLike(x, b)", "y = Mul(t, t)"], constants={"b": scalar(0)})],
    "Gemm": [
        one(
            "y = Gemm<alpha=0.5, beta=2.0>(x, w, c)",
            x=(3, 4),
            constants={"w": real(4, 5), "c": real(5)},
        ),
        one("y = Gemm<transB=1>(x, w)", x=(3, 4), constants={"w": real(5, 4)}),
        one("y = Gemm<transA=1>(x, w)", x=(3, 4), constants={"w": real(3, 5)}, batch=None),
        one(
            "y = Gemm<transA=1, transB=1>(w, x)", x=(3, 4), constants={"w": real(4, 5)}, batch=None
        ),
        one(
            "y = Gemm<beta=0.3>(w, v, x)",
            x=(1, 5),
            constants={"w": real(3, 2), "v": real(2, 5)},
            batch=None,
        ),
    ],
    "MatMul": [
        one("y = MatMul(x, w)", constants={"w": real(5, 4)}),
        one("y = MatMul(w, x)", constants={"w": real(4, 6)}),
        one("y = MatMul(x, w)", x=(3, 4), constants={"w": real(4, 5)}),
        one("y = MatMul(x, w)", x=(4,), constants={"w": real(4, 5)}, batch=None),
        one("y = MatMul(x, w)", constants={"w": real(5)}),
        one("y = MatMul(w, x)", x=(4, 5), constants={"w": real(4)}, batch=None),
        one("y = MatMul(x, w)", x=(4,), constants={"w": real(2, 4, 5)}, batch=None),
        one("y = MatMul(w, x)", x=(4,), constants={"w": real(2, 3, 4)}, batch=None),
        one("y = MatMul(x, w)", x=(1, 2, 4), constants={"w": real(3, 4, 5)}, batch=None),
        Case(["t = Transpose<perm=[0,1,3,2]>(x)", "y = MatMul(x, t)"]),
    ],
    "Einsum": [
        one('y = Einsum<equation="nchw,cd->ndw">(x, w)', constants={"w": real(3, 4)}),
        one('y = Einsum<equation="...ij,...kj->...ik">(x, x)'),
        one('y = Einsum<equation="ab,bc">(x, w)', x=(3, 4), constants={"w": real(4, 5)}),
    ],
    "Conv": [
        one("y = Conv<pads=[1,1,1,1]>(x, w)", constants={"w": W}),
        one("y = Conv<pads=[0,2,1,0]>(x, w, b)", constants={"w": W, "b": real(4)}),
        one("y = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w)", constants={"w": W}),
        one("y = Conv<strides=[2,3], pads=[0,1,1,0]>(x, w)", x=(2, 3, 9, 8), constants={"w": W}),
        one("y = Conv<strides=[2,2], dilations=[2,1]>(x, w)", x=(2, 3, 9, 8), constants={"w": W}),
        one('y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(x, w)', constants={"w": W}),
        one('y = Conv<auto_pad="SAME_LOWER">(x, w)', constants={"w": real(4, 3, 2, 2)}),
        one('y = Conv<auto_pad="VALID", dilations=[2,2]>(x, w)', constants={"w": W}),
        one("y = Conv<group=3, pads=[1,1,1,1]>(x, w)", constants={"w": DEPTHWISE}),
        one("y = Conv<group=3, strides=[2,2], pads=[1,1,1,1]>(x, w)", constants={"w": DEPTHWISE}),
        one("y = Conv<group=3, strides=[2,2], pads=[0,0,1,1]>(x, w)", constants={"w": DEPTHWISE}),
        one("y = Conv<group=3, strides=[3,2]>(x, w)", constants={"w": real(3, 1, 1, 1)}),
        one(
            "y = Conv<group=2, pads=[1,1,1,1]>(x, w)",
            x=(2, 4, 5, 5),
            constants={"w": real(6, 2, 3, 3)},
        ),
        one(
            "y = Conv<group=2, strides=[2,2]>(x, w)",
            x=(2, 4, 6, 5),
            constants={"w": real(6, 2, 3, 3)},
        ),
        one("y = Conv<pads=[3,3,3,3]>(x, w)", constants={"w": W}),
        one("y = Conv<strides=[2], pads=[1,0]>(x, w)", x=(2, 3, 9), constants={"w": real(4, 3, 3)}),
        one(
            "y = Conv<pads=[1,0,1,1,0,1]>(x, w)",
            x=(2, 2, 4, 5, 4),
            constants={"w": real(3, 2, 3, 2, 3)},
        ),
        one("y = Conv(x, w)", constants={"w": real(4, 3, 1, 1)}, opset=7),
    ],
    "ConvTranspose": [
        one(
            "y = ConvTranspose<strides=[2,2], pads=[1,1,1,1], output_padding=[1,0]>(x, w)",
            constants={"w": real(3, 4, 3, 3)},
        ),
        one("y = ConvTranspose<group=3, dilations=[2,1]>(x, w)", constants={"w": real(3, 2, 3, 3)}),
        one(
            "y = ConvTranspose<strides=[3,2], output_shape=[20,11]>(x, w)",
            constants={"w": real(3, 4, 3, 3)},
        ),
        one(
            'y = ConvTranspose<strides=[2,2], auto_pad="SAME_UPPER">(x, w)',
            constants={"w": real(3, 4, 3, 3)},
        ),
    ],
    "MaxPool": [
        one("y = MaxPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>(x)"),
        one("y = MaxPool<kernel_shape=[2,2], strides=[2,2], ceil_mode=1>(x)"),
        one('y = MaxPool<kernel_shape=[3,2], auto_pad="SAME_UPPER">(x)'),
        one("y = MaxPool<kernel_shape=[2], strides=[2]>(x)", x=(2, 3, 9), opset=8),
        one("y = MaxPool<kernel_shape=[2,2,2]>(x)", x=(2, 3, 4, 4, 4), opset=22),
        one("y = MaxPool<kernel_shape=[2,2], strides=[3,2]>(x)", x=(2, 3, 9, 8)),
        one("y = MaxPool<kernel_shape=[2,3], strides=[2,3], pads=[1,1,0,1]>(x)", x=(2, 3, 7, 8)),
        one("y = MaxPool<kernel_shape=[1,1], strides=[2,2]>(x)"),
        one("y = MaxPool<kernel_shape=[3,2], dilations=[2,3], pads=[1,1,2,0]>(x)", x=(2, 3, 7, 8)),
        one("y = MaxPool<kernel_shape=[1,2], dilations=[1,2], strides=[1,2]>(x)"),
    ],
    "AveragePool": [
        one("y = AveragePool<kernel_shape=[2,2], strides=[2,2]>(x)"),
        one("y = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1]>(x)"),
        one("y = AveragePool<kernel_shape=[3,3], pads=[1,1,1,1], count_include_pad=1>(x)"),
        one("y = AveragePool<kernel_shape=[3,3], strides=[2,2], pads=[1,0,1,1]>(x)"),
        one("y = AveragePool<kernel_shape=[3,2], strides=[2,2], ceil_mode=1>(x)"),
        one(
            "y = AveragePool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], ceil_mode=1, "
            "count_include_pad=1>(x)",
            opset=19,
        ),
        one('y = AveragePool<kernel_shape=[2,3], auto_pad="SAME_LOWER">(x)', opset=10),
        one("y = AveragePool<kernel_shape=[2,2], dilations=[2,1]>(x)", opset=19),
        one("y = AveragePool<kernel_shape=[3], strides=[2]>(x)", x=(2, 3, 9), opset=7),
    ],
    "LpPool": [one("y = LpPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], p=2>(x)")],
    "BatchNormalization": [
        one(
            f"y = BatchNormalization<epsilon=0.01{extra}>(x, s, b, m, v)",
            opset=opset,
            constants={"s": real(3), "b": real(3), "m": real(3), "v": real(3) ** 2},
        )
        for opset, extra in ((7, ", spatial=1"), (9, ""), (14, ""), (15, ""))
    ],
    "InstanceNormalization": [
        one("y = InstanceNormalization(x, s, b)", constants={"s": real(3), "b": real(3)})
    ],
    "LayerNormalization": [
        one("y = LayerNormalization(x, s, b)", constants={"s": real(5), "b": real(5)}),
        one("y = LayerNormalization<axis=2>(x, s)", constants={"s": real(6, 5)}),
    ],
    "RMSNormalization": [one("y = RMSNormalization(x, s)", constants={"s": real(5)}, opset=23)],
    "LpNormalization": [
        one("y = LpNormalization<p=2, axis=1>(x)"),
        one("y = LpNormalization<p=1, axis=1>(x)", positive=True),
    ],
    "LRN": [one("y = LRN<size=3, alpha=0.3, beta=0.6>(x)", x=(2, 5, 3, 2))],
    **{
        name: [
            one(f"y = {name}<keepdims=0>(x, a)", constants={"a": ints(-1, 1)}, positive=True),
            one(f"y = {name}<axes=[2,3]>(x)", opset=12, positive=True),
        ]
        for name in (
            "ReduceMean",
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceSum",
            "ReduceSumSquare",
        )
    },
    "Reshape": [one("y = Reshape(x, s)", constants={"s": ints(0, -1)})],
    "Flatten": [one("y = Flatten<axis=2>(x)")],
    "Squeeze": [
        one("y = Squeeze(x, a)", x=(2, 1, 3, 1), constants={"a": ints(1, -1)}),
        one("y = Squeeze<axes=[1]>(x)", x=(2, 1, 3, 1), opset=11),
    ],
    "Unsqueeze": [
        one("y = Unsqueeze(x, a)", constants={"a": ints(1, -1)}),
        one("y = Unsqueeze<axes=[0]>(x)", opset=9),
    ],
    "Transpose": [one("y = Transpose<perm=[0,2,3,1]>(x)"), one("y = Transpose(x)")],
    "Expand": [one("y = Expand(x, s)", x=(2, 1, 3), constants={"s": ints(4, 1, 5, 1)})],
    "Tile": [one("y = Tile(x, r)", constants={"r": ints(1, 2, 1, 3)})],
    "Concat": [
        Case(
            ["t = Exp(x)", "y = Concat<axis=1>(x, b, t)"],
            x=(2, 3),
            constants={"b": real(2, 2)},
            batch=None,
        ),
        one("y = Concat<axis=1>(b, x)", x=(2, 3), constants={"b": real(2, 2)}, batch=None),
    ],
    "Split": [
        Case(["a, b = Split<axis=1>(x, s)", "y = Exp(b)"], constants={"s": ints(1, 2)}),
        Case(["a, b, c = Split<axis=1, num_outputs=3>(x)", "y = Mul(a, c)"]),
        Case(["a, b = Split<axis=-2, split=[2,4]>(x)", "y = Exp(a)"], opset=11),
        Case(["a, b = Split<axis=2>(x)", "y = Mul(a, b)"], opset=7),
    ],
    "Slice": [
        one(
            "y = Slice(x, b, e, a)", constants={"b": ints(1, -4), "e": ints(3, -1), "a": ints(1, 3)}
        ),
        one(
            "y = Slice(x, b, e, a, s)",
            constants={"b": ints(0, 1), "e": ints(6, 99), "a": ints(2, 3), "s": ints(2, 3)},
        ),
        one(
            "y = Slice(x, b, e, a, s)",
            constants={"b": ints(-1), "e": ints(-99), "a": ints(3), "s": ints(-1)},
        ),
        one("y = Slice(x, b, e, a)", constants={"b": ints(1), "e": ints(2), "a": ints(0)}),
        one("y = Slice<axes=[2], starts=[1], ends=[-1]>(x)", opset=9),
    ],
    "Pad": [
        one("y = Pad(x, p)", constants={"p": ints(0, 0, 1, 2, 0, 0, 3, 0)}),
        one("y = Pad(x, p)", constants={"p": ints(0, 0, -1, 2, 0, 0, 3, -1)}),
        one("y = Pad(x, p, , a)", constants={"p": ints(1, 2), "a": ints(-1)}),
        one('y = Pad<mode="reflect">(x, p)', constants={"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}),
        one('y = Pad<mode="edge">(x, p)', constants={"p": ints(0, 1, 2, 0, 0, 0, 0, 3)}),
        one('y = Pad<mode="wrap">(x, p)', constants={"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}, opset=19),
        one("y = Pad<pads=[0,0,1,1,0,0,2,2]>(x)", opset=7),
    ],
    "Gather": [
        one("y = Gather<axis=1>(x, i)", constants={"i": np.array(-1)}),
        one("y = Gather<axis=2>(x, i)", constants={"i": ints(1, 2, 3)}),
        one("y = Gather<axis=2>(x, i)", constants={"i": np.array([[0, 5], [0, -2]], np.int32)}),
        one("y = Gather(x, i)", constants={"i": ints(1, 0, 1)}),
    ],
    "GatherElements": [
        one(
            "y = GatherElements<axis=1>(x, i)",
            x=(2, 3),
            constants={"i": np.array([[0, 0, 2, -1], [1, 1, 0, 2]])},
        )
    ],
    "GatherND": [
        one("y = GatherND(x, i)", x=(2, 3, 4), constants={"i": np.array([[0, 1], [1, 2], [0, 1]])}),
        one("y = GatherND<batch_dims=1>(x, i)", x=(2, 3, 4), constants={"i": np.array([[1], [1]])}),
    ],
    "ScatterND": [
        Case(
            ["t = Exp(x)", "u = Slice(t, b, e)", f"y = ScatterND{extra}(x, i, u)"],
            x=(3, 4),
            constants={"b": ints(0), "e": ints(2), "i": np.array([[2], [0]])},
        )
        for extra in ("", '<reduction="add">')
    ],
    "ScatterElements": [
        one(
            "y = ScatterElements<axis=1>(x, i, u)",
            x=(2, 4),
            constants={"i": np.array([[1], [3]]), "u": real(2, 1)},
        ),
        one(
            'y = ScatterElements<axis=1, reduction="add">(b, i, x)',
            x=(2, 3),
            constants={"i": np.array([[1, 1, 0], [3, 2, 3]]), "b": real(2, 4)},
        ),
        one(
            "y = Scatter<axis=1>(x, i, u)",
            x=(2, 4),
            opset=9,
            constants={"i": np.array([[1], [3]]), "u": real(2, 1)},
        ),
    ],
    "TopK": [
        one("y, i = TopK<axis=1, largest=0>(x, k)", x=(2, 6), constants={"k": ints(3)}),
        one("y, i = TopK<axis=1, k=2>(x)", x=(2, 6), opset=7),
    ],
    "DepthToSpace": [
        one(f'y = DepthToSpace<blocksize=2, mode="{mode}">(x)', x=(2, 8, 3, 2))
        for mode in ("DCR", "CRD")
    ],
    "SpaceToDepth": [one("y = SpaceToDepth<blocksize=2>(x)", x=(2, 3, 4, 6))],
    "Trilu": [one("y = Trilu<upper=0>(x)")],
    "CumSum": [one("y = CumSum<exclusive=1, reverse=1>(x, a)", constants={"a": np.array(2)})],
    "Col2Im": [
        one(
            "y = Col2Im<pads=[0,1,0,1], strides=[2,1], dilations=[1,2]>(x, i, b)",
            x=(2, 12, 12),
            constants={"i": ints(5, 6), "b": ints(2, 2)},
        )
    ],
    "Resize": [
        one(
            'y = Resize<mode="linear", coordinate_transformation_mode="half_pixel">(x, , s)',
            constants={"s": np.array([1, 1, 2, 1.5], np.float32)},
        ),
        one('y = Resize<mode="cubic">(x, , , s)', constants={"s": ints(2, 3, 9, 7)}, batch=None),
        one(
            'y = Resize<mode="nearest">(x, r, s)',
            opset=11,
            constants={"r": np.zeros(0, np.float32), "s": np.array([1, 1, 2, 3], np.float32)},
        ),
        one(
            'y = Resize<mode="linear">(x, s)',
            opset=10,
            constants={"s": np.array([1, 1, 2, 2], np.float32)},
        ),
        one(
            'y = Upsample<mode="nearest">(x, s)',
            opset=9,
            constants={"s": np.array([1, 1, 2, 2], np.float32)},
        ),
        one('y = Upsample<mode="linear", scales=[1.0,1.0,2.0,2.0]>(x)', opset=7),
    ],
}
