"""The InceptionV3 architecture with random weights, the same as ONNX and in PyTorch.

Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, as
torchvision has it, without the auxiliary classifier; normalisations are part of the weights.
Each filter's weights sum to zero, so that the scores of different images differ.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

CLASSES = 1000
SPREAD = 3.0
"""Standard deviation of the scores over the classes, about."""
POOLED_SPREAD = 0.0024
"""That of the pooled features, about, seen with these weights."""


@dataclass(frozen=True)
class Layer:
    """``kind`` is conv (with the Relu behind it), max, mean, or concat."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    channels: int = 0
    kernel: tuple[int, int] = (3, 3)
    stride: int = 1
    pads: tuple[int, int] = (0, 0)


class Writer:
    """Collects the layers, and knows the channels of each."""

    def __init__(self):
        self.layers, self.channels = [], {"image": 3}

    def add(self, kind, inputs, channels, **options):
        name = f"{kind}_{len(self.layers)}"
        self.layers.append(Layer(kind, name, tuple(inputs), channels, **options))
        self.channels[name] = channels
        return name

    def conv(self, source, channels, kernel=1, *, stride=1, same=True):
        """Convolve, by default to the same size; a stride goes without padding."""
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padded = same and stride == 1
        pads = tuple((size - 1) // 2 if padded else 0 for size in kernel)
        return self.add("conv", [source], channels, kernel=kernel, stride=stride, pads=pads)

    def convs(self, source, *steps):
        for channels, kernel in steps:
            source = self.conv(source, channels, kernel)
        return source

    def smaller(self, source):
        return self.add("max", [source], self.channels[source], stride=2)

    def mean(self, source):
        return self.add("mean", [source], self.channels[source], pads=(1, 1))

    def concat(self, *parts):
        return self.add("concat", parts, sum(self.channels[part] for part in parts))


def layers():
    """Return the layers between the image and the average over its pixels."""
    net = Writer()
    x = net.conv("image", 32, 3, stride=2)
    x = net.conv(net.conv(x, 32, 3, same=False), 64, 3)
    x = net.conv(net.conv(net.smaller(x), 80), 192, 3, same=False)
    x = net.smaller(x)
    for pooled in (32, 64, 64):
        x = _a(net, x, pooled)
    x = net.concat(
        net.conv(x, 384, 3, stride=2),
        net.conv(net.convs(x, (64, 1), (96, 3)), 96, 3, stride=2),
        net.smaller(x),
    )
    for inner in (128, 160, 160, 192):
        x = _c(net, x, inner)
    seven = net.convs(x, (192, 1), (192, (1, 7)), (192, (7, 1)))
    x = net.concat(
        net.conv(net.conv(x, 192), 320, 3, stride=2),
        net.conv(seven, 192, 3, stride=2),
        net.smaller(x),
    )
    for _ in range(2):
        x = _e(net, x)
    return net.layers


def _a(net, x, pooled):
    return net.concat(
        net.conv(x, 64),
        net.convs(x, (48, 1), (64, 5)),
        net.convs(x, (64, 1), (96, 3), (96, 3)),
        net.conv(net.mean(x), pooled),
    )


def _c(net, x, inner):
    across, down = (1, 7), (7, 1)
    return net.concat(
        net.conv(x, 192),
        net.convs(x, (inner, 1), (inner, across), (192, down)),
        net.convs(x, (inner, 1), (inner, down), (inner, across), (inner, down), (192, across)),
        net.conv(net.mean(x), 192),
    )


def _e(net, x):
    first, second = net.conv(x, 384), net.convs(x, (448, 1), (384, 3))
    return net.concat(
        net.conv(x, 320),
        *(net.conv(part, 384, kernel) for part in (first, second) for kernel in ((1, 3), (3, 1))),
        net.conv(net.mean(x), 192),
    )


def weights(seed=0):
    """Return the weights of each convolution and of the last product, by name."""
    random, channels, found = np.random.default_rng(seed), {"image": 3}, {}
    for layer in layers():
        channels[layer.name] = layer.channels
        if layer.kind == "conv":
            shape = (layer.channels, channels[layer.inputs[0]], *layer.kernel)
            found[layer.name] = _centred(random, shape)
    last = _centred(random, (CLASSES, 2048))
    found["scores"] = last * np.float32(SPREAD / POOLED_SPREAD / np.sqrt(2))
    return found


def _centred(random, shape):
    values = random.standard_normal(shape, dtype=np.float32)
    values -= values.mean(axis=tuple(range(1, len(shape))), keepdims=True)
    return values * np.float32(np.sqrt(2 / np.prod(shape[1:])))


def build(size=299, seed=0, dtype=np.float32):
    """Return the network as ONNX: ``image`` (N, 3, size, size) in [-1, 1], to ``scores``."""
    nodes = [node for layer in layers() for node in _nodes(layer)]
    last = nodes[-1].output[0]
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "scores/weight"], ["scores"], transB=1),
    ]
    for node in nodes:
        node.name = node.output[0]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        nodes,
        "inception_v3",
        [helper.make_tensor_value_info("image", kind, ["N", 3, size, size])],
        [helper.make_tensor_value_info("scores", kind, ["N", CLASSES])],
        [
            numpy_helper.from_array(value.astype(dtype), f"{name}/weight")
            for name, value in weights(seed).items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _nodes(layer):
    window = {"strides": [layer.stride] * 2, "pads": [*layer.pads, *layer.pads]}
    inputs, name = list(layer.inputs), layer.name
    if layer.kind == "conv":
        taken = [*inputs, f"{name}/weight"]
        conv = helper.make_node("Conv", taken, [f"{name}/sum"], kernel_shape=layer.kernel, **window)
        return [conv, helper.make_node("Relu", [f"{name}/sum"], [name])]
    if layer.kind == "concat":
        return [helper.make_node("Concat", inputs, [name], axis=1)]
    if layer.kind == "max":
        return [helper.make_node("MaxPool", inputs, [name], kernel_shape=layer.kernel, **window)]
    window |= {"kernel_shape": layer.kernel, "count_include_pad": 1}
    return [helper.make_node("AveragePool", inputs, [name], **window)]


def torch_network(seed=0):
    """Return the same network as a module of PyTorch."""
    import torch
    from torch.nn import functional

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tensors = torch.nn.ParameterDict(
                {name: torch.from_numpy(value) for name, value in weights(seed).items()}
            ).requires_grad_(requires_grad=False)

        def forward(self, image):
            found = {"image": image}
            for layer in layers():
                values = [found[name] for name in layer.inputs]
                found[layer.name] = last = self.apply_layer(layer, values)
            return last.mean(dim=(2, 3)) @ self.tensors["scores"].T

        def apply_layer(self, layer, values):
            if layer.kind == "concat":
                return torch.cat(values, dim=1)
            (x,) = values
            if layer.kind == "conv":
                kernel = self.tensors[layer.name]
                return functional.relu(functional.conv2d(x, kernel, None, layer.stride, layer.pads))
            if layer.kind == "max":
                return functional.max_pool2d(x, layer.kernel, layer.stride, layer.pads)
            return functional.avg_pool2d(x, layer.kernel, layer.stride, layer.pads)

    return Network().eval()


if __name__ == "__main__":
    import sys

    onnx.save(build(), sys.argv[1])
