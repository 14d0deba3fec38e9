"""Models whose height and width are free: the gradient is right at sizes never tried."""

import numpy as np
import onnx
import pytest
from derivative import check_gradient, gradient_of, make_model, session
from hypothesis import Phase, assume, given, reject, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelError, UnsupportedOperatorError
from percept_adv.gradients import GUARD, build_gradient_graph, check_model
from percept_adv.gradients.trials import trial_sizes
from percept_adv.runtime import Session

CHANNELS = 4


class Network:
    """Layers written one after the other on an image of free size, (N, 3, H, W)."""

    def __init__(self, seed, sides=("H", "W")):
        self.generator = np.random.default_rng(seed)
        self.sides, self.nodes, self.constants, self.channels = sides, [], [], 3

    def add(self, op_type, *constants, **attributes):
        index = len(self.nodes)
        names = []
        for position, value in enumerate(constants):
            names.append(f"c{index}_{position}")
            self.constants.append(numpy_helper.from_array(value, names[-1]))
        source = self.nodes[-1].output[0] if self.nodes else "x"
        self.nodes.append(helper.make_node(op_type, [source, *names], [f"t{index}"], **attributes))

    def convolve(self, op_type="Conv", **attributes):
        channels = CHANNELS
        order = (channels, self.channels) if op_type == "Conv" else (self.channels, channels)
        if op_type == "depthwise":
            op_type, channels, order = "Conv", self.channels, (self.channels, 1)
            attributes["group"] = self.channels
        shape = (*order, *attributes["kernel_shape"])
        weights = self.generator.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        self.add(op_type, weights.astype(np.float32), **attributes)
        self.add("Tanh")
        self.channels = channels

    def finish(self):
        """Pool over the image and give two scores."""
        self.add("GlobalAveragePool")
        self.add("Flatten")
        self.add("MatMul", self.generator.normal(0, 1, (self.channels, 2)).astype(np.float32))
        self.nodes[-1].output[0] = "y"
        return self.model()

    def model(self, opset=19):
        shape = ["N", 3, *self.sides]
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
            self.constants,
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9
        )


