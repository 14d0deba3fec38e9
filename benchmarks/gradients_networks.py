"""Gradient graphs of whole networks against torch autograd in float64.

Each network gets random weights, is exported with a dynamic batch, and its gradient graph
runs in onnxruntime in float32. The error is the L2 distance to the float64 gradient of
PyTorch over its norm; it may be at most max(1e-5, twice that of PyTorch's own float32).

    python benchmarks/gradients_networks.py --torchvision all --timm all
"""

import argparse
import copy
import io
import time
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch

from percept_adv.gradients import build_gradient_graph

warnings.filterwarnings("ignore")

TORCHVISION = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "swin_v2_t",
    "vgg11_bn",
    "vit_b_16",
    "wide_resnet50_2",
]
TIMM = [
    "beit_base_patch16_224",
    "botnet26t_256",
    "caformer_s18",
    "cait_xxs24_224",
    "coat_tiny",
    "coatnet_nano_rw_224",
    "convit_tiny",
    "convmixer_768_32",
    "convnextv2_atto",
    "crossvit_9_240",
    "cs3darknet_s",
    "cspresnet50",
    "darknet17",
    "davit_tiny",
    "deit_tiny_patch16_224",
    "dla34",
    "dm_nfnet_f0",
    "dpn68",
    "eca_resnet33ts",
    "ecaresnet26t",
    "edgenext_xx_small",
    "efficientformer_l1",
    "efficientformerv2_s0",
    "efficientnet_lite0",
    "efficientvit_b0",
    "efficientvit_m0",
    "ese_vovnet19b_slim",
    "eva02_tiny_patch14_224",
    "fastvit_t8",
    "fbnetc_100",
    "fbnetv3_b",
    "focalnet_tiny_srf",
    "gcresnet33ts",
    "gcvit_xxtiny",
    "gernet_s",
    "ghostnet_100",
    "ghostnetv2_100",
    "halonet26t",
    "hardcorenas_a",
    "hgnet_tiny",
    "hgnetv2_b0",
    "hrnet_w18_small",
    "inception_next_tiny",
    "inception_v4",
    "lambda_resnet26t",
    "lcnet_050",
    "legacy_seresnet18",
    "levit_128s",
    "mambaout_femto",
    "maxvit_rmlp_pico_rw_256",
    "mixer_s32_224",
    "mixnet_s",
    "mobilenetv4_conv_small",
    "mobileone_s0",
    "mobilevit_xxs",
    "mobilevitv2_050",
    "mvitv2_tiny",
    "nest_tiny",
    "nf_resnet50",
    "pit_ti_224",
    "poolformer_s12",
    "pvt_v2_b0",
    "regnety_002",
    "repghostnet_050",
    "repvgg_a0",
    "repvit_m1",
    "res2net50_26w_4s",
    "resmlp_12_224",
    "resnest14d",
    "rexnet_100",
    "selecsls42b",
    "seresnext26t_32x4d",
    "sequencer2d_s",
    "skresnet18",
    "spnasnet_100",
    "swiftformer_xs",
    "tf_efficientnet_lite0",
    "tiny_vit_5m_224",
    "tinynet_e",
    "twins_pcpvt_small",
    "visformer_tiny",
    "vit_tiny_patch16_224",
    "volo_d1_224",
    "xception41",
    "xcit_nano_12_p16_224",
]


def make(family, name):
    if family == "torchvision":
        import torchvision

        options = {"init_weights": True} if name in {"googlenet", "inception_v3"} else {}
        if options:
            options["aux_logits"] = False
        net = torchvision.models.get_model(name, weights=None, **options)
        return net.eval(), (3, 299, 299) if name == "inception_v3" else (3, 224, 224)
    import timm

    net = timm.create_model(name, pretrained=False, exportable=True)
    return net.eval(), tuple(net.default_cfg["input_size"])


def randomize(net, generator):
    """Give normalisations statistics of their own: fresh ones would hide mistakes."""
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():  # A head of zeros would make every gradient zero.
                parameter.normal_(0, 0.02, generator=generator)
        for module in net.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                if module.running_mean is None:
                    continue
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.8, 1.2, generator=generator)


def export(net, image, exporter, opset):
    buffer = io.BytesIO()
    axes = {"x": {0: "batch"}, "y": {0: "batch"}}
    if exporter == "script":
        torch.onnx.export(
            net,
            (image,),
            buffer,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes=axes,
            opset_version=opset,
            dynamo=False,
        )
        return onnx.load_from_string(buffer.getvalue())
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.onnx.export(
        net,
        (image,),
        input_names=["x"],
        output_names=["y"],
        dynamic_shapes=({0: batch},),
        opset_version=opset,
        dynamo=True,
        verbose=False,
    )
    return program.model_proto


def torch_gradient(net, image, cotangent):
    image = image.clone().requires_grad_()
    (net(image) * cotangent).sum().backward()
    return image.grad.double().numpy()


def relative(value, truth):
    return float(np.linalg.norm(value - truth) / max(np.linalg.norm(truth), 1e-300))


def check(family, name, exporter, opset, batch):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    net, size = make(family, name)
    randomize(net, generator)
    image = torch.randn(batch, *size, generator=generator)
    cotangent = torch.randn(batch, 1000, generator=generator)
    model = export(net, image, exporter, opset)
    start = time.perf_counter()
    graph = build_gradient_graph(model)
    seconds = time.perf_counter() - start
    onnx.checker.check_model(graph, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"])
    *_, ours = session.run(None, {"x": image.numpy(), "cotangent": cotangent.numpy()})
    single = torch_gradient(net, image, cotangent)
    double = torch_gradient(copy.deepcopy(net).double(), image.double(), cotangent.double())
    error, peer = relative(ours, double), relative(single, double)
    verdict = "ok" if error <= max(1e-5, 2 * peer) else "FAR"
    nodes = f"{len(model.graph.node)} {len(graph.graph.node)}"
    return f"{verdict:4} {error:.1e} {peer:.1e} {nodes} {seconds:.2f}s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torchvision", nargs="*", default=[])
    parser.add_argument("--timm", nargs="*", default=[])
    parser.add_argument("--exporter", choices=["script", "dynamo"], default="script")
    parser.add_argument("--opset", type=int, default=18)
    parser.add_argument("--batch", type=int, default=2)
    args = parser.parse_args()
    print("network | verdict, our error, torch float32 error, nodes before and after, build time")
    passed = total = 0
    for family, names, everything in (
        ("torchvision", args.torchvision, TORCHVISION),
        ("timm", args.timm, TIMM),
    ):
        for name in everything if names == ["all"] else names:
            total += 1
            try:
                line = check(family, name, args.exporter, args.opset, args.batch)
            except Exception as error:  # noqa: BLE001 - one network's failure is a result
                line = f"FAIL {type(error).__name__}: {str(error).splitlines()[0][:150]}"
            passed += line.startswith("ok")
            print(f"{name:28} {line}", flush=True)
    print(f"{passed} of {total} pass")


if __name__ == "__main__":
    main()
