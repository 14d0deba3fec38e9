"""Gradient graphs of Keras networks, as tf2onnx writes them, against TensorFlow in float64.

Channels last, one Transpose or a hundred. TensorFlow and tf2onnx live in an environment of
their own, so there are two steps; the folder holds the exports and TensorFlow's gradients::

    TENSORFLOW_PYTHON benchmarks/gradients_keras.py export FOLDER [MobileNetV2 ...]
    python benchmarks/gradients_keras.py check FOLDER

Weights are random, normalisations take their statistics from the images. The error of an image
is the L2 distance to the float64 gradient over that one's norm; beside it TensorFlow's own in
float32, which meets kinks (ReLU, maxima) as often.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from shared import cpu_session, parser_of, relative

NETWORKS = [
    "DenseNet121", "EfficientNetB0", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Small",
    "ResNet50V2", "VGG16", "Xception",
]  # fmt: skip
BATCH = 3


def export(folder, names):
    """Write for each network its ONNX file and the gradients of a few images."""
    folder.mkdir(exist_ok=True)
    for name in names or NETWORKS:
        network, problem = prepare(name)
        saved = folder / f"{name}_saved"
        network.export(saved, verbose=False)
        command = ["-m", "tf2onnx.convert", "--opset", "17", "--saved-model", saved]
        subprocess.run(
            [sys.executable, *command, "--output", folder / f"{name}.onnx"],
            check=True, capture_output=True,
        )  # fmt: skip
        np.savez(folder / f"{name}.npz", **problem)
        print(name, "exported", flush=True)


def prepare(name):
    """Return a network with random weights, and images, cotangents and gradients."""
    import keras

    keras.utils.set_random_seed(0)
    size = 299 if name in {"InceptionV3", "Xception"} else 224
    make, shape = getattr(keras.applications, name), (size, size, 3)
    network = make(weights=None, input_shape=shape)
    generator = np.random.default_rng(0)
    # Networks that bring their own scaling take levels.
    scales_itself = any("rescaling" in layer.name for layer in network.layers)
    bounds = (0, 255) if scales_itself else (-1, 1)
    images = generator.uniform(*bounds, (BATCH, *shape)).astype(np.float32)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(images, training=True)
    cotangent = generator.standard_normal((BATCH, 1000)).astype(np.float32)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    precise = make(weights=None, input_shape=shape)
    precise.set_weights(network.get_weights())
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    problem = {"images": images, "cotangent": cotangent}
    for key, model, kind in (("single", network, "float32"), ("double", precise, "float64")):
        problem[key] = gradient(model, images.astype(kind), cotangent.astype(kind))
    return network, problem


def gradient(network, images, cotangent):
    """Return TensorFlow's gradient of <logits, cotangent> with respect to the images."""
    import tensorflow

    variable = tensorflow.constant(images)
    with tensorflow.GradientTape() as tape:
        tape.watch(variable)
        total = tensorflow.reduce_sum(network(variable, training=False) * cotangent)
    return tape.gradient(total, variable).numpy()


def check(folder, names):
    """Print for each network our errors and TensorFlow's, image by image."""
    from percept_adv.gradients import build_gradient_graph

    for path in sorted(folder.glob("*.onnx")):
        if names and path.stem not in names:
            continue
        problem = np.load(path.with_suffix(".npz"))
        graph = build_gradient_graph(path)
        session = cpu_session(graph, threads=1)
        feeds = {session.get_inputs()[0].name: problem["images"], "cotangent": problem["cotangent"]}
        ours = session.run(["input_gradient"], feeds)[0]
        errors = (relative(values, problem["double"]) for values in (ours, problem["single"]))
        texts = (" ".join(f"{error:.1e}" for error in values) for values in errors)
        print(f"{path.stem:17}", "ours {}, TensorFlow {}".format(*texts), flush=True)


def main():
    parser = parser_of(__doc__)
    parser.add_argument("step", choices=["export", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("networks", nargs="*", help=f"by default {', '.join(NETWORKS)}")
    arguments = parser.parse_args()
    step = {"export": export, "check": check}[arguments.step]
    step(arguments.folder, arguments.networks)


if __name__ == "__main__":
    main()