@st.composite
def windows(draw, *, padding=True):
    kernel = [draw(st.integers(1, 4)) for _ in range(2)]
    attributes = {
        "kernel_shape": kernel,
        "strides": [draw(st.integers(1, 4)) for _ in range(2)],
        "dilations": [draw(st.integers(1, 2)) for _ in range(2)],
    }
    if padding:
        attributes["pads"] = [draw(st.integers(0, (k - 1) // 2 + (k > 1))) for k in kernel * 2]
    return attributes


def pad(network, draw):
    """Repeat pixels at the borders."""
    mode = draw(st.sampled_from(["reflect", "edge", "wrap"]))
    amounts = [0, 0, *(draw(st.integers(0, 3)) for _ in range(2))]
    amounts += [0, 0, *(draw(st.integers(0, 3)) for _ in range(2))]
    network.add("Pad", np.array(amounts, np.int64), mode=mode)


def automatic(draw, attributes):
    """Let the operator choose the padding, if it is drawn."""
    mode = draw(st.sampled_from(["NOTSET", "SAME_UPPER", "SAME_LOWER"]))
    # Runtimes do not agree on windows with gaps between, nor on dilated ones.
    gaps = any(np.greater(attributes["strides"], attributes["kernel_shape"]))
    if mode != "NOTSET" and not gaps:
        attributes = {k: v for k, v in attributes.items() if k not in {"pads", "dilations"}}
        attributes["auto_pad"] = mode
    return attributes


KINDS = ["Conv", "MaxPool", "AveragePool", "ConvTranspose", "Slice", "Pad", "depthwise"]


@st.composite
def networks(draw):
    network = Network(draw(st.integers(0, 1000)))
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        if kind == "Conv":
            network.convolve(**automatic(draw, draw(windows())))
        elif kind == "depthwise":
            network.convolve("depthwise", **automatic(draw, draw(windows())))
        elif kind == "ConvTranspose":
            attributes = automatic(draw, draw(windows(padding=False)))
            network.convolve("ConvTranspose", **attributes)
        elif kind == "Pad":
            pad(network, draw)
        elif kind == "Slice":
            bounds = ([draw(st.integers(0, 2))], [draw(st.sampled_from([-1, 2**31]))], [3])
            network.add("Slice", *(np.array(value, np.int64) for value in bounds))
        else:
            attributes = draw(windows())
            attributes["ceil_mode"] = draw(st.integers(0, 1))
            if kind == "AveragePool":
                attributes["count_include_pad"] = draw(st.integers(0, 1))
            if not attributes["ceil_mode"]:
                attributes = automatic(draw, attributes)
            network.add(kind, **attributes)
    return network.finish()


def runs(model, feeds):
    """Whether the image is large enough: every tensor of the network has an element."""
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    exposed.graph.output.extend(
        onnx.ValueInfoProto(name=node.output[0]) for node in model.graph.node[:-1]
    )
    try:
        values = session(exposed).run(None, feeds)
    except Exception:  # noqa: BLE001 - windows larger than the image
        return False
    return all(value.size and np.abs(value).max() < 1e6 for value in values)


def with_size(model, height, width):
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    dims = fixed.graph.input[0].type.tensor_type.shape.dim
    dims[2].dim_value, dims[3].dim_value = height, width
    return fixed


# Shrinking a network takes minutes, and networks are small already.
GENERATE = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@settings(GENERATE, max_examples=30)
@given(networks(), st.integers(9, 90), st.integers(9, 90))
def test_as_with_the_size_fixed(model, height, width):
    """Against the graph built for this very size, which needs no trial."""
    feeds = {"x": np.random.default_rng(0).random((2, 3, height, width), dtype=np.float32)}
    assume(runs(model, feeds))
    cotangent = np.random.default_rng(1).standard_normal((2, 2)).astype(np.float32)
    try:
        expected, _ = gradient_of(with_size(model, height, width), feeds, cotangent)
    except UnsupportedOperatorError:  # onnx and onnxruntime count other windows at this size.
        reject()
    gradient, _ = gradient_of(model, feeds, cotangent)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


# Always the same networks: a difference across a kink of a pooling is no derivative.
@settings(GENERATE, max_examples=8, derandomize=True)
@given(networks(), st.integers(9, 50), st.integers(9, 50))
def test_as_finite_differences(model, height, width):
    feeds = {"x": np.random.default_rng(0).random((1, 3, height, width), dtype=np.float32)}
    assume(runs(model, feeds))
    check_gradient(model, feeds)


@pytest.mark.parametrize("size", [(64, 64), (100, 230), (48, 192), (130, 65)])
def test_a_total_stride_of_64(size):
    network = Network(5)
    for _ in range(5):
        network.convolve(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    network.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    model = network.finish()
    feeds = {"x": np.random.default_rng(0).random((1, 3, *size), dtype=np.float32)}
    if runs(model, feeds):
        check_gradient(model, feeds)


def test_trial_sizes_lie_far_apart_and_differ_modulo_small_numbers():
    (sizes,) = (trial_sizes(Network(0).finish().graph).sizes[key] for key in ("H",))
    assert max(sizes) > 1000 * min(sizes)
    assert all(len({size % modulus for size in sizes}) > 1 for modulus in range(2, 1000))


def cropped(end):
    """Return a network whose crop has one size for large images and another for small ones."""
    network = Network(3)
    network.convolve(kernel_shape=[1, 1])
    network.add("Slice", *(np.array([value], np.int64) for value in (0, end, 2)))
    return network.finish()


def test_an_assumption_is_checked_when_the_graph_runs():
    # All trial sizes are beyond 50, so that the cropped height looks like a constant.
    graph = build_gradient_graph(cropped(50))
    assert GUARD in {node.name for node in graph.graph.node}
    feeds = {"cotangent": np.ones((1, 2), np.float32)}
    runner = Session(graph)
    runner.run(feeds | {"x": np.ones((1, 3, 60, 20), np.float32)})
    with pytest.raises(ModelError, match="at images of this size"):
        runner.run(feeds | {"x": np.ones((1, 3, 40, 20), np.float32)})


def test_many_assumptions_are_compared_in_short_lists():
    """A long one onnxruntime would compare on a GPU, and copy the answer back in every run."""
    network = Network(3)
    network.convolve(kernel_shape=[1, 1])
    network.add("Slice", *(np.array([value], np.int64) for value in (0, 50, 2)))
    for _ in range(120):
        network.add("Tanh")
    graph = build_gradient_graph(network.finish())
    doubles = {
        tensor.name: int(np.prod(tensor.dims))
        for tensor in graph.graph.initializer
        if tensor.data_type == onnx.TensorProto.DOUBLE
    }
    subtracted = [node.input[1] for node in graph.graph.node if node.op_type == "Sub"]
    differences = [doubles[name] for name in subtracted if name in doubles]
    assert sum(differences) > 120
    assert max(differences) <= 64
    feeds = {"cotangent": np.ones((1, 2), np.float32)}
    runner = Session(graph)
    runner.run(feeds | {"x": np.ones((1, 3, 60, 20), np.float32)})
    with pytest.raises(ModelError, match="at images of this size"):
        runner.run(feeds | {"x": np.ones((1, 3, 40, 20), np.float32)})


def test_what_is_proven_needs_no_check():
    graph = build_gradient_graph(Network(1).finish())
    assert GUARD not in {node.name for node in graph.graph.node}


def test_fixed_sizes_need_no_check():
    network = Network(3, sides=(40, 30))
    network.convolve(kernel_shape=[3, 3], strides=[2, 2])
    graph = build_gradient_graph(network.finish())
    assert GUARD not in {node.name for node in graph.graph.node}


def test_a_model_that_only_takes_multiples_of_a_patch():
    """Sizes that do not fit the model are left out; what the others show is used."""
    network = Network(2)
    network.add("SpaceToDepth", blocksize=32)
    network.channels = 3 * 32**2
    model = network.finish()
    check_gradient(model, {"x": np.random.default_rng(0).random((1, 3, 64, 96), dtype=np.float32)})


def first_two():
    """A model that takes the first two images of a batch: what follows has two, or one."""
    bounds = {"b": np.array([0]), "e": np.array([2]), "a": np.array([0]), "r": np.array([0])}
    nodes = ["t = Slice(x, b, e, a)", "u = Tanh(t)", "y = ReduceSum(u, r)"]
    return make_model(nodes, (3, 4), bounds)


def test_an_assumption_about_the_batch_is_checked_too():
    # All trial batches are 2 and more, so that two images look like a constant.
    graph = build_gradient_graph(first_two())
    assert GUARD in {node.name for node in graph.graph.node}
    runner, cotangent = Session(graph), np.ones((1, 4), np.float32)
    for count in (2, 3, 7):
        x = np.ones((count, 4), np.float32)
        (gradient,) = runner.run({"x": x, "cotangent": cotangent}, ["input_gradient"])
        assert np.count_nonzero(gradient.any(axis=1)) == 2
    with pytest.raises(ModelError, match="the gradient"):
        runner.run({"x": np.ones((1, 4), np.float32), "cotangent": cotangent})


def test_a_batch_of_one_in_name_only_is_checked():
    weights = np.random.default_rng(0).random((12, 2), dtype=np.float32)
    model = make_model(
        ["f = Reshape(x, row)", "y = MatMul(f, w)"],
        (1, 3, 2, 2),
        {"row": np.array([1, 12]), "w": weights},
    )
    graph = build_gradient_graph(model)
    Session(graph).run(
        {"x": np.ones((1, 3, 2, 2), np.float32), "cotangent": np.ones((1, 2), np.float32)}
    )
    with pytest.raises(ModelError):
        Session(graph).run(
            {"x": np.ones((2, 3, 2, 2), np.float32), "cotangent": np.ones((1, 2), np.float32)}
        )


def test_what_follows_from_the_batch_needs_no_check():
    """A class token for each image and shapes of attention, as exporters write them."""
    nodes = [
        "s = Shape(x)", "n = Gather(s, zero)", "target = Concat<axis = 0>(n, rest)",
        "token = Expand(t, target)", "z = Concat<axis = 1>(token, x)",
        "heads = Concat<axis = 0>(n, split)", "h = Reshape(z, heads)",
        "o = Transpose<perm = [0, 2, 1, 3]>(h)", "y = Tanh(o)",
    ]  # fmt: skip
    constants = {
        "zero": np.array([0]), "rest": np.array([1, 8]), "split": np.array([6, 2, 4]),
        "t": np.ones((1, 1, 8), np.float32),
    }  # fmt: skip
    model = make_model(nodes, (3, 5, 8), constants)
    assert GUARD not in {node.name for node in build_gradient_graph(model).graph.node}
    check_gradient(model, {"x": np.random.default_rng(0).random((3, 5, 8), dtype=np.float32)})


@pytest.mark.parametrize(
    "attributes",
    [
        {"kernel_shape": [1, 1], "strides": [3, 3]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "dilations": [2, 1]},
    ],
)
@pytest.mark.parametrize("sides", [("H", "W"), (9, 9)])
def test_padding_that_runtimes_disagree_on_is_refused(attributes, sides):
    network = Network(0, sides=sides)
    network.convolve(auto_pad="SAME_UPPER", **attributes)
    model = network.finish()
    with pytest.raises(UnsupportedOperatorError, match="give its pads as numbers"):
        build_gradient_graph(model)
    assert "give its pads as numbers" in check_model(model).refusal


def test_single_pixels_two_apart_may_pad_themselves():
    """As Keras exports the shortcuts of residual networks."""
    network = Network(1)
    network.convolve(auto_pad="SAME_UPPER", kernel_shape=[1, 1], strides=[2, 2])
    model = network.finish()
    for size in ((8, 9), (11, 12)):
        check_gradient(model, {"x": np.random.default_rng(0).random((1, 3, *size), np.float32)})
