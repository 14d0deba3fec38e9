"""Models small enough to write by hand."""

from onnx import TensorProto, helper, numpy_helper


def classifier_model(nodes, *, outputs=("scores",), inputs=("image",), constants=(), size=(4, 4)):
    """A model that takes grey images of a size to three scores through ``nodes``."""
    graph = helper.make_graph(
        nodes,
        "test",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1, *size])
            for name in inputs
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("acme", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)
