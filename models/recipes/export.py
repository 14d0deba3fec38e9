"""What all recipes share: from a PyTorch network to one clean ONNX file, and its check."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

# The newest opset whose operators all have kernels on onnxruntime's CUDA provider.
OPSET = 18


def export_onnx(network: torch.nn.Module, images: torch.Tensor, output: Path) -> None:
    """Write ``network`` as one ONNX file with a dynamic batch, input ``images`` and ``logits``.

    The exporter folds batch normalisation into the convolutions; `fold_constants` and
    `fold_padding` clear away what it leaves of PyTorch's padding arithmetic.
    """
    torch.onnx.export(
        network.eval(),
        (images,),
        str(output),
        input_names=["images"],
        output_names=["logits"],
        opset_version=OPSET,
        dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}},
        dynamo=False,
    )
    model = onnx.load(output)
    fold_constants(model.graph)
    fold_padding(model.graph)
    remove_unused_initializers(model.graph)
    model.CopyFrom(onnx.shape_inference.infer_shapes(model, strict_mode=True))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, output)


def fold_constants(graph: onnx.GraphProto) -> None:
    """Replace every node that depends on no image by an initializer with its result."""
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in list(graph.node):
        inputs = [name for name in node.input if name]
        if not all(name in known for name in inputs):
            continue
        (value,) = ReferenceEvaluator(node).run(None, {name: known[name] for name in inputs})
        known[node.output[0]] = value
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), node.output[0]))
        graph.node.remove(node)


def fold_padding(graph: onnx.GraphProto) -> None:
    """Replace each zero ``Pad`` before a ``Conv`` by the convolution's own ``pads``.

    TensorFlow's "same" padding is asymmetric for even sizes and stride 2, which PyTorch's
    convolution cannot express and ONNX's can.
    """
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    padded = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    for conv in [n for n in graph.node if n.op_type == "Conv" and n.input[0] in padded]:
        pad = padded[conv.input[0]]
        before, after = constants[pad.input[1]].reshape(2, -1)[:, 2:].tolist()
        pads = next(a for a in conv.attribute if a.name == "pads")
        extra = [*before, *after]
        pads.ints[:] = [own + more for own, more in zip(pads.ints, extra, strict=True)]
        conv.input[0] = pad.input[0]
        graph.node.remove(pad)


def remove_unused_initializers(graph: onnx.GraphProto) -> None:
    """Drop initializers that no node reads."""
    used = {name for node in graph.node for name in node.input}
    for tensor in [t for t in graph.initializer if t.name not in used]:
        graph.initializer.remove(tensor)


def check_against_torch(network: torch.nn.Module, images: torch.Tensor, path: Path) -> float:
    """Return the file's largest error in a logit, relative to PyTorch's largest logit.

    Tried on the whole batch and on its first image alone.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    largest = 0.0
    for batch in (images, images[:1]):
        (logits,) = session.run(None, {"images": batch.numpy()})
        with torch.no_grad():
            expected = network.eval()(batch).numpy()
        largest = max(largest, float(abs(logits - expected).max() / abs(expected).max()))
    return largest
