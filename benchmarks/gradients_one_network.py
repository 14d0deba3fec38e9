"""One network of torchvision or timm: its gradient graph against torch autograd in float64."""

import time

import numpy as np
import onnx
import onnxruntime as ort
import torch
from shared import relative
from torch_networks import EXPORTED_BATCH, export, make, randomize

from percept_adv.gradients import build_gradient_graph

BATCH = 3
"""Size of the batches whose gradients are compared; the export sees another size."""


def torch_run(net, image, cotangent):
    """Return the logits and the gradient of their product with the cotangent."""
    image = image.clone().requires_grad_()
    logits = net(image)
    (gradient,) = torch.autograd.grad(logits, image, cotangent)
    return logits.detach().double().numpy(), gradient.double().numpy()


def measure(family, name, exporter, opset, images):
    """Return the errors of our float32 logits and gradients, and of PyTorch's own."""
    net, size = make(family, name)
    generator = torch.Generator().manual_seed(0)
    randomize(net, size, generator)
    sample = torch.randn(EXPORTED_BATCH, *size, generator=generator)
    model = export(net, sample, exporter, opset)
    start = time.perf_counter()
    graph = build_gradient_graph(model)
    seconds = time.perf_counter() - start
    onnx.checker.check_model(graph, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    session = ort.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"])
    # A second network, because some keep tensors of the first run that cannot be copied.
    double, _ = make(family, name)
    double.load_state_dict(net.state_dict())
    double.double()
    errors = {"ours": [], "torch": [], "our_logits": [], "torch_logits": []}
    for _ in range(images // BATCH):
        image = torch.randn(BATCH, *size, generator=generator)
        with torch.no_grad():
            width = net(image[:1]).shape[1]
        cotangent = torch.randn(BATCH, width, generator=generator)
        truth = torch_run(double, image.double(), cotangent.double())
        single = torch_run(net, image, cotangent)
        ours = session.run(None, {"x": image.numpy(), "cotangent": cotangent.numpy()})
        errors["our_logits"].extend(relative(ours[0], truth[0]))
        errors["ours"].extend(relative(ours[-1], truth[1]))
        errors["torch_logits"].extend(relative(single[0], truth[0]))
        errors["torch"].extend(relative(single[1], truth[1]))
    medians = {key: float(np.median(value)) for key, value in errors.items()}
    inside = medians["ours"] <= max(1e-5, 2 * medians["torch"])
    return medians | {
        "verdict": "pass" if inside else "fail",
        "reason": "" if inside else "error outside the bound",
        "nodes": len(model.graph.node),
        "gradient_nodes": len(graph.graph.node),
        "build_seconds": round(seconds, 2),
        "each": [[float(f"{value:.2e}") for value in errors[key]] for key in ("ours", "torch")],
    }
