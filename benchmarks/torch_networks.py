"""Networks of torchvision and timm with random weights, and their export to ONNX."""

import io

import onnx
import torch

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
