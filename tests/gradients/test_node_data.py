"""The operators' own test data in onnx: attributes and shapes that nobody here thought of."""

import importlib
import pkgutil
import re
import warnings

import numpy as np
import onnx
import pytest
from derivative import check_gradient
from onnx import TensorProto
from onnx.backend.test.case import node as node_cases

from percept_adv.errors import UnsupportedOperatorError
from percept_adv.gradients import build_gradient_graph
from percept_adv.gradients.registry import all_rules

# What has no rule on purpose: training, and reductions that multiply or choose.
REFUSED = re.compile(
    "training|keep_aspect|_not_(larger|smaller)|reduction_(mul|max|min)|"
    "scatternd_(multiply|max|min)|attention_4d_(causal_nonpad|causal_with_past|diff_heads_mask4d_padded_kv|"
    "gqa_causal_nonpad)"
)
# Newer than what onnxruntime can run, or types that it has no kernel for.
NOT_RUN = re.compile(
    "pow_types_float32_uint|crd_mode_example|spacetodepth_dcr_mode|local_window|bidirectional_window"
)
# Derivatives below the rounding of differences.
LEFT_OUT = re.compile("attention_4d_.*_scaled")


def _cases():
    wanted = {entry.op_type for entry in all_rules() if not entry.domain}
    wanted |= {"GroupNormalization", "Upsample", "Scatter", "MeanVarianceNormalization"}
    wanted |= {"Attention", "RotaryEmbedding"}
    short = {op_type.lower() for op_type in wanted}
    short |= {"batchnorm", "layernorm", "groupnorm", "instancenorm"}
    short -= {"castlike", "cast", "quantizelinear", "dequantizelinear", "dynamicquantizelinear"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.iter_modules(node_cases.__path__):
            if module.name.replace("_", "") in short:
                importlib.import_module(f"{node_cases.__name__}.{module.name}")
    for case in node_cases._NodeTestCases:
        graph = case.model.graph
        first = graph.input[0].type.tensor_type.elem_type
        if (
            "_expanded" not in case.name
            and len(graph.node) == 1
            and graph.node[0].op_type in wanted
            and first == TensorProto.FLOAT
            and graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT
        ):
            yield case


CASES = {case.name: case for case in _cases()}


def test_enough_cases_were_found():
    assert len(CASES) > 250


def with_constants(model, constants):
    """Store all inputs but the image, as a classifier would: axes, sizes, weights."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.input[1:]
    for name, value in constants.items():
        copy.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), name))
    return copy


def cropped(model, volume):
    """Keep a corner of a large volume, which the reference evaluator is too slow for."""
    volume = volume[:, :, :7, :7, :7]
    for axis, size in enumerate(volume.shape):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = size
    model.graph.output[0].type.tensor_type.ClearField("shape")
    return volume


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    case = CASES[name]
    graph = case.model.graph
    inputs, _ = case.data_sets[0]
    generator = np.random.default_rng(1)
    image, *others = [value.name for value in graph.input]
    feeds = {image: np.asarray(inputs[0])}
    model = with_constants(case.model, dict(zip(others, inputs[1:], strict=True)))
    # Away from ties and kinks, which round numbers are full of.
    feeds[image] = (feeds[image] + 0.01 * generator.standard_normal(feeds[image].shape)).astype(
        np.float32
    )
    if feeds[image].size == 0:
        pytest.skip("empty")
    if feeds[image].ndim == 5 and feeds[image].size > 50_000:
        feeds[image] = cropped(model, feeds[image])
    if LEFT_OUT.search(name):
        pytest.skip("no derivative to compare")
    if NOT_RUN.search(name):
        pytest.skip("onnxruntime cannot run it")
    output = graph.output[0].name
    if REFUSED.search(name):
        with pytest.raises(UnsupportedOperatorError, match="cannot differentiate node"):
            build_gradient_graph(model, input_name=image, output_name=output)
        return
    check_gradient(model, feeds, image=image, output=output)
