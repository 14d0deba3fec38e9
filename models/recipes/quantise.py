"""Quantise EfficientNet-Lite0 to 8 bits, statically, as QuantizeLinear and DequantizeLinear pairs.

Needs onnxruntime and Pillow, and a folder of photographs whose activations set the ranges::

    python models/recipes/quantise.py models/efficientnet_lite0.onnx PHOTOGRAPHS OUT.onnx

Weights get one scale for each output channel, activations one for each tensor, both signed.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

RESOLUTION = 224
SUFFIXES = {".jpeg", ".jpg", ".png"}


class Photographs(CalibrationDataReader):
    """Feeds the network with the squares of the photographs, one by one."""

    def __init__(self, paths: list[Path], input_name: str) -> None:
        self.batches = iter(
            {input_name: normalise(square)} for path in paths for square in squares(path)
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next input, or None after the last."""
        return next(self.batches, None)


def squares(path: Path) -> Iterator[Image.Image]:
    """Yield the centre square of a photograph and four smaller ones in its corners."""
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    yield image.crop((left, top, left + side, top + side))
    half = 2 * side // 3
    for left in (0, image.width - half):
        for top in (0, image.height - half):
            yield image.crop((left, top, left + half, top + half))


def normalise(square: Image.Image) -> np.ndarray:
    """Make the network's input, (1, 3, 224, 224), of a square image."""
    resized = square.resize((RESOLUTION, RESOLUTION), Image.Resampling.BICUBIC)
    values = (np.asarray(resized, dtype=np.float32) - 127) / 128
    return values.transpose(2, 0, 1)[None]


def quantise(source: Path, photographs: list[Path], output: Path) -> None:
    """Write the quantised network, calibrated on ``photographs``."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            output,
            Photographs(photographs, onnx.load(source).graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    drop_unused_domains(output)


def drop_unused_domains(path: Path) -> None:
    """Keep only ONNX's own operator set: the quantiser declares many that no node uses."""
    model = onnx.load(path)
    used = [entry for entry in model.opset_import if not entry.domain]
    del model.opset_import[:]
    model.opset_import.extend(used)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def main() -> None:
    """Quantise and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="the float32 network")
    parser.add_argument("photographs", type=Path, help="folder of JPEG or PNG files")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    paths = sorted(p for p in arguments.photographs.iterdir() if p.suffix.lower() in SUFFIXES)
    if not paths:
        sys.exit(f"{arguments.photographs} holds no JPEG or PNG file: name a folder that does")
    quantise(arguments.source, paths, arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
