"""Claim: on a GPU a smooth C&W step takes at most 1.3 times a C&W step.

Attacks InceptionV3 at 299 x 299 with random weights, in float32 with and without TF32 and in
float16, and writes what it takes as JSON; one command, no network, under 8 minutes on an H100::

    python benchmarks/gpu_attack.py [--provider cuda] [--engine graph] [--batch 32]
        [--precisions float32 tf32 float16] [--json FILE]

For each precision: the bare gradient graph, C&W and smooth C&W (9 x 100 steps in the first
precision, 1 x 100 in the others), both by CUDA graphs where they prove right and once more (1 x
100 steps) without them, and what onnxruntime copies in a step. In the first also:
the same attacks on the CPU, few steps on few images, whose results have to agree; and foolbox's C&W
in PyTorch on the same network, where torch and foolbox are there. To try it without a GPU::

    python benchmarks/gpu_attack.py --provider cpu --batch 2 --size 107 --search-steps 1
        --iterations 3 --precisions float32
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import onnx
import onnxruntime
from inception_graph import build
from shared import parser_of

from percept_adv import Classifier, attacks
from percept_adv.gradients import build_gradient_graph

ATTACKS = ("cw", "scw")
FLAG = "NVIDIA_TF32_OVERRIDE"
"""Of cuBLAS and cuDNN: 0 is never TF32, whoever asks for it."""
CUDA_GRAPHS = "PERCEPT_ADV_CUDA_GRAPHS"
CHECKED = {"search_steps": 1, "iterations": 5}


def main():
    arguments = read_arguments()
    if arguments.only:
        print(json.dumps(measure(arguments)))
        return
    records = [in_own_process(precision) for precision in arguments.precisions]
    text = json.dumps(records, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    print(text)


def read_arguments():
    parser = parser_of(__doc__)
    parser.add_argument("--provider", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--engine", choices=["graph", "eager"], default="graph")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=299)
    parser.add_argument("--search-steps", type=int, default=9)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--checked", type=int, default=2, help="images compared with the CPU")
    every = ["float32", "tf32", "float16"]
    parser.add_argument("--precisions", nargs="+", choices=every, default=every)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=every, help="this precision in this process")
    return parser.parse_args()


def in_own_process(precision):
    """Measure one precision where the libraries read its setting when they are loaded."""
    environment = {key: value for key, value in os.environ.items() if key != FLAG}
    if precision != "tf32":
        environment[FLAG] = "0"
    command = [sys.executable, __file__, *sys.argv[1:], "--only", precision]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(arguments):
    dtype = np.float16 if arguments.only == "float16" else np.float32
    is_first = arguments.only == arguments.precisions[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inception_v3.onnx"
        onnx.save(build(arguments.size, dtype=dtype), path)
        classifier = classifier_of(path, arguments.provider)
        images = photographs(arguments.batch, arguments.size)
        labels = classifier.predict(images)
        record = {
            "precision": arguments.only,
            "provider": classifier.provider,
            "engine": arguments.engine,
            "batch": arguments.batch,
            "size": arguments.size,
            "onnxruntime": onnxruntime.__version__,
            "machine": platform.processor() or platform.machine(),
            "device": device_name(),
            "classes": len(set(labels.tolist())),
        }
        record["gradient_ms"] = gradient_milliseconds(path, arguments, images, labels)
        steps = {"search_steps": 1, "iterations": arguments.iterations}
        if is_first:
            steps["search_steps"] = arguments.search_steps
        for name in ATTACKS:
            record[name] = timed_attack(name, classifier, images, labels, steps, arguments)
            record[name] |= copies(name, classifier, images, labels, arguments)
            record[name] |= without_cuda_graphs(name, path, images, labels, arguments)
        record["scw_over_cw"] = ratio(record["scw"]["step_ms"], record["cw"]["step_ms"])
        record["cw_over_gradient"] = ratio(record["cw"]["step_ms"], record["gradient_ms"])
        if is_first:
            record["agreement"] = agreement(path, classifier, images, labels, arguments)
            record["foolbox"] = foolbox(images, labels, steps, arguments)
            if "seconds" in record["foolbox"]:
                peer = record["foolbox"]["seconds"]
                record["cw_over_foolbox"] = ratio(record["cw"]["seconds"], peer)
    return record


def ratio(one, other):
    return round(one / other, 3)


def classifier_of(path, provider):
    scaled = {"mean": [0.5] * 3, "std": [0.5] * 3}
    return Classifier(path, preprocessing=scaled, provider=provider, at="network")


def photographs(count, size):
    """Return images (N, H, W, C) in [0, 1] with coarse and fine structure."""
    random = np.random.default_rng(0)
    images = []
    for _ in range(count):
        layers = [
            cv2.resize(
                random.random((k, k, 3), np.float32), (size, size), interpolation=cv2.INTER_CUBIC
            )
            for k in (5, 20, 80)
        ]
        mixed = sum(layer / (index + 1) for index, layer in enumerate(layers))
        images.append(np.rint(255 * np.clip(mixed / 1.83, 0, 1)) / np.float32(255))
    return np.stack(images).astype(np.float32)


def device_name():
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def gradient_milliseconds(path, arguments, images, labels):
    """Return the median time of the gradient graph alone, all its tensors on the device."""
    graph = build_gradient_graph(path, loss="logit_difference")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    chain = ["CPUExecutionProvider"]
    if arguments.provider == "cuda":
        onnxruntime.preload_dlls(directory="")
        chain.insert(0, "CUDAExecutionProvider")
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=chain)
    dtype = np.float16 if arguments.only == "float16" else np.float32
    planes = np.ascontiguousarray((2 * images - 1).transpose(0, 3, 1, 2).astype(dtype))
    binding = session.io_binding()
    for name, value in (("image", planes), ("label", labels)):
        held = onnxruntime.OrtValue.ortvalue_from_numpy(value, arguments.provider, 0)
        binding.bind_ortvalue_input(name, held)
    for output in session.get_outputs():
        binding.bind_output(output.name, arguments.provider)
    seconds = []
    for _ in range(3 + (20 if arguments.provider == "cuda" else 3)):
        begin = time.perf_counter()
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        seconds.append(time.perf_counter() - begin)
    return round(1e3 * median(seconds[3:]), 3)


def timed_attack(name, classifier, images, labels, steps, arguments):
    """Attack twice, and say what the second time took; in the first the graph is built."""

    def attack():
        begin = time.perf_counter()
        result = attacks.attack(
            name, classifier, images, labels,
            batch_size=len(images), engine=arguments.engine, **steps,
        )  # fmt: skip
        return time.perf_counter() - begin, result

    first, _ = attack()
    seconds, result = attack()
    count = steps["search_steps"] * steps["iterations"]
    found = result.success & ~result.already_misclassified
    return {
        "cuda_graphs": any(one.is_replayed for one in classifier.differentiated.step_sessions[-1:]),
        "seconds": round(seconds, 4),
        "seconds_per_image": round(seconds / len(images), 4),
        "steps": count,
        "step_ms": round(1e3 * seconds / count, 4),
        "first_seconds": round(first, 2),
        "success": round(float(found.mean()), 4),
        "mean_l2": round(float(result.l2[found].mean()), 5) if found.any() else None,
    }


def without_cuda_graphs(name, path, images, labels, arguments):
    """Time an attack whose steps launch their kernels one by one; nothing on the CPU."""
    if arguments.provider == "cpu" or arguments.engine == "eager":
        return {}
    os.environ[CUDA_GRAPHS] = "0"
    steps = {"search_steps": 1, "iterations": arguments.iterations}
    plain = classifier_of(path, arguments.provider)
    timed = timed_attack(name, plain, images, labels, steps, arguments)
    del os.environ[CUDA_GRAPHS]
    return {"without_cuda_graphs": timed}


def copies(name, classifier, images, labels, arguments):
    """Return what onnxruntime copies between the providers in a step; nothing on the CPU."""
    if arguments.provider == "cpu" or arguments.engine == "eager":
        return {}
    from gpu_assignment import assign

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step.onnx"
        request = attacks.AttackRequest(classifier, images, labels)
        onnx.save(attacks.export_step(attacks.make_rule(name), request).model, path)
        found = assign(str(path))
    return {key: found[key] for key in ("cuda", "sizes", "other", "copies", "wide_copies")}


def agreement(path, classifier, images, labels, arguments):
    """Compare few steps on few images with the eager engine on the CPU."""
    few = slice(0, arguments.checked)
    reference = classifier_of(path, "cpu")
    found = {}
    for name in ATTACKS:
        pair = [
            attacks.attack(name, one, images[few], labels[few], engine=engine, **CHECKED)
            for one, engine in ((classifier, arguments.engine), (reference, "eager"))
        ]
        apart = np.abs(pair[0].l2 - pair[1].l2) / np.maximum(pair[1].l2, 1e-12)
        found[name] = {
            "same_success": bool((pair[0].success == pair[1].success).all()),
            "l2": [np.round(one.l2, 5).tolist() for one in pair],
            "largest_difference": float(apart.max()),
        }
    return found


def foolbox(images, labels, steps, arguments):
    """Time foolbox's C&W with as many steps in PyTorch, or say why not."""
    try:
        import foolbox as peer
        import torch
    except ImportError as error:
        return {"missing": str(error)}
    from inception_graph import torch_network

    device = arguments.provider
    if device == "cuda" and not torch.cuda.is_available():
        return {"missing": "this torch has no CUDA"}
    normalised = {"mean": [0.5] * 3, "std": [0.5] * 3, "axis": -3}
    model = peer.PyTorchModel(torch_network().to(device), (0, 1), device, normalised)
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device)
    y = torch.from_numpy(labels).to(device)

    def attack(searches, iterations):
        method = peer.attacks.L2CarliniWagnerAttack(
            binary_search_steps=searches, steps=iterations, abort_early=False
        )
        begin = time.perf_counter()
        _, _, success = method(model, x, y, epsilons=None)
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begin, success

    attack(1, 1)
    seconds, success = attack(steps["search_steps"], steps["iterations"])
    return {
        "seconds": round(seconds, 4),
        "step_ms": round(1e3 * seconds / steps["search_steps"] / steps["iterations"], 4),
        "success": round(float(success.float().mean()), 4),
        "same_labels": bool((model(x).argmax(1).cpu().numpy() == labels).all()),
        "versions": f"torch {torch.__version__}, foolbox {peer.__version__}",
    }


if __name__ == "__main__":
    main()
