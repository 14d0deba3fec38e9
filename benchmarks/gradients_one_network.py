"""One network of torchvision or timm: its gradient graph against torch autograd in float64."""

import io
import time

import numpy as np
import onnx
import onnxruntime as ort
import torch

from percept_adv.gradients import build_gradient_graph

BATCH = 3
"""Size of the batches whose gradients are compared; the export sees another size."""

EXPORTED_BATCH = 2


def make(family, name):
    """Return a network in evaluation mode, with random weights, and its input size."""
    torch.manual_seed(0)
    if family == "torchvision":
        import torchvision

        inception = name in {"googlenet", "inception_v3"}
        options = {"init_weights": False, "aux_logits": False} if inception else {}
        net = torchvision.models.get_model(name, weights=None, **options)
        size = (3, 299, 299) if name == "inception_v3" else (3, 224, 224)
    else:
        import timm

        net = timm.create_model(name, pretrained=False, exportable=True)
        size = tuple(net.default_cfg["input_size"])
    return net.eval(), size


def randomize(net, size, generator):
    """Give normalisations statistics close to those of their input.

    Fresh ones (0 and 1) would hide mistakes, and would let the signal die out in deep
    networks, until the gradient is nothing but rounding.
    """
    norms = [
        module
        for module in net.modules()
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)
        and module.running_mean is not None
    ]
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():  # A head of zeros would make every gradient zero.
                parameter.normal_(0, 0.02, generator=generator)
        for module in norms:
            module.momentum = 1.0
            module.train()
        net(torch.randn(EXPORTED_BATCH, *size, generator=generator))
        for module in norms:
            module.eval()
            shift = torch.randn(module.running_mean.shape, generator=generator)
            module.running_mean += 0.1 * module.running_var.sqrt() * shift
            module.running_var *= 0.8 + 0.4 * torch.rand(shift.shape, generator=generator)


def export(net, image, exporter, opset):
    """Return the network as ONNX with a dynamic batch."""
    options = {"input_names": ["x"], "output_names": ["y"], "opset_version": opset}
    if exporter == "script":
        buffer = io.BytesIO()
        axes = {"x": {0: "batch"}, "y": {0: "batch"}}
        torch.onnx.export(net, (image,), buffer, dynamic_axes=axes, dynamo=False, **options)
        return onnx.load_from_string(buffer.getvalue())
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    program = torch.onnx.export(
        net, (image,), dynamic_shapes=shapes, dynamo=True, verbose=False, **options
    )
    return program.model_proto


def torch_run(net, image, cotangent):
    """Return the logits and the gradient of their product with the cotangent."""
    image = image.clone().requires_grad_()
    logits = net(image)
    (gradient,) = torch.autograd.grad(logits, image, cotangent)
    return logits.detach().double().numpy(), gradient.double().numpy()


def relative(values, truths):
    """Return the relative L2 distance of each image of a batch."""
    size = len(truths)
    distances = np.linalg.norm((values - truths).reshape(size, -1), axis=1)
    return distances / np.maximum(np.linalg.norm(truths.reshape(size, -1), axis=1), 1e-300)


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
